"""How the daemon's process is started: nothing of the host's own Python goes with it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from draggan_server.wire import launch
from draggan_server.wire.install_record import InstallRecord
from tests.patience import deadline_in, patient

REPORT = """
import json, os, sys
report = {"env": dict(os.environ), "cwd": os.getcwd(), "session": os.getsid(0), "pid": os.getpid()}
with open(sys.argv[1] + ".part", "w") as file:
    json.dump(report, file)
os.rename(sys.argv[1] + ".part", sys.argv[1])
"""


def report_of(tmp_path: Path) -> Any:
    """What a started process says about itself."""
    report = tmp_path / "report"
    command = (sys.executable, "-c", REPORT, str(report))
    record = InstallRecord(command, tmp_path / "new" / "connection.json", "0")
    process = launch.spawn(record)
    assert process.wait(timeout=patient(60)) == 0
    deadline = deadline_in(10)
    while not report.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return json.loads(report.read_text())


@pytest.fixture(autouse=True)
def _host_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/of/the/host")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/of/the/host")
    monkeypatch.setenv("APPDIR", "/of/the/host")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")


@pytest.mark.skipif(os.name != "posix", reason="sessions are POSIX's")
class TestSpawn:
    def test_a_host_starts_the_daemon_of_its_record(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(launch, "is_vendored", lambda: True)
        report = report_of(tmp_path)
        assert "PYTHONPATH" not in report["env"]
        assert "LD_LIBRARY_PATH" not in report["env"]
        assert report["env"]["LANG"] == "de_DE.UTF-8"
        assert report["cwd"] == str(tmp_path / "new")
        connection_file = str(tmp_path / "new" / "connection.json")
        assert report["env"]["DRAGGAN_CONNECTION_FILE"] == connection_file

    def test_a_daemon_of_the_repository_starts_there(self, tmp_path: Path) -> None:
        report = report_of(tmp_path)
        assert report["env"]["PYTHONPATH"] == "/of/the/host"
        assert (Path(report["cwd"]) / "draggan_server" / "wire").is_dir()

    def test_a_session_of_its_own(self, tmp_path: Path) -> None:
        report = report_of(tmp_path)
        assert report["session"] == report["pid"] != os.getsid(0)
