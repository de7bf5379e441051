"""In the daemon's place where a daemon on another machine is used: carries frames there and back.

Programs find it as they find a daemon, and need no encryption of their own. Each has a connection
of its own to the other machine, so that the daemon there learns when one of them goes.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zmq
from zmq.utils.monitor import parse_monitor_message

from draggan_server import __version__
from draggan_server.broker.doors import USER, Letter, LocalDoor
from draggan_server.broker.zap import Doorkeeper
from draggan_server.wire.codec import EVENT_CODEC, MAX_FRAME_BYTES, Envelope, Header, read_header
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.errors import BadInput, DaemonUnreachable, DragganError, ProtocolError
from draggan_server.wire.invitation import Invitation
from draggan_server.wire.messages import Done, Failure

logger = logging.getLogger(__name__)

REACH_SECONDS = 4.0
"""The other daemon must have answered by then. Clients wait for the first answer for 5 s."""

FORGET_SECONDS = 120.0
"""A program that has said and heard nothing for so long gets another connection when it speaks."""

_POLL_MS = 1000
_HEARTBEAT_MS = 2000
_SILENCE_MS = 8000
_LAST_SEQ = 2**62
_IDLE_TYPES = ("Hello", "Ping", "GetStatus")


class Relay:
    """Serves like a `Daemon`. Its connection file exists while it does."""

    def __init__(self, connection_file: Path, invitation: Invitation) -> None:
        """Raises `BadInput` where there is no encryption."""
        if not zmq.has("curve"):
            raise BadInput(
                "The ZeroMQ library here has no encryption (CURVE), so a daemon on another machine "
                "cannot be used: install pyzmq with pip."
            )
        self._path = connection_file
        self._invitation = invitation
        self._stop = False
        self._context: zmq.Context[Any] = zmq.Context(io_threads=1)
        self._doorkeeper = Doorkeeper(self._context)
        self._door = LocalDoor(self._context, self._doorkeeper)
        self._connection = ConnectionFile(
            self._door.endpoint, USER, self._door.secret, os.getpid(), __version__
        )
        self._links: dict[bytes, _Link] = {}
        self._active = time.monotonic()

    def stop(self) -> None:
        """End `run` soon. May be called from a signal handler or another thread."""
        self._stop = True

    def run(self, idle_seconds: float) -> None:
        """Serve until stopped, or nobody wanted anything for so long; closes everything."""
        logger.info("version %s leads to %s", __version__, self._invitation.address)
        try:
            self._connection.write(self._path)
            while not self._stop:
                self._step()
                if time.monotonic() - self._active > idle_seconds:
                    logger.info("nobody wanted anything for %g s", idle_seconds)
                    break
        finally:
            self._close()

    def _step(self) -> None:
        poller = zmq.Poller()
        sockets = [self._door.socket, self._doorkeeper.socket]
        sockets += [socket for link in self._links.values() for socket in link.sockets]
        for socket in sockets:
            poller.register(socket, zmq.POLLIN)
        poller.poll(_POLL_MS)
        self._doorkeeper.answer()
        for letter in self._door.letters():
            self._outwards(letter)
        for route, link in list(self._links.items()):
            self._inwards(route, link)

    def _outwards(self, letter: Letter) -> None:
        route, parts, _ = letter
        try:
            header = read_header(parts)
        except ProtocolError as error:
            self._tell(route, error)
            return
        if header.type == "Shutdown":
            self._end(route, header)
            return
        if header.type not in _IDLE_TYPES:
            self._active = time.monotonic()
        if route not in self._links:
            self._links[route] = _Link(self._context, self._invitation)
        self._links[route].send(parts)

    def _inwards(self, route: bytes, link: _Link) -> None:
        why = link.look()  # first, so that what arrived before the end is handed on
        try:
            for parts in link.received():
                self._door.send(route, parts)
        except zmq.ZMQError as error:
            logger.info("a program is gone: %s", error)
            self._drop(route)
            return
        if why is not None:
            logger.warning("%s", why)
            self._tell(route, why)
            self._drop(route)
        elif link.silent_seconds > FORGET_SECONDS:
            self._drop(route)

    def _end(self, route: bytes, header: Header) -> None:
        """A request to stop is meant for this process, not for the daemon of everybody."""
        done = Envelope(Done(), header.client, parent=header.id, seq=_LAST_SEQ)
        self._answer(route, EVENT_CODEC.encode(done, header.version))
        self._stop = True

    def _tell(self, route: bytes, error: DragganError) -> None:
        """End whatever the program waits for."""
        self._answer(route, EVENT_CODEC.encode(Envelope(Failure.of(error), "relay")))

    def _answer(self, route: bytes, parts: Sequence[bytes]) -> None:
        try:
            self._door.send(route, parts)
        except zmq.ZMQError as error:
            logger.info("a program is gone: %s", error)

    def _drop(self, route: bytes) -> None:
        self._links.pop(route).close()

    def _close(self) -> None:
        why = DaemonUnreachable(
            "The connection to the other machine was stopped while this was under way. Try again."
        )
        for route in list(self._links):
            if not self._stop:
                self._tell(route, why)
            self._drop(route)
        self._door.close()
        self._doorkeeper.close()
        self._context.term()
        self._path.unlink(missing_ok=True)
        logger.info("the relay ends")


class _Link:
    """One program's connection to the daemon on the other machine."""

    def __init__(self, context: zmq.Context[Any], invitation: Invitation) -> None:
        self._address = invitation.address
        self._began = self._heard = time.monotonic()
        self._connected = self._accepted = False
        self._socket: zmq.Socket[Any] = context.socket(zmq.DEALER)
        for option, value in {
            zmq.IPV6: 1,
            zmq.CURVE_SERVERKEY: invitation.server_key,
            zmq.CURVE_PUBLICKEY: invitation.public_key,
            zmq.CURVE_SECRETKEY: invitation.secret_key,
            zmq.MAXMSGSIZE: MAX_FRAME_BYTES,
            zmq.RECONNECT_IVL: -1,
            zmq.HEARTBEAT_IVL: _HEARTBEAT_MS,
            zmq.HEARTBEAT_TIMEOUT: _SILENCE_MS,
            zmq.SNDHWM: 0,
            zmq.RCVHWM: 0,
            zmq.LINGER: 200,
        }.items():
            self._socket.setsockopt(option, value)
        self._monitor = self._socket.get_monitor_socket()
        self._socket.connect(invitation.address.endpoint)

    @property
    def sockets(self) -> tuple[zmq.Socket[Any], zmq.Socket[Any]]:
        return self._socket, self._monitor

    @property
    def silent_seconds(self) -> float:
        """How long nothing was sent or received."""
        return time.monotonic() - self._heard

    def send(self, parts: Sequence[bytes]) -> None:
        self._heard = time.monotonic()
        self._socket.send_multipart(parts, flags=zmq.NOBLOCK)

    def received(self) -> list[list[bytes]]:
        """The messages that have arrived. Never blocks."""
        messages = []
        while self._socket.poll(0):
            self._heard = time.monotonic()
            messages.append(self._socket.recv_multipart())
        return messages

    def look(self) -> DaemonUnreachable | None:
        """Why the connection is over; None while it stands or is being made."""
        ended = False
        while self._monitor.poll(0):
            event = parse_monitor_message(self._monitor.recv_multipart())["event"]
            self._connected |= event == zmq.EVENT_CONNECTED
            self._accepted |= event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            ended |= event in _ENDINGS
        if not self._accepted and time.monotonic() - self._began > REACH_SECONDS:
            ended = True
        return self._why() if ended else None

    def close(self) -> None:
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=None if self._accepted else 0)

    def _why(self) -> DaemonUnreachable:
        if self._accepted:
            return DaemonUnreachable(
                "The connection to the DragGAN daemon at {address} was lost. Try again.",
                address=self._address,
            )
        if self._connected:
            return DaemonUnreachable(
                "The DragGAN daemon at {address} does not take your invitation: it may have been "
                "taken back. Ask who runs it for a new one.",
                address=self._address,
            )
        return DaemonUnreachable(
            "The DragGAN daemon at {address} cannot be reached: it may be off, or a network or "
            "firewall between is closed. Try again later.",
            address=self._address,
        )


_ENDINGS = (
    zmq.EVENT_DISCONNECTED,
    zmq.EVENT_CLOSED,
    zmq.EVENT_CONNECT_RETRIED,
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL,
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
    zmq.EVENT_HANDSHAKE_FAILED_AUTH,
)
