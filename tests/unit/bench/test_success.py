"""Edit tasks: what is asked for is a change that the points show, and is judged on the picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from draggan_server.bench.quality import success
from draggan_server.bench.quality.record import OWN
from draggan_server.bench.quality.success import TASKS, EditTask
from draggan_server.bench.quality.table import compare
from draggan_server.bench.quality.trial import picture_of
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.reader.reader import Reader
from draggan_server.cli.bench import bench
from draggan_server.models.loading import load_generator
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator
from stylegan2.toy_lion import parameters

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def generator() -> Generator:
    return load_generator("toy-lion")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_an_edit_task_changes_one_parameter_and_moves_its_points(
    generator: Generator, task: EditTask
) -> None:
    for number in range(3):
        task_drag = success.draw(generator, task, number)
        name = parameters.NAMES[task_drag.parameter]
        shares = [share for changed, share in task.changes if changed == name]
        span = parameters.HIGH[task_drag.parameter] - parameters.LOW[task_drag.parameter]
        assert any(task_drag.change == pytest.approx(share * span) for share in shares)
        way = task_drag.case.target_points - task_drag.case.handle_points
        assert float(way.norm(dim=1).min()) >= 1
        assert 0.03 * 256 <= float(way.norm(dim=1).max()) < 0.25 * 256
        assert float(task_drag.case.target_points.min()) >= 0
        assert float(task_drag.case.target_points.max()) < 256


def test_the_changed_latent_has_the_changed_parameter(generator: Generator) -> None:
    task_drag = success.draw(generator, TASKS[0], 0)
    row = parameters.from_latent(task_drag.changed_z.numpy())[0]
    again = success.draw(generator, TASKS[0], 0)
    assert torch.equal(again.changed_z, task_drag.changed_z)
    assert parameters.LOW[task_drag.parameter] < row[task_drag.parameter]
    assert row[task_drag.parameter] > task_drag.change


def test_the_judge_sees_what_the_model_makes_of_the_edit_task(generator: Generator) -> None:
    reader = Reader.load()
    for name in ("open the mouth", "turn the head", "grow the mane"):
        task = next(task for task in TASKS if task.name == name)
        made = []
        for number in range(6):
            task_drag = success.draw(generator, task, number)
            before = picture_of(generator, task_drag.case.w_plus)
            own = picture_of(generator, generator.mapping(task_drag.changed_z))
            assert success.judge(reader, before, before, task_drag)["succeeded"] == 0
            made.append(success.judge(reader, before, own, task_drag)["made"])
        assert sum(made) / len(made) == pytest.approx(100, abs=25), name


def test_every_variant_does_the_drag(generator: Generator) -> None:
    variants = [
        Variant("short", drag_config(max_steps=1)),
        Variant("long", drag_config(max_steps=3)),
    ]
    heard: list[str] = []
    made = list(
        success.records(generator, Reader.load(), variants, TASKS[0], 0, on_drag=heard.append)
    )
    assert [record.variant for record in made] == [OWN, "short", "long"]
    assert heard == ["open the mouth, short", "open the mouth, long"]
    assert [record.values["steps"] for record in made[1:]] == [1, 3]
    compared = compare(made, "short")["open the mouth"]
    assert list(compared) == ["long"]
    assert {"succeeded", "made", "steps"} <= compared["long"].keys()


def test_the_command_says_how_many_succeed(tmp_path: Path) -> None:
    arguments = ["quality", "--methods", "draggan", "--drags", "1", "--max-steps", "1"]
    arguments += ["--kinds", "success", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    for task in TASKS:
        assert f"### {task.name.capitalize()}" in done.stdout
    assert "succeeded" in done.stdout
    assert "eye_l" in done.stdout  # the reader's own error of the parameters


def test_standard_output_is_json_for_scripts(tmp_path: Path) -> None:
    """Progress goes to standard error."""
    arguments = ["quality", "--methods", "newton", "--drags", "1", "--max-steps", "1", "--json"]
    arguments += ["--kinds", "reconstruction", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert json.loads(done.stdout) == json.loads((tmp_path / "quality.json").read_text())
    assert done.stderr
