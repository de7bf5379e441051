"""What is done again and again while there is need for it, or once, a little later."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.link import Every, Stop


class Beat:
    """Calls `act` every so many milliseconds, while it is `on`."""

    def __init__(self, every: Every, milliseconds: int, act: Callable[[], None]) -> None:
        self._every = every
        self._milliseconds = milliseconds
        self._act = act
        self._stop: Stop | None = None

    def be(self, on: bool) -> None:
        if on and self._stop is None:
            self._stop = self._every(self._milliseconds, self._act)
        elif not on and self._stop is not None:
            self._stop()
            self._stop = None


def later(every: Every, milliseconds: int, act: Callable[[], None]) -> None:
    """Call `act` once, after so many milliseconds."""

    def tick() -> None:
        stop()
        act()

    stop = every(milliseconds, tick)
