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
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import DaemonUnreachable, DragganError
from draggan_server.wire.messages import CloseEdit, DragFinished, DragProgress, EditOpened, Resumed
from draggan_server.worker.job_loop import AUTOSAVE_SECONDS
from tests.protocol.daemons import RunningDaemon, wait_until
from tests.protocol.fake_engine import STEP_SECONDS, Behaviour
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.soak.row import Row

BROKER = {"tiny": 2, "ci": 200, "long": 500, "soak": 10_000}
WORKER = {"tiny": 2, "ci": 30, "long": 100, "soak": 1_000}
LONG = {"tiny": 1, "ci": 20, "long": 50, "soak": 500}
_SAVED_STEPS = round(AUTOSAVE_SECONDS / STEP_SECONDS)
"""Until a drag is saved at the latest."""

_LONG_STEPS = round(1.5 * _SAVED_STEPS)
_SEED = 3


def run(size: str, folder: Path) -> list[Row]:
    return [
        _brokers(BROKER[size], folder / "broker"),
        _workers(WORKER[size], folder / "worker"),
        _long_drags(LONG[size], folder / "long"),
    ]


def _brokers(count: int, home: Path) -> Row:
    home.mkdir()
    dice = random.Random(_SEED)
    lost = acknowledged = 0
    for _ in range(count):
        accepted: dict[str, int] = {}
        with RunningDaemon(home) as daemon, daemon.client() as client:
            daemon.worker_pid()
            killer = threading.Timer(dice.uniform(0.0, 0.4), daemon.process.kill)
            killer.start()
            with contextlib.suppress(DaemonUnreachable):
                while True:
                    edit: EditOpened = open_edit(client)
                    accepted[edit.edit_id] = edit.revision
                    for _ in range(3):
                        done = client.ask(drag_of(edit))
                        edit = replace(edit, revision=done.revision)
                        accepted[edit.edit_id] = done.revision
            killer.join()
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
    with RunningDaemon(home) as daemon:
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
    what = "kill -9 of a worker in a drag: not done by another one"
    figures = f"{len(waits)} were hit in the drag"
    if waits:
        figures += f"; done {max(waits):.1f} s after the press at most"
    return Row(what, count, wrong, figures)


def _long_drags(count: int, home: Path) -> Row:
    """Drags that have been saved on the way before their worker is killed. What is lost is counted
    in steps, none of which is shorter than it says: no pause of the machine looks like a loss."""
    home.mkdir()
    with RunningDaemon(home) as daemon:
        client = daemon.client()
        dice = random.Random(_SEED)
        wrong = 0
        losses: list[int] = []
        for _ in range(count):
            pid = daemon.worker_pid()
            edit = open_edit(client, Behaviour.ENDLESS)
            request = drag_of(edit, config=drag_config(max_steps=_LONG_STEPS))
            at_step = dice.randrange(_LONG_STEPS * 8 // 10, _LONG_STEPS * 9 // 10)
            reached = lost = 0
            done = False
            for event in client.events(request):
                if isinstance(event, DragProgress):
                    if event.step <= reached and not lost:
                        lost = reached - event.step + 1
                    reached = max(reached, event.step)
                    if event.step == at_step and not lost:
                        os.kill(pid, signal.SIGKILL)
                done = isinstance(event, DragFinished) and event.steps == _LONG_STEPS
            losses.append(lost)
            wrong += not done or lost > _SAVED_STEPS + 1
            client.ask(CloseEdit(edit.edit_id))
        client.close()
    what = (
        f"kill -9 of a worker in a long drag: more than {AUTOSAVE_SECONDS:g} s of it computed again"
    )
    return Row(what, count, wrong, f"{max(losses) * STEP_SECONDS:.2f} s of it at most")
