"""The daemon: one a connection file, from its lock to its last log line."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import zmq

from draggan_server import __version__
from draggan_server.broker import catalogue
from draggan_server.broker.dispatcher import Dispatcher, Models
from draggan_server.broker.doors import USER, Door, HouseDoor, LocalDoor
from draggan_server.broker.errands import ErrandProcess
from draggan_server.broker.keyring import Keyring
from draggan_server.broker.local_worker import WORKER_COMMAND, LocalWorker
from draggan_server.broker.relay import Relay
from draggan_server.broker.store import EditStore
from draggan_server.broker.worker import Worker
from draggan_server.broker.zap import Doorkeeper
from draggan_server.log_file import log_to_file, worker_log
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import daemon_log, edits_file, log_folder
from draggan_server.wire.invitation import Address, accepted_invitation

logger = logging.getLogger(__name__)

_BUSY_POLL_MS = 200
_IDLE_POLL_MS = 1000
_DOZE_MS = 20
_TOLD_SECONDS = 0.5

MakeWorkers = Callable[["zmq.Context[Any]", Doorkeeper], "list[Worker]"]


def local_workers(count: int, command: Sequence[str] = WORKER_COMMAND) -> MakeWorkers:
    """So many on this machine. Each is told its number, from 0, and their count, by which they
    share graphics cards and cores."""

    def make(context: zmq.Context[Any], doorkeeper: Doorkeeper) -> list[Worker]:
        return [
            LocalWorker(
                context, doorkeeper, worker_log(number), (*command, str(number), str(count))
            )
            for number in range(count)
        ]

    return make


def local_models() -> Models:
    """Those of this machine's user."""
    log_file = log_folder() / "errand.log"
    return Models(
        catalogue.list_models,
        catalogue.catalogue,
        catalogue.remove,
        lambda errand: ErrandProcess(errand, log_file),
    )


def serve(
    connection_file: Path,
    idle_seconds: float = 1800.0,
    *,
    listen: Address | None = None,
    make_workers: MakeWorkers | None = None,
    make_models: Callable[[], Models] = local_models,
    dashboard: str = "",
) -> int:
    """Run the daemon in the foreground until it is stopped, or idle for `idle_seconds`.

    Where an invitation was accepted, a relay to the daemon that it leads to is run in its place.
    With `listen` it serves those besides who were invited from other machines. Without
    `make_workers` one worker on this machine computes. `dashboard` is told in the status.
    Returns the exit code: 0, also where another daemon has this connection file. Logs to
    `daemon.log` in the user's log folder. Raises `BadInput` where it cannot listen there, or the
    invitation is damaged.
    """
    handler = log_to_file(daemon_log())
    try:
        connection_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = filelock.FileLock(f"{connection_file}.lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            logger.info("a daemon with %s runs already; this one leaves", connection_file)
            print("A daemon runs already, see 'draggan status': this one leaves.", file=sys.stderr)
            return 0
        try:
            invitation = accepted_invitation(connection_file)
            program: Daemon | Relay
            if invitation is None:
                store = EditStore.open(edits_file())
                make_workers = make_workers or local_workers(1)
                program = Daemon(
                    connection_file, store, make_workers, make_models(), listen, dashboard
                )
            elif listen is None:
                program = Relay(connection_file, invitation)
            else:
                raise BadInput(
                    "This machine uses the daemon at {address}, so it cannot serve others itself: "
                    "run draggan connect --this-machine first.",
                    address=invitation.address,
                )
            with _stopped_by_signals(program):
                program.run(idle_seconds)
        except BadInput as error:
            logger.error("the daemon does not start: %s", error)
            raise
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
        models: Models,
        listen: Address | None = None,
        dashboard: str = "",
    ) -> None:
        """Raises `BadInput` where it cannot listen there."""
        self._path = connection_file
        self._store = store
        self._stop = False
        self._context: zmq.Context[Any] = zmq.Context(io_threads=1)
        self._doorkeeper = Doorkeeper(self._context)
        self._house: HouseDoor | None = None
        self._keyring: Keyring | None = None
        self._cut_at: float | None = None
        self._dozes = False
        if listen is not None:
            try:
                self._keyring = Keyring(connection_file.parent)
                self._house = HouseDoor(self._context, self._doorkeeper, self._keyring, listen)
            except BadInput:
                self._context.destroy()
                raise
            self._keyring.listens(listen)
            store.forget_all_but(guest.name for guest in self._keyring.guests)
            logger.info("listens for other machines at %s", listen)
        local = LocalDoor(self._context, self._doorkeeper)
        self._doors: list[Door] = [local] if self._house is None else [local, self._house]
        self._connection = ConnectionFile(
            local.endpoint, USER, local.secret, os.getpid(), __version__
        )
        self._workers = make_workers(self._context, self._doorkeeper)
        self._dispatcher = Dispatcher(store, self._workers, models, dashboard=dashboard)

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
        poller.register(self._doorkeeper.socket, zmq.POLLIN)
        if not self._dozes:
            for door in self._doors:
                poller.register(door.socket, zmq.POLLIN)
        for worker in self._workers:
            for source in worker.sources():
                poller.register(source, zmq.POLLIN)
        idle = all(worker.state == "idle" for worker in self._workers)
        quiet = idle and not self._dispatcher.has_errands
        awake_ms = _IDLE_POLL_MS if quiet else _BUSY_POLL_MS
        poller.poll(_DOZE_MS if self._dozes else awake_ms)
        self._dismiss()
        self._doorkeeper.answer()
        # Waking up for each of a thousand clients' pings takes more than answering it.
        self._dozes = self._receive() > 0 and self._dispatcher.hears_only_pings
        for worker in self._workers:
            for event in worker.poll():
                self._dispatcher.worker_event(worker, event)
        self._dispatcher.tick()
        self._send()

    def _dismiss(self) -> None:
        """Look who has lost a key meanwhile; their connections end when they have been told."""
        if self._keyring is None or self._house is None:
            return
        if self._cut_at is not None and time.monotonic() >= self._cut_at:
            self._house.cut_unknown()
            self._cut_at = None
        if not (lost := self._keyring.look_again()):
            return
        for guest in lost:
            logger.info("%s has no key any more", guest)
            self._dispatcher.dismiss(guest)
        self._cut_at = time.monotonic() + _TOLD_SECONDS
        self._store.forget_all_but({guest.name for guest in self._keyring.guests} - set(lost))

    def _receive(self) -> int:
        """How many messages there were; a bounded number, so that one client's flood does not
        starve the workers."""
        count = 0
        for door in self._doors:
            for route, parts, guest in door.letters():
                self._dispatcher.receive(route, parts, guest)
                count += 1
        return count

    def _send(self) -> None:
        outbox = self._dispatcher.outbox
        while outbox:
            route, parts = outbox.popleft()
            (door,) = (door for door in self._doors if door.owns(route))
            try:
                door.send(route, parts)
            except zmq.ZMQError as error:
                logger.info("a client cannot be reached: %s", error)
                self._dispatcher.client_gone(route)

    def _close(self) -> None:
        self._dispatcher.shut_down()
        self._send()
        for door in self._doors:
            door.close()
        for worker in self._workers:
            worker.close()
        self._doorkeeper.close()
        self._context.term()
        self._store.close()
        self._path.unlink(missing_ok=True)
        logger.info("the daemon ends")


@contextmanager
def _stopped_by_signals(daemon: Daemon | Relay) -> Iterator[None]:
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
