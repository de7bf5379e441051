"""The plug-in's connection to the daemon: made when needed, pumped by a timer, closed when idle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from draggan_server.wire.client import Client, Connector
from draggan_server.wire.errors import DaemonUnreachable
from draggan_server.wire.messages import FINAL, Event, Failure, Request

from .qt import QObject, QTimer

_PUMP_MS = 20
_LINGER_TICKS = 250  # 5 s: a connection is kept for what follows at once, not for a whole day

Ready = Callable[[Client], None]
Failed = Callable[[str], None]


class Link(QObject):
    """Give it work; the timer runs only while there is some."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._client: Client | None = None
        self._connector: Connector | None = None
        self._waiting: list[tuple[Ready, Failed]] = []
        self._under_way = 0
        self._idle_ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_PUMP_MS)
        self._timer.timeout.connect(self._tick)

    def begin(self, ready: Ready, failed: Failed) -> None:
        """Call `ready(client)` once connected, the daemon started where none runs, or
        `failed(sentence)`. Work goes on until `end` is called as often as `ready` was."""
        self._waiting.append((ready, failed))
        self._timer.start()
        self._tick()

    def end(self) -> None:
        """A piece of work that `begin` began is over."""
        self._under_way -= 1

    def request(self, message: Request, on_event: Callable[[Event], None]) -> None:
        """Send one request; `on_event` gets its events, a `Failure` also where no daemon is."""

        def answered(event: Event) -> None:
            if isinstance(event, FINAL):
                self.end()
            on_event(event)

        self.begin(
            lambda client: client.send(message, answered),
            lambda sentence: on_event(Failure(DaemonUnreachable.code, sentence)),
        )

    def close(self) -> None:
        """Drop the connection, and with it all that is under way."""
        self._timer.stop()
        self._waiting.clear()
        self._under_way = 0
        self._drop()

    def _tick(self) -> None:
        if self._client is None:
            self._connect()
        if self._client is not None:
            self._serve_waiting(self._client)
            self._client.pump()
        if self._client is not None and self._client.lost is not None:
            self._drop()
        idle = not (self._under_way or self._waiting)
        self._idle_ticks = self._idle_ticks + 1 if idle else 0
        if self._idle_ticks > _LINGER_TICKS:
            self.close()

    def _drop(self) -> None:
        for connection in (self._client, self._connector):
            if connection is not None:
                connection.close()
        self._client = self._connector = None

    def _connect(self) -> None:
        if not self._waiting:
            return
        try:
            self._connector = self._connector or Connector()
            self._client = self._connector.poll()
        except DaemonUnreachable as error:
            self._connector = None
            waiting, self._waiting = self._waiting, []
            for _, failed in waiting:
                failed(str(error))
        else:
            if self._client is not None:
                self._connector = None

    def _serve_waiting(self, client: Client) -> None:
        waiting, self._waiting = self._waiting, []
        for ready, _ in waiting:
            self._under_way += 1
            ready(client)
