"""The pairs of a layer in their row, with what was done to them, and where a drag has brought
them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from draggan_server.host.pair_history import History
from draggan_server.host.pairs import HANDLE, TARGET, End, Mark, PointPair
from draggan_server.wire.state import Point


class PairRow:
    """`pairs` are those that are whole, by their numbers."""

    def __init__(self, pairs: Iterable[PointPair] = ()) -> None:
        self.pairs = list(pairs)
        self._history = History()
        self._moved: list[Point] | None = None
        self._arrived: list[bool] = []

    def load(self, pairs: Iterable[PointPair]) -> None:
        """Take the pairs of another picture; there is nothing to be undone."""
        self.pairs = list(pairs)
        self._history = History()
        self._moved = None

    def copy(self) -> list[PointPair]:
        """The pairs as they are now."""
        return list(self.pairs)

    def put(self, end: End, point: Point) -> None:
        """Set an end elsewhere; what has changed is noted by `note`."""
        self.pairs[end.place] = self.pairs[end.place].with_end(end.side, point)

    def note(self, before: list[PointPair]) -> None:
        """What was done to the pairs since `before`, if anything, is one edit."""
        if before != self.pairs:
            self._history.note(before)

    def undo(self) -> bool:
        """Take the last edit back; False where there is none."""
        return self._put_back(self._history.undo(self.pairs))

    def redo(self) -> bool:
        """Do again what was taken back last; False where that is nothing."""
        return self._put_back(self._history.redo(self.pairs))

    # -- a drag -----------------------------------------------------------------------------------

    def follow_drag(self, handle_points: Sequence[Point], arrived: Sequence[bool]) -> None:
        """Show the handles where a drag has brought them; the pairs stay as they are."""
        if not len(handle_points) == len(arrived) == len(self.pairs):
            raise ValueError(
                f"{len(handle_points)} handles and {len(arrived)} arrivals for "
                f"{len(self.pairs)} pairs"
            )
        self._moved, self._arrived = list(handle_points), list(arrived)

    def forget_drag(self) -> None:
        """Show the handles where they were set."""
        self._moved = None

    def marks(self, *hot: End | None) -> list[Mark]:
        """The pairs as they are to be drawn, with these ends `hot`."""
        handles = self._moved or [pair.handle for pair in self.pairs]
        arrived = self._arrived if self._moved else [False] * len(self.pairs)
        return [
            Mark(
                place + 1,
                handle,
                pair.target,
                there,
                End(place, HANDLE) in hot,
                End(place, TARGET) in hot,
                pair.pinned,
            )
            for place, (pair, handle, there) in enumerate(
                zip(self.pairs, handles, arrived, strict=True)
            )
        ]

    def _put_back(self, pairs: list[PointPair] | None) -> bool:
        if pairs is None:
            return False
        self.pairs, self._moved = pairs, None
        return True
