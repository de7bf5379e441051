"""PIPs: its formulas, the published layout, and the small one that was fitted to the toy lion."""

from __future__ import annotations

import math

import pytest
import torch

from draggan_server.editing import drag
from draggan_server.editing.trackers.particles import ParticleTracker, lion_pips, lion_pips_card
from draggan_server.editing.trackers.pips import LION, PUBLISHED, Pips, embedded, read
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN
from tests.unit.editing.test_every_method import small_generator


def seeded(number: int) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def test_it_has_the_tensors_of_the_published_one() -> None:
    with torch.device("meta"):
        state = Pips(PUBLISHED).state_dict()
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    assert shapes["fnet.conv1.weight"] == (64, 3, 7, 7)
    assert shapes["fnet.layer2.0.downsample.0.weight"] == (96, 64, 1, 1)
    assert shapes["fnet.layer4.1.conv2.weight"] == (128, 128, 3, 3)
    assert shapes["fnet.conv2.weight"] == (256, 416, 3, 3)
    assert shapes["fnet.conv3.weight"] == (128, 256, 1, 1)
    assert shapes["delta_block.to_delta.0.weight"] == (512, 128 + 4 * 49 + 3 * 64 + 3)
    assert shapes["delta_block.to_delta.1.0.fn.0.weight"] == (32, 8, 1)
    assert shapes["delta_block.to_delta.12.1.fn.3.weight"] == (512, 2048)
    assert shapes["delta_block.to_delta.13.weight"] == (512,)
    assert shapes["delta_block.to_delta.15.weight"] == (8 * 130, 512)
    for name in ("norm.bias", "ffeat_updater.0.weight", "vis_predictor.0.bias"):
        assert name in shapes
    assert len(shapes) == 200


@torch.no_grad()
def test_a_point_is_told_how_it_fits_on_every_level_about_where_it_is() -> None:
    network = Pips(LION)
    features = torch.randn(1, LION.frames, LION.features, 16, 16, generator=seeded(1))
    point = torch.tensor([[[6.0, 9.0]]])
    told: list[torch.Tensor] = []
    network.delta_block.register_forward_hook(lambda _m, inputs, _out: told.append(inputs[0]))
    first = point[:, None].expand(-1, LION.frames, -1, -1) + torch.tensor([2.0, -1.0])
    first = torch.cat([point[:, None], first[:, 1:]], dim=1)
    next(iter(network.tracks(features, point, 1, first)))
    look = features[0, 0, :, 9, 6]
    count = LION.features
    assert torch.allclose(told[0][0, 2, :count], look, atol=1e-5)
    fits = told[0][0, 2, count : count + LION.looked_up].view(LION.levels, 7, 7)  # level, x, y
    for x, y in ((-3, -3), (0, 0), (2, -1)):
        there = features[0, 2, :, 8 + y, 8 + x]
        expected = float(look @ there) / math.sqrt(count)
        assert float(fits[0, x + 3, y + 3]) == pytest.approx(expected, abs=1e-4)
    halved = features[0, 2].view(count, 8, 2, 8, 2).mean(dim=(2, 4))
    expected = float(look @ halved[:, 5, 3]) / math.sqrt(count)  # at (4, 4): x one less, y one more
    assert float(fits[1, 2, 4]) == pytest.approx(expected, abs=1e-4)
    way = told[0][0, 2, -3:]
    assert way.tolist() == pytest.approx([2, -1, 2 * LION.frames / (LION.frames - 1)])


def test_numbers_are_told_as_waves_and_themselves() -> None:
    told = embedded(torch.tensor([[0.5, -2.0]]), 4)
    expected = []
    for value in (0.5, -2.0):
        for speed in (0.0, 2 * 1000 / 4):
            expected += [math.sin(value * speed), math.cos(value * speed)]
    assert told[0].tolist() == pytest.approx([*expected, 0.5, -2.0], abs=1e-4)


def test_nothing_is_read_outside() -> None:
    values = torch.ones(1, 2, 4, 5)
    points = torch.tensor([[[0.0, 0.0], [4.0, 3.0], [4.5, 0.0], [-2.0, 1.0]]])
    assert read(values, points)[0, :, 0].tolist() == pytest.approx([1, 1, 0.5, 0])


def test_ways_begin_where_they_are_told_and_their_first_points_stay() -> None:
    network = Pips(LION)
    last = network.delta_block.to_delta[-1]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.zeros_(last.bias)
    pictures = torch.rand(LION.frames, 3, 32, 40, generator=seeded(3))
    features = network.encode(pictures)[None]
    assert features.shape == (1, LION.frames, LION.features, 8, 10)
    points = torch.tensor([[[2.0, 3.0], [5.0, 1.0]]])
    first = points[:, None] + torch.arange(LION.frames).view(1, -1, 1, 1) * 0.5
    *_, found = network.tracks(features, points, 3, first)
    torch.testing.assert_close(found.places, first)
    assert found.seen.shape == (1, LION.frames, 2)
    torch.nn.init.ones_(last.bias)
    *_, moved = network.tracks(features, points, 2, first)
    torch.testing.assert_close(moved.places[:, 1:], first[:, 1:] + 2)
    assert torch.equal(moved.places[:, 0], points)
    (moved.places.sum() + moved.seen.sum()).backward()  # type: ignore[no-untyped-call]
    assert network.fnet.conv1.weight.grad is not None


def test_points_are_followed_each_by_itself() -> None:
    network = Pips(LION).eval()
    features = network.encode(torch.rand(LION.frames, 3, 32, 32, generator=seeded(4)))[None]
    points = torch.tensor([[[2.0, 3.0], [5.0, 1.0]]])
    with torch.no_grad():
        *_, both = network.tracks(features, points, 2)
        *_, one = network.tracks(features, points[:, 1:], 2)
    torch.testing.assert_close(both.places[:, :, 1:], one.places, atol=1e-4, rtol=0)


def test_the_fitted_one_finds_handles_where_they_were(
    lion: Generator, w_plus: torch.Tensor
) -> None:
    """How well it follows what moves: tests/unit/bench/test_tracking.py."""
    with torch.no_grad():
        picture = lion.synthesis(w_plus)
    points = torch.cat([CHIN, torch.tensor([[90.0, 100.0], [120.0, 140.0]])])
    tracker = ParticleTracker(lion_pips(), picture, points)
    for _ in range(3):
        found = tracker.find(picture, points)
    torch.testing.assert_close(found.points, points, rtol=0, atol=1.5)
    assert float(found.misfit.max()) < 0.5


def test_a_picture_of_any_size_can_be_looked_at() -> None:
    picture = torch.rand(1, 3, 70, 40, generator=seeded(5)) * 2 - 1
    points = torch.tensor([[0.0, 0.0], [39.0, 69.0], [20.0, 30.0]])
    found = ParticleTracker(lion_pips(), picture, points).find(picture, points)
    assert ((found.points >= 0) & (found.points <= torch.tensor([39.0, 69.0]))).all()


def test_a_model_that_it_has_not_seen_is_refused_at_once() -> None:
    generator = small_generator()
    w_plus = generator.mapping(torch.ones(1, generator.z_dim))
    handle, target = torch.tensor([[9.0, 9.0]]), torch.tensor([[12.0, 9.0]])
    config = drag_config("draggan", tracker="pips")
    with pytest.raises(BadInput, match=r"a procedural lion head.*features, patches\."):
        drag(generator, w_plus, handle, target, None, config)


def test_its_card_says_what_it_has_seen(lion: Generator, w_plus: torch.Tensor) -> None:
    card = lion_pips_card()
    assert card["subject"] == lion.card["subject"]
    assert card["licence"] == "CC0-1.0"
    config = drag_config("draggan", tracker="pips", max_steps=1)
    assert len(list(drag(lion, w_plus, CHIN, DOWN, None, config))) == 2
