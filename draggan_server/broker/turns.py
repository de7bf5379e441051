"""Whose turn it is: lines of requests that wait, and the workers' time shared between them."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, Protocol, TypeVar

LIVE_IN_A_ROW = 8
"""Live drags that may go before the others, one after the other."""

KEPT_LINES = 1024
"""Lines of which is known how much they have had; of more, those are forgotten that owe nothing."""


class Waiting(Protocol):
    """What waits. `turn` is whose line it is in."""

    @property
    def turn(self) -> Hashable: ...

    @property
    def is_live(self) -> bool: ...


WaitingT = TypeVar("WaitingT", bound=Waiting)


class Turns(Generic[WaitingT]):
    """Start-time fair queueing: the next one comes from the line that has had the least of the
    workers' time, and of equal ones from the one that was served longest ago.

    A hand waits for a live drag, so those go first; but every now and then another one does. A line
    that was empty begins with what the least served one has had, so that nobody saves up. `now` is
    in seconds of one clock.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[Hashable, deque[WaitingT]] = OrderedDict()
        self._again: deque[WaitingT] = deque()
        self._had: dict[Hashable, float] = {}
        self._began: dict[WaitingT, float] = {}
        self._least = 0.0
        self._live_in_a_row = 0

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._lines or self._again)

    def __iter__(self) -> Iterator[WaitingT]:
        """What waits."""
        return (one for line in (self._again, *self._lines.values()) for one in line)

    def add(self, one: WaitingT, now: float) -> None:
        """Put it at the end of its line."""
        if one.turn not in self._lines:
            self._begin_line(one.turn, now)
        self._lines[one.turn].append(one)

    def add_again(self, one: WaitingT) -> None:
        """Put it before all others: it had its turn and could not use it."""
        self._again.append(one)

    def next(
        self, now: float, allowed: Callable[[WaitingT], bool] = lambda _: True
    ) -> WaitingT | None:
        """Take out the one whose turn it is; its line goes behind the others. Of those that are not
        live only such are taken that are `allowed`."""
        if self._again:
            return self._again.popleft()
        if not self._lines:
            return None
        had = self._had_until(now)
        firsts = {turn: line[0] for turn, line in self._lines.items()}
        live = {turn: one for turn in firsts if (one := self._first_live(turn)) is not None}
        others = {turn: one for turn, one in firsts.items() if not one.is_live and allowed(one)}
        if not live and not others:
            return None
        first_live = bool(live) and (not others or self._live_in_a_row < LIVE_IN_A_ROW)
        self._live_in_a_row = self._live_in_a_row + 1 if first_live else 0
        choice = live if first_live else others
        one = choice[min(choice, key=lambda turn: had[turn])]
        self._least = max(self._least, had[one.turn])
        self.withdraw(one)
        if one.turn in self._lines:
            self._lines.move_to_end(one.turn)
        return one

    def withdraw(self, one: WaitingT) -> None:
        """Take away one that waits."""
        if one in self._again:
            self._again.remove(one)
            return
        self._lines[one.turn].remove(one)
        if not self._lines[one.turn]:
            del self._lines[one.turn]

    def begin(self, one: WaitingT, now: float) -> None:
        """A worker begins with it."""
        self._began[one] = now

    def end(self, one: WaitingT, now: float) -> None:
        """Its worker is free again."""
        self._had[one.turn] = self._had.get(one.turn, 0.0) + now - self._began.pop(one)
        if not self and not self._began:  # nobody waits for anybody: all begin anew
            self._had.clear()
            self._least = 0.0
        elif len(self._had) > KEPT_LINES:
            self._forget_those_that_owe_nothing(now)

    def _begin_line(self, turn: Hashable, now: float) -> None:
        self._see_least(now)
        self._had[turn] = max(self._had.get(turn, 0.0), self._least)
        self._lines[turn] = deque()

    def _had_until(self, now: float) -> dict[Hashable, float]:
        """What each line has had, that of the running ones included."""
        had = dict(self._had)
        for one, began in self._began.items():
            had[one.turn] = had.get(one.turn, 0.0) + now - began
        return had

    def _see_least(self, now: float) -> set[Hashable]:
        """Bring `_least` up to date; the lines that wait or are served."""
        had = self._had_until(now)
        active = {*self._lines, *(one.turn for one in self._began)}
        if active:
            self._least = max(self._least, min(had[turn] for turn in active))
        return active

    def _first_live(self, turn: Hashable) -> WaitingT | None:
        return next((one for one in self._lines[turn] if one.is_live), None)

    def _forget_those_that_owe_nothing(self, now: float) -> None:
        active = self._see_least(now)
        self._had = {
            turn: had for turn, had in self._had.items() if turn in active or had > self._least
        }
