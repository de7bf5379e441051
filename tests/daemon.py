"""A real daemon for tests, with a home of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.messages import GetStatus, Status, WorkerStatus
from draggan_server.wire.transport import open_transport
from tests.patience import deadline_in, patient

_MOMENT_SECONDS = 0.02
_IDLE_MINUTES = "240"
"""After so long a daemon leaves by itself: tests that share one are never so long without it."""

ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""What two processes compute is the same, bit for bit, where they share the work out alike."""


def private_environment(home: Path) -> dict[str, str]:
    """An environment in which everything of ours lies below `home`."""
    folders = {"XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_DATA_HOME": "data"}
    return {
        "HOME": str(home),
        "DRAGGAN_CONNECTION_FILE": str(home / "connection.json"),
        **{name: str(home / folder) for name, folder in folders.items()},
    }


@contextlib.contextmanager
def running_daemon(
    home: Path,
    program: tuple[str, ...] = ("-m", "draggan_server"),
    serve: tuple[str, ...] = (),
    variables: Mapping[str, str] | None = None,
) -> Iterator[dict[str, str]]:
    """Start `draggan serve` below `home`, yield the variables that lead clients to it, stop it."""
    private = private_environment(home)
    with (home / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *program, "serve", "--idle-minutes", _IDLE_MINUTES, *serve],
            env={**os.environ, **private, **(variables or {})},
            stdout=log,
            stderr=log,
        )
    try:
        connection = Path(private["DRAGGAN_CONNECTION_FILE"])
        deadline = deadline_in(60)
        while not connection.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no daemon: {(home / 'daemon.log').read_text()}")
            time.sleep(0.05)
        yield {"DRAGGAN_CONNECTION_FILE": str(connection)}
    finally:
        process.terminate()
        process.wait(timeout=patient(30))


def wait_until_worker_does(what: str, daemon: Mapping[str, str], seconds: float) -> None:
    """Of the daemon to which these variables lead, which has one worker."""
    _wait_until(
        lambda status: [worker.doing for worker in status.workers] == [what], daemon, seconds
    )


@contextlib.contextmanager
def held_worker(
    what: str,
    daemon: Mapping[str, str],
    seconds: float,
    reached: Callable[[WorkerStatus], bool] = lambda _: True,
) -> Iterator[int]:
    """Once the one worker does that, and has `reached` what is wanted, it goes no further until the
    end, however fast it is.

    Yields the daemon's process.
    """
    status = _wait_until(
        lambda status: [worker.doing for worker in status.workers] == [what], daemon, seconds
    )
    (worker,) = status.workers
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        _wait_until(lambda status: _goes_on_until(reached, status), daemon, seconds)
        yield status.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGCONT)


def share_done(share: float) -> Callable[[WorkerStatus], bool]:
    """Whether a worker has done so much of what it does, 0 to 1. Of a drag no worker tells it."""
    return lambda worker: (worker.share or 0.0) >= share


def _goes_on_until(reached: Callable[[WorkerStatus], bool], status: Status) -> bool:
    """Whether the one worker, which stands still, has reached it. If not, it goes on for a
    moment."""
    (worker,) = status.workers
    if reached(worker):
        return True
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGCONT)
    time.sleep(_MOMENT_SECONDS)
    os.kill(worker.pid, signal.SIGSTOP)
    return False


def worker_of(daemon: Mapping[str, str]) -> int:
    """The process of the one worker."""
    (worker,) = _wait_until(lambda _: True, daemon, 0).workers
    assert worker.pid is not None
    return worker.pid


def wait_until_free(daemon: Mapping[str, str], seconds: float) -> None:
    """Until nothing is under way in the daemon to which these variables lead."""
    _wait_until(lambda status: not (status.drags or status.waiting), daemon, seconds)


def _wait_until(
    reached: Callable[[Status], bool], daemon: Mapping[str, str], seconds: float
) -> Status:
    connection = ConnectionFile.read(Path(daemon["DRAGGAN_CONNECTION_FILE"]))
    deadline = deadline_in(seconds)
    with Client(open_transport(connection)) as client:
        while True:
            status = client.ask(GetStatus(), timeout=patient(20))
            assert isinstance(status, Status)
            if reached(status):
                return status
            assert time.monotonic() < deadline, status
            time.sleep(0.05)
