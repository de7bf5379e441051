"""The plug-ins' brain with a host that has no toolkit and no editor, against a daemon in a process
of its own: every transition of the table is taken.

In one file, because a recipe a transition stands beside the others, as the table does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from draggan_server.broker.jobs import MAX_LOSSES
from draggan_server.host import course, session
from draggan_server.host.history import Moment, Strip
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Layer
from draggan_server.host.sentences import refusals, said
from draggan_server.host.session import WATCH_MS, Session
from draggan_server.host.states import TABLE, Cause, Rule, Rules, State
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.connector import Connector
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.messages import OpenEdit, SampleSource
from draggan_server.wire.photo_record import IN_THE_WORLD
from draggan_server.wire.state import EditState
from tests.protocol.daemons import (
    RunningDaemon,
    own_home,
)
from tests.protocol.fake_engine import SIDE, Behaviour
from tests.scripted_host import ScriptedHost, Timer

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

TRANSITIONS = [(state, cause) for state, rules in TABLE.items() for cause in rules]


class RecordedRules(dict[Cause, Rule]):
    """Rules of a state that note which of them were used."""

    def __init__(self, state: State, rules: Rules, taken: list[tuple[State, Cause]]) -> None:
        super().__init__(rules)
        self._state = state
        self._taken = taken

    def get(self, cause: Cause, default: Rule | None = None) -> Rule | None:  # type: ignore[override]
        if cause in self:
            self._taken.append((self._state, cause))
        return super().get(cause, default)


class Stage:
    """A scripted host and its session with the daemon of `record`."""

    def __init__(self, record: InstallRecord, states: dict[Behaviour, str]) -> None:
        self.timer = Timer()
        self.host = ScriptedHost(dict(states))
        self.record = record
        self.link = Link(self.timer.every, "the log", self._connector)
        self.session: Session[Layer] = Session(self.host, self.link)

    def _connector(self) -> Connector:
        return Connector(record=self.record)

    @property
    def state(self) -> State:
        return self.session.state

    @property
    def said(self) -> str:
        return self.host.said[-1][0]

    def drag(self, behaviour: Behaviour, live: bool = False) -> None:
        self.host.saved_state = self.host.states[behaviour]
        if live:
            self.session.press()
        else:
            self.session.start()

    def recognise(self, behaviour: Behaviour | None) -> None:
        """Have a model show the layer; None: none is chosen yet."""
        self.host.show_a_photo()
        self.host.model = "" if behaviour is None else behaviour.value
        self.session.recognise()

    def until(self, *states: State) -> None:
        self.timer.run_until(lambda: self.state in states)

    def result(self) -> None:
        """Drag to the end."""
        before = len(self.host.layers)
        self.drag(Behaviour.STEADY)
        self.until(State.READY)
        assert len(self.host.layers) == before + 1


@pytest.fixture(autouse=True)
def _previews_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "PREVIEW_SECONDS", 1e-3)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[State, Cause]]:
    """The transitions that were taken, in their order."""
    taken: list[tuple[State, Cause]] = []
    recorded = {state: RecordedRules(state, rules, taken) for state, rules in TABLE.items()}
    monkeypatch.setattr(session, "TABLE", recorded)
    return taken


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    with RunningDaemon(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def states(daemon: RunningDaemon) -> dict[Behaviour, str]:
    """The saved state of a picture of each of the fake engine's models."""
    with daemon.client() as client:
        return {
            behaviour: client.ask(OpenEdit(SampleSource(behaviour.value, 7))).saved_state
            for behaviour in Behaviour
        }


@pytest.fixture
def stage(daemon: RunningDaemon, states: dict[Behaviour, str]) -> Iterator[Stage]:
    """With a daemon that runs."""
    stage = Stage(daemon.record, states)
    yield stage
    stage.link.close()


@pytest.fixture
def lonely(tmp_path: Path, states: dict[Behaviour, str]) -> Iterator[Stage]:
    """Without a daemon: one is started by the record."""
    with own_home(tmp_path) as record:
        stage = Stage(record, states)
        yield stage
        stage.link.close()


def _bring_into(stage: Stage, state: State, cause: Cause, act: Callable[[], None]) -> None:
    """Begin what leads to the state, from where the cause can come to pass; then call `act`."""
    if state is State.READY:
        act()
    elif cause is Cause.CHOICE:
        stage.host.reading = act
        stage.recognise(None)
    elif state is State.CHOOSING:
        stage.recognise(None)
        stage.host.known = cause is Cause.WAKE  # as another layer may be
        act()
    elif _of_photo(state, cause):
        _bring_photo_into(stage, state, cause, act)
    elif state is State.WAKING and cause is Cause.STATELESS:
        stage.host.show_a_photo()
        stage.host.welcoming = act
        stage.session.wake()
    elif state in (State.WAKING, State.CHECKING):
        if state is State.CHECKING:
            stage.host.show_a_photo()
        stage.host.at(state, act)
        stage.session.wake()
    elif state is State.READING:
        if cause is Cause.STATELESS:
            stage.host.show_a_photo()
        stage.host.reading = act
        stage.drag(Behaviour.ENDLESS)
    elif cause is Cause.RETURNED:
        stage.host.at(state, act)
        stage.session.go_to(0)
    elif state is State.ASKING:
        stage.host.show_a_photo()
        stage.host.at(state, act)
        stage.drag(Behaviour.ENDLESS)
    elif state is State.KEEPING:
        stage.host.placing = act
        stage.drag(Behaviour.STEADY)
    elif state is State.STOPPING:
        stop = _stopping(stage, act)
        if cause is Cause.UNMOVED:
            _let_go_at(stage, State.LIVE, State.SETTLING, stop)
        elif cause is not Cause.FOLLOWED:
            stage.host.at(State.PREPARING if cause is Cause.PREPARED else State.DRAGGING, stop)
        stage.drag(_behaviour(state, cause), live=cause in _LIVE)
        if cause is Cause.FOLLOWED:
            stage.timer.run_until(lambda: stage.host.frames)
            stage.session.release()
            stop()
    elif state is State.SETTLING:
        _let_go_at(stage, State.LIVE, state, act, times=1 if cause is Cause.UNMOVED else 2)
        stage.drag(Behaviour.ENDLESS, live=True)
    elif state is State.LIVE and cause in (Cause.FINISHED, Cause.UNMOVED):
        _let_go_at(stage, State.OPENING, state, act)
        stage.drag(Behaviour.ENDLESS, live=True)
    else:
        stage.host.at(state, act)
        stage.drag(_behaviour(state, cause), live=state is State.LIVE or cause in _LIVE)


def _stopping(stage: Stage, act: Callable[[], None]) -> Callable[[], None]:
    """What presses Stop, and has `act` follow once that is under way."""

    def stop() -> None:
        time.sleep(0.2)  # so that more has happened than was heard of
        stage.host.at(State.STOPPING, act)
        stage.session.stop()

    return stop


def _of_photo(state: State, cause: Cause) -> bool:
    return state is State.SEEING or cause in (Cause.SEEN, Cause.FOUND, Cause.KNOWN)


def _bring_photo_into(stage: Stage, state: State, cause: Cause, act: Callable[[], None]) -> None:
    behaviour = Behaviour.ENDLESS
    if state is State.KEEPING:
        stage.host.placing = act
        behaviour = Behaviour.STEADY
    elif state is State.STOPPING:
        stage.host.at(State.SEEING, _stopping(stage, act))
    else:
        stage.host.at(state, act)
        if cause in (Cause.FOUND, Cause.FAILED):
            behaviour = Behaviour.STEADY if cause is Cause.FOUND else Behaviour.CRASHING
    stage.recognise(behaviour)


def _let_go_at(
    stage: Stage, state: State, then: State, act: Callable[[], None], times: int = 1
) -> None:
    """Let the hand go when the session has shown a state so many times, and call `act` in the one
    that follows."""

    def let_go() -> None:
        stage.host.at(then, act)
        stage.session.release()

    stage.host.at(state, let_go, times)


_LIVE = (Cause.PULL, Cause.RELEASE, Cause.FOLLOWING, Cause.FOLLOWED, Cause.UNMOVED)
"""These come to pass only where the picture follows the hand."""


def _behaviour(state: State, cause: Cause) -> Behaviour:
    return {
        (State.DRAGGING, Cause.PREPARED): Behaviour.UNPREPARED,
        (State.DRAGGING, Cause.FINISHED): Behaviour.STEADY,
        (State.DRAGGING, Cause.FAILED): Behaviour.CRASHING,
        (State.PREPARING, Cause.STEPPED): Behaviour.UNPREPARED,
        (State.PREPARING, Cause.PULL): Behaviour.UNREADY,
        (State.PREPARING, Cause.RELEASE): Behaviour.UNREADY,
        (State.PREPARING, Cause.FOLLOWED): Behaviour.UNREADY,
        (State.LIVE, Cause.PREPARED): Behaviour.UNREADY,
        (State.LIVE, Cause.FAILED): Behaviour.CRASHING,
        (State.STOPPING, Cause.PREPARED): Behaviour.PREPARING,
        (State.STOPPING, Cause.FAILED): Behaviour.STUBBORN,
    }.get((state, cause), Behaviour.PREPARING if state is State.PREPARING else Behaviour.ENDLESS)


def _bring_about(stage: Stage, state: State, cause: Cause) -> None:
    session, host = stage.session, stage.host
    if cause in _ASKED:
        _ASKED[cause](session)
    elif cause is Cause.GONE:
        del host.layers[host.active.key]
        stage.timer.tick(WATCH_MS)
    elif cause is Cause.UNDONE:
        host.undo()
        stage.timer.tick(WATCH_MS)
    elif cause is Cause.REDONE:
        host.undo()
        stage.timer.tick(WATCH_MS)
        host.redo()
        stage.timer.tick(WATCH_MS)
    elif cause is Cause.FAILED and state in (State.READING, State.KEEPING):
        raise BadInput("The layer is locked.")


def _lose_workers(stage: Stage, daemon: RunningDaemon, times: int) -> None:
    """End the process that prepares the model, and as often the next one, once it prepares it."""
    daemon.kill_busy_worker()
    if times == 1:
        return

    def begun_again() -> None:
        stage.host.at(State.PREPARING, lambda: _lose_workers(stage, daemon, times - 1))

    stage.host.at(State.DRAGGING, begun_again)


def _show_a_picture(stage: Stage, daemon: RunningDaemon) -> str:
    """Let the layer show a picture that the daemon knows, but not its document; returns the
    picture's state."""
    with daemon.client() as client:
        opened = client.ask(OpenEdit(SampleSource(Behaviour.STEADY.value, 7)))
    stage.host.layers[stage.host.active.key] = opened.picture
    stage.host.known = False
    return opened.saved_state


_PULLED = (PointPair((10.0, 10.0), (24.0, 20.0)),)
_ASKED: dict[Cause, Callable[[Session[Layer]], None]] = {
    Cause.WAKE: Session.wake,
    Cause.START: Session.start,
    Cause.RECOGNISE: Session.recognise,
    Cause.STOP: Session.stop,
    Cause.CANCEL: Session.cancel,
    Cause.ESCAPE: Session.escape,
    Cause.PRESS: Session.press,
    Cause.PULL: lambda session: session.pull(_PULLED),
    Cause.RELEASE: Session.release,
    Cause.RETURN: lambda session: session.go_to(0),
    Cause.CLOSE: Session.close,
}
_WAITING_FOR_DAEMON = (State.WAKING, State.CHECKING, State.ASKING, State.LOOKING)
_NEED_A_RESULT = (Cause.UNDONE, Cause.REDONE, Cause.RETURNED)


@pytest.mark.parametrize(
    ("state", "cause"), TRANSITIONS, ids=[f"{s.name}-{c.name}" for s, c in TRANSITIONS]
)
def test_every_transition_of_the_table_is_taken(
    request: pytest.FixtureRequest,
    state: State,
    cause: Cause,
    taken: list[tuple[State, Cause]],
    daemon: RunningDaemon,
    tmp_path: Path,
) -> None:
    """From each state by each cause to what the table says, with the host told of it."""
    alone = state is State.STARTING or cause is Cause.SPAWNED
    stage: Stage = request.getfixturevalue("lonely" if alone else "stage")
    working = stage.record
    if cause in _NEED_A_RESULT:
        stage.record = daemon.record
        stage.result()
        stage.link.close()
        stage.record = working
    if cause is Cause.FAILED and state is State.OPENING:
        stage.host.states[Behaviour.ENDLESS] = '{"draggan": 1}'
    elif cause is Cause.FAILED and state in _WAITING_FOR_DAEMON:
        stage.record = InstallRecord(("/nowhere/python",), tmp_path / "connection.json", "0")
    elif cause is Cause.FAILED and state is State.STARTING:
        command = (sys.executable, "-c", "raise SystemExit(3)")
        stage.record = InstallRecord(command, tmp_path / "connection.json", "0")
    if cause is Cause.UNMOVED:
        stage.host.pairs = (PointPair((10.0, 10.0), (10.0, 10.0)),)
    if cause is Cause.FAILED and state is State.SETTLING:
        stage.host.states[Behaviour.ENDLESS] = stage.host.states[Behaviour.CRASHING]
    reached: list[State] = []

    def act() -> None:
        reached.append(stage.state)
        if cause is Cause.FAILED and state is State.PREPARING:
            _lose_workers(stage, daemon, MAX_LOSSES)
        _bring_about(stage, state, cause)

    if cause is Cause.REMEMBERED:
        stage.host.show_a_photo = lambda: _show_a_picture(stage, daemon)
    _bring_into(stage, state, cause, act)
    stage.timer.run_until(lambda: (state, cause) in taken)
    assert reached == [state]
    after = TABLE[state][cause].state
    if after is State.ENDED:
        assert stage.state is after
    elif after not in (State.READING, State.KEEPING):  # in which the host itself is
        assert after in [shown.state for shown in stage.host.shown]
    if cause in (Cause.FAILED, Cause.GONE) and state is not State.WAKING:  # that nobody asked for
        assert stage.host.said[-1][1]
    stage.session.close()
    assert stage.state is State.ENDED
    said = list(stage.host.said)
    for ask in _ASKED.values():
        ask(stage.session)
    stage.timer.tick()
    assert stage.host.said == said


class TestALayerThatItsDocumentDoesNotKnow:
    @pytest.fixture(autouse=True)
    def _unknown(self, stage: Stage) -> None:
        stage.host.show_a_photo()

    def test_is_dragged_with_the_state_that_the_daemon_knows(
        self, stage: Stage, daemon: RunningDaemon
    ) -> None:
        _show_a_picture(stage, daemon)
        stage.session.start()
        assert (stage.state, stage.said) == (State.ASKING, said.LOOKING_FOR_STATE)
        stage.until(State.READY)
        assert stage.said.startswith("Arrived")

    @pytest.mark.parametrize("ask", [Session.start, Session.wake])
    def test_is_a_photo_where_the_daemon_knows_nothing(
        self, stage: Stage, ask: Callable[[Session[Layer]], None]
    ) -> None:
        stage.host.model = Behaviour.STEADY.value
        known: list[bool] = []
        stage.host.at(State.SEEING, lambda: known.append(stage.host.known))
        ask(stage.session)
        stage.until(State.READY)
        assert [*known, stage.host.known] == [False, True]

    def test_is_asked_about_when_points_are_going_to_be_set(
        self, stage: Stage, daemon: RunningDaemon
    ) -> None:
        state = _show_a_picture(stage, daemon)
        stage.session.wake()
        assert (stage.state, stage.said) == (State.CHECKING, said.LOOKING_FOR_STATE)
        stage.until(State.READY)
        assert (stage.host.saved_state, stage.host.welcomed) == (state, 1)

    def test_is_asked_about_once_where_nobody_waits_for_the_first_answer(
        self, stage: Stage
    ) -> None:
        stage.session.wake()
        stage.session.start()
        assert stage.state is State.ASKING
        stage.session.cancel()
        assert stage.said == said.CANCELLED
        stage.session.start()
        stage.until(State.CHOOSING)
        chosen = said.CHOOSE_MODEL.format(name="lion")
        assert [sentence for sentence, _ in stage.host.said].count(chosen) == 1

    def test_is_not_asked_about_under_the_hand(self, stage: Stage) -> None:
        stage.session.press()
        assert (stage.state, stage.host.said[-1][1]) == (State.READY, True)


class TestWholeDrags:
    def test_a_drag_its_undo_and_its_redo(self, stage: Stage) -> None:
        stage.result()
        host = stage.host
        assert stage.said == (
            f"Arrived after 10 steps ({_seconds(stage)} s), 0.0 px from the target. {said.DRAG_ON}"
        )
        assert (host.active.key, host.pairs) == ("2", (PointPair((20.0, 16.0), (20.0, 16.0)),))
        assert host.frames > 0
        host.undo()
        stage.timer.tick()
        assert (host.active.key, host.pairs) == ("1", (PointPair((10.0, 10.0), (20.0, 16.0)),))
        assert stage.said == said.UNDONE
        assert stage.session.undone
        host.redo()
        stage.timer.tick()
        assert (host.active.key, host.pairs) == ("2", (PointPair((20.0, 16.0), (20.0, 16.0)),))
        assert stage.said.startswith("Arrived after 10 steps")
        assert not stage.session.undone
        assert host.changed == [False, True]

    def test_two_results_undone_at_once(self, stage: Stage) -> None:
        stage.result()
        stage.host.pairs = (PointPair((20.0, 16.0), (11.0, 12.0)),)
        stage.result()
        assert [result.layer.key for result in stage.session.drags] == ["2", "3"]
        stage.host.undo()
        stage.host.undo()
        stage.timer.tick()
        assert stage.host.active.key == "1"
        assert stage.host.pairs == (PointPair((10.0, 10.0), (20.0, 16.0)),)

    def test_a_new_drag_takes_the_place_of_what_was_undone(self, stage: Stage) -> None:
        stage.result()
        stage.host.undo()
        stage.timer.tick()
        stage.result()
        stage.timer.tick()
        assert not stage.session.undone
        assert stage.host.active.key == "2"

    def test_the_meter_speaks_of_the_layer_s_pixels(self, stage: Stage) -> None:
        """A layer of twice the model's size: the daemon's own distance is in the model's pixels."""
        stage.host.pairs = (PointPair((10.0, 10.0), (50.0, 40.0)),)
        stage.host.resize(2 * SIDE)
        stage.drag(Behaviour.ENDLESS)
        stage.until(State.DRAGGING)
        stage.timer.run_until(lambda: stage.session.shown.words)
        stage.session.stop()
        stage.until(State.READY)
        assert "Step 1: 45.0 px to go" in [shown.words for shown in stage.host.shown]
        assert stage.said.endswith(said.START_TO_GO_ON)

    def test_a_drag_that_had_nothing_to_do_leaves_nothing(self, stage: Stage) -> None:
        stage.drag(Behaviour.PREPARING)
        stage.until(State.PREPARING)
        assert stage.session.shown.words == "Preparing the model, once: 50%"
        stage.session.stop()
        stage.until(State.READY)
        assert stage.host.said[-1] == ("Stopped before the first step; nothing was changed.", True)
        assert len(stage.host.layers) == 1

    def test_a_document_that_takes_no_layer(self, stage: Stage) -> None:
        stage.host.full = True
        stage.drag(Behaviour.STEADY)
        stage.until(State.READY)
        assert stage.host.said[-1] == ("The document takes no more layers.", True)
        assert stage.session.drags == ()

    def test_a_fault_of_the_host_is_said_and_the_session_goes_on(self, stage: Stage) -> None:
        def fault() -> None:
            raise ZeroDivisionError("nobody expects this")

        stage.host.reading = fault
        stage.session.start()
        assert stage.state is State.READY
        assert "nobody expects this" in stage.said
        assert "the log says more" in stage.said
        stage.host.reading = None
        stage.result()


class TestHistory:
    def test_an_earlier_drag_is_gone_back_to_and_dragged_on_from(self, stage: Stage) -> None:
        strips: list[tuple[Moment, ...]] = []
        strip = Strip(stage.link, strips.append)
        strip.look(stage.host.states[Behaviour.STEADY])
        assert strips == [()]  # it was never dragged, and the daemon is not asked
        stage.result()
        strip.look(stage.host.saved_state)
        strip.look(stage.host.saved_state)
        stage.timer.run_until(lambda: strips[-1])
        assert [moment.shown for moment in strips[-1]] == [False, True]
        assert [moment.words for moment in strips[-1]] == ["before the first drag", "after drag 1"]
        assert strips[-1][0].picture != strips[-1][1].picture
        stage.session.go_to(0)
        stage.until(State.READY)
        assert stage.said == (
            "This is the picture before the first drag. Press Start to drag on from here."
        )
        assert [result.layer.key for result in stage.session.drags] == ["2", "3"]
        strip.look(stage.host.saved_state)
        stage.timer.run_until(lambda: strips[-1])
        assert [moment.shown for moment in strips[-1]] == [True, False]
        assert len(strips) == 5
        stage.host.undo()
        stage.timer.tick()
        assert stage.host.active.key == "2"

    def test_there_is_no_such_drag(self, stage: Stage) -> None:
        stage.result()
        stage.session.go_to(7)
        stage.until(State.READY)
        assert stage.host.said[-1] == ("There is no drag 7.", True)

    def test_going_back_is_given_up(self, stage: Stage) -> None:
        stage.result()
        stage.session.go_to(0)
        stage.session.cancel()
        assert stage.said == said.CANCELLED
        stage.session.go_to(0)
        stage.until(State.READY)
        assert len(stage.host.layers) == 3

    def test_of_two_layers_the_one_that_is_shown_now_is_told(self, stage: Stage) -> None:
        stage.result()
        strips: list[tuple[Moment, ...]] = []
        strip = Strip(stage.link, strips.append)
        strip.look(stage.host.saved_state)
        strip.look("")
        stage.timer.run_until(lambda: stage.timer.running == 1)  # all is answered
        assert strips == [(), ()]
        strip.look("no state at all")
        assert strips == [(), (), ()]


class TestWhatIsSaid:
    def test_from_looking_to_dragging(self, lonely: Stage) -> None:
        lonely.drag(Behaviour.ENDLESS)
        lonely.until(State.DRAGGING)
        assert [sentence for sentence, _ in lonely.host.said] == [
            said.LOOKING_FOR_DAEMON,
            said.STARTING_DAEMON,
            said.LOADING_MODEL,
            said.DRAGGING,
        ]

    def test_nothing_of_a_daemon_that_is_started_unasked(self, lonely: Stage) -> None:
        lonely.session.wake()
        lonely.until(State.READY)
        assert lonely.host.said == []

    def test_of_a_document_that_is_closed(self, stage: Stage) -> None:
        stage.drag(Behaviour.ENDLESS)
        stage.until(State.DRAGGING)
        stage.host.open = False
        stage.timer.tick()
        assert stage.host.said[-1] == (refusals.DOCUMENT_CLOSED, True)

    def test_of_a_layer_that_is_removed(self, stage: Stage) -> None:
        stage.drag(Behaviour.ENDLESS)
        stage.until(State.DRAGGING)
        stage.host.layers.clear()
        stage.timer.tick()
        assert stage.host.said[-1] == (refusals.LAYER_REMOVED.format(name="lion"), True)

    def test_of_a_lost_daemon_with_what_to_do(self, lonely: Stage) -> None:
        lonely.drag(Behaviour.ENDLESS)
        lonely.until(State.DRAGGING)
        os.kill(ConnectionFile.read(lonely.record.connection_file).pid, signal.SIGKILL)
        lonely.until(State.READY)
        sentence, error = lonely.host.said[-1]
        assert error
        assert sentence.endswith(said.START_TO_TRY_AGAIN)

    def test_of_what_cannot_be_pressed(self, stage: Stage) -> None:
        for ask in (stage.session.stop, stage.session.cancel):
            ask()
            assert stage.host.said.pop() == (refusals.NO_DRAG, True)
        stage.drag(Behaviour.ENDLESS)
        stage.session.stop()
        assert stage.said == refusals.NOTHING_TO_STOP
        stage.session.start()
        assert stage.said == refusals.DRAG_UNDER_WAY
        assert stage.state is State.LOOKING


class TestPhotos:
    def test_a_photo_is_shown_by_a_model_and_dragged(self, stage: Stage) -> None:
        stage.host.quality = "fast"
        seeing: list[object] = []
        stage.host.at(State.SEEING, lambda: seeing.append(stage.session.request))
        stage.recognise(Behaviour.STEADY)
        stage.until(State.READY)
        assert seeing == [None]  # a request is that of a drag
        assert said.SEEING in [sentence for sentence, _ in stage.host.said]
        assert stage.host.said[-1] == (said.SHOWN.format(model="steady", percent=100), False)
        half = [shown.words for shown in stage.host.shown if shown.fraction == 0.5]
        assert half == ["Looking at the picture: 50%"]
        assert stage.host.sights > 0
        photo = EditState.from_json(stage.host.saved_state).photo
        assert photo is not None
        assert (photo.width, photo.height) == (SIDE, SIDE)
        stage.session.start()
        stage.until(State.READY)
        assert len(stage.host.layers) == 2

    def test_stop_keeps_the_best_so_far_and_says_that_it_is_little(self, stage: Stage) -> None:
        stage.recognise(Behaviour.ENDLESS)
        stage.timer.run_until(lambda: stage.host.sights)
        stage.session.stop()
        assert stage.said == said.STOPPING
        stage.until(State.READY)
        photo = EditState.from_json(stage.host.saved_state).photo
        assert photo is not None
        percent = round(100 * photo.explained)
        shown = photo.explained >= IN_THE_WORLD
        other = f"{said.OUTSIDE_OF_WORLD} {said.CHOOSE_ANOTHER_MODEL}"
        sentence = said.SHOWN if shown else other
        assert stage.said == sentence.format(model="endless", percent=percent)

    def test_cancel_leaves_it_unknown(self, stage: Stage) -> None:
        stage.recognise(Behaviour.ENDLESS)
        stage.until(State.SEEING)
        stage.session.cancel()
        assert stage.host.said[-1] == (said.CANCELLED, False)
        assert not stage.host.known
        assert len(stage.host.layers) == 1

    def test_without_a_model_the_user_is_asked_and_goes_on_by_start(self, stage: Stage) -> None:
        stage.recognise(None)
        assert stage.state is State.CHOOSING
        assert stage.host.said == [(said.CHOOSE_MODEL.format(name="lion"), False)]
        stage.host.model = Behaviour.STEADY.value
        stage.session.start()
        stage.until(State.READY)
        assert stage.host.known

    def test_a_model_that_is_gone_is_named(self, stage: Stage) -> None:
        stage.host.show_a_photo()
        stage.host.model = "no-such-model"
        stage.session.start()
        stage.until(State.READY)
        assert stage.host.said[-1] == ("There is no model 'no-such-model'.", True)

    def test_what_is_known_is_shown_anew_by_another_model(self, stage: Stage) -> None:
        stage.recognise(Behaviour.STEADY)
        stage.until(State.READY)
        stage.host.model = Behaviour.UNREADY.value
        stage.session.recognise()
        stage.until(State.READY)
        assert EditState.from_json(stage.host.saved_state).model == "unready"

    def test_a_document_that_takes_no_notes(self, stage: Stage) -> None:
        stage.host.full = True
        stage.recognise(Behaviour.STEADY)
        stage.until(State.READY)
        assert stage.host.said[-1] == ("The document takes no notes.", True)
        assert not stage.host.known


class TestEscape:
    def test_one_thing_after_the_other(self, stage: Stage) -> None:
        stage.drag(Behaviour.ENDLESS)
        stage.until(State.DRAGGING)
        stage.host.pair_in_the_making = True
        stage.session.escape()
        assert stage.state is State.DRAGGING
        stage.session.escape()
        assert stage.state is State.READY
        assert stage.said == said.CANCELLED
        assert stage.host.left == 0
        stage.session.escape()
        assert stage.host.left == 1


class TestLive:
    def test_the_picture_follows_and_what_it_has_become_is_kept(self, stage: Stage) -> None:
        stage.host.pairs = (PointPair((10.0, 10.0), (10.0, 10.0)),)
        stage.drag(Behaviour.STEADY, live=True)
        stage.until(State.LIVE)
        assert stage.said == said.FOLLOWING
        stage.session.pull((PointPair((10.0, 10.0), (18.0, 10.0)),))
        stage.timer.run_until(lambda: stage.session.shown.words == "0.0 px to go")
        before = list(stage.host.shown)
        stage.session.pull((PointPair((10.0, 10.0), (18.0, 400.0)),))
        assert stage.host.shown == before  # moves are many, and change nothing of it
        stage.session.release()
        assert stage.state is State.SETTLING
        stage.until(State.READY)
        assert len(stage.host.layers) == 2
        (pair,) = stage.host.pairs
        assert pair.target == (18.0, SIDE - 0.5)  # the border, where the hand had left the picture
        assert stage.host.frames > 0

    def test_escape_takes_it_all_back(self, stage: Stage) -> None:
        stage.drag(Behaviour.ENDLESS, live=True)
        stage.until(State.LIVE)
        stage.host.pair_in_the_making = True
        stage.session.escape()
        assert stage.state is State.READY
        assert not stage.host.pair_in_the_making
        stage.session.pull(_PULLED)  # the button is still down
        stage.session.release()
        assert stage.state is State.READY
        assert len(stage.host.layers) == 1

    def test_a_flick_that_is_over_before_the_picture_is_open(self, stage: Stage) -> None:
        stage.host.pairs = (PointPair((10.0, 10.0), (10.0, 10.0)),)
        stage.drag(Behaviour.STEADY, live=True)
        stage.session.pull(_PULLED)
        stage.session.release()
        stage.until(State.READY)
        assert len(stage.host.layers) == 2
        assert stage.host.pairs == (PointPair((24.0, 20.0), (24.0, 20.0)),)

    def test_a_click_leaves_nothing(self, stage: Stage) -> None:
        stage.host.pairs = (PointPair((10.0, 10.0), (10.0, 10.0)),)
        stage.drag(Behaviour.STEADY, live=True)
        stage.session.release()
        stage.until(State.READY)
        assert stage.said == said.NOT_MOVED
        assert len(stage.host.layers) == 1


def test_cancel_is_at_once_and_the_next_drag_goes_on(stage: Stage) -> None:
    stage.drag(Behaviour.STUBBORN)
    stage.until(State.DRAGGING)
    stage.session.cancel()
    assert stage.state is State.READY
    stage.result()


def _seconds(stage: Stage) -> str:
    return stage.said.partition("(")[2].partition(" s)")[0]
