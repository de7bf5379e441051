"""Wishes: what is asked for is a change that the points show, and is judged on the picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

import stylegan2
from draggan_server.bench import success
from draggan_server.bench.reader import Reader
from draggan_server.bench.record import OWN
from draggan_server.bench.success import WISHES, Wish
from draggan_server.bench.table import compare
from draggan_server.bench.trial import picture_of
from draggan_server.bench.variant import Variant
from draggan_server.cli.bench import bench
from draggan_server.wire.drag_config import DragConfig
from stylegan2.generator import Generator
from stylegan2.toy_lion import parameters


@pytest.fixture(scope="module")
def generator() -> Generator:
    return stylegan2.load_generator("toy-lion")


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.name)
def test_a_wish_changes_one_parameter_and_moves_its_points(
    generator: Generator, wish: Wish
) -> None:
    for number in range(3):
        wished = success.draw(generator, wish, number)
        name = parameters.NAMES[wished.parameter]
        shares = [share for changed, share in wish.changes if changed == name]
        span = parameters.HIGH[wished.parameter] - parameters.LOW[wished.parameter]
        assert any(wished.change == pytest.approx(share * span) for share in shares)
        way = wished.case.target_points - wished.case.handle_points
        assert float(way.norm(dim=1).min()) >= 1
        assert 0.03 * 256 <= float(way.norm(dim=1).max()) < 0.25 * 256
        assert float(wished.case.target_points.min()) >= 0
        assert float(wished.case.target_points.max()) < 256


def test_the_wished_latent_has_the_wished_parameter(generator: Generator) -> None:
    wished = success.draw(generator, WISHES[0], 0)
    row = parameters.from_latent(wished.wished_z.numpy())[0]
    again = success.draw(generator, WISHES[0], 0)
    assert torch.equal(again.wished_z, wished.wished_z)
    assert parameters.LOW[wished.parameter] < row[wished.parameter]
    assert row[wished.parameter] > wished.change


def test_the_judge_sees_what_the_model_makes_of_the_wish(generator: Generator) -> None:
    reader = Reader.load()
    for name in ("open the mouth", "turn the head", "grow the mane"):
        wish = next(wish for wish in WISHES if wish.name == name)
        made = []
        for number in range(6):
            wished = success.draw(generator, wish, number)
            before = picture_of(generator, wished.case.w_plus)
            own = picture_of(generator, generator.mapping(wished.wished_z))
            assert success.judge(reader, before, before, wished)["succeeded"] == 0
            made.append(success.judge(reader, before, own, wished)["made"])
        assert sum(made) / len(made) == pytest.approx(100, abs=25), name


def test_every_variant_does_the_drag(generator: Generator) -> None:
    variants = [Variant("short", DragConfig(max_steps=1)), Variant("long", DragConfig(max_steps=3))]
    heard: list[str] = []
    made = list(
        success.records(generator, Reader.load(), variants, WISHES[0], 0, on_drag=heard.append)
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
    for wish in WISHES:
        assert f"### {wish.name.capitalize()}" in done.stdout
    assert "succeeded" in done.stdout
    assert "eye_l" in done.stdout  # the reader's own error of the parameters


def test_standard_output_is_json_for_scripts(tmp_path: Path) -> None:
    """Progress goes to standard error."""
    arguments = ["quality", "--methods", "newton", "--drags", "1", "--max-steps", "1", "--json"]
    arguments += ["--kinds", "reconstruction", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert json.loads(done.stdout) == json.loads((tmp_path / "quality.json").read_text())
    assert done.stderr
