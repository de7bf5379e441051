"""Previews of a drag, rendered beside its loop, which never waits for one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future

from draggan_server.wire.messages import Pixels


class Previews:
    """The previews of one drag: when they are due, the one under way, the one that is ready.

    `seconds` is the least time between two, 0 for none; one that takes longer is followed by as
    long a pause, because it takes processors from the drag. The first needs no asking; each further
    one begins only after `grant`, from the state that the drag has reached then. `executor` has one
    thread, for one drag after the other.
    """

    def __init__(self, executor: Executor, seconds: float) -> None:
        self._executor = executor
        self._seconds = seconds
        self._granted = seconds > 0
        self._began = time.monotonic()
        self._due = self._began + seconds
        self._rendering: Future[Pixels] | None = None

    def grant(self) -> None:
        """The client can take another one."""
        self._granted = self._seconds > 0

    def begin(self, render: Callable[[], Pixels]) -> None:
        """Have `render` called in the executor's thread, if a preview is due."""
        now = time.monotonic()
        if self._granted and now >= self._due:
            self._granted = False
            self._began = now
            self._rendering = self._executor.submit(render)

    def take(self) -> Pixels | None:
        """The preview that has got ready, once. Raises what `render` raised."""
        rendering = self._rendering
        if rendering is None or not rendering.done():
            return None
        self._rendering = None
        now = time.monotonic()
        self._due = now + max(self._seconds, now - self._began)
        return rendering.result()

    def end(self) -> None:
        """The drag is over: what has not been begun is not rendered any more."""
        if self._rendering is not None:
            self._rendering.cancel()
