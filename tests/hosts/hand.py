"""A hand that moves a mouse as people do: it starts and ends slowly."""

from __future__ import annotations

import math
from itertools import pairwise

Place = tuple[float, float]

STEP_SECONDS = 1 / 30


def eased_way(*places: Place, seconds: float) -> list[Place]:
    """From each place to the next in so many seconds; a place each `STEP_SECONDS`."""
    steps = max(1, round(seconds / STEP_SECONDS))
    way = [places[0]]
    for start, end in pairwise(places):
        for step in range(1, steps + 1):
            share = (1 - math.cos(math.pi * step / steps)) / 2
            way.append(tuple(a + share * (b - a) for a, b in zip(start, end, strict=True)))  # type: ignore[arg-type]
    return way


def moves(way: list[Place]) -> list[str]:
    """What xdotool is to be told, in pixels of the screen."""
    told: list[str] = []
    for x, y in way:
        told += ["mousemove", str(round(x)), str(round(y)), "sleep", f"{STEP_SECONDS:.3f}"]
    return told
