"""What was there before each edit of points, so that edits can be taken back."""

from __future__ import annotations

from draggan_server.host.pairs import PointPair

Pairs = list[PointPair]


class History:
    """Edits that were done and edits that were taken back, each as the pairs of the other time."""

    def __init__(self) -> None:
        self._done: list[Pairs] = []
        self._undone: list[Pairs] = []

    def note(self, before: Pairs) -> None:
        """An edit was done to these pairs; what was taken back cannot be done again."""
        self._done.append(list(before))
        self._undone.clear()

    def undo(self, now: Pairs) -> Pairs | None:
        """The pairs before the last edit; None where there is none."""
        return _step(self._done, self._undone, now)

    def redo(self, now: Pairs) -> Pairs | None:
        """The pairs after the edit that was taken back last; None where there is none."""
        return _step(self._undone, self._done, now)


def _step(source: list[Pairs], sink: list[Pairs], now: Pairs) -> Pairs | None:
    if not source:
        return None
    sink.append(list(now))
    return source.pop()
