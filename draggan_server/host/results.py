"""The results of a session's drags, and what the host's undo and redo have done to them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic

from draggan_server.host.pairs import PointPair
from draggan_server.host.request import LayerT, Request
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput


class Found(enum.Enum):
    """What became of a layer."""

    THERE = enum.auto()
    REMOVED = enum.auto()  # by hand, or by the host's undo, whose redo may bring it back
    CLOSED = enum.auto()  # with its document


def gone(found: Found, name: str) -> BadInput:
    """What is said where the layer of that name is not `THERE` any more."""
    if found is Found.CLOSED:
        return BadInput(refusals.DOCUMENT_CLOSED)
    return BadInput(refusals.LAYER_REMOVED, name=name)


@dataclass(eq=False)
class Result(Generic[LayerT]):
    """The drag that was asked for by `request` has left `layer`, with its points at `pairs`.

    `there`: the layer is in its document, not undone.
    """

    request: Request[LayerT]
    layer: LayerT
    pairs: tuple[PointPair, ...]
    arrived: bool
    sentence: str
    there: bool = True


class Results(Generic[LayerT]):
    """In the order in which they were made. The last one that is there is what is shown.

    The hosts do not say when their undo removes a layer or their redo brings it back: `look` finds
    out, and calls `changed` for each result of which that is so.
    """

    def __init__(
        self, find: Callable[[LayerT], Found], changed: Callable[[Result[LayerT]], None]
    ) -> None:
        self._find = find
        self._changed = changed
        self._all: list[Result[LayerT]] = []
        self._shown: list[Result[LayerT]] = []
        self._undone: list[Result[LayerT]] = []

    def __iter__(self) -> Iterator[Result[LayerT]]:
        return iter(self._all)

    @property
    def newest(self) -> Result[LayerT]:
        """The one that was added last."""
        return self._all[-1]

    @property
    def undone(self) -> bool:
        """Whether a result was undone last, and none has been made since."""
        return bool(self._undone)

    @property
    def can_go_back(self) -> bool:
        """Whether what is shown has been undone."""
        return bool(self._shown) and not self._shown[-1].there

    @property
    def can_go_forward(self) -> bool:
        """Whether what was undone last is there again."""
        return bool(self._undone) and self._undone[-1].there

    def add(self, result: Result[LayerT]) -> None:
        """A result that is in the document, and shown."""
        self._all.append(result)
        self._shown.append(result)
        self._undone.clear()

    def go_back(self) -> Result[LayerT]:
        """Show what the result shown came from; returns that result."""
        self._undone.append(self._shown.pop())
        return self._undone[-1]

    def go_forward(self) -> Result[LayerT]:
        """Show the result that was undone last; returns it."""
        self._shown.append(self._undone.pop())
        return self._shown[-1]

    def look(self) -> None:
        """Find out which results are there."""
        for result in list(self._all):
            found = self._find(result.layer)
            if found is Found.CLOSED:
                self._forget(result)
            elif result.there != (found is Found.THERE):
                result.there = not result.there
                self._changed(result)

    def _forget(self, result: Result[LayerT]) -> None:
        for some in (self._all, self._shown, self._undone):
            if result in some:
                some.remove(result)
