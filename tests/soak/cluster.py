"""Nodes of a Ray cluster that are killed in drags and in a batch, with a fake engine.

The cluster is simulated: a head and two nodes of one processor each are processes of this machine.
A node that is killed is a raylet and all its workers that get SIGKILL; another one comes in its
place.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

from draggan_server.batch import run_batch
from draggan_server.wire.errors import DragganError
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import DragFinished, Resumed
from tests.cluster.nodes import Nodes
from tests.protocol.daemons import RunningDaemon, private_environment, wait_until
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.soak.row import Row

SIZES = {"tiny": 1, "ci": 20, "soak": 1_000}
_LINES_A_KILL = 10
_SEED = 5


def run(size: str, folder: Path) -> list[Row]:
    for name in ("nodes", "drags"):
        (folder / name).mkdir()
    nodes = Nodes(private_environment(folder / "nodes"), nodes=2)
    daemon = RunningDaemon(folder / "drags", idle_seconds=1e6, workers=2, ray=nodes.address)
    _all_idle(daemon)
    rows = [_drags(SIZES[size], nodes, daemon), _batch(SIZES[size], nodes, daemon, folder)]
    daemon.end()
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


def _kill_one(nodes: Nodes, daemon: RunningDaemon) -> None:
    """The node of a worker that is busy, or else of any."""
    workers = [one for one in daemon.status().workers if one.pid is not None]
    workers.sort(key=lambda one: one.state != "busy")
    nodes.kill_node_of(workers[0].pid)


def _all_idle(daemon: RunningDaemon) -> None:
    wait_until(lambda: all(one.state == "idle" for one in daemon.status().workers), 120)
