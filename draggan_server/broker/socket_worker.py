"""What workers have in common that the broker reaches by a socket of its own for each."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import zmq

from draggan_server.broker.zap import Doorkeeper
from draggan_server.wire.codec import MAX_FRAME_BYTES, Envelope
from draggan_server.wire.errors import DragganError
from draggan_server.wire.messages import WorkerState
from draggan_server.worker.channel import WORKER_NAME, Invitation
from draggan_server.worker.messages import (
    WORKER_CODEC,
    CardMemory,
    Learned,
    Task,
    UnderWay,
    Word,
    WorkerEvent,
    WorkerReady,
)

logger = logging.getLogger(__name__)


class SocketWorker:
    """The part of `worker.Worker` that speaks and hears. The socket has a secret of its own, which
    the other end is given in an `Invitation`."""

    def __init__(
        self, context: zmq.Context[Any], doorkeeper: Doorkeeper, log_file: Path, name: str
    ) -> None:
        self.state: WorkerState = "starting"
        self.device = "cpu"
        self.learned: Learned | None = None
        self.card_memory: CardMemory | None = None
        self._context = context
        self._doorkeeper = doorkeeper
        self.logs = (log_file.name, log_file.with_suffix(".err").name)
        self._log_file = log_file
        self._name = name
        self._socket: zmq.Socket[Any] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that computes, where it runs; None while it does not."""
        raise NotImplementedError

    def kill(self) -> None:
        """End it at once."""
        raise NotImplementedError

    def sources(self) -> Sequence[zmq.Socket[Any]]:
        return [] if self._socket is None else [self._socket]

    def submit(self, task: Task) -> None:
        self.state = "busy"
        if not self._send(task):
            self.kill()  # what cannot be reached is of no use; `poll` starts another

    def tell(self, message: Word) -> None:
        if self.state == "busy":
            self._send(message)

    def _open(self) -> Invitation:
        """Make the socket; who is to come to it."""
        socket = self._context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
        secret = secrets.token_urlsafe(32)
        self._doorkeeper.guard(socket, self._name, WORKER_NAME, secret)
        socket.bind("tcp://127.0.0.1:*")
        self._socket = socket
        endpoint = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        return Invitation(endpoint, WORKER_NAME, secret, str(self._log_file))

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: Any) -> bool:
        assert self._socket is not None
        parts = WORKER_CODEC.encode(Envelope(message, WORKER_NAME))
        try:
            self._socket.send_multipart(parts, flags=zmq.NOBLOCK)
        except zmq.Again:  # nobody is there any more, which `poll` will find out
            logger.warning("worker %s does not take %s", self.pid, type(message).__name__)
            return False
        return True

    def _messages(self) -> Iterator[Any]:
        """What has come and can be read. Never blocks."""
        assert self._socket is not None
        while self._socket.poll(0):
            try:
                message = WORKER_CODEC.decode(self._socket.recv_multipart()).message
            except DragganError as error:
                logger.error("worker %s sent what cannot be read: %s", self.pid, error)
                self.kill()
                return
            if isinstance(message, Learned):
                self.learned = message if message.fraction < 1 else None
            elif isinstance(message, CardMemory):
                self.card_memory = message
            else:
                yield message

    def _heard(self, event: WorkerEvent) -> None:
        """Follow what it does by what it says."""
        if isinstance(event, WorkerReady):
            self.device = event.device
        if not isinstance(event, UnderWay):
            self.state = "idle"

    def _ended(self) -> None:
        """It has ended, and begins again with nothing."""
        self.learned = None
        self.card_memory = None
        self.state = "starting"
