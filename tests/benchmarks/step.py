"""What the broker adds to a step at 100 sessions.

    python -m tests.benchmarks.step [SECONDS]

From the moment at which a worker says that a step is done to the one at which the client knows, by
the one clock of this machine: through two sockets, the broker between them, and the reading and
writing of all three. Four of the sessions drag, by a worker each, whose engine is fake and takes 5
ms a step without using a core; the others are connected and wait for something.
"""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
import sys
import tempfile
import time
from pathlib import Path

from draggan_server.broker.service import local_workers, serve
from draggan_server.wire.client import PING_SECONDS, Client
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.messages import CancelDrag, DragProgress, Event, Ping, StartDrag
from draggan_server.wire.state import EditState
from draggan_server.worker.__main__ import run
from tests.benchmarks.figure import Figure, table
from tests.protocol.daemons import RunningDaemon, record_of, wait_until
from tests.protocol.fake_daemon import fake_models
from tests.protocol.fake_engine import Behaviour, FakeDrag, FakeEngine
from tests.protocol.test_over_sockets import drag_of, open_edit

SESSIONS = 100
DRAGS = 4
GOAL_MS = 2.0
_STEPS = 2000


class StampedDrag(FakeDrag):
    """Says in place of its loss when a step was done."""

    def _progress(self, prepared: float = 1.0) -> DragProgress:
        return dataclasses.replace(super()._progress(prepared), loss=time.monotonic())


class StampedEngine(FakeEngine):
    def drag(self, state: EditState, request: StartDrag, autosave: object = None) -> FakeDrag:
        return StampedDrag(self, state, request)


def main(seconds: float = 8.0) -> None:
    late: list[float] = []

    def hear(event: Event) -> None:
        if isinstance(event, DragProgress):
            late.append((time.monotonic() - event.loss) * 1e3)

    with (
        tempfile.TemporaryDirectory(prefix="draggan-step-") as folder,
        contextlib.ExitStack() as end,
    ):
        record = record_of(Path(folder))
        command = (sys.executable, "-m", __spec__.name, "serve", str(record.connection_file))
        stamped = InstallRecord(command, record.connection_file, "0")
        with RunningDaemon(Path(folder), started_by=stamped) as daemon:
            wait_until(lambda: all(one.state == "idle" for one in daemon.status().workers))
            clients = [end.enter_context(daemon.client()) for _ in range(SESSIONS)]
            drags: list[tuple[Client, int]] = []
            for client in clients[:DRAGS]:
                edit = open_edit(client, Behaviour.ENDLESS)
                drags.append(
                    (client, client.send(drag_of(edit, config=drag_config(max_steps=2000)), hear))
                )
            began, asked = time.monotonic(), 0
            while (elapsed := time.monotonic() - began) < seconds:
                while asked < elapsed * (SESSIONS - DRAGS) / PING_SECONDS:
                    asker = clients[DRAGS + asked % (SESSIONS - DRAGS)]
                    asker.send(Ping(), lambda event: None)
                    asker.pump()
                    asked += 1
                for client, _ in drags:
                    client.pump()
                time.sleep(0.0002)
            for client, number in drags:
                client.send(CancelDrag(number))
    late = sorted(late)
    median, p99 = statistics.median(late), late[len(late) * 99 // 100]
    what = f"a step until its client knows, of {len(late):,}; 99%: {p99:.2f} ms"
    print(table([Figure(f"{SESSIONS} sessions, {DRAGS} drags", what, median, "ms", GOAL_MS)]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        workers = local_workers(DRAGS, (sys.executable, "-m", __spec__.name, "work"))
        sys.exit(serve(Path(sys.argv[2]), 60.0, make_workers=workers, make_models=fake_models))
    elif sys.argv[1:2] == ["work"]:
        run(StampedEngine)
    else:
        main(*map(float, sys.argv[1:]))
