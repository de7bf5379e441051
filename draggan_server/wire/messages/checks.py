"""What layers, points and masks have to be. Each raises `BadInput` with a sentence for the user."""

from __future__ import annotations

import math
from typing import Protocol

from draggan_server.wire.drag_config import MAX_POINTS
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages.pixels import Pixels
from draggan_server.wire.state import Point

MIN_LAYER_SIDE = 16
"""A layer smaller than this on a side shows too little to drag."""

MAX_STRETCH, MAX_SEARCHED = 2.0, 12.0
"""A photo's region may be so much wider or higher, for the other side, than a model's picture: the
first where all of it is looked at as one, the second where the model's encoder searches it."""


def check_layer(layer: Pixels) -> None:
    """Raises `BadInput` unless a layer is RGBA and large enough."""
    if layer.channels != 4:
        raise BadInput("The layer must be RGBA (4 channels).")
    check_layer_size(layer.width, layer.height)


def check_layer_size(width: int, height: int) -> None:
    """Raises `BadInput` for a layer too small to be dragged."""
    if min(width, height) < MIN_LAYER_SIDE:
        raise BadInput(
            "The layer is {width} x {height} pixels; a drag needs at least {least} x {least}.",
            width=width,
            height=height,
            least=MIN_LAYER_SIDE,
        )


def check_photo_shape(
    region: tuple[int, int], picture: tuple[int, int], most: float = MAX_SEARCHED
) -> None:
    """Raises `BadInput` for a region of a photo that has quite another shape than the pictures of
    the model that is to show it; both are (width, height), and `most` is how much it may be
    stretched."""
    stretch = (region[0] / region[1]) / (picture[0] / picture[1])
    if not 1 / most <= stretch <= most:
        raise BadInput(
            "The region is {width} x {height} pixels and the model's picture {model_width} x "
            "{model_height}, of quite another shape. Choose a region of about that shape "
            "around what the model is to show.",
            width=region[0],
            height=region[1],
            model_width=picture[0],
            model_height=picture[1],
        )


def check_points(handles: tuple[Point, ...], targets: tuple[Point, ...]) -> None:
    """Raises `BadInput` unless there are 1 to `MAX_POINTS` finite pairs."""
    if not handles:
        raise BadInput("There are no points: mark at least one point and where it should go.")
    if len(handles) != len(targets):
        raise BadInput(
            "{count} handle points but {others} target points.",
            count=len(handles),
            others=len(targets),
        )
    if len(handles) > MAX_POINTS:
        raise BadInput(
            "{count} point pairs are more than the limit of {most}.",
            count=len(handles),
            most=MAX_POINTS,
        )
    for number, (handle, target) in enumerate(zip(handles, targets, strict=True), start=1):
        if not all(map(math.isfinite, (*handle, *target))):
            raise BadInput(
                "Point {number} has a coordinate that is not a finite number.", number=number
            )


def check_point_pairs(handles: tuple[Point, ...], targets: tuple[Point, ...]) -> None:
    """As `check_points`, and there is something to be moved: a point that is at its target already
    is held there."""
    check_points(handles, targets)
    if handles == targets:
        raise already_there(1, handles[0])


def already_there(number: int, handle: Point) -> BadInput:
    """For a point that has nowhere to go."""
    return BadInput(
        "Point {number} is already at its target ({x}, {y}): move the target to where the point "
        "should go.",
        number=number,
        x=f"{handle[0]:g}",
        y=f"{handle[1]:g}",
    )


def check_points_inside(
    handles: tuple[Point, ...], targets: tuple[Point, ...], width: int, height: int
) -> None:
    """Raises `BadInput` where a point lies outside a layer of `width` x `height` pixels."""
    size = {"width": width, "height": height}
    for number, (x, y) in enumerate(handles, start=1):
        if not _is_inside(x, y, width, height):
            raise BadInput(
                "The handle of point {number} at ({x}, {y}) lies outside the picture of {width} x "
                "{height} pixels: move it inside.",
                number=number,
                x=f"{x:g}",
                y=f"{y:g}",
                **size,
            )
    for number, (x, y) in enumerate(targets, start=1):
        if not _is_inside(x, y, width, height):
            raise BadInput(
                "The target of point {number} at ({x}, {y}) lies outside the picture of {width} x "
                "{height} pixels: move it inside.",
                number=number,
                x=f"{x:g}",
                y=f"{y:g}",
                **size,
            )


def _is_inside(x: float, y: float, width: int, height: int) -> bool:
    return -0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5


class Mask(Protocol):
    """A byte a pixel, 0 where nothing may move, rows from the top."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def data(self) -> bytes: ...


def check_movable_mask(mask: Mask, handles: tuple[Point, ...]) -> None:
    """Raises `BadInput` where nothing may move, or a handle lies on a pixel that is held (0).

    Something else would move in such a handle's place. Handles outside of the mask's own bounds
    are for `check_points_inside`.
    """
    if mask.data.count(0) == len(mask.data):
        raise BadInput(
            "The movable mask is empty, so nothing may change: select the part that may move, or "
            "select nothing to let the whole picture move."
        )
    for number, (x, y) in enumerate(handles, start=1):
        if not _is_inside(x, y, mask.width, mask.height):
            continue
        column = min(math.floor(x + 0.5), mask.width - 1)
        row = min(math.floor(y + 0.5), mask.height - 1)
        if mask.data[row * mask.width + column] == 0:
            raise BadInput(
                "The handle of point {number} at ({x}, {y}) lies outside of what may move (the "
                "selection or the mask): move the handle inside, select its surroundings too, or "
                "select nothing to let the whole picture move.",
                number=number,
                x=f"{x:g}",
                y=f"{y:g}",
            )
