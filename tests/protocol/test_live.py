"""Drags that follow the hand: the worker's loop, the broker, and the client's job, each with the
others played; then all of them as processes.

In one file, because the parts are told apart by what the same gesture makes them say.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from draggan_server.broker.worker import WorkerDied
from draggan_server.wire.client import Client
from draggan_server.wire.codec import Envelope
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.live_job import LiveJob
from draggan_server.wire.messages import (
    CloseEdit,
    DragCancelled,
    DragFinished,
    EditOpened,
    EndLive,
    Failure,
    LiveFrame,
    MoveTargets,
    NextPreview,
    OpenEdit,
    Pixels,
    SampleSource,
    SavedState,
    StartDrag,
)
from draggan_server.wire.state import Point
from draggan_server.wire.versions import Side
from draggan_server.worker.job_loop import JobLoop
from draggan_server.worker.messages import (
    WORKER_CODEC,
    Aim,
    GrantPreview,
    JobFailed,
    JobFinished,
    JobFrame,
    JobStopped,
    Leave,
    LetGo,
    RunDrag,
    RunOpen,
    StopJob,
)
from draggan_server.worker.pace import Pace
from tests.patience import deadline_in
from tests.protocol import fake_engine
from tests.protocol.daemons import RunningDaemon
from tests.protocol.fake_engine import LIVE_STRIDE, SIDE, Behaviour, FakeEngine, FakeLive
from tests.protocol.linked import House, Inbox, finished, open_edit, opened

LAYER = Pixels(SIDE, SIDE, 4, bytes([7]) * SIDE * SIDE * 4)
START: Point = (4.0, 4.0)


def live_of(edit_id: str = "e", **changes: Any) -> StartDrag:
    return StartDrag(edit_id, 0, (START,), (START,), layer=LAYER, live=True, **changes)


# -- the worker's loop ----------------------------------------------------------------------------


class Hand:
    """A broker that plays the hand: `script` says after each frame what comes next.

    It gets the frames so far and returns messages. Where the loop waits although all was said, it
    gets one of `at_rest`, or the test fails.
    """

    def __init__(
        self,
        script: Callable[[list[LiveFrame]], list[Any]],
        behaviour: Behaviour = Behaviour.STEADY,
        **changes: Any,
    ) -> None:
        state = FakeEngine().open_sample(SampleSource(behaviour.value, 5)).to_json()
        self._waiting: deque[Any] = deque([RunDrag(1, state, live_of(**changes)), *script([])])
        self._script = script
        self.sent: list[Any] = []
        self.at_rest: list[Any] = []

    def send(self, message: Any) -> None:
        envelope = Envelope(message, "worker")
        assert WORKER_CODEC.decode(WORKER_CODEC.encode(envelope)) == envelope
        self.sent.append(message)
        if isinstance(message, JobFrame):
            self._waiting += self._script(self.frames)
        elif isinstance(message, JobFinished | JobStopped | JobFailed):
            self._waiting = deque([Leave()])

    def receive(self, *, block: bool) -> Any:
        if self._waiting:
            return self._waiting.popleft()
        return self.at_rest.pop(0) if block else None

    @property
    def frames(self) -> list[LiveFrame]:
        return [message.frame for message in self.sent if isinstance(message, JobFrame)]

    def run(self, engine: FakeEngine | None = None) -> Any:
        """The last thing that the worker says."""
        JobLoop(self, engine or FakeEngine(), "/the/log").run()
        return self.sent[-1]


def aim(number: int, *targets: Point, handles: tuple[Point, ...] = (START,)) -> Aim:
    return Aim(1, number, handles, targets)


def granting(*steps: list[Any]) -> Callable[[list[LiveFrame]], list[Any]]:
    """Says the first of `steps` at once and another one at every rest, and grants each frame."""
    left = deque(steps)

    def script(frames: list[LiveFrame]) -> list[Any]:
        said = [GrantPreview(1)] if frames else []
        sharp = bool(frames) and frames[-1].picture is not None and frames[-1].picture.width == SIDE
        if left and (not frames or (frames[-1].resting and sharp)):
            said += left.popleft()
        return said

    return script


class TestLoop:
    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fake_engine, "STEP_SECONDS", 0.0)

    def test_it_follows_and_is_let_go(self) -> None:
        hand = Hand(granting([aim(1, (8.0, 4.0))], [aim(2, (8.0, 9.0))], [LetGo(1)]))
        ended = hand.run()
        assert isinstance(ended, JobFinished)
        assert ended.reason == "arrived"
        assert ended.handle_points == ((8.0, 9.0),)
        assert ended.steps == 5  # strides of 2: two there, three down
        assert [frame.number for frame in hand.frames] == sorted(f.number for f in hand.frames)
        assert {frame.number for frame in hand.frames} == {1, 2}

    def test_only_the_newest_targets_count(self) -> None:
        several = [aim(n, (4.0 + n, 30.0)) for n in range(1, 9)] + [aim(9, (6.0, 4.0))]
        hand = Hand(granting(several, [LetGo(1)]))
        assert hand.run().handle_points == ((6.0, 4.0),)
        assert {frame.number for frame in hand.frames} == {9}

    def test_a_number_that_is_late_is_left_out(self) -> None:
        hand = Hand(granting([aim(5, (6.0, 4.0))], [aim(3, (30.0, 4.0)), LetGo(1)]))
        assert hand.run().handle_points == ((6.0, 4.0),)

    def test_the_last_targets_count_when_it_is_let_go_at_once(self) -> None:
        ended = Hand(granting([aim(1, (9.0, 4.0)), LetGo(1)])).run()
        assert ended.handle_points == ((9.0, 4.0),)

    def test_at_rest_it_sharpens_up_to_the_layer(self) -> None:
        hand = Hand(granting([aim(1, (5.0, 4.0))], [LetGo(1)]))
        hand.run()
        at_rest = [frame for frame in hand.frames if frame.resting]
        sides = [frame.picture.width for frame in at_rest if frame.picture]
        assert sides == sorted(set(sides))
        assert sides[-1] == SIDE

    def test_no_frame_without_a_grant(self) -> None:
        """A client that shows nothing gets one frame, and the drag goes on all the same."""

        def script(frames: list[LiveFrame]) -> list[Any]:
            return [LetGo(1)] if frames else [aim(1, (30.0, 4.0))]

        hand = Hand(script)
        ended = hand.run()
        assert len(hand.frames) == 1
        assert ended.handle_points == ((30.0, 4.0),)

    def test_grants_do_not_queue_up(self) -> None:
        def script(frames: list[LiveFrame]) -> list[Any]:
            if not frames:
                return [GrantPreview(1)] * 5 + [aim(1, (30.0, 4.0))]
            return [LetGo(1)]

        hand = Hand(script)
        hand.run()
        assert len(hand.frames) == 1

    def test_frames_are_as_far_apart_as_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fake_engine, "STEP_SECONDS", 0.002)
        hand = Hand(granting([aim(1, (30.0, 4.0)), LetGo(1)]), preview_seconds=30.0)
        hand.run()
        assert len(hand.frames) == 1

    def test_nothing_is_computed_at_rest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pictures = []
        picture = FakeLive.picture
        monkeypatch.setattr(
            FakeLive, "picture", lambda live, side: pictures.append(side) or picture(live, side)
        )
        hand = Hand(granting([aim(1, (5.0, 4.0))]))
        hand.at_rest = [GrantPreview(1), LetGo(1)]
        hand.run()
        assert hand.at_rest == []
        assert pictures[-1] == SIDE
        assert len(pictures) == len(hand.frames)

    def test_points_come_and_go(self) -> None:
        other: Point = (20.0, 20.0)
        hand = Hand(
            granting(
                [aim(1, (6.0, 4.0))],
                [aim(2, (6.0, 4.0), (20.0, 26.0), handles=(START, other))],
                [aim(3, (22.0, 26.0), handles=(other,))],
                [LetGo(1)],
            )
        )
        assert hand.run().handle_points == ((22.0, 26.0),)
        pinned = [frame for frame in hand.frames if frame.number == 2]
        assert {frame.handle_points[0] for frame in pinned} == {(6.0, 4.0)}

    def test_a_result_is_made_ready_for_the_next_press(self) -> None:
        for word, ready in ((LetGo(1), 1), (StopJob(1, keep=True), 1), (StopJob(1, keep=False), 0)):
            engine = FakeEngine()
            Hand(granting([aim(1, (9.0, 4.0))], [word])).run(engine)
            assert engine.went_on == ready

    def test_where_the_hand_is_far_ahead_a_picture_is_of_many_steps(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def steps_a_frame() -> list[int]:
            hand = Hand(granting([aim(1, (28.0, 4.0))], [LetGo(1)]))
            hand.run()
            shown = [frame.step for frame in hand.frames if not frame.resting]
            return [after - before for before, after in itertools.pairwise(shown)]

        assert max(steps_a_frame()) > 1
        monkeypatch.setattr(Pace, "another", lambda *_: False)  # there is no time
        assert set(steps_a_frame()) == {1}

    def test_let_go_where_it_was_pressed(self) -> None:
        assert Hand(granting([LetGo(1)])).run() == JobStopped(1)

    def test_at_rest_a_better_place_is_looked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        settled: list[int] = []

        def settle(_: FakeLive) -> Iterator[None]:
            for step in range(3):
                settled.append(step)
                if len(settled) == 2:
                    hand._waiting.append(aim(2, (12.0, 4.0)))  # the hand moves on
                yield

        monkeypatch.setattr(FakeLive, "settle", settle)
        hand = Hand(granting([aim(1, (9.0, 4.0))], []))
        hand.at_rest = [LetGo(1)]
        ended = hand.run()
        assert isinstance(ended, JobFinished)
        assert ended.handle_points == ((12.0, 4.0),)
        assert settled == [0, 1, 0, 1, 2]  # not again when it is let go
        assert hand.frames[-1].number == 2

    def test_the_last_refinement_can_be_cut_short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        settled = []

        def settle(live: FakeLive) -> Iterator[None]:
            while True:
                settled.append(1)
                hand._waiting.append(StopJob(1, keep=True))
                yield

        monkeypatch.setattr(FakeLive, "settle", settle)
        hand = Hand(granting([aim(1, (9.0, 4.0)), LetGo(1)]))
        ended = hand.run()
        assert isinstance(ended, JobFinished)
        assert ended.reason == "stopped"
        assert len(settled) == 1

    @pytest.mark.parametrize("word", [StopJob(1, keep=False), Leave()])
    def test_a_cancelled_hand_ends_without_a_picture(self, word: Any) -> None:
        hand = Hand(granting([aim(1, (9.0, 4.0))], [word]))
        JobLoop(hand, FakeEngine(), "").run()
        assert hand.sent[-1] == JobStopped(1)

    def test_a_gesture_begins_while_the_model_is_prepared(self) -> None:
        def script(frames: list[LiveFrame]) -> list[Any]:
            if len(frames) == 1:
                assert frames[0].prepared == 0.25
                assert frames[0].picture is None
                return [aim(1, (9.0, 4.0)), LetGo(1)]
            return []

        hand = Hand(script, Behaviour.UNREADY)
        assert hand.run().handle_points == ((9.0, 4.0),)
        assert [frame.prepared for frame in hand.frames[:3]] == [0.25, 0.5, 1.0]

    def test_where_memory_is_short_pictures_stay_smaller(self) -> None:
        engine = FakeEngine()

        def script(frames: list[LiveFrame]) -> list[Any]:
            if not frames:
                return [aim(1, (9.0, 4.0))]
            at_rest = [frame for frame in frames if frame.resting]
            done = len(at_rest) > 1 or (at_rest and at_rest[0].picture.width == SIDE // 2)
            return [GrantPreview(1)] + [LetGo(1)] * bool(done)

        hand = Hand(script, Behaviour.PECKISH)
        assert isinstance(hand.run(engine), JobFinished)
        assert max(frame.picture.width for frame in hand.frames if frame.picture) == SIDE // 2

    def test_without_any_memory_it_fails_with_a_sentence(self) -> None:
        failed = Hand(granting([aim(1, (9.0, 4.0))]), Behaviour.HUNGRY).run()
        assert isinstance(failed, JobFailed)
        assert failed.code == "out-of-memory"
        assert "to show pictures while you pull" in failed.message


class TestPace:
    def test_pictures_are_as_sharp_as_there_is_time_for(self) -> None:
        pace = Pace((64, 128, 256))
        pace.stepped(0.02)
        assert pace.side() == 64  # nothing is known yet
        pace.pictured(64, 0.002)
        assert pace.side() == 256
        pace.pictured(256, 0.06)
        assert pace.side() == 128
        pace.pictured(128, 0.06)
        assert pace.side() == 64
        assert pace.another(0.04)
        assert not pace.another(0.06)
        pace.pictured(64, 10.0)
        assert pace.side() == 64
        assert not pace.another(0.0)

    def test_many_steps_leave_less_time_for_the_picture(self) -> None:
        pace = Pace((64, 128))
        pace.stepped(0.02)
        pace.pictured(64, 0.002)
        pace.pictured(128, 0.02)
        assert pace.side() == pace.side(0.04) == 128
        assert pace.side(0.06) == 64

    def test_sizes_are_given_up(self) -> None:
        pace = Pace((64, 128))
        assert pace.sharper(64) == pace.sharper(128) == pace.sharpest == 128
        assert pace.give_up(128)
        assert pace.sharpest == 64
        assert not pace.give_up(64)


# -- the broker -----------------------------------------------------------------------------------


@pytest.fixture
def house() -> House:
    return House()


def move(inbox: Inbox, number: int = 1, x: float = 9.0) -> None:
    inbox.client.send(MoveTargets(inbox.id, number, (START,), ((x, 4.0),)))


def frame(number: int = 1, **changes: Any) -> LiveFrame:
    return LiveFrame(number, 1, (START,), (START,), (False,), ("held",), 5.0, **changes)


class TestBroker:
    def start(self, house: House) -> Inbox:
        house.ready()
        client = house.client()
        return Inbox(client, live_of(open_edit(house, client).edit_id))

    def test_what_the_hand_does_reaches_the_worker(self, house: House) -> None:
        inbox = self.start(house)
        job = house.worker.tasks[-1].job
        move(inbox)
        inbox.client.send(NextPreview(inbox.id))
        inbox.client.send(EndLive(inbox.id))
        assert house.worker.told == [
            Aim(job, 1, (START,), ((9.0, 4.0),)),
            GrantPreview(job),
            LetGo(job),
        ]
        house.say(JobFrame(job, frame()))
        assert inbox.last == frame()
        house.say(finished(job))
        assert isinstance(inbox.last, DragFinished)

    def test_what_the_hand_does_while_the_drag_waits_is_not_lost(self, house: House) -> None:
        house.ready()
        client = house.client()
        edit_id = open_edit(house, client).edit_id
        first = Inbox(client, OpenEdit(SampleSource("lion", 1)))
        inbox = Inbox(client, live_of(edit_id))
        move(inbox, 1, 9.0)
        move(inbox, 2, 8.0)
        client.send(EndLive(inbox.id))
        assert house.worker.told == []
        house.say(opened(house.worker.tasks[-1].job))
        assert isinstance(first.last, EditOpened)
        job = house.worker.tasks[-1].job
        assert house.worker.told == [Aim(job, 2, (START,), ((8.0, 4.0),)), LetGo(job)]

    def test_a_client_has_one_live_drag_at_a_time(self, house: House) -> None:
        house.ready()
        client = house.client()
        edits = [open_edit(house, client).edit_id for _ in range(2)]
        first = Inbox(client, live_of(edits[0]))
        second = Inbox(client, live_of(edits[1]))
        assert second.last.code == "bad-input"
        assert "Another live drag of this program is under way" in second.last.message
        other = Inbox(house.client(), live_of(edits[1]))
        assert other.last is None  # another client's waits its turn
        house.say(finished(house.worker.tasks[-1].job))
        assert isinstance(first.last, DragFinished)
        assert Inbox(client, live_of(edits[0])).last.code == "stale-revision"

    def test_a_gesture_that_is_not_kept_is_cancelled(self, house: House) -> None:
        inbox = self.start(house)
        job = house.worker.tasks[-1].job
        inbox.client.send(EndLive(inbox.id, keep=False))
        assert house.worker.told == [StopJob(job, keep=False)]
        house.say(JobStopped(job))
        assert isinstance(inbox.last, DragCancelled)

    def test_a_press_right_after_escape_waits_for_the_end_of_what_was_given_up(
        self, house: House
    ) -> None:
        inbox = self.start(house)
        job = house.worker.tasks[-1].job
        inbox.client.send(EndLive(inbox.id, keep=False))
        again = Inbox(inbox.client, live_of(house.worker.tasks[-1].request.edit_id))  # type: ignore[union-attr]
        assert again.last is None
        assert house.worker.tasks[-1].job == job
        house.say(JobStopped(job))
        assert isinstance(inbox.last, DragCancelled)
        assert house.worker.tasks[-1].job > job
        assert again.last is None

    def test_a_silent_client_s_drag_ends(self, house: House) -> None:
        inbox = self.start(house)
        house.pass_time(13)
        assert house.worker.told == [StopJob(house.worker.tasks[-1].job, keep=False)]
        assert inbox.client.lost is None

    def test_where_the_worker_is_lost_another_one_goes_to_the_newest_targets(
        self, house: House
    ) -> None:
        inbox = self.start(house)
        task = house.worker.tasks[-1]
        for number in (1, 2):
            move(inbox, number)
        house.say(WorkerDied("ended by signal 9"))
        move(inbox, 3)  # the hand does not stop meanwhile
        inbox.client.send(EndLive(inbox.id))
        told = len(house.worker.told)
        house.ready()
        assert house.worker.tasks[-1] == task
        aim, let_go = house.worker.told[told:]
        assert isinstance(aim, Aim)
        assert (aim.job, aim.number) == (task.job, 3)
        assert let_go == LetGo(task.job)
        house.say(finished(task.job))
        assert isinstance(inbox.last, DragFinished)

    def test_words_for_no_live_drag_do_nothing(self, house: House) -> None:
        inbox = self.start(house)
        for drag_id in (999, inbox.id):
            if drag_id == inbox.id:
                house.say(finished(house.worker.tasks[-1].job))
            inbox.client.send(MoveTargets(drag_id, 1, (START,), (START,)))
            inbox.client.send(EndLive(drag_id))
        assert house.worker.told == []
        assert isinstance(inbox.last, DragFinished)

    def test_an_older_daemon_is_not_asked(self, house: House) -> None:
        client = house.client()
        client.daemon = Side("0.1.0", (2, 0), (2, 0))
        with pytest.raises(ProtocolError, match="cannot do this yet"):
            client.send(live_of())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MoveTargets(1, 0, (START,), (START,)), "count from 1"),
        (lambda: MoveTargets(1, 1, (START,), ()), "1 handle points but 0"),
        (lambda: MoveTargets(1, 1, (START, START), (START, START)), "the same handle"),
        (lambda: MoveTargets(1, 1, (START,), ((float("nan"), 0.0),)), "not a finite"),
        (lambda: live_of(config=drag_config(method="draggan")), "cannot follow the hand"),
        (lambda: StartDrag("e", 0, ((99.0, 1.0),), (START,), layer=LAYER, live=True), "outside"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        make()


def test_targets_of_a_live_drag_may_lie_outside() -> None:
    StartDrag("e", 0, (START,), ((-50.0, 999.0),), layer=LAYER, live=True)


# -- the client's job -----------------------------------------------------------------------------


class Gesture:
    """A `LiveJob` and what it tells."""

    def __init__(self, client: Client, edit: EditOpened | str, **options: Any) -> None:
        self.frames: list[LiveFrame] = []
        self.ends: list[Any] = []
        self.job = LiveJob(
            client,
            edit,
            (START,),
            layer=LAYER,
            on_frame=self.frames.append,
            on_end=self.ends.append,
            **options,
        )


class TestJob:
    def test_moves_before_the_edit_is_open_are_sent_then(self, house: House) -> None:
        house.ready()
        client = house.client()
        gesture = Gesture(client, "a state")
        gesture.job.move(((5.0, 5.0),))
        assert gesture.job.move(((6.0, 6.0),)) == 2
        house.say(opened(house.worker.tasks[-1].job))
        client.pump()
        job = house.worker.tasks[-1].job
        assert house.worker.told == [Aim(job, 2, (START,), ((6.0, 6.0),))]
        house.say(JobFrame(job, frame(2, picture=LAYER)))
        house.say(JobFrame(job, frame(2)))
        client.pump()
        assert len(gesture.frames) == 2
        assert house.worker.told[1:] == [GrantPreview(job)]  # for the one with a picture
        gesture.job.release()
        assert house.worker.told[-1] == LetGo(job)
        house.say(finished(job))
        client.pump()
        assert [type(end) for end in gesture.ends] == [DragFinished]
        assert gesture.job.ended
        assert house.store.count() == 1  # it stays open
        gesture.job.move(((7.0, 7.0),))
        gesture.job.release()
        gesture.job.cancel()
        assert house.worker.told[-1] == LetGo(job)

    def test_an_edit_that_is_open_stays_open(self, house: House) -> None:
        house.ready()
        client = house.client()
        gesture = Gesture(client, open_edit(house, client))
        house.say(finished(house.worker.tasks[-1].job))
        client.pump()
        assert isinstance(gesture.ends[0], DragFinished)
        again = Gesture(client, gesture.ends[0])
        again.job.move(((7.0, 7.0),))
        task = house.worker.tasks[-1]
        assert isinstance(task, RunDrag)
        assert (task.request.revision, task.saved_state) == (1, gesture.ends[0].saved_state)
        house.say(finished(task.job))
        client.pump()
        assert isinstance(again.ends[0], DragFinished)
        assert house.store.count() == 1

    def test_an_edit_that_was_closed_meanwhile_is_opened_again(self, house: House) -> None:
        house.ready()
        client = house.client()
        edit = open_edit(house, client)
        client.send(CloseEdit(edit.edit_id))
        gesture = Gesture(client, edit)
        gesture.job.move(((5.0, 5.0),))
        client.pump()
        assert house.worker.tasks[-1] == RunOpen(
            house.worker.tasks[-1].job, SavedState(edit.saved_state)
        )
        house.say(opened(house.worker.tasks[-1].job))
        client.pump()
        assert house.worker.told == [Aim(house.worker.tasks[-1].job, 1, (START,), ((5.0, 5.0),))]
        house.say(JobFailed(house.worker.tasks[-1].job, "stale-revision", "no"))
        client.pump()
        assert gesture.ends == [Failure("stale-revision", "no")]  # once only

    def test_let_go_before_the_edit_is_open(self, house: House) -> None:
        house.ready()
        client = house.client()
        gesture = Gesture(client, "a state")
        gesture.job.move(((5.0, 5.0),))
        gesture.job.release()
        house.say(opened(house.worker.tasks[-1].job))
        client.pump()
        assert isinstance(house.worker.told[-1], LetGo)
        assert gesture.ends == []

    def test_cancelled_before_the_edit_is_open(self, house: House) -> None:
        house.ready()
        client = house.client()
        gesture = Gesture(client, "a state")
        gesture.job.cancel()
        house.say(opened(house.worker.tasks[-1].job))
        client.pump()
        assert isinstance(gesture.ends[0], DragCancelled)
        assert len(house.worker.tasks) == 1

    @pytest.mark.parametrize("keep", [False, True])
    def test_cancelled_after_it_was_let_go(self, house: House, keep: bool) -> None:
        house.ready()
        client = house.client()
        gesture = Gesture(client, open_edit(house, client))
        gesture.job.release()
        gesture.job.cancel(keep)
        assert house.worker.told[-1] == StopJob(house.worker.tasks[-1].job, keep)

    def test_points_are_added_where_they_can_be_held(self, house: House) -> None:
        house.ready()
        client = house.client()
        mask = Pixels(SIDE, SIDE, 1, bytes([255]) * (SIDE * SIDE // 2) + bytes(SIDE * SIDE // 2))
        gesture = Gesture(client, open_edit(house, client), movable_mask=mask)
        gesture.job.move((START, (9.0, 9.0)), (START, (9.0, 8.0)))
        with pytest.raises(BadInput, match="lies outside of what may move"):
            gesture.job.move((START, (9.0, 9.0)), (START, (9.0, 30.0)))
        with pytest.raises(BadInput, match="outside the picture"):
            gesture.job.move((START, (9.0, 9.0)), (START, (9.0, 99.0)))
        assert [type(word) for word in house.worker.told] == [Aim]


# -- all of it ------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
class TestProcesses:
    @pytest.fixture
    def client(self, tmp_path: Path) -> Iterator[Client]:
        with RunningDaemon(tmp_path) as daemon, daemon.client() as client:
            yield client

    def play(self, client: Client, gesture: Gesture, *targets: Point) -> None:
        """Move to each target once the frame that shows the one before has come, then let go."""
        for target in targets:
            number = gesture.job.move((target,))
            self.until(
                client,
                gesture,
                lambda n=number: gesture.frames[-1:] and gesture.frames[-1].number >= n,
            )
        gesture.job.release()
        self.until(client, gesture, lambda: False)

    def until(self, client: Client, gesture: Gesture, done: Callable[[], Any]) -> None:
        deadline = deadline_in(30)
        while not done() and not gesture.ends:
            assert time.monotonic() < deadline
            client.wait(0.05)
            client.pump()

    def test_a_gesture_is_followed_over_sockets(self, client: Client) -> None:
        with client.edit(OpenEdit(SampleSource("steady", 5))) as edit:
            gesture = Gesture(client, edit)
            self.play(client, gesture, (8.0, 4.0), (8.0, 60.0))
        (end,) = gesture.ends
        assert isinstance(end, DragFinished)
        assert end.revision == 1
        assert end.handle_points == ((8.0, SIDE - 1.0),)
        assert gesture.frames[-1].target_points == ((8.0, SIDE - 1.0),)
        assert {frame.number for frame in gesture.frames} == {1, 2}

    def test_a_gesture_can_follow_a_worker_that_died(self, client: Client) -> None:
        with client.edit(OpenEdit(SampleSource("crashing", 5))) as edit:
            gesture = Gesture(client, edit)
            self.play(client, gesture, (30.0, 4.0))
            assert gesture.ends[0].code == "worker-lost"
            again = Gesture(client, edit)
            self.play(client, again, (4.0 + LIVE_STRIDE, 4.0))
            assert isinstance(again.ends[0], DragFinished)
