"""Pictures of which the daemon is to be asked before they can be dragged: their document knows
nothing of them, or not where they lie."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator

from draggan_server.host.sentences import refusals
from draggan_server.host.states import Cause
from draggan_server.host.whereabouts import Search, Whereabouts
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Event, Failure, FindState, Request, StateFound

Steps = Generator[Request, Event, tuple[Cause, Event | None]]
"""Yields what to ask the daemon, and wants the last event of each answer. Returns what was found
out, and the event that says so where there is one."""


class OpenQuestion(BadInput):
    """A layer could be dragged, if the daemon knew an answer."""

    @abstractmethod
    def steps(self) -> Steps:
        """Ask the daemon. What it knows is kept."""


class UnknownPicture(OpenQuestion):
    """A layer could be dragged, but its document has no saved state for it.

    It may be a copy, or be opened from a file that keeps no states. The daemon is asked by
    `fingerprint()`, which is `Pixels.fingerprint` of what the layer shows; `keep` gets the state
    that it knows, to be kept with the layer if that is still there.
    """

    def __init__(
        self, name: str, fingerprint: Callable[[], str], keep: Callable[[str], None]
    ) -> None:
        super().__init__(refusals.NOT_KNOWN, name=name)
        self.fingerprint = fingerprint
        self.keep = keep

    def steps(self) -> Steps:
        answer = yield FindState(self.fingerprint())
        if not isinstance(answer, StateFound):
            failure = answer if isinstance(answer, Failure) else Failure.of(self)
            return Cause.FAILED, failure
        if answer.saved_state is None:
            return Cause.UNKNOWN, None
        self.keep(answer.saved_state)
        return Cause.REMEMBERED, None


class MovedPicture(OpenQuestion):
    """The picture of a layer is another one where it was kept: painted over, or the layer was
    flipped, turned, scaled or cropped. `keep` gets where it is, to be kept with the
    layer if that is still there."""

    def __init__(
        self, name: str, search: Callable[[], Search], keep: Callable[[Whereabouts], None]
    ) -> None:
        super().__init__(refusals.MOVED, name=name)
        self.search = search
        self.keep = keep

    def steps(self) -> Steps:
        found = yield from self.search()
        if not isinstance(found, Whereabouts):
            return Cause.FAILED, found
        self.keep(found)
        return Cause.REMEMBERED, None
