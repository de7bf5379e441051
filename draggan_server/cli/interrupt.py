"""Ctrl-C as a wish: what runs is asked to stop where it can go on later."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

STOPPED_CODE = 130
"""What shells have a program end with that Ctrl-C has stopped."""


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


@contextlib.contextmanager
def until_stopped(
    say: Callable[[str], None], what: str, *, keeps: bool
) -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed meanwhile; then it is said that `what` is kept. Not where nothing
    is kept: then that is what it is to any program."""
    if not keeps:
        yield lambda: False
        return
    said = False

    def stopped() -> bool:
        nonlocal said
        if pressed.wanted and not said:
            said = True
            say(f"Stopping: {what} so far is kept. Ctrl-C again ends this at once.")
        return pressed.wanted

    with Interrupt(ends=True) as pressed:
        yield stopped
