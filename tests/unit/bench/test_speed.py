"""`draggan bench speed`: both sides do the same drag, and the figures come out as files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from draggan_server.bench.speed import arrival
from draggan_server.bench.speed import step as speed
from draggan_server.bench.speed.report import table
from draggan_server.bench.speed.step import Case
from draggan_server.bench.speed.timing import Result, Times
from draggan_server.cli.bench import bench
from draggan_server.editing.methods.draggan.objective import Objective
from stylegan2.generator import Generator


@pytest.mark.parametrize("mask", ["none", "exact"])
def test_both_sides_take_the_same_step(mask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "CHANNELS", {4: 8, 8: 8, 16: 6, 32: 6, 64: 4})
    geometry, tensors = speed.random_tensors(64)
    problem = speed.make_problem(
        Generator.from_tensors(geometry, tensors), Case(resolution=64, points=3, mask=mask)
    )
    ours = Objective(problem).evaluate(
        problem.w_plus[:, : problem.rows], problem.handle_points, track=False
    )
    step = speed.reference_step(problem, tensors)
    loss = step(track=False)
    assert isinstance(loss, torch.Tensor)
    torch.testing.assert_close(ours.loss, loss, rtol=1e-4, atol=1e-5)


def test_the_command_writes_figures_and_their_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["speed", "--resolutions", "16", "--points", "2", "--masks", "layer"]
    arguments += ["--repeats", "1", "--out", str(tmp_path / "new")]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert (tmp_path / "new" / "speed.md").read_text() == done.stdout
    assert "| 16 | 2 | layer |" in done.stdout
    (result,) = json.loads((tmp_path / "new" / "speed.json").read_text())["results"]
    assert result["case"] == {"resolution": 16, "points": 2, "mask": "layer"}
    for side in ("ours", "reference"):
        assert result[side]["cpu_ms"] > 0
        assert result[side]["peak_mb"] is None or result[side]["peak_mb"] > 50
    assert result["gflop"] > 0.1
    assert result["ratio"] == pytest.approx(
        result["reference"]["cpu_ms"] / result["ours"]["cpu_ms"]
    )


@pytest.mark.parametrize("steps", [["--steps", "2"], []])
def test_a_whole_drag_is_timed_against_steps_of_the_papers(
    steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "CHANNELS", {4: 8, 8: 8, 16: 6, 32: 6, 64: 4})
    arguments = ["--resolution", "64", "--way", "0.35", "--reference-steps", "300", *steps]
    arguments += ["--drags", "2", "--repeats", "1"]
    done = CliRunner().invoke(arrival.main, arguments, catch_exceptions=False)
    end = r"2 steps" if steps else r"\d+ steps, (arrived|lost|came no nearer), \d+ of 22 px left"
    line = r"64 px, 1 points, CPU s to arrive: reference [\d.]+ \(300 steps\), newton [\d.]+ "
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch(rf"{line}\({end}\): \d+x", text) for text in lines), done.stdout


def test_points_go_as_far_as_is_asked_within_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "CHANNELS", {4: 8, 8: 8, 16: 6, 32: 6, 64: 4})
    geometry, tensors = speed.random_tensors(64)
    generator = Generator.from_tensors(geometry, tensors)
    for number in range(4):
        problem = speed.make_problem(generator, Case(64, 3, "none"), number)
        problem = arrival.going(problem, 22.4)
        ways = (problem.target_points - problem.handle_points).norm(dim=1)
        torch.testing.assert_close(ways, torch.full((3,), 22.4))


def test_standard_output_is_json_for_scripts(tmp_path: Path) -> None:
    """Progress goes to standard error."""
    arguments = ["speed", "--resolutions", "16", "--points", "1", "--masks", "none", "--json"]
    arguments += ["--repeats", "1", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert json.loads(done.stdout) == json.loads((tmp_path / "speed.json").read_text())
    assert "16" in done.stderr


def test_a_system_that_tells_no_memory_leaves_it_out() -> None:
    times = Times(10.0, 12.0, None)
    row = table([Result(Case(256, 1, "none"), times, times, 1.0, 50.0)]).splitlines()[2]
    assert row == "| 256 | 1 | none | 10 | 10 | 1.0x | 1.0x |  |  | 1.0 | 200% |"


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--resolutions", "300", "'300' is not one of '4', '8', "),
        ("--resolutions", "256,big", "'big' is not one of '4', '8', "),
        ("--points", "1,0", "0 is not in the range 1<=x<=100"),
        ("--masks", "soft", "'soft' is not one of 'none', 'layer', 'exact'"),
    ],
)
def test_what_cannot_be_measured(option: str, value: str, reason: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(bench, ["speed", option, value, "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert reason in " ".join(done.stderr.split())


def test_numbers_out_of_range_are_refused(tmp_path: Path) -> None:
    for option in ("--repeats", "--threads"):
        done = CliRunner().invoke(bench, ["speed", option, "0", "--out", str(tmp_path)])
        assert done.exit_code == 2
        assert "0 is not in the range x>=1" in done.output
