"""Photos as the beginning of edits: what is kept, what drags leave as it is, what is refused."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image

from draggan_server.editing import photo_edit
from draggan_server.editing.canvas import Canvas, DragOutcome
from draggan_server.editing.edit import DragRun, picture
from draggan_server.editing.history import go_to
from draggan_server.editing.inversion.world import World
from draggan_server.editing.known_layer import know, on_layer
from draggan_server.editing.latents import w_plus_of_state
from draggan_server.editing.photo_edit import PhotoRun, in_tone_of, placement_of
from draggan_server.editing.rendering import render
from draggan_server.layer import homography, pixels, warping
from draggan_server.layer.compositing import Composite
from draggan_server.models import zoo
from draggan_server.wire.drag_config import NewtonConfig
from draggan_server.wire.drag_record import PackedMask
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import PhotoSource, Pixels, StartDrag
from draggan_server.wire.photo_original import MAX_ORIGINAL_BYTES
from draggan_server.wire.photo_record import SHOWN_SIDE
from draggan_server.wire.state import EditState, Point
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.unit.editing.lion import HANDLE, TARGET
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

SIZE, REGION = (256, 256), (300, 320)


def true_matrix() -> torch.Tensor:
    """Where the lion lies in the photo: turned by 4 degrees, a little smaller than the region."""
    frame = homography.unit_frame(SIZE)
    crop = homography.similarity(angle=math.radians(4), scale=0.95, shift=(0.02, -0.03))
    return torch.linalg.inv(homography.unit_frame(REGION)) @ crop @ frame


@pytest.fixture(scope="module")
def photo(lion: Generator, w_plus: torch.Tensor) -> Pixels:
    """The model's picture, tinted, with grain, turned: bytes that no generator makes."""
    shown = render(lion, w_plus) * torch.tensor([1.0, 0.95, 0.85]).view(1, 3, 1, 1)
    placed = warping.warp(shown, torch.linalg.inv(true_matrix()), REGION, "bicubic")
    random = torch.Generator().manual_seed(1)
    grainy = (placed + 0.02 * torch.randn(placed.shape, generator=random)).clamp(0, 1)
    return pixels.from_tensor(pixels.with_alpha(grainy))


@pytest.fixture(scope="module")
def photo_state(lion: Generator, photo: Pixels) -> EditState:
    run = PhotoRun(lion, zoo.find("toy-lion"), PhotoSource("toy-lion", photo, "normal"))
    assert not run.found
    shares = [progress.share for progress in run.run()]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    return EditState.from_json(run.finish().to_json())


def _turn(x: float, y: float, degrees: float) -> Point:
    """Counterclockwise about the region's middle, within its bounds."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = x - (REGION[1] - 1) / 2, y - (REGION[0] - 1) / 2
    return cos * x + sin * y + (REGION[1] - 1) / 2, cos * y - sin * x + (REGION[0] - 1) / 2


def _turned(photo: np.ndarray, degrees: float) -> np.ndarray:
    return np.asarray(Image.fromarray(photo).rotate(degrees, Image.Resampling.BICUBIC))


ALTERED: dict[str, tuple[Callable[..., np.ndarray], Callable[[float, float], Point]]] = {
    # name: what is done to the layer, and where a point of it lies then
    "flipped": (lambda photo: photo[:, ::-1], lambda x, y: (REGION[1] - 1 - x, y)),
    "turned by 90 degrees": (np.rot90, lambda x, y: (y, REGION[1] - 1 - x)),
    "7 degrees": (lambda photo: _turned(photo, 7), lambda x, y: _turn(x, y, 7)),
    "cropped by 20": (lambda photo: photo[20:-20, 20:-20], lambda x, y: (x - 20, y - 20)),
    "twice as large": (
        lambda photo: photo.repeat(2, 0).repeat(2, 1),
        lambda x, y: (2 * x + 0.5, 2 * y + 0.5),
    ),
}


def at(point: tuple[float, float]) -> tuple[float, float]:
    """A point of the lion's own picture, in the photo."""
    x, y = homography.apply(true_matrix(), torch.tensor(point, dtype=torch.float64)).tolist()
    return x, y


def request(photo: Pixels | None, mask: Pixels | None = None) -> StartDrag:
    return StartDrag(
        edit_id="e",
        revision=0,
        handle_points=(at(HANDLE),),
        target_points=(at(TARGET),),
        config=NewtonConfig(max_steps=3),
        layer=photo,
        movable_mask=mask,
    )


def test_what_is_kept_says_where_the_model_lies_and_how_much_it_shows(
    photo_state: EditState,
) -> None:
    record = photo_state.photo
    assert record is not None
    found = torch.tensor(record.placement, dtype=torch.float64).view(3, 3)
    corners = torch.tensor([[64.0, 64], [191, 64], [64, 191], [191, 191]], dtype=torch.float64)
    apart = homography.apply(found, corners) - homography.apply(true_matrix(), corners)
    assert float(apart.norm(dim=1).mean()) < 3
    assert record.explained > 0.95
    assert record.psnr > 28


def test_what_the_model_shows_has_the_photo_s_size_and_ends_where_its_picture_does(
    lion: Generator, photo: Pixels, photo_state: EditState
) -> None:
    shown = picture(lion, photo_state)
    assert (shown.width, shown.height) == (photo.width, photo.height)
    image = pixels.as_bytes(shown)[0].float()
    assert float(image[3, 150, 160]) == 255
    assert float(image[3, 2, 2]) == 0
    original = pixels.as_bytes(photo)[0].float()
    middle = (slice(0, 3), slice(100, 200), slice(110, 210))
    assert float((image[middle] - original[middle]).abs().mean()) < 12


def test_a_drag_of_nothing_is_the_photo_bit_for_bit(
    lion: Generator, photo: Pixels, photo_state: EditState
) -> None:
    layer = pixels.as_bytes(photo)
    placement = placement_of(photo_state, REGION, SIZE)
    before = in_tone_of(photo_state, render(lion, w_plus_of_state(lion, photo_state)))
    assert torch.equal(Composite(placement, layer, before, None).apply(before), layer)


@pytest.mark.parametrize("name", ALTERED)
def test_a_photo_that_was_turned_or_cropped_since_is_found(
    lion: Generator, photo: Pixels, photo_state: EditState, name: str
) -> None:
    alter, moved = ALTERED[name]
    shown = np.frombuffer(photo.data, np.uint8).reshape(photo.height, photo.width, 4)
    altered = np.ascontiguousarray(alter(shown))
    layer = Pixels(altered.shape[1], altered.shape[0], 4, altered.tobytes())
    canvas = Canvas(lion, photo_state, layer, None)
    (found,) = canvas.placement.to_layer(torch.tensor([HANDLE]))
    assert math.dist(found, moved(*at(HANDLE))) < 0.5
    assert canvas.show(canvas.w_plus) == layer
    before = render(lion, w_plus_of_state(lion, photo_state))
    known = know(photo_state, pixels.as_bytes(layer), before, SIZE, drawn=False)
    assert photo_state.photo is not None
    assert known.state.photo is not None
    assert known.state.photo.likeness == photo_state.photo.likeness is not None


def test_what_the_model_does_not_show_is_kept_with_the_state(
    lion: Generator, photo: Pixels, photo_state: EditState
) -> None:
    """A disc that was painted on is not shown, the lion about it is; also once it is flipped."""
    hat = pixels.as_bytes(photo).clone()
    x, y = map(round, at(HANDLE))
    hat[0, :3, y - 25 : y + 25, x - 25 : x + 25] = torch.tensor([20, 60, 250])[:, None, None]
    region = pixels.from_bytes(hat.to(torch.uint8))
    run = PhotoRun(lion, zoo.find("toy-lion"), PhotoSource("toy-lion", region, "fast"))
    for _ in run.run():
        pass
    state = EditState.from_json(run.finish().to_json())
    flipped = pixels.from_bytes(hat.flip(3).to(torch.uint8))
    for record, left in (
        (state.photo, x),
        (on_layer(lion, state, flipped).photo, REGION[1] - 1 - x),
    ):
        assert record is not None
        assert record.shown is not None
        size = record.shown.height, record.shown.width
        assert max(size) == SHOWN_SIDE
        assert size[1] / size[0] == pytest.approx(REGION[1] / REGION[0], abs=0.01)
        shown = np.frombuffer(record.shown.data(), np.uint8).reshape(size)
        scale = size[0] / REGION[0]
        row, column, reach = (round(value * scale) for value in (y, left, 15))
        disc = shown[row - reach : row + reach, column - reach : column + reach]
        assert disc.mean() < 60
        lion_around = np.delete(shown, slice(row - 2 * reach, row + 2 * reach), axis=0)
        assert lion_around.mean() > 170
    assert photo_state.photo is not None
    assert photo_state.photo.shown is not None
    assert len(photo_state.photo.shown.packed) < 4000


@pytest.mark.parametrize("name", ["flipped", "turned by 90 degrees", "cropped by 20", "7 degrees"])
def test_what_was_before_the_drags_is_known_on_a_layer_that_was_altered_since(
    lion: Generator, photo: Pixels, photo_state: EditState, name: str
) -> None:
    alter = ALTERED[name][0]
    one = dragged(lion, photo_state, photo, (HANDLE, TARGET), None)
    layer, expected = (
        Pixels(image.shape[1], image.shape[0], 4, image.tobytes())
        for image in (
            np.ascontiguousarray(alter(pixels.as_bytes(shown)[0].permute(1, 2, 0).numpy()))
            for shown in (one.layer, photo)
        )
    )
    assert layer != expected
    back = go_to(lion, one.state, 0, layer)
    if name != "7 degrees":
        assert back.layer == expected  # bit for bit
    off = (pixels.as_bytes(back.layer).int() - pixels.as_bytes(expected)).abs()[:, :3]
    changed = (pixels.as_bytes(layer).int() - pixels.as_bytes(expected)).abs()[:, :3]
    assert float(off.float().mean()) < 0.1 * float(changed.float().mean())


def test_a_drag_moves_the_photo_inside_the_mask_and_nothing_outside(
    lion: Generator, photo: Pixels, photo_state: EditState
) -> None:
    mask = np.zeros(REGION, np.uint8)
    mask[120:290, 60:260] = 255
    run = DragRun(
        lion, photo_state, request(photo, Pixels(REGION[1], REGION[0], 1, mask.tobytes()))
    )
    for _ in run:
        pass
    outcome = run.finish(run.reason)
    before, after = (pixels.as_bytes(image)[0].numpy() for image in (photo, outcome.layer))
    assert np.array_equal(before[:, mask == 0], after[:, mask == 0])
    x, y = map(round, at(TARGET))
    moved = np.abs(
        before[:, y - 8 : y + 8, x - 8 : x + 8].astype(int) - after[:, y - 8 : y + 8, x - 8 : x + 8]
    )
    assert moved.mean() > 5
    (handle,) = outcome.handle_points
    assert math.dist(handle, at(TARGET)) < math.dist(at(HANDLE), at(TARGET))
    assert outcome.state.photo is not None
    assert dataclasses.replace(outcome.state.photo, original=None) == photo_state.photo
    back = go_to(lion, EditState.from_json(outcome.state.to_json()), 0, outcome.layer)
    assert back.layer == photo  # bit for bit, however poor the model is at showing it
    assert not outcome.paint_replaced


def test_a_second_drag_goes_on_and_the_history_goes_back(
    lion: Generator, photo: Pixels, photo_state: EditState
) -> None:
    run = DragRun(lion, photo_state, request(photo))
    for _ in run:
        pass
    outcome = run.finish(run.reason)
    again = DragRun(lion, EditState.from_json(outcome.state.to_json()), request(outcome.layer))
    assert next(iter(again)).step == 0
    back = go_to(lion, outcome.state, 0, outcome.layer)
    assert back.layer == photo
    forward = go_to(lion, back.state, 1, back.layer)
    off = pixels.as_bytes(forward.layer).int() - pixels.as_bytes(outcome.layer)
    assert int(off.abs().max()) <= 2
    with pytest.raises(BadInput, match="give the photo itself"):
        go_to(lion, outcome.state, 0, None)


def dragged(
    lion: Generator,
    state: EditState,
    layer: Pixels,
    points: tuple[Point, Point],
    mask: Pixels | None,
) -> DragOutcome:
    handle, target = map(at, points)
    ask = dataclasses.replace(
        request(layer, mask), handle_points=(handle,), target_points=(target,)
    )
    run = DragRun(lion, EditState.from_json(state.to_json()), ask)
    for _ in run:
        pass
    return run.finish(run.reason)


def test_several_drags_are_gone_back_from_to_the_bit(
    lion: Generator, photo: Pixels, photo_state: EditState
) -> None:
    """With masks and without, from any place of the history; a new drag after going back, too."""
    mask = np.zeros(REGION, np.uint8)
    mask[120:290, 60:260] = 255
    chin = Pixels(REGION[1], REGION[0], 1, mask.tobytes())
    ear = ((70.0, 60.0), (60.0, 50.0))
    one = dragged(lion, photo_state, photo, (HANDLE, TARGET), chin)
    two = dragged(lion, one.state, one.layer, ear, None)
    assert go_to(lion, two.state, 0, two.layer).layer == photo
    start = go_to(lion, two.state, 0, two.layer)
    middle = go_to(lion, start.state, 1, start.layer)
    off = (pixels.as_bytes(middle.layer).float() - pixels.as_bytes(one.layer)).abs()
    assert float(off.mean()) < 0.1  # masks are kept in the model's pixels
    end = go_to(lion, middle.state, 2, middle.layer)
    off = (pixels.as_bytes(end.layer).float() - pixels.as_bytes(two.layer)).abs()
    assert float(off.mean()) < 0.2
    again = dragged(lion, middle.state, middle.layer, (TARGET, HANDLE), chin)
    assert go_to(lion, again.state, 0, again.layer).layer == photo


def test_paint_stays_where_the_photo_comes_back(
    lion: Generator, photo: Pixels, photo_state: EditState
) -> None:
    outcome = dragged(lion, photo_state, photo, (HANDLE, TARGET), None)
    layer = pixels.as_bytes(outcome.layer).clone()
    layer[0, :3, 4:44, 4:44] = torch.tensor([30, 60, 220], dtype=torch.uint8).view(3, 1, 1)
    back = pixels.as_bytes(go_to(lion, outcome.state, 0, pixels.from_bytes(layer)).layer)
    blue = (back[0, :3].int() - torch.tensor([30, 60, 220]).view(3, 1, 1)).abs().amax(dim=0) < 60
    assert int(blue[8:40, 8:40].sum()) > 800
    far = (slice(None), slice(None), slice(100, None), slice(100, None))
    assert torch.equal(back[far], pixels.as_bytes(photo)[far])


def test_what_is_kept_of_a_photo_has_a_limit_and_is_looked_at(
    lion: Generator, photo: Pixels, photo_state: EditState, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = dragged(lion, photo_state, photo, (HANDLE, TARGET), None)
    kept = outcome.state.photo
    assert kept is not None
    assert kept.original is not None
    damaged = [b"", kept.original.png[:99], b"GIF89a" + bytes(99)]
    broken = [dataclasses.replace(kept.original, png=png) for png in damaged]
    broken += [dataclasses.replace(kept.original, x=200)]
    broken += [dataclasses.replace(kept.original, changed=PackedMask.of(5, 5, bytes(25)))]
    for original in broken:
        content = dataclasses.replace(kept, original=original)
        state = dataclasses.replace(outcome.state, content=content)
        with pytest.raises(BadInput, match="keeps of the photo is damaged"):
            go_to(lion, state, 0, outcome.layer)
    with pytest.raises(BadInput, match="keeps of the photo is damaged"):
        dataclasses.replace(kept.original, x=-1)
    with pytest.raises(BadInput, match="keeps of the photo is damaged"):
        dataclasses.replace(kept.original, png=bytes(MAX_ORIGINAL_BYTES + 1))
    monkeypatch.setattr("draggan_server.editing.original.MAX_ORIGINAL_BYTES", 100)
    large = dragged(lion, photo_state, photo, (HANDLE, TARGET), None)
    assert large.state.photo == photo_state.photo
    monkeypatch.undo()
    more = dragged(lion, large.state, large.layer, (TARGET, HANDLE), None)
    assert more.state.photo == photo_state.photo  # what was before is not known any more
    go_to(lion, more.state, 0, more.layer)


def test_paint_stays_though_what_was_below_it_is_not_known_any_more(
    lion: Generator, photo: Pixels, photo_state: EditState
) -> None:
    """The photo's own pixels took too much room, and the layer was painted on since."""
    outcome = dragged(lion, photo_state, photo, (HANDLE, TARGET), None)
    kept = outcome.state.photo
    assert kept is not None
    state = dataclasses.replace(outcome.state, content=dataclasses.replace(kept, original=None))
    layer = pixels.as_bytes(outcome.layer).clone()
    blue = torch.tensor([30, 60, 220], dtype=torch.uint8).view(3, 1, 1)
    layer[0, :3, 4:44, 4:44] = blue
    moment = go_to(lion, state, 0, pixels.from_bytes(layer))
    back = pixels.as_bytes(moment.layer)
    assert int(((back[0, :3].int() - blue).abs().amax(dim=0) < 60)[8:40, 8:40].sum()) > 800
    far = (back[0, :3, 60:].float() - pixels.as_bytes(photo)[0, :3, 60:]).abs()
    assert float(far.mean()) < 6  # as the model shows it, with its detail
    again = dragged(lion, moment.state, moment.layer, (HANDLE, TARGET), None)
    assert len(again.state.drags) == 1


def test_another_layer_is_refused(lion: Generator, photo: Pixels, photo_state: EditState) -> None:
    with pytest.raises(BadInput, match="give the photo itself"):
        DragRun(lion, photo_state, request(None))
    rows = photo.height - 10
    smaller = Pixels(photo.width, rows, 4, b"\xff" * (photo.width * rows * 4))
    with pytest.raises(BadInput, match="320 x 290 pixels, but the photo was 320 x 300"):
        DragRun(lion, photo_state, request(smaller))
    noise = np.random.default_rng(1).integers(0, 255, (*REGION, 4), np.uint8)
    noise[..., 3] = 255
    with pytest.raises(BadInput, match="does not show its picture any more"):
        DragRun(lion, photo_state, request(Pixels(REGION[1], REGION[0], 4, noise.tobytes())))


@pytest.mark.parametrize(
    ("size", "alpha", "sentence"),
    [
        ((64, 64), 0, "next to nothing to see"),
        ((340, 20), 255, "of quite another shape"),
        ((1, 1), 255, "1 x 1 pixels; a drag needs at least 16 x 16"),
        ((24, 15), 255, "24 x 15 pixels; a drag needs at least 16 x 16"),
    ],
    ids=["transparent", "another shape", "a pixel", "a row too few"],
)
def test_regions_that_no_model_can_show(
    lion: Generator, size: tuple[int, int], alpha: int, sentence: str
) -> None:
    region = Pixels(*size, 4, bytes([90, 80, 70, alpha]) * (size[0] * size[1]))
    with pytest.raises(BadInput, match=sentence):
        PhotoRun(lion, zoo.find("toy-lion"), PhotoSource("toy-lion", region))


def test_a_long_region_is_refused_where_there_is_no_encoder_to_search_it(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(lion)
    world.encoder = None
    monkeypatch.setattr(photo_edit, "prepared", lambda _lion: iter([(0.5, world)]))
    region = Pixels(200, 80, 4, bytes([90, 80, 70, 255]) * (200 * 80))
    run = PhotoRun(lion, zoo.find("toy-lion"), PhotoSource("toy-lion", region))
    with pytest.raises(BadInput, match="of quite another shape"):
        next(run.run())


@pytest.mark.parametrize("side", [16, 24])
def test_the_smallest_regions_are_shown(lion: Generator, photo: Pixels, side: int) -> None:
    whole = pixels.as_bytes(photo)[:, :, :300, :300].float()
    small = torch.nn.functional.interpolate(whole, (side, side), mode="area")
    run = PhotoRun(
        lion,
        zoo.find("toy-lion"),
        PhotoSource("toy-lion", pixels.from_bytes(small.round().to(torch.uint8)), "fast"),
    )
    *_, last = run.run()
    assert last.share == pytest.approx(1)
    record = run.finish().photo
    assert record is not None
    assert math.isfinite(record.psnr)


def test_a_model_with_transparency_is_refused() -> None:
    geometry = Geometry(
        z_dim=4,
        w_dim=8,
        mapping_layers=1,
        img_resolution=(16, 16),
        channels=(4, 4, 4),
        img_channels=4,
    )
    region = Pixels(16, 16, 4, b"\xff" * 1024)
    with pytest.raises(BadInput, match="makes pictures with transparency"):
        PhotoRun(random_generator(geometry), zoo.find("toy-lion"), PhotoSource("sprites", region))


def test_damaged_records_are_refused(photo_state: EditState) -> None:
    record = photo_state.photo
    assert record is not None
    for change in (
        {"placement": (0.0,) * 9},
        {"placement": (float("nan"),) * 9},
        {"placement": (1.0,) * 8},
        {"tone": b"1234"},
        {"tone": b"\xff" * 36},
        {"width": 0},
        {"explained": float("inf")},
    ):
        with pytest.raises(BadInput, match="damaged"):
            dataclasses.replace(record, **change)
