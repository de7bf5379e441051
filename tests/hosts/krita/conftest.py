"""One warmed Krita home and one screen for all tests here; a daemon with the fake engine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from draggan_server import __version__
from draggan_server.plugins.stage import stage_krita
from draggan_server.wire.install_record import InstallRecord
from tests.daemon import private_environment
from tests.hosts.krita.krita_host import KritaHost, screen
from tests.hosts.system import HostSystem
from tests.patience import deadline_in, patient

_IDLE_SECONDS = "14400"
"""After so long the fake daemon leaves: other tests, that do without it, take less."""


@pytest.fixture(scope="session")
def krita(
    krita_system: HostSystem, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KritaHost]:
    """Krita with the plug-in, whose own daemon cannot be started: tests lead it to another."""
    folder = tmp_path_factory.mktemp("krita")
    record = InstallRecord(
        command=("/nonexistent/draggan", "serve"),
        connection_file=folder / "nowhere" / "connection.json",
        version=__version__,
    )
    with screen(krita_system, folder) as display:
        host = KritaHost(krita_system, display.name, folder, repository / "test-output" / "krita")
        host.warm(lambda data: stage_krita(data, record))
        yield host


@pytest.fixture(scope="session")
def fake_daemon(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment that leads to a daemon whose models behave as their names say."""
    home = tmp_path_factory.mktemp("fake-daemon")
    connection = home / "connection.json"
    with (home / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.protocol.fake_daemon", str(connection), _IDLE_SECONDS],
            env={**os.environ, **private_environment(home)},
            cwd=repository,
            stdout=log,
            stderr=log,
        )
        try:
            deadline = deadline_in(30)
            while not connection.exists():
                assert process.poll() is None, (home / "daemon.log").read_text()
                assert time.monotonic() < deadline, "the fake daemon did not come up"
                time.sleep(0.05)
            yield {"DRAGGAN_CONNECTION_FILE": str(connection)}
        finally:
            process.terminate()
            process.wait(timeout=patient(30))
