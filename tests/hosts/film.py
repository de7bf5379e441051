"""Counts the pictures that are seen at a place of a virtual screen."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.hosts.frame_buffer import Box, watched

_NAP_SECONDS = 0.004


@dataclass
class Film:
    """What was seen: `times`, of `time.monotonic`, has each picture that followed another one."""

    times: list[float] = field(default_factory=list)
    _last: int | None = field(default=None, repr=False)
    _newest: int | None = field(default=None, repr=False)

    @property
    def frames(self) -> int:
        return len(self.times)

    def take(self, sum_of_picture: int) -> None:
        """A picture counts once it is seen twice: before, it may be half drawn."""
        if self._newest == sum_of_picture != self._last:
            if self._last is not None:
                self.times.append(time.monotonic())
            self._last = sum_of_picture
        self._newest = sum_of_picture


@contextlib.contextmanager
def filmed(screen: Path, box: Box) -> Iterator[Film]:
    """Looks at the box about 200 times a second, until the block ends. `screen` is the file of
    `tests.hosts.display`."""
    film = Film()
    with watched(screen, _NAP_SECONDS, lambda buffer: film.take(buffer.sum_of(box))):
        yield film
