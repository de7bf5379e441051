"""What is said of the daemon, and what is mended about it, with real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from draggan_server.doctor import daemon_checks
from draggan_server.doctor.daemon_checks import check_daemon
from draggan_server.doctor.finding import Finding
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.install_record import InstallRecord
from tests.protocol.daemons import RunningDaemon, private_environment, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallRecord:
    for name, value in private_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(daemon_checks, "_ANSWER_SECONDS", 2.0)
    path = tmp_path / "connection.json"
    monkeypatch.setenv("DRAGGAN_CONNECTION_FILE", str(path))
    return InstallRecord(("/nonexistent",), path, "0")


@pytest.fixture
def daemon(tmp_path: Path, record: InstallRecord) -> Iterator[RunningDaemon]:
    with RunningDaemon(tmp_path) as running:
        yield running


def faults(record: InstallRecord) -> list[Finding]:
    return [finding for finding in check_daemon(record) if finding.state != "good"]


def test_it_says_that_no_daemon_runs(record: InstallRecord) -> None:
    assert faults(record) == []


def leave(record: InstallRecord, port: int) -> None:
    ConnectionFile(f"tcp://127.0.0.1:{port}", "u", "s", 2**30, "0").write(record.connection_file)


def test_a_file_that_was_left_is_removed(record: InstallRecord) -> None:
    leave(record, 9)
    (fault,) = faults(record)
    assert "is left over" in fault.says
    assert fault.mend is not None
    fault.mend()
    assert not record.connection_file.exists()
    assert faults(record) == []


def test_the_port_is_another_program_s_now(record: InstallRecord) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        leave(record, other.getsockname()[1])
        (fault,) = faults(record)
    assert "is left over" in fault.says
    assert fault.mend is not None


def test_a_damaged_connection_file_is_mended(record: InstallRecord) -> None:
    record.connection_file.write_text("nonsense")
    (fault,) = faults(record)
    assert fault.mend is not None
    fault.mend()
    assert faults(record) == []


def test_a_daemon_that_works_is_found_so(daemon: RunningDaemon, record: InstallRecord) -> None:
    assert faults(record) == []
    (runs,) = (finding for finding in check_daemon(record) if finding.link == "daemon")
    assert f"process {ConnectionFile.read(record.connection_file).pid}" in runs.says


def test_a_file_that_others_may_read(daemon: RunningDaemon, record: InstallRecord) -> None:
    record.connection_file.chmod(0o644)
    (fault,) = faults(record)
    assert "Others may read" in fault.says
    assert fault.mend is not None
    fault.mend()
    assert record.connection_file.stat().st_mode & 0o777 == 0o600


def test_a_daemon_of_another_version_is_stopped(
    daemon: RunningDaemon, record: InstallRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon_checks, "__version__", "99")
    (fault,) = faults(record)
    assert fault.state == "warning"
    assert "this is 99" in fault.says
    assert fault.mend is not None
    fault.mend()
    wait_until(lambda: not record.connection_file.exists())


def test_a_busy_one_is_not(daemon: RunningDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_checks, "__version__", "99")
    status = replace(daemon.status(), drags=1)
    fault = next(iter(daemon_checks._check_status(status)))
    assert fault.mend is None
    assert "Let its drags end" in fault.advice


def test_a_worker_that_was_lost(daemon: RunningDaemon) -> None:
    status = daemon.status()
    lost = replace(status, workers=tuple(replace(w, state="lost") for w in status.workers))
    *_, fault = daemon_checks._check_status(lost)
    assert fault.state == "bad"
    assert "draggan logs" in fault.advice
