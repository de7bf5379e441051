"""What the messages themselves refuse, each with a sentence for the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from draggan_server.wire.drag_config import MAX_POINTS, drag_config
from draggan_server.wire.errors import BadInput, DragganError, UnknownModel, error_for
from draggan_server.wire.messages import (
    THUMBNAIL_SIDE,
    ModelInfo,
    ModelList,
    Pixels,
    SampleSource,
    SavedState,
    StartDrag,
)
from draggan_server.wire.state import MAX_STATE_CHARS

LAYER = Pixels(16, 16, 4, bytes(1024))


def drag(**changes: Any) -> StartDrag:
    fields: dict[str, Any] = {
        "edit_id": "e",
        "revision": 0,
        "handle_points": ((1.0, 2.0),),
        "target_points": ((3.0, 4.0),),
        "layer": LAYER,
    }
    return StartDrag(**{**fields, **changes})


def mask(movable: tuple[int, int]) -> Pixels:
    """One pixel may change."""
    x, y = movable
    data = bytearray(256)
    data[y * 16 + x] = 1
    return Pixels(16, 16, 1, bytes(data))


many = tuple((float(n % 16), 0.0) for n in range(MAX_POINTS + 1))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Pixels(0, 1, 4, b""), "0 x 1 pixels is out of range"),
        (lambda: Pixels(1, 1, 3, bytes(3)), "3 channels"),
        (lambda: Pixels(2, 2, 4, bytes(15)), "has 16 bytes, not 15"),
        (lambda: SampleSource("m", 2**32), "The seed is 4294967296"),
        (lambda: SampleSource("m", 0, float("nan")), "The truncation is nan"),
        (lambda: SavedState("s" * (MAX_STATE_CHARS + 1)), "longer than"),
        (lambda: drag(handle_points=(), target_points=()), "There are no points"),
        (lambda: drag(target_points=()), "1 handle points but 0 target points"),
        (lambda: drag(handle_points=many, target_points=many), "more than the limit of 100"),
        (lambda: drag(handle_points=((3.0, 4.0),)), "Point 1 is already at its target"),
        (lambda: drag(handle_points=((float("nan"), 0.0),)), "not a finite number"),
        (lambda: drag(handle_points=((16.0, 0.0),)), "lies outside the picture of 16 x 16"),
        (lambda: drag(target_points=((0.0, -0.6),)), "target of point 1 at"),
        (lambda: drag(layer=Pixels(15, 16, 4, bytes(960))), "needs at least 16 x 16"),
        (lambda: drag(layer=Pixels(16, 16, 1, bytes(256))), "must be RGBA"),
        (lambda: drag(movable_mask=LAYER), "must have 1 channel"),
        (lambda: drag(movable_mask=Pixels(8, 8, 1, b"\1" * 64)), "a mask of the layer's size"),
        (lambda: drag(movable_mask=Pixels(16, 16, 1, bytes(256))), "The movable mask is empty"),
        (lambda: drag(movable_mask=mask((2, 2))), r"handle of point 1 at \(1, 2\) lies outside of"),
        (
            lambda: drag(
                movable_mask=mask((1, 2)),
                handle_points=((1.4, 2.4), (1.6, 2.0)),
                target_points=((9.0, 9.0), (9.0, 9.0)),
            ),
            r"handle of point 2 at \(1\.6, 2\) lies outside of what may move",
        ),
        (lambda: drag(preview_seconds=-1.0), "preview_seconds is -1"),
        (lambda: drag(frames=-1), "frames is -1; give 0 to 200"),
        (lambda: drag(frames=201), "frames is 201"),
        (lambda: drag(frames=1, live=True), "A live drag has no frames"),
        (lambda: drag_config(method="magic"), "Unknown drag method 'magic'"),
        (lambda: drag_config(latent_space="z"), "Unknown latent space 'z'"),
        (lambda: drag_config(max_steps=0), "max_steps is 0"),
        (lambda: drag_config("draggan", learning_rate=float("inf")), "learning_rate is inf"),
        (lambda: drag_config("draggan", mask_term="no"), "Unknown mask term 'no'"),
        (lambda: drag_config("draggan", r2=0), "r2 is 0"),
        (lambda: drag_config("freedrag", r1=65), "r1 is 65"),
        (lambda: drag_config(r2=3), "newton has no option r2.*choose draggan"),
        (lambda: drag_config("freedrag", r2=3), "freedrag has no option r2.*choose draggan"),
        (lambda: drag_config(mask_term="exact"), "no option mask_term.*draggan / freedrag"),
        (lambda: drag_config(speed=3), "newton has no option speed. Leave it out"),
    ],
)
def test_what_cannot_be_right_is_refused(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        make()


def test_thumbnails_are_as_many_as_models() -> None:
    side = THUMBNAIL_SIDE
    models = tuple(ModelInfo(name, "", 8, 8, "MIT") for name in "abc")
    empty, red = bytes(side * side * 4), b"\xff\0\0\xff" * (side * side)
    listed = ModelList(models, (), Pixels(side, side * 3, 4, empty + red + empty))
    assert listed.thumbnail(0) is None
    assert listed.thumbnail(1) == Pixels(side, side, 4, red)
    assert ModelList(models).thumbnail(1) is None
    with pytest.raises(BadInput, match="2 thumbnails are 64 x 192"):
        ModelList(models[:2], (), listed.thumbnails)


def test_points_on_the_picture_s_very_edge_are_inside() -> None:
    drag(handle_points=((-0.5, 15.5),), target_points=((15.5, -0.5),))


@pytest.mark.parametrize(
    ("pixel", "handle"),
    [
        ((0, 15), (-0.5, 15.5)),
        ((15, 0), (15.5, -0.5)),
        ((1, 2), (1.49, 1.5)),
        ((15, 15), (15.49, 14.5)),
    ],
)
def test_a_handle_belongs_to_the_pixel_it_lies_on(
    pixel: tuple[int, int], handle: tuple[float, float]
) -> None:
    drag(movable_mask=mask(pixel), handle_points=(handle,), target_points=((7.0, 7.0),))


def test_a_target_may_lie_where_nothing_moves() -> None:
    drag(movable_mask=mask((1, 2)))


def test_an_error_s_code_gives_its_class_and_an_unknown_code_the_base() -> None:
    assert type(error_for("unknown-model", "x")) is UnknownModel
    assert type(error_for("of-a-newer-version", "x")) is DragganError
