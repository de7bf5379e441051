"""What the published code of DragGAN and FreeDrag reaches on the toy lion of 256 px.

It was run with these weights, on lions that nothing was tuned on, its learning rate fitted to this
w (0.0188 for DragGAN, likewise for FreeDrag); distances were read from the picture by this bench's
reader, on one thread. The far drags are of one lion. None of that code is here, so the bench does
not run it again.
"""

from __future__ import annotations

from dataclasses import dataclass

_BY_ONE_LANDMARK = 14.2  # px away, mean
_BY_FIVE = 9.75  # 9.5 to 10


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """What is left, in px, of the `way` of so many points, after how many steps and CPU s."""

    code: str
    points: int
    lions: str
    way: float
    left: float
    steps: int
    seconds: float | None


FIGURES = (
    PublishedFigure("DragGAN", 1, "24", _BY_ONE_LANDMARK, 3.32, 39, 11),
    PublishedFigure("FreeDrag", 1, "24", _BY_ONE_LANDMARK, 4.71, 54, 9),
    PublishedFigure("DragGAN", 5, "17 to 20", _BY_FIVE, 1.91, 128, 38),
    PublishedFigure("FreeDrag", 5, "17 to 20", _BY_FIVE, 2.41, 132, 22),
    PublishedFigure("DragGAN", 1, "1", 86, 7, 300, 88),
    PublishedFigure("DragGAN", 1, "1", 120, 71, 300, None),
)
SIDE = 256
"""Pixels of the pictures."""


def markdown() -> str:
    """A table of the figures."""
    rows = [
        "| published code of | points | lions | way, px | left, px | steps | CPU s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for figure in FIGURES:
        seconds = "" if figure.seconds is None else f"{figure.seconds:g}"
        rows.append(
            f"| {figure.code} | {figure.points} | {figure.lions} | {figure.way:g} "
            f"| {figure.left:g} | {figure.steps} | {seconds} |"
        )
    return "\n".join(rows)
