"""A photo that is a part of its layer, or a picture that is all of it, which was flipped, turned,
scaled or cropped since: found by the questions that the hosts and the command line ask, and gone
back to bit for bit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from draggan_server.editing.edit import DragRun, picture
from draggan_server.editing.history import go_to
from draggan_server.editing.known_layer import on_layer
from draggan_server.editing.photo_edit import PhotoRun
from draggan_server.editing.rendering import render
from draggan_server.host.region import Region
from draggan_server.host.whereabouts import SMALL, Whereabouts, small, whereabouts
from draggan_server.layer import pixels
from draggan_server.models import zoo
from draggan_server.wire.drag_config import NewtonConfig
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    CloseEdit,
    Done,
    EditOpened,
    Event,
    Failure,
    OpenEdit,
    PhotoSource,
    Pixels,
    SavedState,
    StartDrag,
)
from draggan_server.wire.state import EditState, Point
from stylegan2.generator import Generator
from tests.unit.editing.lion import HANDLE, TARGET

pytestmark = pytest.mark.slow

SIZE = (520, 420)
"""Of the layer; the lion lies in `REGION` of it, the middle of its eye at `EYE`."""
REGION = Region(260, 40, 220, 220)


@pytest.fixture(scope="module")
def layer(lion: Generator, w_plus: torch.Tensor) -> np.ndarray:
    """[420, 520, 4]: a lion before a background of smooth noise, grainy."""
    random = torch.Generator().manual_seed(5)
    background = torch.rand(1, 3, 9, 11, generator=random)
    ground = functional.interpolate(background, (SIZE[1], SIZE[0]), mode="bicubic").clamp(0, 1)
    shown = functional.interpolate(
        render(lion, w_plus), (REGION.height, REGION.width), mode="bilinear", antialias=True
    )
    rows = slice(REGION.y, REGION.y + REGION.height)
    ground[:, :, rows, REGION.x : REGION.x + REGION.width] = shown
    ground += 0.02 * torch.randn(ground.shape, generator=random)
    return array(pixels.from_tensor(pixels.with_alpha(ground.clamp(0, 1))))


@pytest.fixture(scope="module")
def dragged(lion: Generator, layer: np.ndarray) -> tuple[EditState, np.ndarray]:
    """The lion's state after a drag, and the layer then."""
    source = PhotoSource("toy-lion", cut(layer, REGION), "fast")
    run = PhotoRun(lion, zoo.find("toy-lion"), source)
    for _ in run.run():
        pass
    request = StartDrag(
        edit_id="e",
        revision=0,
        handle_points=(on_region(HANDLE),),
        target_points=(on_region(TARGET),),
        config=NewtonConfig(max_steps=8),
        layer=source.region,
    )
    drag = DragRun(lion, EditState.from_json(run.finish().to_json()), request)
    for _ in drag:
        pass
    outcome, after = drag.finish(drag.reason), layer.copy()
    after[REGION.y : REGION.y + REGION.height, REGION.x : REGION.x + REGION.width] = array(
        outcome.layer
    )
    assert not np.array_equal(after, layer)
    return outcome.state, after


def on_region(point: Point) -> Point:
    scale = REGION.width / 256
    return (point[0] + 0.5) * scale - 0.5, (point[1] + 0.5) * scale - 0.5


def array(image: Pixels) -> np.ndarray:
    return pixels.as_bytes(image)[0].permute(1, 2, 0).numpy().copy()


def cut(image: np.ndarray, region: Region) -> Pixels:
    part = image[region.y : region.y + region.height, region.x : region.x + region.width]
    return Pixels(region.width, region.height, 4, np.ascontiguousarray(part).tobytes())


def turned(image: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(image).rotate(7, Image.Resampling.BICUBIC, expand=True))


def turn(x: float, y: float) -> Point:
    """Where `turned` takes a point of the layer."""
    cos, sin = math.cos(math.radians(7)), math.sin(math.radians(7))
    width, height = Image.new("1", SIZE).rotate(7, expand=True).size
    x, y = x - (SIZE[0] - 1) / 2, y - (SIZE[1] - 1) / 2
    return cos * x + sin * y + (width - 1) / 2, cos * y - sin * x + (height - 1) / 2


RIGHT, BOTTOM = SIZE[0] - 1, SIZE[1] - 1
EXACT: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[float, float], Point]]] = {
    # name: what is done to the layer, and where a point of it lies then
    "flipped": (lambda image: image[:, ::-1], lambda x, y: (RIGHT - x, y)),
    "upside down": (lambda image: image[::-1], lambda x, y: (x, BOTTOM - y)),
    "turned by 90 degrees": (np.rot90, lambda x, y: (y, RIGHT - x)),
    "by 180": (lambda image: np.rot90(image, 2), lambda x, y: (RIGHT - x, BOTTOM - y)),
    "by 270": (lambda image: np.rot90(image, 3), lambda x, y: (BOTTOM - y, x)),
    "transposed": (lambda image: image.transpose(1, 0, 2), lambda x, y: (y, x)),
    "about the other diagonal": (
        lambda image: np.rot90(image, 2).transpose(1, 0, 2),
        lambda x, y: (BOTTOM - y, RIGHT - x),
    ),
    "cropped": (lambda image: image[30:270, 200:], lambda x, y: (x - 200, y - 30)),
}
SCALED: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[float, float], Point]]] = {
    "twice as large, flipped": (
        lambda image: image[:, ::-1].repeat(2, 0).repeat(2, 1),
        lambda x, y: (2 * (RIGHT - x) + 0.5, 2 * y + 0.5),
    ),
    "turned by 7 degrees": (turned, turn),
}
ALTERED = EXACT | SCALED


class Daemon:
    """Answers as the daemon does."""

    def __init__(self, lion: Generator) -> None:
        self._lion = lion
        self.asked = 0

    def answer(self, request: object) -> Event:
        if isinstance(request, CloseEdit):
            return Done()
        assert isinstance(request, OpenEdit)
        assert isinstance(request.source, SavedState)
        self.asked += 1
        try:
            state = EditState.from_json(request.source.text)
            if request.source.layer is not None:
                state = on_layer(self._lion, state, request.source.layer)
        except BadInput as error:
            return Failure.of(error)
        return EditOpened("e", 0, state.model, state.to_json(), picture(self._lion, state))


def looked_for(
    daemon: Daemon, state: EditState, image: np.ndarray, kept: Region = REGION
) -> Whereabouts | Event:
    whole = Region(0, 0, image.shape[1], image.shape[0])
    kept = kept.overlap(whole)
    steps = whereabouts(state.to_json(), kept, whole, lambda part: cut(image, part))
    request = next(steps)
    while True:
        try:
            request = steps.send(daemon.answer(request))
        except StopIteration as end:
            found: Whereabouts | Event = end.value
            return found


@pytest.mark.parametrize("name", ALTERED)
def test_it_is_found_with_its_points_and_what_was_before(
    lion: Generator, layer: np.ndarray, dragged: tuple[EditState, np.ndarray], name: str
) -> None:
    alter, moved = ALTERED[name]
    state, after = dragged
    image = np.ascontiguousarray(alter(after))
    found = looked_for(Daemon(lion), state, image)
    assert isinstance(found, Whereabouts)
    assert found.is_new
    corner, way = np.array([found.region.x, found.region.y]), found.way(carries=True)
    for kept in (HANDLE, TARGET):
        carried = way.map(on_region(kept))
        x, y = on_region(kept)
        expected = moved(x + REGION.x, y + REGION.y)
        assert math.dist(corner + carried, expected) < 0.5 * (2 if "large" in name else 1)
    known = EditState.from_json(found.saved_state)
    assert known.drags == state.drags
    part = cut(image, found.region)
    back = go_to(lion, known, 0, part)
    expected_part = cut(np.ascontiguousarray(alter(layer)), found.region)
    if name in EXACT:
        assert back.layer == expected_part  # bit for bit
    off, changed = (
        # Grain is not to the bit where the layer was scaled, or turned.
        functional.avg_pool2d(
            pixels.as_bytes(shown).float() - pixels.as_bytes(expected_part), 8
        ).abs()
        for shown in (back.layer, part)
    )
    assert float(off.mean()) < 0.25 * float(changed.mean())


DRAWN = 384
"""Pixels of the side of a layer whose picture a model of 256 drew."""


@pytest.mark.parametrize("name", ["flipped", "upside down", "turned by 90 degrees", "by 180"])
def test_what_a_model_drew_on_all_of_its_layer_is_found_likewise(
    lion: Generator, w_plus: torch.Tensor, state: EditState, name: str
) -> None:
    alter, whole = ALTERED[name][0], Region(0, 0, DRAWN, DRAWN)
    shown = functional.interpolate(
        render(lion, w_plus), (DRAWN, DRAWN), mode="bicubic", antialias=True
    )
    image = array(pixels.from_tensor(pixels.with_alpha(shown.clamp(0, 1))))
    daemon = Daemon(lion)
    as_it_was = looked_for(daemon, state, image, whole)
    assert isinstance(as_it_was, Whereabouts)
    assert (as_it_was.is_new, daemon.asked) == (False, 1)
    found = looked_for(daemon, state, np.ascontiguousarray(alter(image)), whole)
    assert isinstance(found, Whereabouts)
    assert (found.is_new, found.region, daemon.asked) == (True, whole, 3)
    columns, rows = np.meshgrid(np.arange(DRAWN), np.arange(DRAWN))
    places = alter(np.stack([columns, rows], axis=2))  # where each pixel was before
    for y, x in ((50, 130), (300, 210)):
        before = tuple(float(at) for at in places[y, x])
        assert math.dist(found.way(carries=True).map(before), (x, y)) < 0.3


def test_whether_another_picture_on_all_of_its_layer_can_be_dragged_is_for_the_drag_to_say(
    lion: Generator, state: EditState
) -> None:
    white, daemon = np.full((DRAWN, DRAWN, 4), 255, np.uint8), Daemon(lion)
    found = looked_for(daemon, state, white, Region(0, 0, DRAWN, DRAWN))
    assert isinstance(found, Whereabouts)
    assert (found.is_new, daemon.asked) == (False, 1)


def test_of_what_lies_where_it_was_nothing_changes(
    lion: Generator, dragged: tuple[EditState, np.ndarray]
) -> None:
    """Though it is painted on."""
    state, after = dragged
    image, daemon = after.copy(), Daemon(lion)
    image[REGION.y + 150 : REGION.y + 170, REGION.x + 90 : REGION.x + 120] = (255, 0, 255, 255)
    found = looked_for(daemon, state, image)
    assert isinstance(found, Whereabouts)
    assert not found.is_new
    assert found.region == REGION
    assert daemon.asked == 1


def test_where_it_is_nowhere_the_daemon_says_so(
    lion: Generator, dragged: tuple[EditState, np.ndarray]
) -> None:
    state, after = dragged
    without = after.copy()
    without[:, 200:] = (90, 120, 60, 255)
    found = looked_for(Daemon(lion), state, without)
    assert isinstance(found, Failure)
    assert "does not show its picture any more" in found.message


def test_a_large_layer_is_read_in_tiles() -> None:
    """Also where it has more pixels a side than are sent at a time."""
    read: list[Region] = []

    def part(region: Region) -> Pixels:
        """Its red tells the row, its green the column."""
        read.append(region)
        across = range(region.x, region.x + region.width)
        inks = [bytes([0, x // 100, 0, 255]) for x in across]
        down = range(region.y, region.y + region.height)
        rows = (b"".join(bytes([y // 100]) + ink[1:] for ink in inks) for y in down)
        return Pixels(region.width, region.height, 4, b"".join(rows))

    seen = small(part, Region(0, 0, 20000, 300))
    assert (seen.width, seen.height) == (SMALL, 15)
    assert max(max(region.width, region.height) for region in read) <= 2100
    assert sum(region.width * region.height for region in read) == 20000 * 300
    for y in range(15):
        for x in range(0, SMALL, 50):
            at = 4 * (y * SMALL + x)
            assert abs(seen.data[at] - (y + 0.5) * 0.2) <= 1
            assert abs(seen.data[at + 1] - (x + 0.5) * 200 / SMALL) <= 1
