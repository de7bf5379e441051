"""A worker's process, as the broker holds it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import zmq

from draggan_server.broker.local_worker import LocalWorker
from draggan_server.broker.worker import WorkerDied
from draggan_server.broker.zap import Doorkeeper
from draggan_server.wire.client import Client
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import (
    CancelDrag,
    DragFinished,
    DragProgress,
    EditOpened,
    OpenEdit,
    OpenProgress,
    PhotoSource,
    Pixels,
    Resumed,
    SampleSource,
    StartDrag,
)
from draggan_server.worker.messages import JobOpened, Learned, RunOpen, WorkerReady
from tests.patience import deadline_in
from tests.protocol.daemons import RunningDaemon, is_alive, wait_until
from tests.protocol.fake_daemon import WORKER_COMMAND
from tests.protocol.fake_engine import Behaviour
from tests.protocol.linked import Inbox, pump_until
from tests.protocol.test_over_sockets import drag_of, open_edit

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

Start = Callable[[Sequence[str]], "Held"]


class Held:
    """A worker and the doorkeeper's part of the broker's loop."""

    def __init__(self, context: zmq.Context[Any], log_file: Path, command: Sequence[str]) -> None:
        self.doorkeeper = Doorkeeper(context)
        self.worker = LocalWorker(context, self.doorkeeper, log_file, command)

    def next(self, kind: type) -> Any:
        """The next event, which must be of this kind."""
        deadline = deadline_in(30)
        while time.monotonic() < deadline:
            self.doorkeeper.answer()
            for event in self.worker.poll():
                assert isinstance(event, kind), event
                return event
            time.sleep(0.01)
        raise AssertionError(f"no {kind.__name__} came")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    held: list[Held] = []
    with zmq.Context() as context:

        def start(command: Sequence[str]) -> Held:
            held.append(Held(context, tmp_path / "log" / "worker.log", command))
            return held[-1]

        yield start
        for one in held:
            pid = one.worker.pid
            one.worker.close()
            one.doorkeeper.close()
            assert pid is None or not is_alive(pid)


def test_it_works_dies_and_works_again(start: Start) -> None:
    held = start(WORKER_COMMAND)
    worker = held.worker
    assert worker.state == "starting"
    held.next(WorkerReady)
    first = worker.pid
    assert (worker.state, worker.device) == ("idle", "fake")
    assert worker.memory > 1_000_000
    worker.submit(RunOpen(1, SampleSource("steady", 1)))
    assert worker.state == "busy"
    held.next(JobOpened)
    assert worker.state == "idle"
    worker.kill()
    assert held.next(WorkerDied).reason == "ended by signal 9"
    assert (worker.state, worker.memory) == ("starting", 0)
    held.next(WorkerReady)
    assert worker.pid != first
    worker.submit(RunOpen(2, SampleSource("steady", 1)))
    held.next(JobOpened)


def test_what_it_learns_between_jobs_leaves_it_free_for_others(start: Start) -> None:
    code = """
from draggan_server.worker.__main__ import run
from draggan_server.worker.messages import Learned
from tests.protocol.fake_engine import FakeEngine

def learning():
    engine = FakeEngine()
    engine.to_learn = [Learned("steady", 0.25)]
    return engine

run(learning)
"""
    held = start((sys.executable, "-c", code))
    held.next(WorkerReady)
    held.worker.submit(RunOpen(1, SampleSource("steady", 1)))
    held.next(JobOpened)
    wait_until(lambda: held.worker.poll() == [] and held.worker.learned is not None)
    assert held.worker.learned == Learned("steady", 0.25)
    held.worker.submit(RunOpen(2, SampleSource("steady", 1)))
    held.next(JobOpened)
    held.worker.kill()
    held.next(WorkerDied)
    assert held.worker.learned is None


def test_one_that_cannot_start_is_given_up_and_tried_again(start: Start) -> None:
    held = start((sys.executable, "-c", "raise SystemExit(3)"))
    for _ in range(3):
        assert held.next(WorkerDied).reason == "ended with code 3"
    assert held.worker.state == "lost"
    held.next(WorkerDied)


def test_one_that_speaks_nonsense_is_ended(start: Start) -> None:
    code = """
import sys, time, zmq
from draggan_server.worker.channel import Channel, Invitation
channel = Channel(Invitation.from_line(sys.stdin.buffer.readline()))
channel._socket.send(b"nonsense")
time.sleep(60)
"""
    held = start((sys.executable, "-c", code))
    assert held.next(WorkerDied).reason == "ended by signal 9"


def test_what_it_prints_when_it_crashes_is_kept(start: Start, tmp_path: Path) -> None:
    code = "import ctypes, faulthandler; faulthandler.enable(); ctypes.string_at(0)"
    held = start((sys.executable, "-c", code))
    for _ in range(2):
        assert held.next(WorkerDied).reason == "ended by signal 11"
    assert (tmp_path / "log" / "worker.err").read_text().count("Segmentation fault") == 2


def test_a_busy_one_is_ended_at_once(start: Start) -> None:
    held = start(WORKER_COMMAND)
    held.next(WorkerReady)
    held.worker.submit(RunOpen(1, SampleSource("steady", 1)))
    pid = held.worker.pid
    assert pid is not None
    held.worker.close()
    wait_until(lambda: not is_alive(pid))


def test_what_one_of_two_loses_the_other_one_does(tmp_path: Path) -> None:
    with RunningDaemon(tmp_path, workers=2) as daemon:
        wait_until(lambda: [one.state for one in daemon.status().workers] == ["idle", "idle"])
        logs = sorted(path.name for path in daemon.log.parent.glob("worker*.log"))
        assert logs == ["worker-2.log", "worker.log"]
        with daemon.client() as client:
            edit = open_edit(client, Behaviour.ENDLESS)
            events = lost_once(daemon, client, drag_of(edit, config=drag_config(max_steps=2000)))
    assert isinstance(events[0], DragProgress)
    assert isinstance(events[-1], DragFinished)
    assert (events[-1].revision, events[-1].reason) == (1, "stopped")


def test_a_photo_that_one_of_two_loses_the_other_one_opens(tmp_path: Path) -> None:
    photo = Pixels(32, 32, 4, bytes(4096))
    with RunningDaemon(tmp_path, workers=2) as daemon:
        wait_until(lambda: [one.state for one in daemon.status().workers] == ["idle", "idle"])
        with daemon.client() as client:
            events = lost_once(daemon, client, OpenEdit(PhotoSource("endless", photo)))
    begun_again = events[events.index(Resumed(1)) + 1]
    assert isinstance(begun_again, OpenProgress)
    assert begun_again.share == 0.1
    assert isinstance(events[-1], EditOpened)
    assert events[-1].revision == 0


def lost_once(daemon: RunningDaemon, client: Client, request: StartDrag | OpenEdit) -> Inbox:
    """The events of a job that would never end: the worker that begins it is killed, the one that
    goes on with it is told to keep what it has."""
    inbox = Inbox(client, request)
    step = DragProgress if isinstance(request, StartDrag) else OpenProgress
    pump_until(client, inbox, step)
    daemon.kill_busy_worker()
    pump_until(client, inbox, Resumed)
    pump_until(client, inbox, step, inbox.index(Resumed(1)))
    client.send(CancelDrag(inbox.id, keep=True))
    pump_until(client, inbox, DragFinished if step is DragProgress else EditOpened)
    return inbox
