"""What a session has the daemon do, from connecting to the last that is heard of it."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.link import Link
from draggan_server.host.sentences import refusals
from draggan_server.host.states import Cause
from draggan_server.wire.client import Client
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.messages import Event, Failure

Hear = Callable[[Cause, Event | None], None]


class Job:
    """Something that needs the daemon, which is started where none runs.

    `hear` is told, from the link's timer, of each thing that happens: `SPAWNED`, `CONNECTED`, what
    a kind of job adds, and at last exactly one end, of which `FAILED` with a `Failure` may be any
    job's.
    """

    def __init__(self, link: Link, hear: Hear) -> None:
        self._link = link
        self._hear: Hear | None = hear
        self._client: Client | None = None
        self._work = link.begin(self._connected, self._end, lambda: self._tell(Cause.SPAWNED))

    def stop(self) -> None:
        """End it as soon as can be, with what it reached."""
        self._cancel(keep=True)

    def abandon(self) -> None:
        """Give it up: nothing is told any more, and nothing is kept."""
        self._hear = None
        if self._client is None:
            self._link.end(self._work)
        else:
            self._cancel(keep=False)

    def _begin(self, client: Client) -> None:
        """Ask the daemon for what is to be done."""
        raise NotImplementedError

    def _cancel(self, keep: bool) -> None:
        """End what was asked for, if anything was."""
        raise NotImplementedError

    def _end(self, event: Event) -> None:
        """The last that is heard of it."""
        raise NotImplementedError

    def _connected(self, client: Client) -> None:
        self._client = client
        self._tell(Cause.CONNECTED)
        if self._hear is None:
            self._close()
        else:
            self._begin(client)

    def _fail(self, event: Event) -> None:
        if not isinstance(event, Failure):
            event = Failure.of(ProtocolError(refusals.OUT_OF_TURN, event=type(event).__name__))
        self._tell(Cause.FAILED, event)

    def _close(self) -> None:
        self._client = None
        self._link.end(self._work)

    def _tell(self, cause: Cause, event: Event | None = None) -> None:
        if self._hear is not None:
            self._hear(cause, event)
