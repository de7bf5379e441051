"""No daemon of a test outlives it, and each was waited for, however the test ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from draggan_server.wire import launch
from draggan_server.wire.client import Client
from draggan_server.wire.messages import GetStatus
from tests.protocol.daemons import RunningDaemon, connect, is_alive, own_home, running

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


class WrongError(Exception):
    """What a test that fails raises."""


def fail(client: Client) -> None:
    client.close()
    assert launch._started
    raise WrongError


def test_one_that_a_client_has_started(tmp_path: Path) -> None:
    with own_home(tmp_path) as record, connect(record) as client:
        pid = client.ask(GetStatus()).pid
        (process,) = launch._started
    assert not is_alive(pid)
    assert process.returncode is not None
    assert launch._started == []
    with pytest.raises(WrongError), own_home(tmp_path) as record:
        fail(connect(record))
    assert launch._started == []


def test_one_that_the_test_runs(tmp_path: Path) -> None:
    with pytest.raises(WrongError), RunningDaemon(tmp_path) as daemon:
        raise WrongError
    assert daemon.process.returncode is not None
    ended = tmp_path / "ended"
    ended.mkdir()
    with RunningDaemon(ended) as daemon:
        daemon.end()
    assert daemon.process.returncode == 0


def test_another_process() -> None:
    command = (sys.executable, "-c", "input()")
    with (
        pytest.raises(WrongError),
        running(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
    ):
        raise WrongError
    assert process.returncode is not None
