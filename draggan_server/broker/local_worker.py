"""A worker in a child process of the broker, on this machine."""

from __future__ import annotations

import logging
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import zmq

from draggan_server.broker.worker import WorkerDied
from draggan_server.broker.zap import Doorkeeper
from draggan_server.wire.codec import MAX_FRAME_BYTES, Envelope
from draggan_server.wire.errors import DragganError
from draggan_server.wire.messages import WorkerState
from draggan_server.worker.channel import WORKER_NAME, Invitation
from draggan_server.worker.messages import (
    WORKER_CODEC,
    Learned,
    Leave,
    Task,
    UnderWay,
    Word,
    WorkerEvent,
    WorkerReady,
)

WORKER_COMMAND = (sys.executable, "-m", "draggan_server.worker")

logger = logging.getLogger(__name__)

_HOPELESS_STARTS = 3
_LONGEST_PAUSE_SECONDS = 30.0
_LEAVE_SECONDS = 1.0


class LocalWorker:
    """Implements `worker.Worker` by a process that is started again when it dies.

    The process connects to a socket of its own, with a secret of its own that it finds in its
    standard input. It ends when that closes, so it never outlives the broker.
    """

    def __init__(
        self,
        context: zmq.Context[Any],
        doorkeeper: Doorkeeper,
        log_file: Path,
        command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        self._context = context
        self._doorkeeper = doorkeeper
        self._log_file = log_file
        self._command = command
        self._device = "cpu"
        self._state: WorkerState = "starting"
        self._learned: Learned | None = None
        self._failed_starts = 0
        self._start_after = 0.0
        self._socket: zmq.Socket[Any] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    @property
    def state(self) -> WorkerState:
        return self._state

    @property
    def device(self) -> str:
        return self._device

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def memory(self) -> int:
        try:
            return 0 if self.pid is None else int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:  # it has just ended
            return 0

    @property
    def learned(self) -> Learned | None:
        return self._learned

    def sources(self) -> Sequence[zmq.Socket[Any]]:
        return [] if self._socket is None else [self._socket]

    def submit(self, task: Task) -> None:
        self._state = "busy"
        if not self._send(task):
            self.kill()  # a process that cannot be reached is of no use; `poll` starts another

    def tell(self, message: Word) -> None:
        if self._state == "busy":
            self._send(message)

    def poll(self) -> list[WorkerEvent | WorkerDied]:
        if self._process is None:
            if time.monotonic() >= self._start_after:
                self._start()
            return []
        ended = self._process.poll()
        events: list[WorkerEvent | WorkerDied] = list(self._receive())
        if ended is not None:
            events.append(self._bury(self._process, ended))
        return events

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        if self._process is not None:
            if self._state == "idle":
                self._send(Leave())
            try:
                self._process.wait(_LEAVE_SECONDS if self._state == "idle" else 0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._close_process(self._process)

    def _start(self) -> None:
        socket = self._context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
        secret = secrets.token_urlsafe(32)
        self._doorkeeper.guard(socket, self._log_file.stem, WORKER_NAME, secret)
        socket.bind("tcp://127.0.0.1:*")
        endpoint = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        invitation = Invitation(endpoint, WORKER_NAME, secret, str(self._log_file))
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        # What a crash in native code prints goes where no rotation takes the file away from it, and
        # stays when the process is started again.
        mode = "ab" if self._failed_starts else "wb"
        with self._log_file.with_suffix(".err").open(mode) as errors:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # A terminal's Ctrl+C is for the broker, which ends its worker itself.
                start_new_session=True,
            )
        self._socket, self._process = socket, process
        assert process.stdin is not None
        try:
            process.stdin.write(invitation.to_line())
            process.stdin.flush()
        except OSError as error:
            logger.warning("worker %d took no invitation: %s", process.pid, error)
        logger.info("worker %d started", process.pid)

    def _send(self, message: Any) -> bool:
        assert self._socket is not None
        parts = WORKER_CODEC.encode(Envelope(message, WORKER_NAME))
        try:
            self._socket.send_multipart(parts, flags=zmq.NOBLOCK)
        except zmq.Again:  # nobody is there any more, which `poll` will find out
            logger.warning("worker %s does not take %s", self.pid, type(message).__name__)
            return False
        return True

    def _receive(self) -> list[WorkerEvent]:
        assert self._socket is not None
        events: list[WorkerEvent] = []
        while self._socket.poll(0):
            try:
                event = WORKER_CODEC.decode(self._socket.recv_multipart()).message
            except DragganError as error:
                logger.error("worker %s sent what cannot be read: %s", self.pid, error)
                self.kill()
                break
            if isinstance(event, Learned):
                self._learned = event if event.fraction < 1 else None
                continue
            if isinstance(event, WorkerReady):
                self._device = event.device
                self._failed_starts = 0
            if not isinstance(event, UnderWay):
                self._state = "idle"
            events.append(event)
        return events

    def _bury(self, process: subprocess.Popen[bytes], code: int) -> WorkerDied:
        reason = f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
        logger.error("worker %d %s while %s", process.pid, reason, self._state)
        self._close_process(process)
        self._learned = None
        self._failed_starts += 1
        self._state = "lost" if self._failed_starts >= _HOPELESS_STARTS else "starting"
        pause = 0.0 if self._failed_starts == 1 else 0.25 * 2**self._failed_starts
        self._start_after = time.monotonic() + min(pause, _LONGEST_PAUSE_SECONDS)
        return WorkerDied(reason)

    def _close_process(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._process = None
