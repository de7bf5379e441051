"""kill -9 of the broker and of the worker, and what is left of the edits.

The engine is fake: a drag takes ten steps of 5 ms. Everything else is real.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

from draggan_server.broker.store import EditStore
from draggan_server.wire.errors import DaemonUnreachable, DragganError
from draggan_server.wire.messages import DragFinished, EditOpened, Resumed
from tests.protocol.daemons import RunningDaemon, wait_until
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.soak.row import Row

BROKER = {"tiny": 2, "ci": 200, "soak": 10_000}
WORKER = {"tiny": 2, "ci": 30, "soak": 1_000}
_SEED = 3


def run(size: str, folder: Path) -> list[Row]:
    return [_brokers(BROKER[size], folder / "broker"), _workers(WORKER[size], folder / "worker")]


def _brokers(count: int, home: Path) -> Row:
    home.mkdir()
    dice = random.Random(_SEED)
    lost = acknowledged = 0
    for _ in range(count):
        daemon = RunningDaemon(home)
        client = daemon.client()
        daemon.worker_pid()
        killer = threading.Timer(dice.uniform(0.0, 0.4), daemon.process.kill)
        killer.start()
        accepted: dict[str, int] = {}
        with contextlib.suppress(DaemonUnreachable):
            while True:
                edit: EditOpened = open_edit(client)
                accepted[edit.edit_id] = edit.revision
                for _ in range(3):
                    done = client.ask(drag_of(edit))
                    edit = replace(edit, revision=done.revision)
                    accepted[edit.edit_id] = done.revision
        killer.join()
        client.close()
        daemon.process.communicate()
        daemon.record.connection_file.unlink(missing_ok=True)
        store = EditStore.open(home / ".local/state/draggan/edits.sqlite3")
        for edit_id, revision in accepted.items():
            found = store.find(edit_id)
            lost += found is None or found.revision < revision
        store.close()
        acknowledged += len(accepted)
    what = "kill -9 of the broker at random moments: acknowledged edits lost"
    return Row(what, count, lost, f"{acknowledged:,} edits were acknowledged")


def _workers(count: int, home: Path) -> Row:
    home.mkdir()
    daemon = RunningDaemon(home)
    client = daemon.client()
    dice = random.Random(_SEED)
    wrong = 0
    waits: list[float] = []
    for _ in range(count):
        pid = daemon.worker_pid()
        request = drag_of(open_edit(client))
        killer = threading.Timer(dice.uniform(0.0, 0.04), os.kill, (pid, signal.SIGKILL))
        killer.start()
        done: DragFinished | None = None
        began, told = time.monotonic(), 0
        try:
            for event in client.events(request):
                told += isinstance(event, Resumed)
                done = event if isinstance(event, DragFinished) else None
        except DragganError as error:
            print(error)
        if told:
            waits.append(time.monotonic() - began)
        killer.join()
        wrong += done is None or done.revision != 1
        wait_until(lambda pid=pid: daemon.worker_pid() != pid)
    client.close()
    daemon.end()
    what = "kill -9 of a worker in a drag: not done by another one"
    figures = f"{len(waits)} were hit in the drag"
    if waits:
        figures += f"; done {max(waits):.1f} s after the press at most"
    return Row(what, count, wrong, figures)
