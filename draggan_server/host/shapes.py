"""What is drawn over a picture, as shapes in pixels of the view; a host paints them one by one.

Every shape lies on a darker one that is wider, so that it reads on any picture.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from draggan_server.host.digits import DIGITS
from draggan_server.host.pairs import Mark
from draggan_server.wire.state import Point

Line = tuple[Point, ...]


class Ink(enum.Enum):
    """Colours by what they mean; red, green, blue and opacity, 0 to 255."""

    HANDLE = (235, 40, 45, 255)
    ARRIVED = (30, 165, 70, 255)
    TARGET = (35, 120, 255, 255)
    PINNED = (255, 190, 20, 255)
    LIGHT = (255, 255, 255, 235)
    DARK = (0, 0, 0, 170)


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle's line of a `width`, half of which lies to either side of `radius`."""

    centre: Point
    radius: float
    width: float
    ink: Ink


@dataclass(frozen=True, slots=True)
class Stroke:
    """Lines through points, drawn at once: round at their ends and corners, and no darker where
    they cross. A line of one point is a dot."""

    lines: tuple[Line, ...]
    width: float
    ink: Ink


Shape = Ring | Stroke


def enlarged(shape: Shape, factor: float) -> Shape:
    """The same, so many times as large, and as far from the view's corner."""

    def moved(point: Point) -> Point:
        return point[0] * factor, point[1] * factor

    width = shape.width * factor
    if isinstance(shape, Ring):
        return Ring(moved(shape.centre), shape.radius * factor, width, shape.ink)
    lines = tuple(tuple(moved(point) for point in line) for line in shape.lines)
    return Stroke(lines, width, shape.ink)


_RADIUS = 6.5
_HOT_RADIUS = 8.5  # the end under the mouse, and the one that the keys move
_RING = 2.6
_RIM = 1.2
_SHAFT = 2.0
_BAR = 4.0
_HEAD_LENGTH, _HEAD_WIDTH = 8.0, 7.0
_GRIP = 12.0  # the radius of what a split is taken by
_FRAME, _KNOB = 1.6, 4.5  # the line's width, and the radius of what it is taken by
_DIGIT_HEIGHT, _DIGIT_WIDTH, _DIGIT_GAP = 9.0, 5.5, 3.0
_NUMBER_DISTANCE = 19.0  # from a handle's centre to the middle of its number


def pair_shapes(marks: Iterable[Mark]) -> Iterator[Shape]:
    """Pairs, given in pixels of the view: a red ring to be dragged, green once it has arrived, a
    blue one to arrive at, an arrow between them and the pair's number beside it. One that is
    pinned is a yellow ring with bars."""
    for mark in marks:
        start_radius = _HOT_RADIUS if mark.hot_handle else _RADIUS
        end_radius = _HOT_RADIUS if mark.hot_target else _RADIUS
        if mark.pinned:
            radius = max(start_radius, end_radius)
            yield from _ring(mark.handle, radius, Ink.PINNED)
            yield from _bars(mark.handle, radius)
            yield from _number(mark)
            continue
        yield from _arrow(mark.handle, mark.target, start_radius, end_radius)
        yield from _ring(mark.target, end_radius, Ink.TARGET)
        yield from _ring(mark.handle, start_radius, Ink.ARRIVED if mark.arrived else Ink.HANDLE)
        yield from _number(mark)


def brush_shapes(centre: Point, radius: float) -> Iterator[Shape]:
    """The rim of what a brush covers, at the mouse."""
    yield Ring(centre, max(radius, 1.0), 1.0 + 2 * _RIM, Ink.DARK)
    yield Ring(centre, max(radius, 1.0), 1.0, Ink.LIGHT)


def split_shapes(start: Point, end: Point) -> Iterator[Shape]:
    """A line across a picture, and at its middle a ring to take it by, with a head to each side."""
    length = math.dist(start, end)
    if not length:
        return
    x, y = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    grip = min(_GRIP, length / 2)

    def at(along: float, aside: float) -> Point:
        return middle[0] + x * along - y * aside, middle[1] + y * along + x * aside

    halves = ((start, at(-grip, 0.0)), (at(grip, 0.0), end))
    heads = tuple(
        (
            at(-_GRIP / 3, side * _GRIP / 4),
            at(0.0, side * _GRIP / 1.6),
            at(_GRIP / 3, side * _GRIP / 4),
        )
        for side in (-1, 1)
    )
    yield from _outlined((*halves, *heads), _SHAFT)
    yield Ring(middle, grip, _SHAFT + 2 * _RIM, Ink.DARK)
    yield Ring(middle, grip, _SHAFT, Ink.LIGHT)


def frame_shapes(corners: Sequence[Point], handles: Iterable[Point]) -> Iterator[Shape]:
    """Lines from corner to corner and back to the first, and the handles by which they are
    pulled."""
    yield from _outlined(((*corners, corners[0]),), _FRAME)
    for handle in handles:
        for radius, ink in ((_KNOB + _RIM, Ink.DARK), (_KNOB, Ink.LIGHT)):
            yield Ring(handle, radius / 2, radius, ink)  # a disc


def mark_shapes(marks: Sequence[Point]) -> Iterator[Shape]:
    """Eyes and a mouth: yellow rings, and lines between them once all are there."""
    if marks[2:]:
        yield from _outlined(((*marks, marks[0]),), _FRAME)
    for mark in marks:
        yield from _ring(mark, _RADIUS, Ink.PINNED)


def _ring(centre: Point, radius: float, ink: Ink) -> Iterator[Shape]:
    yield Ring(centre, radius + (_RING + 3 * _RIM) / 2, _RIM, Ink.DARK)
    yield Ring(centre, radius, _RING + 2 * _RIM, Ink.LIGHT)
    yield Ring(centre, radius, _RING, ink)
    yield Stroke(((centre,),), 4.6, Ink.LIGHT)
    yield Stroke(((centre,),), 2.6, Ink.DARK)


def _bars(centre: Point, radius: float) -> Iterator[Shape]:
    """Below and beside a ring, as if it were nailed down: it reads without its colour, too."""
    x, y = centre
    near, far = radius + _RING / 2 + 2 * _RIM, radius + _RING / 2 + 2 * _RIM + _BAR
    yield from _outlined(
        (
            ((x - far, y), (x - near, y)),
            ((x + near, y), (x + far, y)),
            ((x, y + near), (x, y + far)),
        ),
        _SHAFT,
    )


def _outlined(lines: tuple[Line, ...], width: float) -> Iterator[Shape]:
    yield Stroke(lines, width + 2 * _RIM, Ink.DARK)
    yield Stroke(lines, width, Ink.LIGHT)


def _arrow(start: Point, end: Point, start_radius: float, end_radius: float) -> Iterator[Shape]:
    """From ring to ring; none where they touch."""
    length = math.dist(start, end)
    margin = _RING / 2 + 2 * _RIM
    tail, tip = start_radius + margin, length - end_radius - margin - _SHAFT / 2
    if tip - tail < 1:
        return
    x, y = (end[0] - start[0]) / length, (end[1] - start[1]) / length

    def at(distance: float, aside: float = 0.0) -> Point:
        return start[0] + x * distance - y * aside, start[1] + y * distance + x * aside

    neck = max(tail, tip - _HEAD_LENGTH)
    half = _HEAD_WIDTH / 2 * (tip - neck) / _HEAD_LENGTH
    head = (at(neck, half), at(tip), at(neck, -half))
    yield from _outlined(((at(tail), at(tip)), head), _SHAFT)


def _number(mark: Mark) -> Iterator[Shape]:
    """On the side of the handle that the arrow does not leave by; above where there is none."""
    (x, y), length = mark.handle, math.dist(mark.handle, mark.target)
    along = (
        ((x - mark.target[0]) / length, (y - mark.target[1]) / length) if length else (0.0, -1.0)
    )
    digits = str(mark.number)
    width = len(digits) * _DIGIT_WIDTH + (len(digits) - 1) * _DIGIT_GAP
    left = x + along[0] * (_NUMBER_DISTANCE + (width - _DIGIT_WIDTH) / 2) - width / 2
    top = y + along[1] * _NUMBER_DISTANCE - _DIGIT_HEIGHT / 2
    lines = tuple(
        tuple(
            (left + place * (_DIGIT_WIDTH + _DIGIT_GAP) + u * _DIGIT_WIDTH, top + v * _DIGIT_HEIGHT)
            for u, v in line
        )
        for place, digit in enumerate(digits)
        for line in DIGITS[digit]
    )
    yield from _outlined(lines, 1.8)
