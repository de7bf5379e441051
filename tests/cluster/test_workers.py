"""Workers on a Ray cluster, and what is left where nodes, the head or the broker are lost."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable

import psutil

from draggan_server.wire.client import Client
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import (
    CancelDrag,
    DragCancelled,
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
from tests.patience import patient
from tests.protocol.daemons import RunningDaemon, wait_until

STEPS = 150
"""Of a drag in which a node is killed: more than it does until that is done, and fewer than it does
until it is saved."""

_LONG_STEPS, _LOST_AT = 900, 550
"""Of a drag that has been saved when its node is killed: no step takes less than 5 ms."""


def drag(client: Client, at_second_step: Callable[[], None]) -> list[Event]:
    """The events of a drag of a new edit, of `STEPS`."""
    with client.edit(OpenEdit(SampleSource("endless", 1))) as edit:
        request = StartDrag(
            *(edit.edit_id, edit.revision, ((4.0, 4.0),), ((9.0, 9.0),)),
            config=drag_config(max_steps=STEPS),
        )
        events: list[Event] = []
        for event in client.events(request):
            events.append(event)
            if len(events) == 2:
                at_second_step()
    return events


def test_a_long_drag_goes_on_on_another_node_from_where_it_was_saved(
    nodes: Nodes, daemon: RunningDaemon
) -> None:
    with daemon.client() as client, client.edit(OpenEdit(SampleSource("endless", 1))) as edit:
        request = StartDrag(
            *(edit.edit_id, edit.revision, ((4.0, 4.0),), ((9.0, 9.0),)),
            config=drag_config(max_steps=_LONG_STEPS),
        )
        steps: list[int] = []
        done: list[Event] = []
        for event in client.events(request):
            if isinstance(event, DragProgress):
                steps.append(event.step)
                if steps.count(_LOST_AT) == 1 and event.step == _LOST_AT:
                    nodes.kill_node_of(busy_pid(daemon))
            done.append(event)
    assert Resumed(1) in done
    assert isinstance(done[-1], DragFinished)
    again = next(step for before, step in itertools.pairwise(steps) if step <= before)
    assert again > 100
    assert steps[-1] == _LONG_STEPS
    nodes.add()
    all_idle(daemon)


def busy_pid(daemon: RunningDaemon) -> int:
    (worker,) = (one for one in daemon.status().workers if one.state == "busy")
    assert worker.pid is not None
    return worker.pid


def test_a_node_that_is_killed_in_a_drag_costs_no_drag(nodes: Nodes, daemon: RunningDaemon) -> None:
    with daemon.client() as client:
        for _ in range(2):
            events = drag(client, lambda: nodes.kill_node_of(busy_pid(daemon)))
            assert Resumed(1) in events
            assert isinstance(events[-1], DragFinished)
            assert events[-1].revision == 1
            steps = [one.step for one in events if isinstance(one, DragProgress)]
            assert steps[-STEPS:] == list(range(1, STEPS + 1))
            nodes.add()
            all_idle(daemon)


def test_one_that_does_not_obey_is_ended_and_another_one_hired(daemon: RunningDaemon) -> None:
    before = {one.pid for one in daemon.status().workers}
    with daemon.client() as client, client.edit(OpenEdit(SampleSource("stubborn", 1))) as edit:
        request = StartDrag(edit.edit_id, edit.revision, ((4.0, 4.0),), ((9.0, 9.0),))
        events: list[Event] = []
        number = client.send(request, events.append)
        wait_until(lambda: client.pump() or bool(events))  # type: ignore[func-returns-value]
        client.send(CancelDrag(number))
        wait_until(lambda: client.pump() or isinstance(events[-1], DragCancelled))  # type: ignore[func-returns-value]
    all_idle(daemon)
    after = {one.pid for one in daemon.status().workers}
    assert len(before & after) == 1
    assert len(after) == 2


def test_nothing_is_left_of_a_broker_that_is_killed(nodes: Nodes, daemon: RunningDaemon) -> None:
    processes = [psutil.Process(one.pid) for one in daemon.status().workers]
    bridge = next(
        one for one in psutil.Process(daemon.process.pid).children() if "serve" in one.cmdline()
    )
    daemon.process.kill()
    gone, _ = psutil.wait_procs([*processes, bridge], timeout=patient(30))
    assert len(gone) == 3
    daemon.process.communicate()


def test_the_next_bridge_ends_what_a_killed_one_has_left(daemon: RunningDaemon) -> None:
    before = [psutil.Process(one.pid) for one in daemon.status().workers]
    bridge = next(
        one for one in psutil.Process(daemon.process.pid).children() if "serve" in one.cmdline()
    )
    os.kill(bridge.pid, signal.SIGKILL)
    wait_until(lambda: all(one.state == "starting" for one in daemon.status().workers))
    all_idle(daemon)
    gone, _ = psutil.wait_procs(before, timeout=patient(30))
    assert len(gone) == 2
    with daemon.client() as client:
        assert isinstance(drag(client, lambda: None)[-1], DragFinished)


def test_another_head_gets_the_workers_that_the_lost_one_had(
    nodes: Nodes, daemon: RunningDaemon
) -> None:
    def lose_it() -> None:
        nodes.new_head()
        for _ in range(2):
            nodes.add()

    losing = threading.Thread(target=lose_it)
    with daemon.client() as client:
        events = drag(client, losing.start)
        losing.join()
        assert isinstance(events[-1], DragFinished)
        all_idle(daemon)
        assert isinstance(drag(client, lambda: None)[-1], DragFinished)
