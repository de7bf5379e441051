"""The plug-in's connection to the daemon: made when needed, pumped by a timer, closed when idle."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from draggan_server.wire.client import Client, Connector
from draggan_server.wire.errors import DragganError
from draggan_server.wire.messages import FINAL, Event, Failure, Request

from .guard import unexpected
from .qt import QObject, QTimer

logger = logging.getLogger(__name__)

_PUMP_MS = 20
_LINGER_TICKS = 250  # 5 s: a connection is kept for what follows at once, not for a whole day


@dataclass(eq=False)
class Work:
    """Something for which a connection is needed, from `Link.begin` to `Link.end`."""

    ready: Callable[[Client], None]
    failed: Callable[[Failure], None]
    begun: bool = False


class Link(QObject):
    """Give it work; the timer runs only while there is some."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._client: Client | None = None
        self._connector: Connector | None = None
        self._works: list[Work] = []
        self._idle_ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_PUMP_MS)
        self._timer.timeout.connect(self._tick)

    def begin(self, ready: Callable[[Client], None], failed: Callable[[Failure], None]) -> Work:
        """Call `ready` once connected, the daemon started where none runs.

        Where that cannot be, or something breaks before `end` is called, `failed` is, and the work
        is over.
        """
        work = Work(ready, failed)
        self._works.append(work)
        self._timer.start()
        return work

    def end(self, work: Work) -> None:
        """The work is over."""
        if work in self._works:
            self._works.remove(work)

    def request(self, message: Request, on_event: Callable[[Event], None]) -> None:
        """Send one request; `on_event` gets its events, a `Failure` also where no daemon is."""

        def answered(event: Event) -> None:
            if isinstance(event, FINAL):
                self.end(work)
            on_event(event)

        work = self.begin(lambda client: client.send(message, answered), on_event)

    def _tick(self) -> None:
        try:
            self._advance()
        except DragganError as error:
            self._fail(Failure(error.code, str(error)))
        except Exception as error:
            logger.exception("unexpected error in the connection")
            self._fail(Failure("internal", unexpected(error)))

    def _advance(self) -> None:
        if self._client is None and self._works:
            self._connector = self._connector or Connector()
            self._client = self._connector.poll()
        if self._client is not None:
            self._connector = None
            for work in [work for work in self._works if not work.begun]:
                work.begun = True
                work.ready(self._client)
            self._client.pump()
            if self._client.lost is not None:
                self._drop()
        self._idle_ticks = 0 if self._works else self._idle_ticks + 1
        if self._idle_ticks > _LINGER_TICKS:
            self._timer.stop()
            self._drop()

    def _fail(self, failure: Failure) -> None:
        self._drop()
        works, self._works = self._works, []
        for work in works:
            work.failed(failure)

    def _drop(self) -> None:
        for connection in (self._client, self._connector):
            if connection is not None:
                connection.close()
        self._client = self._connector = None
