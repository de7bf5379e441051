"""A plug-in's connection to the daemon: made when needed, pumped by the host's timer, closed when
idle."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from draggan_server.host.faults import fault
from draggan_server.wire.client import Client
from draggan_server.wire.connector import Connector
from draggan_server.wire.errors import DaemonMissing, DragganError, unreachable
from draggan_server.wire.live_job import OpenInDaemon
from draggan_server.wire.messages import FINAL, CancelDrag, CloseEdit, Event, Failure, Request

logger = logging.getLogger(__name__)

Stop = Callable[[], None]
Every = Callable[[int, Callable[[], None]], Stop]
"""The host's timer: `every(milliseconds, tick)` calls `tick` again and again, on the thread on
which the host may be talked to, until what it returned is called."""

PUMP_MS = 5
"""An answer waits for half of that on average, and from a press to its first picture there are
three; a look that finds nothing takes 0.03 ms."""
IDLE_TICKS = 20
"""So often a connection is looked at for which there is no work: each tenth of a second."""
LINGER_TICKS = 1000  # 5 s: a connection is kept for what follows at once, not for a whole day


def _ignore() -> None:
    pass


@dataclass(eq=False)
class Work:
    """Something for which a connection is needed, from `Link.begin` to `Link.end`."""

    ready: Callable[[Client], None]
    failed: Callable[[Failure], None]
    starting: Callable[[], None] = _ignore
    begun: bool = False


class _Open(NamedTuple):
    """What the next drag needs of an edit; the layer would be large."""

    edit_id: str
    revision: int
    saved_state: str


class Link:
    """Give it work; the timer runs only while there is some, and for a while after it.

    `log_file` is where the host writes its log; `connect` makes what connects. `missing` is called
    where no daemon was set up that could be started.
    """

    def __init__(
        self, every: Every, log_file: str, connect: Callable[[], Connector] = Connector
    ) -> None:
        self.every = every
        self.missing: Stop = _ignore
        self.log_file = log_file
        self._connect = connect
        self._client: Client | None = None
        self._connector: Connector | None = None
        self._works: list[Work] = []
        self._open: _Open | None = None
        self._idle_ticks = 0
        self._ticking = False
        self._stop: Stop | None = None

    def begin(
        self,
        ready: Callable[[Client], None],
        failed: Callable[[Failure], None],
        starting: Callable[[], None] = _ignore,
    ) -> Work:
        """Call `ready` once connected; a daemon is started where none runs, and `starting` called.

        Where that cannot be, or something breaks before `end` is called, `failed` is, and the work
        is over. None of them is called from here.
        """
        work = Work(ready, failed, starting)
        self._works.append(work)
        if self._stop is None:
            self._stop = self.every(PUMP_MS, self._tick)
        return work

    def end(self, work: Work) -> None:
        """The work is over."""
        if work in self._works:
            self._works.remove(work)

    def open_edit(self, saved_state: str) -> OpenInDaemon | str:
        """The edit that was kept open, where it shows that state, else the state."""
        if self._open is not None and self._open.saved_state == saved_state:
            return self._open
        return saved_state

    def keep_open(self, edit: OpenInDaemon) -> None:
        """Leave this edit open for the next drag, in place of the one kept so far; it is closed
        when the connection is."""
        if self._open is not None and self._open.edit_id != edit.edit_id:
            self._close_edit()
        self._open = _Open(edit.edit_id, edit.revision, edit.saved_state)

    def request(self, message: Request, on_event: Callable[[Event], None]) -> Stop:
        """Send one request; `on_event` gets its events, a `Failure` also where no daemon is.

        What is returned ends one that takes long: soon, and with its last event; one that was not
        sent yet at once, and without.
        """
        sent: list[tuple[Client, int]] = []

        def answered(event: Event) -> None:
            if isinstance(event, FINAL):
                self.end(work)
            on_event(event)

        def send(client: Client) -> None:
            sent.append((client, client.send(message, answered)))

        def stop() -> None:
            if not sent:
                self.end(work)
            for client, number in sent:
                client.send(CancelDrag(number))

        work = self.begin(send, on_event)
        return stop

    def fault(self, error: Exception) -> Failure:
        """For an error that nobody foresaw, once it is in the log."""
        return Failure.of(fault(error, self.log_file))

    def close(self) -> None:
        """Close the connection; no work is called any more."""
        self._works.clear()
        self._close_edit()
        self._drop()
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _tick(self) -> None:
        if self._ticking:
            return  # Krita runs its event loop while it converts colours, so within a callback
        self._ticking = True
        try:
            self._advance()
        except DragganError as error:
            self._fail(Failure.of(error))
            if isinstance(error, DaemonMissing):
                self.missing()
        except Exception as error:
            logger.exception("unexpected error in the connection")
            self._fail(self.fault(error))
        finally:
            self._ticking = False

    def _advance(self) -> None:
        if self._client is None and self._works:
            self._look()
        if self._client is not None and (self._works or not self._idle_ticks % IDLE_TICKS):
            self._serve(self._client)
        self._idle_ticks = 0 if self._works else self._idle_ticks + 1
        if self._idle_ticks > LINGER_TICKS:
            self.close()

    def _look(self) -> None:
        connector = self._connector = self._connector or self._connect()
        had_started = connector.starting
        self._client = connector.poll()
        if self._client is not None:
            self._connector = None
        elif connector.starting and not had_started:
            for work in list(self._works):
                work.starting()

    def _serve(self, client: Client) -> None:
        for work in [work for work in self._works if not work.begun]:
            work.begun = True
            work.ready(client)
        client.pump()
        if client.lost is not None:
            self._fail(Failure.of(unreachable(client.lost)), begun_only=True)

    def _fail(self, failure: Failure, begun_only: bool = False) -> None:
        """`begun_only`: what has not begun on the connection that is lost gets another."""
        self._drop()
        failed = [work for work in self._works if work.begun or not begun_only]
        self._works = [work for work in self._works if work not in failed]
        for work in failed:
            work.failed(failure)

    def _drop(self) -> None:
        for connection in (self._client, self._connector):
            if connection is not None:
                connection.close()
        self._client = self._connector = self._open = None

    def _close_edit(self) -> None:
        if self._client is not None and self._open is not None:
            self._client.send(CloseEdit(self._open.edit_id))
        self._open = None
