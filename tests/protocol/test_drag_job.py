"""A link pumped by a host's timer, and a drag over it, without sockets."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from draggan_server.broker.worker import WorkerDied
from draggan_server.host.drag_job import DragJob
from draggan_server.host.link import LINGER_TICKS, Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Layer, Request
from draggan_server.host.states import Cause
from draggan_server.wire.client import Client
from draggan_server.wire.codec import read_header
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput, DaemonUnreachable
from draggan_server.wire.messages import (
    CloseEdit,
    DragFinished,
    EditOpened,
    Event,
    Failure,
    Hello,
    ListModels,
    ModelList,
    Pixels,
    Resumed,
)
from draggan_server.wire.versions import THIS_SIDE
from draggan_server.worker.messages import (
    Aim,
    GrantPreview,
    JobFailed,
    JobProgress,
    JobStopped,
    LetGo,
    RunDrag,
    StopJob,
)
from tests.protocol.linked import LAYER, PICTURE, PROGRESS, House, drag_of, finished, opened
from tests.scripted_host import Timer

WITH_PREVIEW = dataclasses.replace(PROGRESS, preview=PICTURE)
REQUEST = Request(
    Layer("1", "lion"), "state 0", LAYER, None, (PointPair((1.0, 2.0), (3.0, 4.0)),), drag_config()
)


class Connectors:
    """Connects to a house; `waiting` polls first find no daemon, the first of which starts one."""

    def __init__(self, house: House, waiting: int = 0) -> None:
        self.house = house
        self.waiting = waiting
        self.starting = False
        self.closed = 0
        self.error: Exception | None = None

    def __call__(self) -> Any:
        return self

    def poll(self) -> Client | None:
        if self.error is not None:
            raise self.error
        if self.waiting:
            self.starting = True
            self.waiting -= 1
            return None
        return self.house.client()

    def close(self) -> None:
        self.closed += 1


class Linked:
    def __init__(self, waiting: int = 0) -> None:
        self.house = House()
        self.house.ready()
        self.timer = Timer()
        self.connectors = Connectors(self.house, waiting)
        self.link = Link(self.timer.every, "the log", self.connectors)
        self.heard: list[tuple[Cause, Event | None]] = []

    def drag(self, preview_seconds: float = 0.0) -> DragJob:
        def hear(cause: Cause, event: Event | None) -> None:
            self.heard.append((cause, event))

        return DragJob(self.link, REQUEST, hear, preview_seconds)

    def open(self) -> None:
        self.timer.tick()
        self.house.say(opened(1))
        self.timer.tick()

    @property
    def causes(self) -> list[Cause]:
        return [cause for cause, _ in self.heard]

    def sent(self, route: bytes = b"route 0") -> list[str]:
        return [read_header(parts).type for parts in self.house.transports[route].sent]


@pytest.fixture
def linked() -> Linked:
    return Linked()


class TestLink:
    def test_the_timer_runs_while_there_is_work_and_a_while_longer(self, linked: Linked) -> None:
        assert linked.timer.running == 0
        answers: list[Event] = []
        linked.link.request(ListModels(), answers.append)
        assert linked.timer.running == 1
        linked.timer.tick()
        assert [type(answer) for answer in answers] == [ModelList]
        for _ in range(LINGER_TICKS - 1):
            linked.timer.tick()
        assert linked.timer.running == 1
        linked.timer.tick()
        assert linked.timer.running == 0
        assert linked.house.transports[b"route 0"].lost == "closed"

    def test_what_follows_soon_takes_the_same_connection(self, linked: Linked) -> None:
        answers: list[Event] = []
        for _ in range(2):
            linked.link.request(ListModels(), answers.append)
            linked.timer.tick()
        assert len(answers) == 2
        assert list(linked.house.transports) == [b"route 0"]

    def test_a_daemon_that_is_started_is_told_once(self) -> None:
        linked = Linked(waiting=3)
        said: list[str] = []
        linked.link.begin(
            lambda _: said.append("ready"),
            lambda failure: said.append(failure.message),
            lambda: said.append("starting"),
        )
        for _ in range(5):
            linked.timer.tick()
        assert said == ["starting", "ready"]

    def test_no_daemon_is_one_failure_and_the_next_work_tries_again(self, linked: Linked) -> None:
        linked.connectors.error = DaemonUnreachable("None can be had.")
        answers: list[Event] = []
        linked.link.request(ListModels(), answers.append)
        for _ in range(3):
            linked.timer.tick()
        assert answers == [Failure("unreachable", "None can be had.")]
        linked.connectors.error = None
        linked.link.request(ListModels(), answers.append)
        linked.timer.tick()
        assert isinstance(answers[1], ModelList)

    def test_a_connection_that_is_lost_fails_what_has_begun_and_another_is_made(
        self, linked: Linked
    ) -> None:
        failures: list[Failure] = []
        linked.link.begin(lambda _: None, failures.append)
        linked.timer.tick()
        linked.house.transports[b"route 0"].lost = "It is gone."
        linked.timer.tick()
        assert failures == [Failure("unreachable", "It is gone.")]
        answers: list[Event] = []
        linked.link.request(ListModels(), answers.append)
        linked.timer.tick()
        assert isinstance(answers[0], ModelList)

    def test_a_fault_in_a_callback_is_a_failure_that_names_the_log(self, linked: Linked) -> None:
        failures: list[Failure] = []

        def ready(_client: Client) -> None:
            raise ZeroDivisionError("nobody expects this")

        linked.link.begin(ready, failures.append)
        linked.timer.tick()
        (failure,) = failures
        assert failure.code == "internal"
        assert "nobody expects this" in failure.message
        assert "the log says more" in failure.message

    def test_the_host_s_event_loop_within_a_callback_does_no_harm(self, linked: Linked) -> None:
        begun: list[Client] = []

        def ready(client: Client) -> None:
            begun.append(client)
            linked.timer.tick()

        linked.link.begin(ready, lambda _: None)
        linked.link.begin(ready, lambda _: None)
        linked.timer.tick()
        assert len(begun) == 2

    def test_a_closed_job_calls_nobody(self, linked: Linked) -> None:
        answers: list[Event] = []
        linked.link.request(ListModels(), answers.append)
        linked.link.close()
        linked.timer.tick()
        assert answers == []
        assert linked.timer.running == 0


class TestDragJob:
    def test_a_job_leads_from_state_to_layer(self, linked: Linked) -> None:
        linked.drag()
        linked.open()
        assert linked.causes == [Cause.CONNECTED, Cause.OPENED]
        edit = linked.heard[1][1]
        assert isinstance(edit, EditOpened)
        task = linked.house.worker.tasks[1]
        assert isinstance(task, RunDrag)
        assert task.request == drag_of(edit.edit_id)
        linked.house.say(JobProgress(2, PROGRESS))
        linked.house.say(finished(2))
        linked.timer.tick()
        assert linked.heard[2] == (Cause.STEPPED, PROGRESS)
        assert linked.causes[3:] == [Cause.FINISHED]
        assert isinstance(linked.heard[3][1], DragFinished)
        assert linked.house.store.count() == 0  # the edit is closed

    def test_a_model_that_is_prepared_is_no_step(self, linked: Linked) -> None:
        linked.drag()
        linked.open()
        linked.house.say(JobProgress(2, dataclasses.replace(PROGRESS, prepared=0.5)))
        linked.timer.tick()
        assert linked.causes[2:] == [Cause.PREPARED]

    def test_previews_are_granted_after_they_were_shown(self, linked: Linked) -> None:
        told_before: list[int] = []

        def hear(cause: Cause, _event: Event | None) -> None:
            if cause is Cause.STEPPED:
                told_before.append(len(linked.house.worker.told))

        DragJob(linked.link, REQUEST, hear, 0.5)
        linked.open()
        linked.house.say(JobProgress(2, WITH_PREVIEW))
        linked.timer.tick()
        assert told_before == [0]
        assert linked.house.worker.told == [GrantPreview(2)]

    def test_abandoned_before_there_is_a_connection(self, linked: Linked) -> None:
        linked.drag().abandon()
        linked.timer.tick()
        assert linked.heard == []
        assert not linked.house.transports

    def test_a_job_abandoned_while_it_opens_asks_for_no_drag(self, linked: Linked) -> None:
        job = linked.drag()
        linked.timer.tick()
        job.abandon()
        linked.open()
        assert linked.causes == [Cause.CONNECTED]
        assert len(linked.house.worker.tasks) == 1
        assert linked.house.store.count() == 0

    def test_stopped_by_its_own_progress(self, linked: Linked) -> None:
        def hear(cause: Cause, event: Event | None) -> None:
            linked.heard.append((cause, event))
            if cause is Cause.STEPPED:
                job.stop()

        job = DragJob(linked.link, REQUEST, hear)
        linked.open()
        linked.house.say(JobProgress(2, PROGRESS))
        linked.timer.tick()
        assert linked.house.worker.told == [StopJob(2, keep=True)]
        linked.house.say(finished(2, "stopped"))
        linked.timer.tick()
        (_, end) = linked.heard[-1]
        assert isinstance(end, DragFinished)
        assert end.reason == "stopped"

    def test_abandoned_while_it_drags_it_tells_no_more_and_closes_the_edit(
        self, linked: Linked
    ) -> None:
        job = linked.drag()
        linked.open()
        job.abandon()
        assert linked.house.worker.told == [StopJob(2, keep=False)]
        linked.house.say(JobProgress(2, PROGRESS))
        linked.house.say(JobStopped(2))
        linked.timer.tick()
        job.abandon()  # too late to matter
        assert linked.causes == [Cause.CONNECTED, Cause.OPENED]
        assert linked.house.store.count() == 0

    def test_a_state_that_cannot_be_opened(self, linked: Linked) -> None:
        linked.drag()
        linked.timer.tick()
        linked.house.say(JobFailed(1, "bad-input", "damaged"))
        linked.timer.tick()
        assert linked.heard[1:] == [(Cause.FAILED, Failure("bad-input", "damaged"))]
        assert "CloseEdit" not in linked.sent()

    def test_a_drag_that_the_daemon_ends_unasked(self, linked: Linked) -> None:
        linked.drag()
        linked.open()
        linked.house.say(JobStopped(2))
        linked.timer.tick()
        cause, event = linked.heard[-1]
        assert cause is Cause.FAILED
        assert isinstance(event, Failure)
        assert event.code == "protocol"
        assert event.message.startswith("The daemon sent DragCancelled out of turn")

    def test_a_daemon_that_goes_away(self, linked: Linked) -> None:
        linked.drag()
        linked.open()
        linked.house.transports[b"route 0"].lost = "It is gone."
        for _ in range(3):
            linked.timer.tick()
        assert linked.heard[2:] == [(Cause.FAILED, Failure("unreachable", "It is gone."))]

    def test_the_edit_is_closed_after_a_failure(self, linked: Linked) -> None:
        linked.drag()
        linked.open()
        linked.house.say(JobFailed(2, "internal", "oh"))
        linked.timer.tick()
        assert linked.sent()[-1] == CloseEdit.__name__


class TestLiveJob:
    def press(self, linked: Linked, saved_state: str = "state 0") -> DragJob:
        def hear(cause: Cause, event: Event | None) -> None:
            linked.heard.append((cause, event))

        request = dataclasses.replace(REQUEST, live=True, saved_state=saved_state)
        job = DragJob(linked.link, request, hear)
        linked.timer.tick()
        return job

    def first(self, linked: Linked) -> DragFinished:
        self.press(linked)
        linked.house.say(opened(1))
        linked.timer.tick()
        linked.house.say(finished(2))
        linked.timer.tick()
        (_, end) = linked.heard.pop()
        assert isinstance(end, DragFinished)
        assert linked.causes == [Cause.CONNECTED, Cause.FOLLOWING]
        return end

    def test_the_edit_stays_open_for_the_next_press(self, linked: Linked) -> None:
        end = self.first(linked)
        linked.heard.clear()
        job = self.press(linked, end.saved_state)
        assert linked.causes == [Cause.CONNECTED, Cause.FOLLOWING]
        task = linked.house.worker.tasks[-1]
        assert isinstance(task, RunDrag)
        assert (task.request.edit_id, task.request.revision) == (end.edit_id, 1)
        assert linked.sent().count("OpenEdit") == 1
        job.abandon()
        linked.house.say(JobStopped(task.job))
        linked.timer.tick()
        self.press(linked, end.saved_state)  # given up, the edit is as it was
        assert linked.sent().count("OpenEdit") == 1
        assert linked.house.store.count() == 1

    def test_another_picture_takes_its_place(self, linked: Linked) -> None:
        self.first(linked)
        self.press(linked, "another state")
        linked.house.say(opened(3))
        linked.timer.tick()
        assert linked.sent().count("OpenEdit") == 2
        assert linked.sent().count("CloseEdit") == 1
        assert linked.house.store.count() == 1

    def test_where_the_worker_is_lost_another_one_takes_it_up(self, linked: Linked) -> None:
        job = self.press(linked)
        linked.house.say(opened(1))
        linked.timer.tick()
        job.aim([PointPair((1.0, 2.0), (9.0, 9.0))])
        job.let_go()
        assert job._client is not None
        job._client.send(Hello(THIS_SIDE))  # as a connector does
        linked.heard.clear()
        linked.house.say(WorkerDied("ended by signal 9"))
        linked.timer.tick()
        linked.house.ready()
        task = linked.house.worker.tasks[-1]
        assert isinstance(task, RunDrag)
        assert linked.house.worker.told[-2:] == [
            Aim(task.job, 2, ((1.0, 2.0),), ((9.0, 9.0),)),
            LetGo(task.job),
        ]
        assert linked.heard == [(Cause.FOLLOWED, Resumed(1))]
        for _ in range(2):
            linked.house.say(WorkerDied("ended by signal 9"))
            linked.house.ready()
            linked.timer.tick()
        (cause, failure) = linked.heard[-1]
        assert cause is Cause.FAILED
        assert isinstance(failure, Failure)
        assert failure.code == "worker-lost"

    def test_it_is_closed_with_the_connection(self, linked: Linked) -> None:
        self.first(linked)
        linked.link.close()
        assert linked.house.store.count() == 0


class TestRequest:
    def test_points_that_are_missing_are_refused(self) -> None:
        with pytest.raises(BadInput, match="There are no points"):
            dataclasses.replace(REQUEST, pairs=())

    def test_a_layer_that_is_too_small(self) -> None:
        with pytest.raises(BadInput, match="at least 16"):
            dataclasses.replace(REQUEST, pixels=Pixels(8, 8, 4, bytes(256)))

    def test_points_outside_are_refused(self) -> None:
        with pytest.raises(BadInput, match="outside"):
            dataclasses.replace(REQUEST, pairs=(PointPair((1.0, 2.0), (300.0, 4.0)),))

    def test_a_handle_in_the_held_part(self) -> None:
        mask = Pixels(16, 16, 1, bytes(128) + b"\1" * 128)
        with pytest.raises(BadInput, match="outside of what may move"):
            dataclasses.replace(REQUEST, movable_mask=mask)
