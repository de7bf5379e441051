"""A worker in a child process of the broker, on this machine."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import zmq

from draggan_server.broker.invited import ending_of, invited_process, pause_after
from draggan_server.broker.socket_worker import SocketWorker
from draggan_server.broker.worker import WorkerDied
from draggan_server.broker.zap import Doorkeeper
from draggan_server.worker.messages import Leave, WorkerEvent, WorkerReady

WORKER_COMMAND = (sys.executable, "-m", "draggan_server.worker")

logger = logging.getLogger(__name__)

_HOPELESS_STARTS = 3
_LEAVE_SECONDS = 1.0


class LocalWorker(SocketWorker):
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
        super().__init__(context, doorkeeper, log_file, log_file.stem)
        self._command = command
        self._failed_starts = 0
        self._start_after = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

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
    def free_memory(self) -> int | None:
        return int(psutil.virtual_memory().available)

    def poll(self) -> list[WorkerEvent | WorkerDied]:
        if self._process is None:
            if time.monotonic() >= self._start_after:
                self._start()
            return []
        ended = self._process.poll()
        events: list[WorkerEvent | WorkerDied] = []
        for event in self._messages():
            self._heard(event)
            if isinstance(event, WorkerReady):
                self._failed_starts = 0
            events.append(event)
        if ended is not None:
            events.append(self._bury(self._process, ended))
        return events

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        if self._process is not None:
            if self.state == "idle":
                self._send(Leave())
            try:
                self._process.wait(_LEAVE_SECONDS if self.state == "idle" else 0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._close_process(self._process)

    def _start(self) -> None:
        invitation = self._open()
        # What a crash prints stays when the process is started again.
        self._process = invited_process(
            self._command, self._log_file, [invitation], afresh=not self._failed_starts
        )
        logger.info("worker %d started", self._process.pid)

    def _bury(self, process: subprocess.Popen[bytes], code: int) -> WorkerDied:
        reason = ending_of(code)
        logger.error("worker %d %s while %s", process.pid, reason, self.state)
        self._close_process(process)
        self._ended()
        self._failed_starts += 1
        if self._failed_starts >= _HOPELESS_STARTS:
            self.state = "lost"
        self._start_after = time.monotonic() + pause_after(self._failed_starts)
        return WorkerDied(reason)

    def _close_process(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        self._close_socket()
        self._process = None
