"""Which end of a pair the mouse takes hold of."""

from __future__ import annotations

import math
from collections.abc import Sequence

from draggan_server.host.affine import Affine
from draggan_server.host.pairs import HANDLE, TARGET, End, PointPair
from draggan_server.wire.state import Point

GRAB_RADIUS = 10.0
"""Pixels of the view: so near to an end the mouse takes hold of it. It is drawn with 6 to 7."""

TARGET_BIAS = 4.0
"""Pixels of the view: so much farther a target may be than a handle and still be taken."""


def end_at(pairs: Sequence[PointPair], position: Point, view: Affine) -> End | None:
    """The end nearest to a position within `GRAB_RADIUS`; of almost equals, the target, and the
    pair that was set last."""
    best, best_distance = None, math.inf
    for place, pair in enumerate(pairs):
        for side in (HANDLE, TARGET):
            distance = math.dist(position, view.map(pair.end(side)))
            if distance <= GRAB_RADIUS:
                distance -= TARGET_BIAS * side
                if distance <= best_distance:
                    best, best_distance = End(place, side), distance
    return best
