"""The frames of an editor's document that is animated, and a drag spread over some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from draggan_server.wire.messages import Pixels

Keys = Sequence[tuple[int, Pixels]]
"""Key frames: from each frame on, until the next, its RGBA picture is seen. They rise."""


@dataclass(frozen=True)
class Timeline:
    """Frame `now` is seen. From `first` to `last` is played, of all frames from `begin` to `end`,
    `rate` of them a second."""

    now: int
    first: int
    last: int
    begin: int
    end: int
    rate: int

    @property
    def proposed(self) -> tuple[int, int]:
        """The first and the last frame of a drag, where the user has not said which: those that
        were chosen to be played, or a second from now on."""
        if (self.first, self.last) != (self.begin, self.end):
            return self.first, self.last
        return self.now, self.now + max(self.rate, 1)
