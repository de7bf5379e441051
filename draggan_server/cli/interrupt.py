"""Ctrl-C as a wish: what runs is asked to stop where it can go on later."""

from __future__ import annotations

import signal
from types import FrameType


class Interrupt:
    """A context manager. `wanted` is whether Ctrl-C was pressed meanwhile. Pressed again it is but
    the same wish, or where it `ends` then what it is to any program."""

    def __init__(self, *, ends: bool = False) -> None:
        self.wanted = False
        self._ends = ends
        self._before = signal.getsignal(signal.SIGINT)

    def __enter__(self) -> Interrupt:
        signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _pressed(self, _signal: int, _frame: FrameType | None) -> None:
        self.wanted = True
        if self._ends:
            signal.signal(signal.SIGINT, self._before)
