"""What clients were told and have not read: counted in bytes, so that one that reads nothing cannot
have the daemon hold all that it asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import zmq

LIMIT_BYTES = 64 << 20
"""A client that leaves so much unread gets nothing more. One message may be larger than that."""

COUNTED_BYTES = 4096
"""Smaller frames are copied at once and not counted: ZeroMQ holds 1,000 messages at the most."""


class Backlog:
    """Sends by a ROUTER, whose large frames are counted until the network has taken them."""

    def __init__(self, socket: zmq.Socket[Any]) -> None:
        self._socket = socket
        socket.copy_threshold = COUNTED_BYTES
        self._unsent: dict[bytes, deque[tuple[zmq.MessageTracker, int]]] = {}

    def send(self, route: bytes, parts: Sequence[bytes]) -> None:
        """Never blocks. Raises `zmq.ZMQError` where the client is gone or takes nothing."""
        self._forget_sent()
        if self.held_bytes(route) >= LIMIT_BYTES:
            raise zmq.Again
        message = [route, *parts]
        tracker = self._socket.send_multipart(message, zmq.NOBLOCK, copy=False, track=True)
        counted = sum(len(part) for part in parts if len(part) >= COUNTED_BYTES)
        if counted:
            assert tracker is not None
            self._unsent.setdefault(route, deque()).append((tracker, counted))

    def held_bytes(self, route: bytes) -> int:
        """Of this client's answers, those in large frames that were not sent when `send` was
        called last."""
        return sum(size for _tracker, size in self._unsent.get(route, ()))

    def _forget_sent(self) -> None:
        """What the network has taken, or was dropped with the connection of a client."""
        for route, unsent in list(self._unsent.items()):
            while unsent and unsent[0][0].done:
                unsent.popleft()
            if not unsent:
                del self._unsent[route]
