"""Finding out, while points are about to be set, whether they can be: is there a daemon, and does
it know the picture of a layer that its document does not know?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from draggan_server.host.host import Host
from draggan_server.host.link import Link, Work
from draggan_server.host.request import LayerT
from draggan_server.host.states import Cause
from draggan_server.host.translation import tr_error
from draggan_server.host.unknown import OpenQuestion
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Event


class Waking(Generic[LayerT]):
    """`fire` is told what is found, with the event that says so where there is one."""

    def __init__(
        self, host: Host[LayerT], link: Link, fire: Callable[[Cause, Event | None], None]
    ) -> None:
        self._host = host
        self._link = link
        self._fire = fire
        self._work: Work | None = None
        self._question: OpenQuestion | None = None

    def look(self) -> None:
        """Let the host say how points are set, and connect to the daemon."""
        try:
            self._host.welcome()
        except OpenQuestion as unknown:
            self.wonder(unknown)
            return
        except BadInput as error:
            self._host.say(tr_error(error), True)

        def connected(_client: object) -> None:
            self.end()
            self._fire(Cause.CONNECTED, None)

        self._work = self._link.begin(connected, lambda failure: self._fire(Cause.FAILED, failure))

    def wonder(self, unknown: OpenQuestion) -> None:
        """There is a picture of which the daemon is to be asked."""
        self._question = unknown
        self._fire(Cause.STATELESS, None)

    def ask(self) -> None:
        """Ask the daemon about that picture."""
        question = self._question
        assert question is not None, "there is something to be asked"
        steps = question.steps()

        def answered(event: Event | None) -> None:
            if question is not self._question:
                return  # another one was asked meanwhile, or this one given up
            try:
                request = next(steps) if event is None else steps.send(event)
            except StopIteration as end:
                self._question = None
                self._fire(*end.value)
            else:
                self._link.request(request, answered)

        answered(None)

    def forget(self) -> None:
        """The answer is not waited for any more."""
        self._question = None

    def end(self) -> None:
        """It is not waited for the daemon any more."""
        if self._work is not None:
            self._link.end(self._work)
            self._work = None
