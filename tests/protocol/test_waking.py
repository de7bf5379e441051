"""How often a real daemon wakes up for clients that only wait."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import zmq

from draggan_server.wire.codec import EVENT_CODEC, REQUEST_CODEC, Envelope
from draggan_server.wire.messages import Ping, Pong, Request
from tests.patience import patient
from tests.protocol.daemons import RunningDaemon

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

_PINGS = 400
_GAP_SECONDS = 0.002


def waits_of(pid: int) -> int:
    """How often the process's first thread has gone to sleep so far."""
    lines = Path(f"/proc/{pid}/task/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("voluntary_ctxt_switches"))
    return int(line.split()[1])


def test_clients_that_only_wait_share_its_turns(tmp_path: Path) -> None:
    with RunningDaemon(tmp_path) as daemon:
        daemon.worker_pid()
        connection = daemon.connection
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.plain_username = connection.user.encode()
            dealer.plain_password = connection.secret.encode()
            dealer.connect(connection.endpoint)

            def say(number: int, request: Request) -> None:
                name = f"session {number}"
                dealer.send_multipart(REQUEST_CODEC.encode(Envelope(request, name, id=1)))

            def hear() -> object:
                assert dealer.poll(patient(10_000))
                return EVENT_CODEC.decode(dealer.recv_multipart()).message

            say(0, Ping())
            assert hear() == Pong()
            time.sleep(0.2)
            before, began = waits_of(daemon.process.pid), time.monotonic()
            for number in range(1, _PINGS + 1):
                say(number, Ping())
                time.sleep(_GAP_SECONDS)
            waits = waits_of(daemon.process.pid) - before
            turns = (time.monotonic() - began) / 0.02
            assert {hear() for _ in range(_PINGS)} == {Pong()}
            assert waits < max(_PINGS / 3, 2 * turns)
