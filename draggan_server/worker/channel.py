"""The worker's end of the socket to its broker."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeVar

import zmq

from draggan_server.wire.codec import MAX_FRAME_BYTES, Envelope
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.worker.messages import WORKER_CODEC

WORKER_NAME = "worker"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a broker writes to a new worker's standard input: where to connect, and as whom."""

    endpoint: str
    user: str
    secret: str = field(repr=False)
    log_file: str

    def to_line(self) -> bytes:
        return json.dumps(to_document(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Invitation:
        return from_document(cls, parse(line))


SocketT = TypeVar("SocketT", bound="zmq.Socket[Any]")


def connected(context: zmq.Context[SocketT], invitation: Invitation) -> SocketT:
    """A socket of this context at the broker's."""
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.PLAIN_USERNAME, invitation.user.encode())
    socket.setsockopt(zmq.PLAIN_PASSWORD, invitation.secret.encode())
    socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
    socket.setsockopt(zmq.LINGER, 500)  # milliseconds
    socket.connect(invitation.endpoint)
    return socket


class Channel:
    """Messages to and from the broker."""

    def __init__(self, invitation: Invitation) -> None:
        self._context: zmq.Context[Any] = zmq.Context(io_threads=1)
        self._socket = connected(self._context, invitation)

    def send(self, message: Any) -> None:
        """Raises `BadInput` or `ProtocolError` for a message that cannot be sent."""
        self._socket.send_multipart(WORKER_CODEC.encode(Envelope(message, WORKER_NAME)))

    def receive(self, *, block: bool) -> Any:
        """The next message, or None where `block` is false and none is there."""
        if not block and not self._socket.poll(0):
            return None
        return WORKER_CODEC.decode(self._socket.recv_multipart()).message

    def close(self) -> None:
        self._socket.close()
        self._context.term()
