"""The worker's loop with a broker and an engine that the test plays.

In one file, because every test plays the same two with the messages and runs that it defines.
"""

from __future__ import annotations

import dataclasses
import logging
import struct
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from draggan_server.wire.codec import Envelope
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import (
    DragProgress,
    PhotoSource,
    Pixels,
    SampleSource,
    SavedState,
    Source,
    StartDrag,
)
from draggan_server.wire.state import EditState
from draggan_server.worker import job_loop
from draggan_server.worker.job_loop import JobLoop
from draggan_server.worker.messages import (
    WORKER_CODEC,
    CardMemory,
    GrantPreview,
    JobFailed,
    JobFinished,
    JobOpened,
    JobOpening,
    JobProgress,
    JobSaved,
    JobStopped,
    JobWay,
    Learned,
    Leave,
    RunDrag,
    RunOpen,
    StopJob,
    WorkerReady,
)
from tests.protocol import fake_engine
from tests.protocol.fake_engine import (
    SIDE,
    STEPS_TO_ARRIVE,
    Behaviour,
    FakeDrag,
    FakeEngine,
)

LAYER = Pixels(SIDE, SIDE, 4, bytes(SIDE * SIDE * 4))


class PlayedBroker:
    """Hands out what the test prepared, in turn, and after `at_step` steps what is due then."""

    def __init__(self, *tasks: Any) -> None:
        self.tasks = deque([*tasks, Leave()])
        self.at_step: dict[int, list[Any]] = {}
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def receive(self, *, block: bool) -> Any:
        if block:
            return self.tasks.popleft()
        steps = sum(isinstance(message, JobProgress) for message in self.sent)
        due = self.at_step.get(steps)
        return due.pop(0) if due else None

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.sent if isinstance(message, kind)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_engine, "STEP_SECONDS", 0.0)


def state_of(behaviour: Behaviour) -> str:
    return FakeEngine().open_sample(SampleSource(behaviour.value, 5)).to_json()


def drag_of(behaviour: Behaviour, job: int = 1, **changes: Any) -> RunDrag:
    request = StartDrag("e", 0, ((1.0, 1.0),), ((9.0, 1.0),), layer=LAYER, **changes)
    return RunDrag(job, state_of(behaviour), request)


def run(broker: PlayedBroker, engine: FakeEngine | None = None) -> PlayedBroker:
    JobLoop(broker, engine or FakeEngine(), "/the/log").run()
    assert isinstance(broker.sent[0], WorkerReady)
    for message in broker.sent:
        envelope = Envelope(message, "worker")
        assert WORKER_CODEC.decode(WORKER_CODEC.encode(envelope)) == envelope
    return broker


class TestOpen:
    def test_a_sample_is_opened(self) -> None:
        broker = run(PlayedBroker(RunOpen(3, SampleSource("steady", 5))))
        (opened,) = broker.of(JobOpened)
        assert (opened.job, opened.model) == (3, "steady")
        assert opened.saved_state == state_of(Behaviour.STEADY)
        assert opened.picture.data[:4] == bytes([5, 0, 0, 255])

    def test_a_saved_state_is_opened(self) -> None:
        state = state_of(Behaviour.STEADY)
        (opened,) = run(PlayedBroker(RunOpen(3, SavedState(state)))).of(JobOpened)
        assert opened.saved_state == state

    @pytest.mark.parametrize(
        ("source", "code"),
        [
            (SampleSource("nobody", 1), "unknown-model"),
            (SavedState("{}"), "bad-input"),
            (SavedState(""), "bad-input"),
        ],
    )
    def test_what_cannot_be_opened_is_said(self, source: Source, code: str) -> None:
        (failed,) = run(PlayedBroker(RunOpen(3, source))).of(JobFailed)
        assert (failed.job, failed.code) == (3, code)


class TestFrames:
    def values(self, broker: PlayedBroker) -> list[tuple[int, int]]:
        """The number of each frame, and how bright it is."""
        return [(way.frame.number, way.frame.layer.data[0]) for way in broker.of(JobWay)]

    def test_they_come_after_the_last_step_each_when_it_is_asked_for(self) -> None:
        grants = [GrantPreview(1)] * 2
        broker = run(PlayedBroker(drag_of(Behaviour.STEADY, frames=4), *grants, GrantPreview(1)))
        assert self.values(broker) == [(1, 1), (2, 4), (3, 6), (4, 9)]  # slow at both ends
        kinds = [type(message) for message in broker.sent]
        assert kinds.index(JobWay) > len(kinds) - 1 - kinds[::-1].index(JobProgress)
        (finished,) = broker.of(JobFinished)
        assert kinds[-1] is JobFinished
        assert finished.layer.data[0] == STEPS_TO_ARRIVE

    def test_grants_of_another_job_do_not_count(self) -> None:
        broker = run(PlayedBroker(drag_of(Behaviour.STEADY, frames=2), GrantPreview(7)))
        assert len(broker.of(JobWay)) == 1

    def test_the_client_may_end_them(self) -> None:
        stop = StopJob(1, keep=True)
        broker = run(PlayedBroker(drag_of(Behaviour.STEADY, frames=4), GrantPreview(1), stop))
        assert len(broker.of(JobWay)) == 2
        assert len(broker.of(JobFinished)) == 1
        stop = StopJob(1, keep=False)
        broker = run(PlayedBroker(drag_of(Behaviour.STEADY, frames=4), GrantPreview(1), stop))
        assert (len(broker.of(JobFinished)), len(broker.of(JobStopped))) == (0, 1)

    def test_a_cancelled_drag_has_none_and_a_kept_one_has_them(self) -> None:
        for keep in (False, True):
            broker = PlayedBroker(drag_of(Behaviour.ENDLESS, frames=2), GrantPreview(1))
            broker.at_step[4] = [StopJob(1, keep)]
            run(broker)
            assert len(broker.of(JobWay)) == 2 * keep

    def test_a_worker_that_is_to_leave_leaves(self) -> None:
        broker = run(PlayedBroker(drag_of(Behaviour.STEADY, frames=4)))
        assert len(broker.of(JobWay)) == 1
        assert broker.of(JobStopped)
        assert not broker.tasks


class TestDrag:
    def test_a_drag_goes_to_its_target(self) -> None:
        broker = run(PlayedBroker(drag_of(Behaviour.STEADY)))
        assert [p.progress.step for p in broker.of(JobProgress)] == [*range(1, 11)]
        (finished,) = broker.of(JobFinished)
        assert (finished.steps, finished.reason) == (STEPS_TO_ARRIVE, "arrived")
        assert finished.handle_points == ((9.0, 1.0),)
        assert finished.layer.data == bytes([STEPS_TO_ARRIVE]) * len(LAYER.data)
        assert len(EditState.from_json(finished.saved_state).drags) == 1

    def test_a_drag_runs_to_its_last_step(self) -> None:
        config = drag_config(max_steps=3)
        (finished,) = run(PlayedBroker(drag_of(Behaviour.ENDLESS, config=config))).of(JobFinished)
        assert (finished.steps, finished.reason) == (3, "max-steps")

    def test_a_drag_is_saved_now_and_then_and_goes_on_from_there(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(job_loop, "AUTOSAVE_SECONDS", 0.0)
        broker = run(PlayedBroker(drag_of(Behaviour.STEADY)))
        saved = [one.autosave.step for one in broker.of(JobSaved)]
        assert saved == list(range(1, STEPS_TO_ARRIVE))  # at its end it needs no saving
        task = dataclasses.replace(
            drag_of(Behaviour.STEADY), autosave=broker.of(JobSaved)[6].autosave
        )
        again = run(PlayedBroker(task))
        assert [one.progress.step for one in again.of(JobProgress)] == [8, 9, 10]
        assert again.of(JobFinished)[0].saved_state == broker.of(JobFinished)[0].saved_state

    def test_a_short_drag_is_not_saved(self) -> None:
        assert not run(PlayedBroker(drag_of(Behaviour.STEADY))).of(JobSaved)

    def test_a_cancelled_drag_ends_without_a_picture(self) -> None:
        broker = PlayedBroker(drag_of(Behaviour.ENDLESS))
        broker.at_step[3] = [StopJob(1, keep=False)]
        run(broker)
        assert len(broker.of(JobProgress)) == 3
        assert broker.sent[-1] == JobStopped(1)

    def test_a_stopped_drag_is_kept(self) -> None:
        broker = PlayedBroker(drag_of(Behaviour.ENDLESS))
        broker.at_step[3] = [StopJob(1, keep=True)]
        (finished,) = run(broker).of(JobFinished)
        assert (finished.steps, finished.reason) == (3, "stopped")

    def test_a_stop_for_an_earlier_job_is_too_late(self) -> None:
        broker = PlayedBroker(StopJob(1, keep=False), drag_of(Behaviour.STEADY, job=2))
        broker.at_step[3] = [StopJob(1, keep=False), GrantPreview(1)]
        assert run(broker).of(JobFinished)[0].reason == "arrived"

    def test_leaving_in_the_middle_ends_the_loop(self) -> None:
        broker = PlayedBroker(drag_of(Behaviour.ENDLESS))
        broker.at_step[3] = [Leave()]
        run(broker)
        assert broker.sent[-1] == JobStopped(1)
        assert len(broker.tasks) == 1  # the loop ended there

    @pytest.mark.parametrize(
        ("behaviour", "code", "words"),
        [
            (Behaviour.REFUSING, "bad-input", "does not show this picture"),
            (Behaviour.HUNGRY, "out-of-memory", "No memory"),
            (Behaviour.FAILING, "internal", "ZeroDivisionError: nobody expects this"),
        ],
    )
    def test_the_worker_lives_on_after(
        self, behaviour: Behaviour, code: str, words: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        broker = run(PlayedBroker(drag_of(behaviour), drag_of(Behaviour.STEADY, job=2)))
        (failed,) = broker.of(JobFailed)
        assert (failed.job, failed.code) == (1, code)
        assert words in failed.message
        assert broker.of(JobFinished)[0].job == 2
        if code == "internal":
            assert "/the/log" in failed.message
            (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
            assert record.exc_info

    @pytest.mark.parametrize(
        ("behaviour", "recovered"),
        [(Behaviour.STEADY, 0), (Behaviour.FAILING, 1), (Behaviour.PECKISH, 1)],
    )
    def test_the_engine_recovers_after_a_failure_only(
        self, behaviour: Behaviour, recovered: int
    ) -> None:
        engine = FakeEngine()
        run(PlayedBroker(drag_of(behaviour)), engine)
        assert engine.recovered == recovered

    def test_once_more_when_memory_was_short(self) -> None:
        broker = run(PlayedBroker(drag_of(Behaviour.PECKISH)))
        assert [p.progress.step for p in broker.of(JobProgress)] == [1, *range(1, 11)]
        assert broker.of(JobFailed) == []
        assert broker.of(JobFinished)[0].reason == "arrived"

    def test_twice_is_enough(self) -> None:
        engine = FakeEngine()
        broker = run(PlayedBroker(drag_of(Behaviour.HUNGRY)), engine)
        assert [p.progress.step for p in broker.of(JobProgress)] == [1, 1]
        assert broker.sent[-1].code == "out-of-memory"
        assert engine.recovered == 2

    def test_a_stopped_drag_is_not_begun_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(drag: FakeDrag, reason: str) -> None:
            raise MemoryError

        monkeypatch.setattr(FakeDrag, "finish", fail)
        broker = PlayedBroker(drag_of(Behaviour.ENDLESS))
        broker.at_step[3] = [StopJob(1, keep=True)]
        assert len(run(broker).of(JobProgress)) == 3
        assert broker.sent[-1].code == "out-of-memory"


class WatchingBroker(PlayedBroker):
    """Stops the drag after so many steps beyond the last of the previews that it waits for.

    Each but the last is answered by so many grants.
    """

    def __init__(
        self, task: RunDrag, previews: int, *, steps_after: int = 5, grants: int = 1
    ) -> None:
        super().__init__(task)
        self._previews = previews
        self._steps_after = steps_after
        self._grants = grants
        self._granted = 0

    def receive(self, *, block: bool) -> Any:
        if block or self.of(JobStopped):
            return super().receive(block=True)
        progress = self.of(JobProgress)
        shown = [p.progress.step for p in progress if p.progress.preview is not None]
        if len(shown) >= self._previews and len(progress) >= shown[-1] + self._steps_after:
            return StopJob(1, keep=False)
        if self._granted < min(len(shown), self._previews - 1) * self._grants:
            self._granted += 1
            return GrantPreview(1)
        return None


class TestBetweenJobs:
    def test_it_tells_of_a_cards_memory_before_the_first_and_after_each(self) -> None:
        engine = FakeEngine()
        engine.memory = CardMemory(0, 9)
        broker = run(PlayedBroker(RunOpen(1, SampleSource("steady", 5))), engine)
        assert [type(one).__name__ for one in broker.sent] == [
            "WorkerReady",
            "CardMemory",
            "JobOpened",
            "CardMemory",
        ]

    def test_it_learns_until_nothing_is_left(self) -> None:
        engine = FakeEngine()
        engine.to_learn = [Learned("steady", 0.5), Learned("steady", 1.0)]
        broker = run(PlayedBroker(drag_of(Behaviour.STEADY)), engine)
        assert broker.sent[-2:] == [Learned("steady", 0.5), Learned("steady", 1.0)]
        assert engine.to_learn == []

    def test_a_job_that_comes_is_run_first(self) -> None:
        class Impatient(PlayedBroker):
            def receive(self, *, block: bool) -> Any:
                ready = self.of(Learned) and not self.of(JobProgress)
                return super().receive(block=block or bool(ready))

        engine = FakeEngine()
        engine.to_learn = [Learned("steady", 0.5), Learned("steady", 1.0)]
        opening = RunOpen(1, SampleSource("steady", 5))
        broker = run(Impatient(opening, drag_of(Behaviour.STEADY, job=2)), engine)
        kinds = [type(message) for message in broker.sent if not isinstance(message, JobProgress)]
        assert kinds == [WorkerReady, JobOpened, Learned, JobFinished, Learned]

    def test_what_goes_wrong_meanwhile_costs_no_job(self) -> None:
        engine = FakeEngine()
        engine.to_learn = [RuntimeError("no"), Learned("steady", 1.0)]
        jobs = (drag_of(Behaviour.STEADY, job) for job in (1, 2))
        broker = run(PlayedBroker(*jobs), engine)
        assert len(broker.of(JobFinished)) == 2
        assert broker.of(JobFailed) == []
        assert broker.of(Learned) == [Learned("steady", 1.0)]  # it tries again after a job


class TestPreviews:
    @pytest.fixture(autouse=True)
    def _slower(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # So that a drag outlasts its previews: 2000 steps take at least a second.
        monkeypatch.setattr(fake_engine, "STEP_SECONDS", 0.0005)

    def drag(self, preview_seconds: float) -> RunDrag:
        config = drag_config(max_steps=2000)
        return drag_of(Behaviour.ENDLESS, preview_seconds=preview_seconds, config=config)

    def shown(self, broker: PlayedBroker) -> list[DragProgress]:
        return [p.progress for p in run(broker).of(JobProgress) if p.progress.preview]

    def test_there_are_none_unless_asked_for(self) -> None:
        broker = PlayedBroker(drag_of(Behaviour.STEADY))
        broker.at_step[6] = [GrantPreview(1)]
        assert self.shown(broker) == []

    def test_the_first_is_free_and_the_next_waits_for_its_grant(self) -> None:
        assert len(self.shown(WatchingBroker(self.drag(1e-9), 1, steps_after=200))) == 1
        assert len(self.shown(WatchingBroker(self.drag(1e-9), 3))) == 3

    def test_grants_do_not_queue_up(self) -> None:
        broker = WatchingBroker(self.drag(1e-9), 2, steps_after=200, grants=5)
        assert len(self.shown(broker)) == 2

    def test_none_while_the_model_is_prepared(self, monkeypatch: pytest.MonkeyPatch) -> None:
        steps = FakeDrag.__iter__

        def prepare(drag: FakeDrag) -> Iterator[DragProgress]:
            return (dataclasses.replace(progress, prepared=0.5) for progress in steps(drag))

        monkeypatch.setattr(FakeDrag, "__iter__", prepare)
        config = drag_config(max_steps=300)
        drag = drag_of(Behaviour.ENDLESS, preview_seconds=1e-9, config=config)
        assert self.shown(PlayedBroker(drag)) == []

    def test_they_do_not_come_before_their_time(self) -> None:
        assert self.shown(PlayedBroker(drag_of(Behaviour.STEADY, preview_seconds=60.0))) == []

    def test_each_shows_the_layer_as_it_was_when_it_began(self) -> None:
        began = 0
        for progress in self.shown(WatchingBroker(self.drag(1e-9), 3)):
            assert progress.preview is not None
            value = progress.preview.data[0]
            assert progress.preview.data == bytes([value]) * len(LAYER.data)
            assert min(began, 255) <= value <= min(progress.step, 255)
            began = progress.step

    def test_the_drag_goes_on_while_one_is_rendered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The preview begins with the first step and waits for the drag to be far beyond it."""
        broker = WatchingBroker(self.drag(1e-9), 1)
        render = FakeDrag._layer

        def render_late(drag: FakeDrag, step: int) -> Pixels:
            if step == 1:
                while len(broker.of(JobProgress)) < 30:
                    time.sleep(0.001)
            return render(drag, step)

        monkeypatch.setattr(FakeDrag, "_layer", render_late)
        (progress,) = self.shown(broker)
        assert progress.step > 30
        assert progress.preview is not None
        assert progress.preview.data[0] == 1

    def test_its_failure_is_the_drags(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(drag: FakeDrag, step: int) -> Pixels:
            raise ZeroDivisionError

        monkeypatch.setattr(FakeDrag, "_layer", fail)
        (failed,) = run(WatchingBroker(self.drag(1e-9), 1)).of(JobFailed)
        assert failed.code == "internal"

    def test_where_memory_is_short_there_are_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        render = FakeDrag._layer

        def fail_first(drag: FakeDrag, step: int) -> Pixels:
            if not drag._engine.recovered:
                raise MemoryError
            return render(drag, step)

        monkeypatch.setattr(FakeDrag, "_layer", fail_first)
        config = drag_config(max_steps=300)
        broker = PlayedBroker(drag_of(Behaviour.ENDLESS, preview_seconds=1e-9, config=config))
        assert self.shown(broker) == []
        assert [p.progress.step for p in broker.of(JobProgress)].count(1) == 2
        assert broker.of(JobFinished)[0].reason == "max-steps"


PHOTO = Pixels(SIDE, SIDE, 4, bytes([90, 80, 70, 255]) * SIDE * SIDE)


def opening(behaviour: Behaviour) -> RunOpen:
    return RunOpen(1, PhotoSource(behaviour.value, PHOTO))


class StoppingBroker(PlayedBroker):
    """Says `stop` after the second look at a photo, once, `late` times asked for news."""

    def __init__(self, task: RunOpen, stop: Any, at: int = 2, late: int = 0) -> None:
        super().__init__(task)
        self._stop: Any = stop
        self._at = at
        self._late = late

    def receive(self, *, block: bool) -> Any:
        if not block and self._stop is not None and len(self.of(JobOpening)) >= self._at:
            if self._late > 0:
                self._late -= 1
                return None
            stop, self._stop = self._stop, None
            return stop
        return super().receive(block=block)


def test_a_photo_is_looked_at_step_by_step() -> None:
    broker = PlayedBroker(opening(Behaviour.STEADY))
    JobLoop(broker, FakeEngine(), "log").run()
    shares = [event.progress.share for event in broker.of(JobOpening)]
    assert shares == [step / STEPS_TO_ARRIVE for step in range(1, STEPS_TO_ARRIVE + 1)]
    (opened,) = broker.of(JobOpened)
    assert opened.model == Behaviour.STEADY


def test_a_photo_that_is_cancelled_leaves_nothing() -> None:
    broker = StoppingBroker(opening(Behaviour.ENDLESS), StopJob(1, keep=False))
    JobLoop(broker, FakeEngine(), "log").run()
    assert broker.of(JobStopped) == [JobStopped(1)]
    assert broker.of(JobOpened) == []


def test_a_photo_is_cancelled_within_a_look_too() -> None:
    broker = StoppingBroker(opening(Behaviour.STUBBORN), StopJob(1, keep=False), 1, late=3)
    JobLoop(broker, FakeEngine(), "log").run()
    assert broker.of(JobStopped) == [JobStopped(1)]
    assert len(broker.of(JobOpening)) == 1


@pytest.mark.parametrize("at", [1, 4])
def test_a_photo_that_is_stopped_keeps_the_best_so_far_once_there_is_any(at: int) -> None:
    broker = StoppingBroker(opening(Behaviour.ENDLESS), StopJob(1, keep=True), at)
    JobLoop(broker, FakeEngine(), "log").run()
    assert len(broker.of(JobOpening)) == max(at, 2)
    (opened,) = broker.of(JobOpened)
    assert EditState.from_json(opened.saved_state).start[:4] == struct.pack("<f", max(at, 2))


def test_a_worker_told_to_leave_while_it_looks_at_a_photo_leaves() -> None:
    broker = StoppingBroker(opening(Behaviour.ENDLESS), Leave())
    JobLoop(broker, FakeEngine(), "log").run()
    assert broker.of(JobStopped) == [JobStopped(1)]
