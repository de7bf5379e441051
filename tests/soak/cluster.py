"""Nodes of a Ray cluster that are killed in drags and in a batch, with a fake engine.

The cluster is simulated: a head and two nodes of one processor each are processes of this machine.
A node that is killed is a raylet and all its workers that get SIGKILL; another one comes in its
place.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

from draggan_server.batch import run_batch
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import DragganError
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import CloseEdit, DragFinished, DragProgress, Pixels, Resumed
from tests.cluster.nodes import Nodes
from tests.protocol.daemons import RunningDaemon, private_environment, wait_until
from tests.protocol.fake_engine import Behaviour
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.soak.row import Row

SIZES = {"tiny": 1, "ci": 20, "long": 40, "soak": 1_000}
CUTS = {"tiny": 1, "ci": 5, "long": 10, "soak": 200}
CUT_SECONDS = {"tiny": 5.0, "ci": 20.0, "long": 20.0, "soak": 20.0}
FULL = {"tiny": 5, "ci": 200, "long": 1_000, "soak": 10_000}
_LINES_A_KILL = 10
_LONG_STEPS = 600
_SEED = 5


def run(size: str, folder: Path) -> list[Row]:
    for name in ("nodes", "drags"):
        (folder / name).mkdir()
    nodes = Nodes(private_environment(folder / "nodes"), nodes=2)
    with RunningDaemon(folder / "drags", idle_seconds=1e6, workers=2, ray=nodes.address) as daemon:
        _all_idle(daemon)
        rows = [
            _drags(SIZES[size], nodes, daemon),
            _batch(SIZES[size], nodes, daemon, folder),
            _cuts(CUTS[size], CUT_SECONDS[size], nodes, daemon),
            _full(FULL[size], nodes, daemon),
        ]
    nodes.end()
    return rows


def _drags(count: int, nodes: Nodes, daemon: RunningDaemon) -> Row:
    dice = random.Random(_SEED)
    wrong = hit = 0
    longest = 0.0
    client = daemon.client()
    for _ in range(count):
        request = drag_of(open_edit(client))
        killer = threading.Timer(dice.uniform(0.0, 0.04), _kill_one, (nodes, daemon))
        killer.start()
        began = time.monotonic()
        done: DragFinished | None = None
        told = 0
        try:
            for event in client.events(request):
                told += isinstance(event, Resumed)
                done = event if isinstance(event, DragFinished) else None
        except DragganError as error:
            print(error)
        wrong += done is None or done.revision != 1
        hit += told > 0
        longest = max(longest, time.monotonic() - began)
        killer.join()
        nodes.add()
        client.close()
        _all_idle(daemon)
        client = daemon.client()
    client.close()
    what = "Ray: a node killed in a drag: not done by another one"
    figures = f"{hit} were hit in the drag; done {longest:.1f} s after the press at most"
    return Row(what, count, wrong, f"{figures}; simulated cluster, fake engine")


def _batch(count: int, nodes: Nodes, daemon: RunningDaemon, folder: Path) -> Row:
    """One kill for so many lines, of which each must be done once."""
    jobs, lines = folder / "jobs.jsonl", count * _LINES_A_KILL
    line = {"do": "sample", "model": "steady"}
    texts = (json.dumps({**line, "seed": seed}) for seed in range(lines))
    jobs.write_text("".join(f"{text}\n" for text in texts))
    os.environ[CONNECTION_FILE_VARIABLE] = str(daemon.record.connection_file)
    done: Counter[int] = Counter()
    failed = 0
    try:
        for result in run_batch(jobs, folder / "out", at_once=3):
            done[result.number] += 1
            failed += result.error is not None
            if sum(done.values()) % _LINES_A_KILL == _LINES_A_KILL // 2:
                _kill_one(nodes, daemon)
                nodes.add()
    finally:
        del os.environ[CONNECTION_FILE_VARIABLE]
    wrong = failed + sum(done[number] != 1 for number in range(1, lines + 1))
    what = "Ray: a node killed in a batch: lines lost or done twice"
    return Row(what, lines, wrong, f"{count} nodes were killed; simulated cluster, fake engine")


def _cuts(count: int, seconds: float, nodes: Nodes, daemon: RunningDaemon) -> Row:
    """Long drags on a node that then says nothing, and comes back when the drag is done."""
    wrong = 0
    longest = 0.0
    for _ in range(count):
        with contextlib.ExitStack() as silence, daemon.client() as client:
            edit = open_edit(client, Behaviour.ENDLESS)
            request = drag_of(edit, config=drag_config(max_steps=_LONG_STEPS))
            told, done, cut_at = 0, False, 0.0
            for event in client.events(request):
                if (
                    isinstance(event, DragProgress)
                    and event.step == _LONG_STEPS // 2
                    and not cut_at
                ):
                    busy = next(one for one in daemon.status().workers if one.state == "busy")
                    assert busy.pid is not None
                    silence.enter_context(nodes.silent_node_of(busy.pid))
                    cut_at = time.monotonic()
                told += isinstance(event, Resumed)
                done = isinstance(event, DragFinished) and event.revision == 1
            longest = max(longest, time.monotonic() - cut_at)
            time.sleep(max(0.0, cut_at + seconds - time.monotonic()))
        wrong += not done or told != 1
        nodes.add()
        _all_idle(daemon)
    what = f"Ray: a node that is silent for {seconds:.0f} s in a drag: not done by another one"
    figures = f"done {longest:.1f} s after it fell silent at most"
    return Row(what, count, wrong, f"{figures}; simulated cluster, fake engine")


def _full(count: int, nodes: Nodes, daemon: RunningDaemon) -> Row:
    """Drags of layers of 4 MiB, which the stores have to take in."""
    layer = Pixels(1024, 1024, 4, bytes(1024 * 1024 * 4))
    wrong = 0
    with nodes.full_stores(), daemon.client() as client:
        for _ in range(count):
            edit = open_edit(client)
            done = client.ask(drag_of(edit, layer=layer))
            wrong += done.revision != 1 or len(done.layer.data) != len(layer.data)
            client.ask(CloseEdit(edit.edit_id))
    what = "Ray: full object stores: drags not done"
    return Row(what, count, wrong, "simulated cluster, fake engine")


def _kill_one(nodes: Nodes, daemon: RunningDaemon) -> None:
    """The node of a worker that is busy, or else of any."""
    workers = [one for one in daemon.status().workers if one.pid is not None]
    workers.sort(key=lambda one: one.state != "busy")
    nodes.kill_node_of(workers[0].pid)


def _all_idle(daemon: RunningDaemon) -> None:
    wait_until(lambda: all(one.state == "idle" for one in daemon.status().workers), 120)
