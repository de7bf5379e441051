"""Real drags on a Ray cluster, by the commands that a user types."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from draggan_server.models import zoo
from tests.cluster.nodes import SETTINGS, Nodes
from tests.daemon import ONE_THREAD, private_environment, running_daemon
from tests.patience import patient


def draggan(home: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "draggan_server", *words],
        env={**os.environ, **private_environment(home)},
        capture_output=True,
        text=True,
        timeout=patient(300),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_drag_there_is_one_here_bit_for_bit_with_a_model_that_is_brought(
    nodes: Nodes, tmp_path: Path
) -> None:
    models = tmp_path / "data" / "draggan" / "models"
    models.mkdir(parents=True)
    shutil.copy(zoo.find(zoo.DEFAULT_MODEL).path, models / "leo.safetensors")
    learned = f"{zoo.find(zoo.DEFAULT_MODEL).sha256}-of-this-test-1.safetensors"
    here = tmp_path / ".cache" / "draggan" / "surveys" / learned
    here.parent.mkdir(parents=True)
    here.write_bytes(b"what was learned" * 1000)
    drag = ("drag", "--model", "leo", "--seed", "33", "--point", "114,160:114,172")
    for place in (("--ray", nodes.address, "--workers", "1"), ()):
        output = str(tmp_path / f"{'there' if place else 'here'}.png")
        variables = {**ONE_THREAD, **(SETTINGS if place else {})}
        with running_daemon(tmp_path, serve=place, variables=variables):
            draggan(tmp_path, *drag, "-o", output)
            status = draggan(tmp_path, "status")
            assert (" on " in status.partition("Worker on ")[2].partition(":")[0]) is bool(place)
            assert "has leo" in status
    assert (tmp_path / "there.png").read_bytes() == (tmp_path / "here.png").read_bytes()
    there = Path(nodes.environment["HOME"]) / ".cache" / "draggan" / "surveys" / learned
    assert there.read_bytes() == here.read_bytes()
    brought = list(Path(nodes.environment["HOME"]).glob(".cache/draggan/brought/*"))
    assert [path.stem for path in brought] == [zoo.find(zoo.DEFAULT_MODEL).sha256]


def test_a_cluster_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "draggan_server", "serve", "--ray", "127.0.0.1:9"],
        env={**os.environ, **private_environment(tmp_path), **SETTINGS},
        capture_output=True,
        text=True,
        timeout=patient(120),
        check=False,
    )
    assert done.returncode == 2
    assert "No Ray cluster answers at 127.0.0.1:9" in done.stderr
