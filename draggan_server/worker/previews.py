"""Previews of a drag, rendered beside its loop, which never waits for one."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from draggan_server.wire.messages import Pixels

NICENESS = 5
"""Of the rendering threads, on Linux, so that the drag's own come first. With 10 a busy machine
shows hardly a preview."""


class PreviewThread:
    """Renders one preview after the other, for one drag after the other."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "preview", initializer=_step_back)

    def render(self, render: Callable[[], Pixels]) -> Future[Pixels]:
        return self._executor.submit(render)

    def close(self) -> None:
        """End the thread, after the preview in hand; does not wait for it."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class Previews:
    """The previews of one drag: when they are due, the one under way, the one that is ready.

    `seconds` is the least time between two, 0 for none. The first needs no asking; each further one
    begins only after `grant`, from the state that the drag has reached then.
    """

    def __init__(self, thread: PreviewThread, seconds: float) -> None:
        self._thread = thread
        self._seconds = seconds
        self._granted = seconds > 0
        self._last = time.monotonic()
        self._rendering: Future[Pixels] | None = None

    def grant(self) -> None:
        """The client can take another one."""
        self._granted = self._seconds > 0

    def begin(self, render: Callable[[], Pixels]) -> None:
        """Have `render` called in the thread, if a preview is due."""
        if self._granted and time.monotonic() - self._last >= self._seconds:
            self._granted = False
            self._rendering = self._thread.render(render)

    def take(self) -> Pixels | None:
        """The preview that has got ready, once. Raises what `render` raised."""
        rendering = self._rendering
        if rendering is None or not rendering.done():
            return None
        self._rendering = None
        # The pause begins with a preview's end, however long it took.
        self._last = time.monotonic()
        return rendering.result()

    def end(self) -> None:
        """The drag is over: what has not been begun is not rendered any more."""
        if self._rendering is not None:
            self._rendering.cancel()


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere niceness is the whole process's
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
