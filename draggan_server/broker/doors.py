"""The daemon's sockets for clients: one for this machine, and on demand one for others."""

from __future__ import annotations

import logging
import secrets
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import zmq

from draggan_server.broker.backlog import Backlog
from draggan_server.broker.keyring import Keyring
from draggan_server.broker.store import OWNER
from draggan_server.broker.zap import Doorkeeper
from draggan_server.wire.codec import MAX_FRAME_BYTES
from draggan_server.wire.errors import BadInput
from draggan_server.wire.invitation import Address

logger = logging.getLogger(__name__)

USER = "draggan"
_AT_A_TIME = 100
_HEARTBEAT_MS = 5000
_SILENCE_MS = 15_000
_LAST_WORD_SECONDS = 0.3


class Letter(NamedTuple):
    """A client's message, where it came from, and whose invitation it came with."""

    route: bytes
    parts: list[bytes]
    guest: str = OWNER


class Door(Protocol):
    """Where clients come in. Routes of different doors differ."""

    @property
    def socket(self) -> zmq.Socket[Any]: ...

    def letters(self) -> Iterator[Letter]:
        """What has arrived, a bounded number of messages at a time. Never blocks."""

    def owns(self, route: bytes) -> bool: ...

    def send(self, route: bytes, parts: Sequence[bytes]) -> None:
        """Raises `zmq.ZMQError` where the client is gone or takes nothing."""

    def close(self) -> None: ...


class LocalDoor:
    """A port of the loopback interface, for whoever can read the connection file."""

    _PREFIX = b"L"

    def __init__(self, context: zmq.Context[Any], doorkeeper: Doorkeeper) -> None:
        self.socket = _router(context)
        self._backlog = Backlog(self.socket)
        self.secret = secrets.token_urlsafe(32)
        doorkeeper.guard(self.socket, "client", USER, self.secret)
        self.socket.bind("tcp://127.0.0.1:*")
        self.endpoint = self.socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._spoke = 0.0

    def letters(self) -> Iterator[Letter]:
        for _ in range(_AT_A_TIME):
            if not self.socket.poll(0):
                return
            route, *parts = self.socket.recv_multipart()
            yield Letter(self._PREFIX + route, parts)

    def owns(self, route: bytes) -> bool:
        return route.startswith(self._PREFIX)

    def send(self, route: bytes, parts: Sequence[bytes]) -> None:
        self._spoke = time.monotonic()
        self._backlog.send(route[1:], parts)

    def close(self) -> None:
        """What was said last is heard: a ZeroMQ client drops what it has not read yet when its
        connection ends, so that one is left to it for a moment."""
        time.sleep(max(0.0, self._spoke + _LAST_WORD_SECONDS - time.monotonic()))
        self.socket.close()


class HouseDoor:
    """A port that other machines reach, by CURVE, for whoever has a key of the ring."""

    _PREFIX = b"H"

    def __init__(
        self,
        context: zmq.Context[Any],
        doorkeeper: Doorkeeper,
        keyring: Keyring,
        address: Address,
    ) -> None:
        """Raises `BadInput` where it cannot listen there."""
        if not zmq.has("curve"):
            raise BadInput(
                "The ZeroMQ library here has no encryption (CURVE), so the daemon cannot listen "
                "for other machines: install pyzmq with pip."
            )
        self._keyring = keyring
        self._whose: dict[int, str] = {}
        self.socket = _router(context)
        self._backlog = Backlog(self.socket)
        self.socket.setsockopt(zmq.IPV6, ":" in address.host)
        self.socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
        self.socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, _SILENCE_MS)
        doorkeeper.guard_by_keys(self.socket, "house", keyring.secret_key, keyring.identity_of)
        try:
            self.socket.bind(address.endpoint)
        except zmq.ZMQError as error:
            self.socket.close()
            raise BadInput(
                "The daemon cannot listen at {address} ({error}): give an IP address of this "
                "machine and a port that nothing else uses.",
                address=address,
                error=error.strerror,
            ) from None
        self.port = int(self.socket.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")[2])

    def letters(self) -> Iterator[Letter]:
        for _ in range(_AT_A_TIME):
            if not self.socket.poll(0):
                return
            route, *frames = self.socket.recv_multipart(copy=False)
            # ZeroMQ says it of messages of TCP connections; the identity's frame has none.
            descriptor, identity = int(frames[0].get(zmq.SRCFD)), str(frames[0].get("User-Id"))
            self._whose[descriptor] = identity
            if (guest := self._keyring.guest(identity)) is None:
                self._cut(descriptor)
            else:
                yield Letter(self._PREFIX + route.bytes, [frame.bytes for frame in frames], guest)

    def owns(self, route: bytes) -> bool:
        return route.startswith(self._PREFIX)

    def send(self, route: bytes, parts: Sequence[bytes]) -> None:
        self._backlog.send(route[1:], parts)

    def cut_unknown(self) -> None:
        """End the connections of those whose keys were taken away."""
        for descriptor, identity in list(self._whose.items()):
            if self._keyring.guest(identity) is None:
                self._cut(descriptor)

    def close(self) -> None:
        self.socket.close()

    def _cut(self, descriptor: int) -> None:
        """ZeroMQ has no way to end one connection of a socket, and notices when it is shut down."""
        logger.info("a connection of %s is ended", self._whose.pop(descriptor, "nobody"))
        try:
            connection = socket.socket(fileno=descriptor)
        except OSError:
            return  # it has ended, and nothing has its number now
        try:
            if connection.getsockname()[1] == self.port:
                connection.shutdown(socket.SHUT_RDWR)
        except (OSError, IndexError):
            pass
        finally:
            connection.detach()


def _router(context: zmq.Context[Any]) -> zmq.Socket[Any]:
    router: zmq.Socket[Any] = context.socket(zmq.ROUTER)
    router.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
    router.setsockopt(zmq.LINGER, 500)  # milliseconds
    # A send to a client that is gone or takes nothing is to fail, not to vanish.
    router.setsockopt(zmq.ROUTER_MANDATORY, 1)
    return router
