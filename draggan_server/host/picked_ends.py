"""The ends of pairs that mouse and keys have to do with, without a button being down."""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.host.pairs import End


@dataclass
class PickedEnds:
    """`selected` is moved by the keys, `hovered` is under the mouse; `nudged` is what the last edit
    moved, if it was a key's."""

    selected: End | None = None
    hovered: End | None = None
    nudged: End | None = None

    @property
    def under_hand(self) -> End | None:
        """The end under the mouse, else the one that the keys move."""
        return self.hovered or self.selected

    def select_next(self, step: int, pairs: int) -> bool:
        """Go through the ends of so many pairs by number, each handle before its target; beyond the
        last none is selected: False."""
        count = 2 * pairs
        place = -1 if step > 0 else count
        if self.selected is not None:
            place = 2 * self.selected.place + self.selected.side
        self.hovered = self.nudged = None
        self.selected = End(*divmod(place + step, 2)) if 0 <= place + step < count else None
        return self.selected is not None

    def forget(self) -> None:
        """The pairs are others."""
        self.selected = self.hovered = self.nudged = None
