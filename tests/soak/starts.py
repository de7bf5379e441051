"""Many programs that find no daemon and start one at the same moment, and many that come and go."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.messages import Ping
from draggan_server.wire.transport import open_transport
from tests.patience import patient
from tests.protocol.daemons import (
    RunningDaemon,
    own_home,
    private_environment,
    running,
    wait_until,
)
from tests.soak.processes import held, with_argument
from tests.soak.row import Row

ROUNDS = {"tiny": 1, "ci": 20, "long": 50, "soak": 2_000}
AT_ONCE = {"tiny": 3, "ci": 50, "long": 50, "soak": 50}
CONNECTS = {"tiny": 50, "ci": 10_000, "long": 10_000, "soak": 10_000}

_PROGRAM = """
import sys
from pathlib import Path
from tests.protocol.daemons import connect, record_of
from draggan_server.wire.messages import GetStatus
sys.stdin.readline()
print(connect(record_of(Path(sys.argv[1])), timeout=480).ask(GetStatus()).pid)
"""


def run(size: str, folder: Path) -> list[Row]:
    return [
        _starts(ROUNDS[size], AT_ONCE[size], folder / "starts"),
        _connects(CONNECTS[size], folder / "connects"),
    ]


def _starts(rounds: int, at_once: int, folder: Path) -> Row:
    wrong = 0
    for number in range(rounds):
        home = folder / str(number)
        home.mkdir(parents=True)
        with own_home(home) as record, contextlib.ExitStack() as stack:
            programs = [
                stack.enter_context(
                    running(
                        (sys.executable, "-c", _PROGRAM, str(home)),
                        env=private_environment(home),
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                    )
                )
                for _ in range(at_once)
            ]
            for program in programs:  # all have loaded what they need, or nearly
                assert program.stdin is not None
                program.stdin.write(b"go\n")
                program.stdin.flush()
            pids = {program.communicate(timeout=patient(300))[0].strip() for program in programs}
            file = record.connection_file
            daemon = ConnectionFile.read(file).pid
            wait_until(lambda file=file: len(with_argument(str(file))) <= 1)  # others are leaving
            alive = with_argument(str(file))
            if pids != {str(daemon).encode()} or alive != [daemon]:
                print(f"round {number}: answered {pids}, alive {alive}")
                wrong += 1
    what = f"{at_once} programs start a daemon at once: rounds with another number than one"
    return Row(what, rounds, wrong)


def _connects(count: int, home: Path) -> Row:
    home.mkdir()
    with RunningDaemon(home) as daemon:
        daemon.worker_pid()
        before, after = _held_while_connecting(daemon, count)
    leaked = sum(after.values()) - sum(before.values())
    figures = ", ".join(f"{name} {before[name]} → {after[name]}" for name in before)
    return Row("connects: descriptors, threads and sockets leaked", count, leaked, figures)


def _held_while_connecting(daemon: RunningDaemon, count: int) -> tuple[dict[str, int], ...]:
    """What its process holds before so many connects, and after them."""
    pid, connection = daemon.process.pid, daemon.connection
    time.sleep(1.0)  # what was asked before is closed by then
    before = held(pid)
    for number in range(count):
        with Client(open_transport(connection, pure=bool(number % 2))) as client:
            client.ask(Ping())
    wait_until(lambda: all(now <= before[name] for name, now in held(pid).items()), seconds=60)
    return before, held(pid)
