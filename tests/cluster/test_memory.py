"""A node whose memory runs out: Ray's own monitor ends the actor that takes it.

The nodes of these tests have one machine's memory in common, so what runs out is not all of it: the
monitor is told to act where `_ROOM` more is taken than before the test.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import psutil
import pytest

from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import (
    DragFinished,
    DragProgress,
    Event,
    OpenEdit,
    Resumed,
    SampleSource,
    StartDrag,
)
from tests.cluster.conftest import all_idle
from tests.cluster.nodes import Nodes
from tests.protocol.daemons import RunningDaemon, private_environment
from tests.protocol.fake_engine import GREED_BYTES, GREED_STEPS

_ROOM = 3 << 30
_STEPS = 900


def drag(daemon: RunningDaemon) -> list[Event]:
    """The events of a drag whose worker takes memory after some two seconds."""
    with daemon.client() as client, client.edit(OpenEdit(SampleSource("greedy", 1))) as edit:
        request = StartDrag(
            *(edit.edit_id, edit.revision, ((4.0, 4.0),), ((9.0, 9.0),)),
            config=drag_config(max_steps=_STEPS),
        )
        return list(client.events(request))


def test_a_worker_that_takes_too_much_is_ended_by_ray_and_its_drag_goes_on(tmp_path: Path) -> None:
    memory = psutil.virtual_memory()
    greed = GREED_BYTES * GREED_STEPS
    if memory.available < 1.3 * greed and os.environ.get("CI") != "true":
        pytest.skip("this machine has less memory to spare than the test may take")
    threshold = (memory.total - memory.available + _ROOM) / memory.total
    monitor = {
        "RAY_memory_usage_threshold": f"{threshold:.4f}",
        "RAY_memory_monitor_refresh_ms": "50",
    }
    for name in ("nodes", "daemon"):
        (tmp_path / name).mkdir()
    nodes = Nodes({**private_environment(tmp_path / "nodes"), **monitor}, nodes=1)
    try:
        with RunningDaemon(tmp_path / "daemon", ray=nodes.address) as daemon:
            all_idle(daemon)
            before = daemon.worker_pid()
            events = drag(daemon)
            all_idle(daemon)
            after = daemon.worker_pid()
            said = daemon.log.with_name("ray.log").read_text()
    finally:
        nodes.end()
    assert Resumed(1) in events
    done = events[-1]
    assert isinstance(done, DragFinished)
    assert (done.revision, done.steps) == (1, _STEPS)
    steps = [event.step for event in events if isinstance(event, DragProgress)]
    again = next(step for before, step in itertools.pairwise(steps) if step <= before)
    assert 100 < again <= max(steps[: steps.index(again) + 1]) < _STEPS
    assert after != before
    assert "memory" in said.partition("is lost:")[2].splitlines()[0], said
