"""`draggan batch --ray`, and a node that is killed meanwhile."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from draggan_server.batch import run_batch
from tests.cluster.nodes import Nodes
from tests.cluster.test_drag import draggan
from tests.daemon import private_environment

LINES = 12


def write_jobs(path: Path) -> None:
    """Samples, and two drags."""
    lines: list[dict[str, object]] = [{"do": "sample", "seed": seed} for seed in range(LINES - 2)]
    point = [[[114, 160], [114, 170]]]
    lines += [{"do": "drag", "seed": seed, "point": point} for seed in (33, 34)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def test_no_line_is_lost_or_done_twice_where_a_node_is_killed(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**private_environment(tmp_path), **nodes.environment}.items():
        if name.startswith(("RAY", "OMP", "XDG", "HOME", "DRAGGAN")):
            monkeypatch.setenv(name, value)
    jobs, out = tmp_path / "jobs.jsonl", tmp_path / "out"
    write_jobs(jobs)
    done: Counter[int] = Counter()
    for result in run_batch(jobs, out, ray=nodes.address, workers=2):
        assert result.error is None
        done[result.number] += 1
        if sum(done.values()) == 3:
            nodes.kill_node_of(nodes.actors()[0])
            nodes.add()
    assert done == Counter(range(1, LINES + 1))
    noted = [json.loads(line)["number"] for line in (out / "batch.jsonl").read_text().splitlines()]
    assert Counter(noted) == done
    assert len(list(out.glob("*.png"))) == LINES
    assert list(run_batch(jobs, out, ray=nodes.address, workers=2)) == []


def test_the_command_does_it_and_goes_on(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in nodes.environment.items():
        if name.startswith(("RAY", "OMP")):
            monkeypatch.setenv(name, value)
    jobs = tmp_path / "jobs.jsonl"
    jobs.write_text('{"do": "sample", "seed": 1}\n{"do": "sample", "seed": 2}\n')
    command = ("batch", str(jobs), "-o", str(tmp_path / "out"), "--ray", nodes.address, "--json")
    first, second = (json.loads(draggan(tmp_path, *command)) for _ in range(2))
    assert (first["done"], first["failed"]) == (2, 0)
    assert (second["done"], second["done_before"]) == (0, 2)
    assert not (tmp_path / "connection.json").exists()
