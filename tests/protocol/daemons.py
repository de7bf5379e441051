"""Real daemons with the fake engine, each with a home folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from draggan_server.wire import launch
from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.connector import Connector
from draggan_server.wire.errors import DaemonUnreachable
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.messages import GetStatus, Status
from draggan_server.wire.versions import PROTOCOL_VERSION
from tests.cluster.nodes import SETTINGS as RAY_SETTINGS
from tests.patience import deadline_in, patient

REPOSITORY = Path(__file__).resolve().parents[2]

IDLE_SECONDS = 600.0
"""After so long a daemon leaves by itself: tests that share one are never so long without it."""


def private_environment(home: Path) -> dict[str, str]:
    """This process's environment with another home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "DRAGGAN"))
    }
    return {**kept, "HOME": str(home), "PYTHONPATH": str(REPOSITORY)}


def record_of(
    home: Path,
    idle_seconds: float = IDLE_SECONDS,
    listen: str | None = None,
    workers: int = 1,
    ray: str | None = None,
) -> InstallRecord:
    """How the daemon of `home` is started."""
    connection_file = home / "connection.json"
    command = (
        *(sys.executable, "-m", "tests.protocol.fake_daemon"),
        *(str(connection_file), str(idle_seconds)),
        *(listen or "", str(workers)),
        *((ray,) if ray else ()),
    )
    return InstallRecord(command, connection_file, "0")


def other_record_of(home: Path, release: str, major: int = PROTOCOL_VERSION[0]) -> InstallRecord:
    """How the daemon of `home` is started where another release is installed."""
    ours = record_of(home)
    module = ("-m", "tests.protocol.other_daemon", release, str(major))
    return InstallRecord((sys.executable, *module, *ours.command[3:]), ours.connection_file, "0")


@contextlib.contextmanager
def own_home(home: Path) -> Iterator[InstallRecord]:
    """How the daemon of `home` is started, which is this process's until the end of the `with`.
    Whichever daemon serves there then is ended, and those that this process has started."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in private_environment(home).items():
            patch.setenv(name, value)
        record = record_of(home)
        try:
            yield record
        finally:
            _end_daemons_of(record)


def _end_daemons_of(record: InstallRecord) -> None:
    with contextlib.suppress(DaemonUnreachable):
        pid = ConnectionFile.read(record.connection_file).pid
        # A test may have left a file of its own making: end nothing but our own daemon.
        if is_alive(pid) and str(record.connection_file) in command_of(pid):
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not is_alive(pid))
    for process in launch._started:
        process.terminate()
        process.wait(timeout=patient(20))
    launch._started.clear()


@contextlib.contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, killed at the end of the `with` where it still runs."""
    with subprocess.Popen(command, cwd=REPOSITORY, **options) as process:
        try:
            yield process
        finally:
            process.kill()


class RunningDaemon:
    """A daemon as a child of the test; `record` is how another one is started.

    The end of a `with` ends it in order, if it has not ended yet; one that an error ends kills it,
    so that it is in no other test's way.
    """

    def __init__(
        self,
        home: Path,
        idle_seconds: float = IDLE_SECONDS,
        started_by: InstallRecord | None = None,
        listen: str | None = None,
        workers: int = 1,
        ray: str | None = None,
    ) -> None:
        self.record = record_of(home, idle_seconds, listen, workers, ray)
        self.log = home / ".local" / "state" / "draggan" / "log" / "daemon.log"
        self.process = subprocess.Popen(
            (started_by or self.record).command,
            env={**private_environment(home), **(RAY_SETTINGS if ray else {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(self.record.connection_file.exists)
        except AssertionError:
            self._kill()
            raise

    def __enter__(self) -> RunningDaemon:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.end()
        else:
            self._kill()

    @property
    def connection(self) -> ConnectionFile:
        return ConnectionFile.read(self.record.connection_file)

    def client(self) -> Client:
        return connect(self.record, start_daemon=False)

    def status(self) -> Status:
        client = self.client()
        status = client.ask(GetStatus())
        client.close()
        assert isinstance(status, Status)
        return status

    def worker_pid(self) -> int:
        """The worker's process, as soon as it takes jobs."""
        wait_until(lambda: self.status().workers[0].state == "idle")
        pid = self.status().workers[0].pid
        assert pid is not None
        return pid

    def kill_busy_worker(self) -> None:
        """End the process that does a job, as soon as one does."""

        def killed() -> bool:
            workers = self.status().workers
            pids = [one.pid for one in workers if one.state == "busy" and one.pid is not None]
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            return bool(pids)

        wait_until(killed)

    def end(self) -> None:
        self.process.terminate()
        output, _ = self.process.communicate(timeout=patient(20))
        assert output == b""  # everything is said in the log

    def _kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def connect(
    record: InstallRecord, *, start_daemon: bool = True, timeout: float = patient(20)
) -> Client:
    connector = Connector(start_daemon=start_daemon, timeout=timeout, record=record)
    while (client := connector.poll()) is None:
        time.sleep(0.005)
    return client


def is_alive(pid: int) -> bool:
    """Whether a process runs (one that has ended and was not waited for does not)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def command_of(pid: int) -> list[str]:
    """The argument list of a process that runs."""
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Fails the test when it takes longer."""
    deadline = deadline_in(seconds)
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
