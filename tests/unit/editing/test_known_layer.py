"""Layers that were turned, cropped or recoloured since the last drag: known again, and dragged."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from draggan_server.editing import latents
from draggan_server.editing.canvas import Canvas
from draggan_server.editing.edit import DragRun, open_sample, picture
from draggan_server.editing.history import go_to
from draggan_server.layer import homography, pixels, warping
from draggan_server.layer.registration import LARGEST, register
from draggan_server.models import zoo
from draggan_server.wire.drag_config import NewtonConfig
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, SampleSource, StartDrag
from draggan_server.wire.state import EditState
from stylegan2.generator import Generator
from tests.unit.editing.lion import HANDLE, SIDE, SOURCE, TARGET
from tests.unit.layer.alterations import ASIDE, RUINED

ALTERED = {
    # name: where a point of the picture lies on the layer
    "flipped": lambda x, y: (SIDE - 1 - x, y),
    "turned by 90 degrees": lambda x, y: (y, SIDE - 1 - x),
    "turned by 6 degrees": lambda x, y: _turned(x, y, 6, SIDE),
    "turned by 6 degrees, grown": lambda x, y: _turned(x, y, 6, 283),
    "bounds grown by 22": lambda x, y: (x + 22, y + 22),
    "cropped by 22": lambda x, y: (x - 22, y - 22),
    "gamma 1.6": lambda x, y: (x, y),
    "gray by value": lambda x, y: (x, y),
    "half the saturation": lambda x, y: (x, y),
    "flipped, gamma 1.6": lambda x, y: (SIDE - 1 - x, y),
    "seen from aside": lambda x, y: _aside(x, y),
}


def _aside(x: float, y: float) -> tuple[float, float]:
    u, v, w = ASIDE @ (x, y, 1)
    return u / w, v / w


def _turned(x: float, y: float, degrees: float, side: int) -> tuple[float, float]:
    """Counterclockwise about the middle, onto a layer of `side` pixels."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = x - (SIDE - 1) / 2, y - (SIDE - 1) / 2
    return cos * x + sin * y + (side - 1) / 2, cos * y - sin * x + (side - 1) / 2


@pytest.fixture(scope="module")
def state(lion: Generator) -> EditState:
    return open_sample(lion, zoo.find("toy-lion"), SOURCE)


def altered(lion: Generator, state: EditState, name: str) -> Pixels:
    shown = picture(lion, state)
    array = np.frombuffer(shown.data, np.uint8).reshape(shown.height, shown.width, 4)
    changed = np.ascontiguousarray(RUINED[name](array))
    return Pixels(changed.shape[1], changed.shape[0], 4, changed.tobytes())


@pytest.mark.parametrize("name", ALTERED)
def test_it_is_found_and_with_nothing_moved_it_is_as_it_was(
    lion: Generator, state: EditState, name: str
) -> None:
    layer = altered(lion, state, name)
    canvas = Canvas(lion, state, layer, None)
    assert canvas.show(canvas.w_plus) == layer
    (found,) = canvas.placement.to_layer(torch.tensor([HANDLE]))
    assert math.dist(found, ALTERED[name](*HANDLE)) < 1.5


def test_a_large_one_is_looked_at_in_a_small_size(lion: Generator, state: EditState) -> None:
    shown = picture(lion, state)
    times = LARGEST * 2 // SIDE
    flipped = pixels.as_bytes(shown).flip(3).repeat_interleave(times, 2)
    found = register(
        flipped.repeat_interleave(times, 3), pixels.as_bytes(shown)[:, :3].float() / 255
    )
    assert found is not None
    x, y = (float(of) for of in homography.apply(found.matrix, torch.tensor([HANDLE]).double())[0])
    middle = (times - 1) / 2  # of a pixel that has become many
    expected = (times * (SIDE - 1 - HANDLE[0]) + middle, times * HANDLE[1] + middle)
    assert math.dist((x, y), expected) < 0.5 * times


MIRRORED = range(700, 724)
"""Seeds of lions whose layers were mirrored, turned, scaled, shifted and tinted."""


@pytest.mark.slow
def test_of_many_lions_each_is_found_mirrored_where_it_is_and_plain_where_not(
    lion: Generator,
) -> None:
    """To half a pixel at the corners. Every fourth one is shown plain, too."""
    random = np.random.default_rng(8181)
    frame = homography.unit_frame((SIDE, SIDE))
    corners = torch.tensor([(0, 0), (SIDE - 1, 0), (0, SIDE - 1), (SIDE - 1, SIDE - 1)]).double()
    for seed in MIRRORED:
        with torch.no_grad():
            w_plus = latents.w_plus_of_sample(lion, SampleSource("toy-lion", seed))
            shown = pixels.from_picture(lion.synthesis(w_plus))
        angle, size, x, y = random.uniform(-1, 1, 4)
        moved = homography.similarity(
            angle=math.radians(10 * angle), scale=1 + 0.1 * size, shift=(0.2 * x, 0.2 * y)
        )
        tint = torch.tensor(random.uniform(0.8, 1, 3)).float().view(1, 3, 1, 1)
        for flip in (homography.mirror(), torch.eye(3).double())[: 1 + (seed % 4 == 0)]:
            matrix = torch.linalg.inv(frame) @ moved @ flip @ frame
            back, size_there = torch.linalg.inv(matrix), (SIDE, SIDE)
            seen = warping.warp(shown * tint, back, size_there, "bicubic").clamp(0, 1)
            alpha = warping.inside(back, size_there, size_there)
            layer = (torch.cat([seen, alpha], dim=1) * 255).round().to(torch.uint8)
            found = register(layer, shown)
            assert found is not None, seed
            assert homography.mirrors(found.matrix) == homography.mirrors(matrix), seed
            apart = homography.apply(found.matrix, corners) - homography.apply(matrix, corners)
            assert float(apart.norm(dim=1).max()) < 0.5, seed


@pytest.mark.parametrize("name", ["seen from aside", "turned by 6 degrees"])
def test_a_homography_is_found_where_there_is_one(
    lion: Generator, state: EditState, name: str
) -> None:
    """To a third of a pixel all over the picture, which an affine motion misses by many."""
    shown = pixels.as_bytes(picture(lion, state))[:, :3].float() / 255
    found = register(pixels.as_bytes(altered(lion, state, name)), shown)
    assert found is not None
    for place in ((20, 20), (235, 20), (20, 235), (235, 235), (128, 128)):
        at = homography.apply(found.matrix, torch.tensor([place]).double())[0]
        assert math.dist(at.tolist(), ALTERED[name](*place)) < 0.34
    assert (float(found.matrix[2, :2].abs().max()) > 1e-4) == (name == "seen from aside")


@pytest.mark.parametrize(
    "name", ["flipped", "turned by 6 degrees, grown", "gray by value", "seen from aside"]
)
def test_it_is_dragged_in_its_place_and_again(lion: Generator, state: EditState, name: str) -> None:
    handle, target = ALTERED[name](*HANDLE), ALTERED[name](*TARGET)
    layer = altered(lion, state, name)
    outcome_layer, outcome_state = layer, state
    for points in ((handle, target), (target, handle)):
        request = StartDrag(
            edit_id="e",
            revision=0,
            handle_points=(points[0],),
            target_points=(points[1],),
            config=NewtonConfig(max_steps=12),
            layer=outcome_layer,
        )
        run = DragRun(lion, EditState.from_json(outcome_state.to_json()), request)
        for _ in run:
            pass
        outcome = run.finish(run.reason)
        (end,) = outcome.handle_points
        assert math.dist(end, points[1]) < 2.5
        outcome_layer, outcome_state = outcome.layer, outcome.state
    assert (outcome_layer.width, outcome_layer.height) == (layer.width, layer.height)
    assert outcome_state.photo is not None
    assert outcome_state.sample == state.content  # its seed is still known
    assert len(outcome_state.drags) == 2
    back = go_to(lion, outcome_state, 0, outcome_layer)
    first, last = (pixels.as_bytes(image)[:, :3].float() for image in (layer, back.layer))
    assert float((first - last).abs().mean()) < 6


@pytest.mark.parametrize("name", ["posterized", "edges", "most of it painted over", "white"])
def test_what_shows_something_else_is_still_refused(
    lion: Generator, state: EditState, name: str
) -> None:
    with pytest.raises(BadInput, match="does not show its picture any more"):
        Canvas(lion, state, altered(lion, state, name), None)


def test_another_lion_is_not_taken_for_it(lion: Generator, state: EditState) -> None:
    shown = pixels.as_bytes(picture(lion, state)).float()[:, :3] / 255
    for seed in range(300, 304):
        w_plus = latents.w_plus_of_sample(lion, SampleSource("toy-lion", seed))
        with torch.no_grad():
            other = pixels.from_picture(lion.synthesis(w_plus))
        layer = (pixels.with_alpha(other) * 255).round().to(torch.uint8)
        assert register(layer, shown) is None
