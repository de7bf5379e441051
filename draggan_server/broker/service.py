"""The daemon: one a connection file, from its lock to its last log line."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import platformdirs
import zmq

from draggan_server import __version__
from draggan_server.broker.catalogue import list_models
from draggan_server.broker.dispatcher import Dispatcher
from draggan_server.broker.local_worker import LocalWorker
from draggan_server.broker.store import EditStore
from draggan_server.broker.worker import Worker
from draggan_server.broker.zap import Doorkeeper
from draggan_server.log_file import log_folder, log_to_file
from draggan_server.wire.codec import MAX_FRAME_BYTES
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.messages import ModelList

logger = logging.getLogger(__name__)

USER = "draggan"
_BUSY_POLL_MS = 200
_IDLE_POLL_MS = 1000

MakeWorkers = Callable[["zmq.Context[Any]", Doorkeeper], "list[Worker]"]


def local_workers(context: zmq.Context[Any], doorkeeper: Doorkeeper) -> list[Worker]:
    """One worker, on this machine's processor."""
    return [LocalWorker(context, doorkeeper, log_folder() / "worker.log")]


def serve(
    connection_file: Path,
    idle_seconds: float = 1800.0,
    *,
    make_workers: MakeWorkers = local_workers,
    catalogue: Callable[[], ModelList] = list_models,
) -> int:
    """Run the daemon in the foreground until it is stopped, or idle for `idle_seconds`.

    Returns the exit code: 0, also where another daemon has this connection file. Logs to
    `daemon.log` in the user's log folder.
    """
    handler = log_to_file(log_folder() / "daemon.log")
    try:
        connection_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = filelock.FileLock(f"{connection_file}.lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            logger.info("a daemon with %s runs already; this one leaves", connection_file)
            return 0
        try:
            store = EditStore.open(platformdirs.user_state_path("draggan") / "edits.sqlite3")
            daemon = Daemon(connection_file, store, make_workers, catalogue)
            with _stopped_by_signals(daemon):
                daemon.run(idle_seconds)
        except Exception:
            logger.exception("the daemon failed")  # a detached daemon has no other way to say so
            raise
        finally:
            lock.release()
        return 0
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


class Daemon:
    """Sockets and the loop around a `Dispatcher`. Its connection file exists while it serves."""

    def __init__(
        self,
        connection_file: Path,
        store: EditStore,
        make_workers: MakeWorkers,
        catalogue: Callable[[], ModelList],
    ) -> None:
        self._path = connection_file
        self._store = store
        self._stop = False
        self._context: zmq.Context[Any] = zmq.Context(io_threads=1)
        self._doorkeeper = Doorkeeper(self._context)
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
        self._socket.setsockopt(zmq.LINGER, 500)  # milliseconds
        # A send to a client that is gone or takes nothing is to fail, not to vanish.
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        secret = secrets.token_urlsafe(32)
        self._doorkeeper.guard(self._socket, "client", USER, secret)
        self._socket.bind("tcp://127.0.0.1:*")
        endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._connection = ConnectionFile(endpoint, USER, secret, os.getpid(), __version__)
        self._workers = make_workers(self._context, self._doorkeeper)
        self._dispatcher = Dispatcher(store, self._workers, catalogue)

    def stop(self) -> None:
        """End `run` soon. May be called from a signal handler or another thread."""
        self._stop = True

    def run(self, idle_seconds: float) -> None:
        """Serve; closes everything at the end."""
        logger.info("version %s serves at %s", __version__, self._connection.endpoint)
        try:
            self._connection.write(self._path)
            while not self._stop and not self._dispatcher.stopping:
                self._step()
                if self._dispatcher.idle_seconds() > idle_seconds:
                    logger.info("nobody wanted anything for %g s", idle_seconds)
                    break
        finally:
            self._close()

    def _step(self) -> None:
        poller = zmq.Poller()
        for socket in (self._socket, self._doorkeeper.socket):
            poller.register(socket, zmq.POLLIN)
        for worker in self._workers:
            for source in worker.sources():
                poller.register(source, zmq.POLLIN)
        quiet = all(worker.state == "idle" for worker in self._workers)
        poller.poll(_IDLE_POLL_MS if quiet else _BUSY_POLL_MS)
        self._doorkeeper.answer()
        self._receive()
        for worker in self._workers:
            for event in worker.poll():
                self._dispatcher.worker_event(worker, event)
        self._dispatcher.tick()
        self._send()

    def _receive(self) -> None:
        # A bounded number at a time, so that one client's flood does not starve the workers.
        for _ in range(100):
            if not self._socket.poll(0):
                return
            route, *parts = self._socket.recv_multipart()
            self._dispatcher.receive(route, parts)

    def _send(self) -> None:
        outbox = self._dispatcher.outbox
        while outbox:
            route, parts = outbox.popleft()
            try:
                self._socket.send_multipart([route, *parts], flags=zmq.NOBLOCK)
            except zmq.ZMQError as error:
                logger.info("a client cannot be reached: %s", error)
                self._dispatcher.client_gone(route)

    def _close(self) -> None:
        self._dispatcher.shut_down()
        self._send()
        self._socket.close()
        for worker in self._workers:
            worker.close()
        self._doorkeeper.close()
        self._context.term()
        self._store.close()
        self._path.unlink(missing_ok=True)
        logger.info("the daemon ends")


@contextmanager
def _stopped_by_signals(daemon: Daemon) -> Iterator[None]:
    """Ctrl+C, SIGTERM and a closed terminal end the daemon in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda *_: daemon.stop()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
