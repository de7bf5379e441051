"""Finding the daemon, or starting it: what `Connector` meets."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from draggan_server.wire import connector as connector_module
from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.connector import Connector
from draggan_server.wire.errors import DaemonUnreachable
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.messages import GetStatus, Ping, Pong, Status
from draggan_server.wire.transport import PURE_VARIABLE
from tests.patience import patient
from tests.protocol.daemons import (
    RunningDaemon,
    connect,
    own_home,
    private_environment,
    running,
)

NOBODY = 2**30
"""The number of no process."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


@pytest.fixture(params=["pyzmq", "pure"])
def _transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setenv(PURE_VARIABLE, "1")
    else:
        monkeypatch.delenv(PURE_VARIABLE, raising=False)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[InstallRecord]:
    """How to start the daemon of a home of its own; one that was started is ended."""
    with own_home(tmp_path) as record:
        yield record


def status_of(client: Client) -> Status:
    status = client.ask(GetStatus())
    assert isinstance(status, Status)
    return status


class TestStart:
    def test_where_none_runs_one_is_started(self, record: InstallRecord) -> None:
        client = connect(record)
        assert status_of(client).pid == ConnectionFile.read(record.connection_file).pid
        client.close()

    def test_the_one_that_runs_is_used(self, tmp_path: Path) -> None:
        with RunningDaemon(tmp_path) as daemon:
            client = connect(daemon.record)
            assert status_of(client).pid == daemon.process.pid
            client.close()

    def test_poll_never_blocks(self, record: InstallRecord) -> None:
        connector = Connector(record=record)
        calls = 0
        while (client := connector.poll()) is None:
            calls += 1
            time.sleep(0.001)
        assert calls > 20
        client.close()

    def test_many_at_once_get_one(self, record: InstallRecord) -> None:
        code = f"""
from pathlib import Path
from tests.protocol.daemons import connect, record_of
from draggan_server.wire.messages import GetStatus
client = connect(record_of(Path({str(record.connection_file.parent)!r})), timeout={patient(60)})
print(client.ask(GetStatus()).pid)
"""
        command = (sys.executable, "-c", code)
        with contextlib.ExitStack() as stack:
            processes = [
                stack.enter_context(running(command, stdout=subprocess.PIPE)) for _ in range(8)
            ]
            pids = {process.communicate(timeout=patient(90))[0] for process in processes}
        assert len(pids) == 1
        assert int(pids.pop()) == ConnectionFile.read(record.connection_file).pid

    def test_it_outlives_whoever_started_it(self, record: InstallRecord) -> None:
        code = f"""
from pathlib import Path
from tests.protocol.daemons import connect, record_of
connect(record_of(Path({str(record.connection_file.parent)!r})))
"""
        with running((sys.executable, "-c", code), start_new_session=True) as process:
            assert process.wait(timeout=patient(60)) == 0
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # a closed terminal
        client = connect(record, start_daemon=False)
        assert client.ask(Ping()) == Pong()
        client.close()


@pytest.mark.usefixtures("_transport")
class TestStaleFiles:
    def replaced(self, record: InstallRecord) -> None:
        client = connect(record)
        assert status_of(client).pid == ConnectionFile.read(record.connection_file).pid
        client.close()

    def test_a_dead_daemon_s_connection_file_is_replaced(self, record: InstallRecord) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        stale = ConnectionFile(f"tcp://127.0.0.1:{port}", "draggan", "old", NOBODY, "0")
        stale.write(record.connection_file)
        self.replaced(record)

    def test_a_connection_file_of_nonsense_is_replaced(self, record: InstallRecord) -> None:
        record.connection_file.write_text("nonsense")
        self.replaced(record)

    def test_a_port_that_is_another_program_s_now(
        self, record: InstallRecord, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connector_module, "_PROBE_SECONDS", 0.3)
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            endpoint = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
            ConnectionFile(endpoint, "draggan", "old", NOBODY, "0").write(record.connection_file)
            self.replaced(record)

    def test_a_running_daemon_s_with_a_wrong_secret(self, tmp_path: Path) -> None:
        """The lock says that one runs, so none is started; time runs out with a sentence."""
        with RunningDaemon(tmp_path) as daemon:
            right = daemon.connection
            replace(right, secret="wrong").write(daemon.record.connection_file)
            with pytest.raises(DaemonUnreachable, match="did not come up in time"):
                connect(daemon.record, timeout=1.5)
            right.write(daemon.record.connection_file)
            connect(daemon.record).close()


class TestNoDaemonToBeHad:
    def test_none_is_to_be_started(self, record: InstallRecord) -> None:
        began = time.monotonic()
        with pytest.raises(DaemonUnreachable, match="draggan serve"):
            connect(record, start_daemon=False)
        assert time.monotonic() - began < patient(5)
        assert not record.connection_file.exists()

    def test_the_one_that_was_there_is_gone(self, record: InstallRecord) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        stale = ConnectionFile(f"tcp://127.0.0.1:{port}", "draggan", "old", NOBODY, "0")
        stale.write(record.connection_file)
        with pytest.raises(DaemonUnreachable, match=r"cannot be reached.*draggan serve"):
            connect(record, start_daemon=False)

    def test_the_command_is_not_there(self, record: InstallRecord) -> None:
        with pytest.raises(DaemonUnreachable, match="cannot be started by '/no/such/draggan"):
            connect(replace(record, command=("/no/such/draggan", "serve")))

    def test_the_command_fails(self, record: InstallRecord) -> None:
        command = (sys.executable, "-c", "raise SystemExit(7)")
        with pytest.raises(DaemonUnreachable, match="exit code 7"):
            connect(replace(record, command=command))

    def test_the_command_does_nothing(self, record: InstallRecord) -> None:
        command = (sys.executable, "-c", "")
        with pytest.raises(DaemonUnreachable, match="did not come up in time"):
            connect(replace(record, command=command), timeout=0.5)

    def test_a_second_daemon_leaves_at_once(self, tmp_path: Path) -> None:
        with RunningDaemon(tmp_path) as daemon:
            second = subprocess.run(
                daemon.record.command,
                env=private_environment(tmp_path),
                timeout=patient(20),
                check=False,
                capture_output=True,
            )
            assert second.returncode == 0
            assert b"A daemon runs already, see 'draggan status'" in second.stderr
            assert "this one leaves" in daemon.log.read_text()
            assert daemon.status().pid == daemon.process.pid
