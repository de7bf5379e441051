"""Two ways to carry frames to the daemon: pyzmq, and a plain socket with our own ZMTP.

Both have the interface of `Transport` and never block except in `wait`. Neither reconnects: once
`lost` says why, the connection is over.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from draggan_server.wire.codec import MAX_FRAME_BYTES, MAX_PARTS
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.said import Said
from draggan_server.wire.zmtp import DealerConnection

if TYPE_CHECKING:
    import zmq

PURE_VARIABLE = "DRAGGAN_PURE_ZMTP"
"""Environment variable: if set to anything, pyzmq is not used even where it is there."""

CLOSED = Said("The connection was closed.")
_NO_CONNECTION = Said("no connection")
_CHUNK = 1 << 20


class Transport(Protocol):
    """A connection to the daemon that carries multipart messages."""

    @property
    def lost(self) -> str | None:
        """Why the connection is over; None while it stands or is being made."""

    def send(self, parts: Sequence[bytes]) -> None:
        """Queue a message; it goes out as the network takes it."""

    def receive(self) -> list[bytes] | None:
        """The next message that has arrived whole, or None."""

    def wait(self, seconds: float) -> None:
        """Return when something has happened on the connection, or after `seconds`."""

    def close(self) -> None:
        """End the connection; what has not gone out yet gets a short while to do so."""


def open_transport(connection: ConnectionFile, pure: bool | None = None) -> Transport:
    """A connection to the daemon of `connection`: by pyzmq where it is, unless `pure`."""
    if pure is None:
        pure = bool(os.environ.get(PURE_VARIABLE))
    if not pure:
        try:
            return ZmqTransport(connection)
        except ImportError:
            pass
    return SocketTransport(connection)


class SocketTransport:
    """A non-blocking TCP socket and `DealerConnection`."""

    def __init__(self, connection: ConnectionFile) -> None:
        self._zmtp = DealerConnection(
            connection.user, connection.secret, MAX_FRAME_BYTES, MAX_PARTS
        )
        self._outgoing: deque[memoryview] = deque()
        self._messages: deque[list[bytes]] = deque()
        self._lost: str | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self._connected = False
        code = self._socket.connect_ex(connection.address)
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
            self._lost = _unreachable(os.strerror(code))

    @property
    def lost(self) -> str | None:
        return self._lost

    def send(self, parts: Sequence[bytes]) -> None:
        self._zmtp.send(parts)
        self._flow()

    def receive(self) -> list[bytes] | None:
        if not self._messages:
            self._flow()
        return self._messages.popleft() if self._messages else None

    def wait(self, seconds: float) -> None:
        if self._messages or self._lost is not None:
            return
        events = selectors.EVENT_READ
        if self._outgoing or not self._connected:
            events |= selectors.EVENT_WRITE
        self._select(events, seconds)

    def close(self) -> None:
        if self._outgoing and self._lost is None:
            self.wait(0.2)
            self._flow()
        self._socket.close()
        self._lost = self._lost or CLOSED

    def _flow(self) -> None:
        """Move what can be moved in both directions."""
        if self._lost is not None:
            return
        try:
            if self._connected or self._finish_connecting():
                self._read()
                self._write()
        except ProtocolError as error:
            self._lost = error.said
        except OSError as error:
            self._lost = _unreachable(error.strerror or error)

    def _finish_connecting(self) -> bool:
        if not self._select(selectors.EVENT_WRITE, 0):
            return False
        if number := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(number, os.strerror(number))
        self._connected = True
        return True

    def _select(self, events: int, seconds: float) -> bool:
        """Wait for one of the events. Not by `select` itself, which fails in a host with more than
        1024 files open."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, events)
            return bool(selector.select(max(seconds, 0)))

    def _read(self) -> None:
        while True:
            try:
                data = self._socket.recv(_CHUNK)
            except BlockingIOError:
                return
            if not data:
                raise OSError("it closed the connection")
            self._messages.extend(self._zmtp.receive(data))

    def _write(self) -> None:
        self._outgoing.extend(memoryview(piece) for piece in self._zmtp.to_send() if piece)
        while self._outgoing:
            try:
                sent = self._socket.send(self._outgoing[0])
            except BlockingIOError:
                return
            if sent == len(self._outgoing[0]):
                self._outgoing.popleft()
            else:
                self._outgoing[0] = self._outgoing[0][sent:]


class ZmqTransport:
    """A pyzmq DEALER and its monitor, which tells of a refused or ended connection."""

    def __init__(self, connection: ConnectionFile) -> None:
        import zmq
        import zmq.utils.monitor

        self._zmq: Any = zmq
        self._parse_event = zmq.utils.monitor.parse_monitor_message
        self._lost: str | None = None
        # A context of its own: a plug-in shares the host's interpreter with other plug-ins, and
        # ending this one must not wait for their sockets.
        self._context = zmq.Context(io_threads=1)
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.PLAIN_USERNAME, connection.user.encode())
        self._socket.setsockopt(zmq.PLAIN_PASSWORD, connection.secret.encode())
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
        self._socket.setsockopt(zmq.RECONNECT_IVL, -1)
        self._socket.setsockopt(zmq.SNDHWM, 0)
        self._socket.setsockopt(zmq.RCVHWM, 0)
        self._socket.setsockopt(zmq.LINGER, 200)  # milliseconds
        endings = (
            zmq.EVENT_DISCONNECTED
            | zmq.EVENT_CLOSED
            | zmq.EVENT_CONNECT_RETRIED
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_AUTH
        )
        self._monitor: zmq.Socket[bytes] = self._socket.get_monitor_socket(endings)
        self._socket.connect(connection.endpoint)

    @property
    def lost(self) -> str | None:
        return self._lost

    def send(self, parts: Sequence[bytes]) -> None:
        if self._lost is not None:
            return
        try:
            self._socket.send_multipart(parts, flags=self._zmq.NOBLOCK)
        except self._zmq.Again:
            # Queues have no limit here, so this means that the connection has ended already.
            self._look_for_the_end()
            self._lost = self._lost or _unreachable(_NO_CONNECTION)

    def receive(self) -> list[bytes] | None:
        if self._socket.closed:
            return None
        # Asked many times a second by a host's own thread: an exception each time would cost more.
        if self._is_there(self._socket):
            return self._socket.recv_multipart(flags=self._zmq.NOBLOCK)
        self._look_for_the_end()
        return None

    def wait(self, seconds: float) -> None:
        if self._lost is not None:
            return
        poller = self._zmq.Poller()
        poller.register(self._socket, self._zmq.POLLIN)
        poller.register(self._monitor, self._zmq.POLLIN)
        poller.poll(max(seconds, 0) * 1000)

    def close(self) -> None:
        if self._socket.closed:
            return
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        # What a lost connection has not sent would only hold the host up.
        self._socket.close(linger=None if self._lost is None else 0)
        self._context.term()
        self._lost = self._lost or CLOSED

    def _look_for_the_end(self) -> None:
        if self._lost is None and self._is_there(self._monitor):
            event = self._parse_event(self._monitor.recv_multipart())["event"]
            refused = event & self._zmq.EVENT_HANDSHAKE_FAILED_AUTH
            why = Said("it refused the password") if refused else _NO_CONNECTION
            self._lost = _unreachable(why)

    def _is_there(self, socket: Any) -> bool:
        """Whether there is a message to be read."""
        return bool(socket.getsockopt(self._zmq.EVENTS) & self._zmq.POLLIN)


def _unreachable(why: object) -> Said:
    return Said("The daemon cannot be reached ({why}).", why=why)
