"""A pair in the making: its handle is set, its target follows the mouse."""

from __future__ import annotations

import math

from draggan_server.host.affine import Affine
from draggan_server.host.pairs import PointPair
from draggan_server.wire.state import Point

MIN_PULL = 4.0
"""Pixels of the view: a shorter pull is a click whose hand trembled."""


class HalfPair:
    """It becomes whole where the mouse is let go far enough from where it went down, or by a second
    click there. `clicked`: the first click is over."""

    def __init__(self) -> None:
        self.pair: PointPair | None = None
        self.clicked = False

    def begin(self, point: Point) -> None:
        """The mouse goes down on the handle."""
        self.pair, self.clicked = PointPair(point, point), False

    def aim(self, point: Point) -> None:
        """The target is there now."""
        if self.pair is not None:
            self.pair = self.pair._replace(target=point)

    def release(self, view: Affine) -> PointPair | None:
        """The mouse goes up: the pair that is whole now; None where the target is still to come, or
        a second click on the place of the first has given it up."""
        pair, clicked = self.pair, self.clicked
        if pair is None:
            return None
        pulled = math.dist(view.map(pair.handle), view.map(pair.target)) >= MIN_PULL
        if pulled or clicked:
            self.drop()
        else:
            self.clicked = True
        return pair if pulled else None

    def drop(self) -> None:
        """There is none any more."""
        self.pair, self.clicked = None, False
