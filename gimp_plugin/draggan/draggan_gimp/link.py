"""A dialog's connection to the daemon, kept going by a GLib timer so that nothing ever waits."""

from __future__ import annotations

import logging
from collections.abc import Callable

from gi.repository import GLib

from draggan_server.wire.client import Client, Connector
from draggan_server.wire.errors import DaemonUnreachable

_log = logging.getLogger(__name__)

_TICK_MS = 20


class DaemonLink:
    """Connects (starting the daemon where none runs), then reads what arrives.

    `on_ready(client)` is called once a connection stands, `on_failure(sentence)` when none could be
    made; `reconnect` tries again.
    """

    def __init__(
        self, on_ready: Callable[[Client], None], on_failure: Callable[[str], None]
    ) -> None:
        self.client: Client | None = None
        self._on_ready = on_ready
        self._on_failure = on_failure
        self._connector: Connector | None = Connector()
        self._timer = GLib.timeout_add(_TICK_MS, self._tick)

    @property
    def connecting(self) -> bool:
        return self._connector is not None

    def reconnect(self) -> None:
        """Drop the connection and make another."""
        if self.client is not None:
            self.client.close()
            self.client = None
        self._connector = Connector()

    def close(self) -> None:
        GLib.source_remove(self._timer)
        if self._connector is not None:
            self._connector.close()
            self._connector = None
        if self.client is not None:
            self.client.close()
            self.client = None

    def _tick(self) -> bool:
        if self.client is not None:
            self.client.pump()
        elif self._connector is not None:
            self._connect(self._connector)
        return GLib.SOURCE_CONTINUE

    def _connect(self, connector: Connector) -> None:
        try:
            self.client = connector.poll()
        except DaemonUnreachable as error:
            _log.warning("no connection: %s", error)
            self._connector = None
            self._on_failure(str(error))
            return
        if self.client is not None:
            self._connector = None
            self._on_ready(self.client)
