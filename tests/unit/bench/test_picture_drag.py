"""Drags by a diffusion model beside those of generators, on a tiny model of random weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from draggan_server.bench.quality.picture_drag import drag_picture, shown_by
from draggan_server.bench.quality.trial import Case, run
from draggan_server.bench.quality.variant import Variant, parse_variant
from draggan_server.cli.bench import bench
from draggan_server.diffusion.loading import load_diffusion
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.wire.drag_config import DragdiffusionConfig, drag_config
from draggan_server.wire.errors import BadInput
from stylegan2.geometry import Geometry
from tests.unit.diffusion.tiny import SIDE, save_pixel_model
from tests.unit.stylegan2.generators import random_generator

SQUARE = Geometry(
    z_dim=6,
    c_dim=0,
    w_dim=6,
    mapping_layers=1,
    img_resolution=(64, 64),
    channels=(5, 4, 3, 3, 3),
    conv_clamp=256.0,
)
SHORT = "short:method=dragdiffusion,max_steps=2,lora_steps=0,noise=0.1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pixel_model(tmp_path_factory.mktemp("diffusion") / "tiny")


@pytest.fixture(scope="module")
def model(folder: Path) -> DiffusionModel:
    return load_diffusion(folder)


def waves(side: int) -> torch.Tensor:
    """[3, side, side] in [-1, 1], smooth."""
    at = (torch.arange(side) + 0.5) / side
    row = torch.sin(6.3 * at)
    return torch.stack(
        [row.expand(side, side), row[:, None].expand(side, side), row * row[:, None]]
    )


def test_points_and_pictures_are_brought_to_the_models_size_and_back(
    model: DiffusionModel,
) -> None:
    """A picture of twice the model's side, by a drag whose steps are next to nothing: the handle is
    found again where it was, and the picture stays as it is."""
    config = DragdiffusionConfig(max_steps=1, lora_steps=0, noise=0.02, learning_rate=1e-6)
    large = waves(2 * SIDE)
    handles, targets = torch.tensor([[20.5, 20.5]]), torch.tensor([[30.5, 20.5]])
    mask = torch.zeros(2 * SIDE, 2 * SIDE)
    mask[10:50, 10:50] = 1
    last = drag_picture(model, large, handles, targets, mask, config)
    assert last.step == 1
    assert last.handle_points.tolist() == [[10.0, 10.0]]
    assert last.distances == (5.0,)
    shown = shown_by(model, last.w_plus, (2 * SIDE, 2 * SIDE))
    assert float((shown - large).abs().max()) < 0.1


def test_a_diffusion_model_does_the_drags_of_a_generator(model: DiffusionModel) -> None:
    generator = random_generator(SQUARE, dtype=torch.float32)
    side = max(generator.img_resolution)
    points = torch.tensor([[0.3, 0.5], [0.6, 0.5]]) * side
    case = Case(
        "a drag", 0, generator.draw(1, torch.Generator().manual_seed(0)), points[:1], points[1:]
    )
    variant = Variant("short", parse_variant(SHORT, drag_config()).config, model)
    trial = run(generator, case, variant)
    assert trial.picture.shape == (3, *generator.img_resolution)
    assert trial.steps <= 2
    assert trial.seconds > 0
    assert trial.w_plus.shape == (1, model.num_ws, model.w_dim)
    back = case.reversed_from(trial)
    assert back.picture is trial.picture
    assert run(generator, back, variant).picture.shape == trial.picture.shape


def test_its_steps_are_its_own_but_for_fewer() -> None:
    own = DragdiffusionConfig()
    assert parse_variant("dragdiffusion", drag_config(max_steps=300)).config == own
    few = parse_variant("dragdiffusion", drag_config(max_steps=7)).config
    assert few.max_steps == 7
    assert few.mask_weight == own.mask_weight


def test_the_command_measures_it_or_says_what_is_missing(tmp_path: Path, folder: Path) -> None:
    arguments = ["quality", "--methods", "", "--variant", SHORT, "--kinds", "landmarks"]
    arguments += ["--points", "1", "--drags", "1", "--out", str(tmp_path)]
    with pytest.raises(BadInput, match="give one with --diffusion"):
        CliRunner().invoke(bench, arguments, catch_exceptions=False)
    empty = [*arguments, "--diffusion", str(tmp_path)]
    with pytest.raises(BadInput, match="has no part unet"):
        CliRunner().invoke(bench, empty, catch_exceptions=False)
    done = CliRunner().invoke(bench, [*arguments, "--diffusion", str(folder)])
    assert done.exit_code == 0, done.output
    document = json.loads((tmp_path / "quality.json").read_text())
    assert document["diffusion"] == load_diffusion(folder).sha256
    (record,) = [one for one in document["records"] if one["variant"] == "short"]
    assert {"distance", "unlike", "seconds"} <= set(record["values"])
    assert record["values"]["steps"] <= 2
