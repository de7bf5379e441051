"""Clients and broker, linked without sockets: who is answered what, and when.

In one file, because every test plays the same broker with the clients and workers that it defines.
"""

from __future__ import annotations

import dataclasses
import math
import tracemalloc
from pathlib import Path
from typing import Any

import msgpack
import pytest

from draggan_server.broker.answers import KEPT_ANSWERS, MAX_KEPT_BYTES
from draggan_server.broker.dispatcher import ASKED_SECONDS
from draggan_server.broker.sessions import FORGET_SECONDS, SILENT_SECONDS
from draggan_server.broker.store import EditStore
from draggan_server.wire.codec import EVENT_CODEC, REQUEST_CODEC, Envelope, read_header
from draggan_server.wire.errors import (
    BadInput,
    DaemonUnreachable,
    OutOfMemory,
    ProtocolError,
    StaleRevision,
    UnknownEdit,
)
from draggan_server.wire.messages import (
    BlendSource,
    CancelDrag,
    CloseEdit,
    Done,
    DragFinished,
    DrawSamples,
    EditOpened,
    Failure,
    FindState,
    GetHistory,
    GetStatus,
    GoToDrag,
    ListModels,
    OpenEdit,
    OpenProgress,
    PhotoSource,
    Ping,
    Pixels,
    Pong,
    PullModel,
    Request,
    Sample,
    SamplesDrawn,
    SampleSource,
    SavedState,
    Shutdown,
    StateFound,
    Status,
    WentToDrag,
)
from draggan_server.worker.messages import (
    CardMemory,
    JobFailed,
    JobHistory,
    JobOpened,
    JobOpening,
    JobProgress,
    JobSamples,
    JobStopped,
    JobWentTo,
    Learned,
    RunDrag,
    RunGoTo,
    RunHistory,
    RunOpen,
    RunSamples,
    StopJob,
)
from tests.protocol.linked import (
    HISTORY,
    LAYER,
    LISTED,
    PICTURE,
    PROGRESS,
    SAMPLE,
    House,
    Inbox,
    drag_of,
    finished,
    open_edit,
    opened,
)


class TestManyClients:
    def test_a_turn_of_the_loop_does_not_look_at_each_of_them(self) -> None:
        """Between two looks at the clock no session is touched, however many there are."""
        house = House()
        house.ready()
        for _ in range(20):
            house.client().send(Ping())
        house.pass_time(1.0)
        looked: list[int] = []
        sessions = house.dispatcher._sessions
        kept = type(sessions).__iter__

        class Counting(type(sessions)):  # type: ignore[misc]
            def __iter__(self) -> Any:
                looked.append(1)
                return kept(self)

        sessions.__class__ = Counting
        for _ in range(100):
            house.pass_time(0.001)
        assert looked == []
        house.pass_time(1.0)
        assert looked == [1]

    def test_jobs_are_found_by_their_session_through_all_of_their_life(self) -> None:
        house = House(workers=2)
        clients = [house.client() for _ in range(3)]
        board = house.dispatcher._crew.jobs
        for client in clients:
            for _ in range(3):
                client.send(OpenEdit(SAMPLE))
        house.ready()
        for _ in range(20):
            for session in house.dispatcher._sessions:
                mine = [job for job in board.all() if job.session is session]
                assert sorted(j.number for j in board.of(session)) == sorted(j.number for j in mine)
            busy = [worker for worker in house.workers if worker.state == "busy"]
            if not busy:
                break
            house.say(opened(busy[0].tasks[-1].job), busy[0])
        assert not board
        assert board._by_session == {}


class TestAnswers:
    def test_simple_requests_are_answered_at_once(self, house: House) -> None:
        client = house.client()
        assert client.ask(Ping()) == Pong()
        assert client.ask(ListModels()) == LISTED
        assert client.ask(CloseEdit("never there")) == Done()
        status = client.ask(GetStatus())
        assert isinstance(status, Status)
        assert (status.edits, status.drags, status.workers[0].state) == (0, 0, "idle")
        assert status.restored == 0
        assert (status.workers[0].learning, status.workers[0].learned) == (None, 1.0)
        house.workers[0].learned = Learned("steady", 0.25)
        (worker,) = client.ask(GetStatus()).workers
        assert (worker.learning, worker.learned) == ("steady", 0.25)
        assert (worker.free_memory, worker.card_taken, worker.card_free) == (7_000_000, None, None)
        house.workers[0].card_memory = CardMemory(0, 5)
        (worker,) = client.ask(GetStatus()).workers
        assert (worker.card_taken, worker.card_free) == (0, 5)

    def test_it_says_what_is_done_and_for_how_many_others(self, house: House) -> None:
        client = house.client()
        photo = Inbox(client, OpenEdit(PhotoSource("lion", LAYER)))
        house.say(JobOpening(1, OpenProgress(0.25)))
        assert photo.last == OpenProgress(0.25)
        status = client.ask(GetStatus())
        worker = status.workers[0]
        assert (worker.doing, worker.share, worker.memory) == ("photo", 0.25, 5_000_000)
        assert (status.others, status.errands) == (0, 0)
        house.client().send(PullModel("lions-512", "CC-BY-4.0"))
        house.client().send(OpenEdit(SAMPLE))
        house.client("anna").send(OpenEdit(SAMPLE))
        status = client.ask(GetStatus())
        assert (status.others, status.errands, status.waiting) == (2, 1, 2)
        assert house.client("ben").ask(GetStatus()).others == 0
        house.say(opened(1))
        worker = client.ask(GetStatus()).workers[0]
        assert (worker.doing, worker.share) == ("opening", None)

    def test_a_shutdown_is_answered_and_done(self, house: House) -> None:
        assert house.client().ask(Shutdown()) == Done()
        assert house.dispatcher.stopping

    def test_an_edit_is_opened_and_dragged(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        assert house.worker.tasks == [RunOpen(1, SAMPLE)]
        assert edit == EditOpened(edit.edit_id, 0, "lion", "state 0", PICTURE)
        inbox = Inbox(client, drag_of(edit.edit_id))
        assert house.worker.tasks[1:] == [RunDrag(2, "state 0", drag_of(edit.edit_id))]
        house.say(JobProgress(2, PROGRESS))
        assert inbox.last == PROGRESS
        house.say(finished(2))
        assert inbox.last == DragFinished(
            edit.edit_id, 1, 5, "arrived", 1.5, 0.25, ((3.0, 4.0),), "state 1", LAYER
        )
        assert len(inbox) == 2

    def test_the_state_of_a_picture_is_found_after_its_edit_was_closed(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        assert edit.picture.fingerprint() != LAYER.fingerprint()
        assert client.ask(FindState(LAYER.fingerprint())) == StateFound(None)
        Inbox(client, drag_of(edit.edit_id))
        house.say(finished(2))
        client.ask(CloseEdit(edit.edit_id))
        found = [house.client().ask(FindState(p.fingerprint())) for p in (edit.picture, LAYER)]
        assert found == [StateFound("state 0"), StateFound("state 1")]

    def test_the_next_drag_goes_on_from_there(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        Inbox(client, drag_of(edit.edit_id))
        house.say(finished(2))
        Inbox(client, drag_of(edit.edit_id, revision=1))
        assert house.worker.tasks[-1] == RunDrag(3, "state 1", drag_of(edit.edit_id, revision=1))

    def test_a_stale_revision_is_refused(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        with pytest.raises(StaleRevision, match="at revision 0, not 3"):
            client.ask(drag_of(edit.edit_id, revision=3))

    def test_an_unknown_and_a_closed_edit(self, house: House) -> None:
        client = house.client()
        with pytest.raises(UnknownEdit):
            client.ask(drag_of("never there"))
        edit = open_edit(house, client)
        client.ask(CloseEdit(edit.edit_id))
        with pytest.raises(UnknownEdit):
            client.ask(drag_of(edit.edit_id))

    def test_an_edit_survives_the_daemon(self, tmp_path: Path) -> None:
        house = House(EditStore(tmp_path / "edits"))
        house.ready()
        edit = open_edit(house, house.client())
        Inbox(house.client(), drag_of(edit.edit_id))
        house.say(finished(2))
        house.store.close()
        later = House(EditStore(tmp_path / "edits"))
        later.ready()
        status = later.client().ask(GetStatus())
        assert isinstance(status, Status)
        assert (status.restored, status.edits) == (1, 1)
        Inbox(later.client(), drag_of(edit.edit_id, revision=1))
        assert isinstance(later.worker.tasks[0], RunDrag)
        assert later.worker.tasks[0].saved_state == "state 1"
        later.store.close()

    def test_a_job_that_fails_is_told(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        inbox = Inbox(client, drag_of(edit.edit_id))
        house.say(JobFailed(2, "out-of-memory", "no room"))
        assert inbox.last == Failure("out-of-memory", "no room")
        Inbox(client, drag_of(edit.edit_id))  # the edit is as it was
        assert isinstance(house.worker.tasks[-1], RunDrag)

    def test_what_a_failed_job_says_can_be_translated(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        inbox = Inbox(client, drag_of(edit.edit_id))
        error = OutOfMemory("The device ({device}) is full.", device="cpu")
        house.say(JobFailed.of(2, error))
        assert inbox.last == Failure.of(error)
        arrived = inbox.last.error()
        assert (arrived.sentence, arrived.values) == (error.sentence, error.values)

    def test_a_fault_of_the_broker_s_own(self, house: House, monkeypatch: Any) -> None:
        monkeypatch.setattr(house, "listed", lambda: 1 / 0)
        client = house.client()
        inbox = Inbox(client, ListModels())
        assert inbox.last.code == "internal"
        assert client.ask(Ping()) == Pong()

    def test_an_answer_that_cannot_be_sent(self, house: House, monkeypatch: Any) -> None:
        model = LISTED.models[0]
        many = type(LISTED)((model,) * 5000)
        monkeypatch.setattr(house, "listed", lambda: many)
        assert Inbox(house.client(), ListModels()).last.code == "internal"


BLEND = BlendSource("lion", ((1, 0.5), (2, 0.5)))


class TestSamples:
    def test_they_are_drawn_small_and_no_edit_is_opened(self, house: House) -> None:
        drawn = SamplesDrawn(2, HISTORY.thumbnails)
        inbox = Inbox(house.client(), DrawSamples((SAMPLE, BLEND)))
        (task,) = house.worker.tasks
        assert task == RunSamples(1, (SAMPLE, BLEND))
        house.say(JobSamples(1, drawn))
        assert inbox.last == drawn
        assert house.store.count("") == 0

    def test_a_guest_gets_those_of_installed_models(self, house: House) -> None:
        house.client("anna").send(DrawSamples((SAMPLE,)))
        assert house.worker.tasks[-1] == RunSamples(1, (SAMPLE,), installed_only=True)

    def test_an_older_daemon_is_not_asked(self, house: House) -> None:
        client = house.client()
        client.daemon = dataclasses.replace(client.daemon, features=("history",))
        for request in (
            DrawSamples((SAMPLE,)),
            OpenEdit(BLEND),
        ):
            with pytest.raises(ProtocolError, match="cannot do this yet"):
                client.send(request)

    @pytest.mark.parametrize(
        ("samples", "words"),
        [
            ((), "give 1 to 12"),
            ((SAMPLE,) * 13, "give 1 to 12"),
            ((SAMPLE, SampleSource("dog", 1)), "of several models"),
        ],
    )
    def test_what_cannot_be_drawn(self, samples: tuple[Sample, ...], words: str) -> None:
        with pytest.raises(BadInput, match=words):
            DrawSamples(samples)

    @pytest.mark.parametrize(
        ("parts", "words"),
        [
            (((1, 1.0),), "give 2 to 64"),
            (((1, 0.5), (1, 0.5)), "each once"),
            (((1, 1.5), (2, -0.5)), "above 0"),
            (((1, 0.5), (2, math.nan)), "above 0"),
            (((1, 0.5), (2, 0.6)), "1 in all"),
            (((1, 0.5), (-2, 0.5)), "seed is -2"),
        ],
    )
    def test_what_no_picture_lies_between(self, parts: Any, words: str) -> None:
        with pytest.raises(BadInput, match=words):
            BlendSource("lion", parts)


class TestHistory:
    def test_what_was_dragged_is_shown(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        inbox = Inbox(client, GetHistory(edit.edit_id))
        assert house.worker.tasks[-1] == RunHistory(2, "state 0")
        house.say(JobHistory(2, HISTORY))
        assert inbox.last == HISTORY

    def test_going_to_a_drag_is_a_change_of_the_edit(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        request = GoToDrag(edit.edit_id, 0, 1, LAYER)
        inbox = Inbox(client, request)
        assert house.worker.tasks[-1] == RunGoTo(2, "state 0", request)
        house.say(JobWentTo(2, "state 1", LAYER, paint_replaced=True))
        assert inbox.last == WentToDrag(edit.edit_id, 1, "state 1", LAYER, paint_replaced=True)
        assert client.ask(FindState(LAYER.fingerprint())) == StateFound("state 1")
        with pytest.raises(StaleRevision):
            client.ask(request)
        Inbox(client, drag_of(edit.edit_id, revision=1))
        assert house.worker.tasks[-1] == RunDrag(3, "state 1", drag_of(edit.edit_id, revision=1))

    def test_not_while_the_edit_changes(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        Inbox(client, GoToDrag(edit.edit_id, 0, 1))
        for request in (GoToDrag(edit.edit_id, 0, 0), drag_of(edit.edit_id)):
            with pytest.raises(BadInput, match="dragged already"):
                client.ask(request)
        with pytest.raises(BadInput, match="cancel the drag"):
            client.ask(CloseEdit(edit.edit_id))

    def test_a_drag_of_an_unknown_edit_is_refused(self, house: House) -> None:
        for request in (GetHistory("never there"), GoToDrag("never there", 0, 0)):
            with pytest.raises(UnknownEdit):
                house.client().ask(request)

    def test_an_answer_that_is_not_kept_is_given_from_the_store(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        Inbox(client, GoToDrag(edit.edit_id, 0, 1))
        sent = house.transports[b"route 0"].sent[-1]
        house.say(JobWentTo(2, "state 1", LAYER, paint_replaced=False))
        for _ in range(KEPT_ANSWERS):
            client.ask(CloseEdit("x"))
        house.transports[b"route 0"].send(sent)
        assert house.worker.tasks[-1] == RunOpen(3, SavedState("state 1"))


class TestGoneClients:
    def test_a_silent_client_s_drag_is_stopped(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        inbox = Inbox(client, drag_of(edit.edit_id))
        waiting = Inbox(client, OpenEdit(SAMPLE))
        house.pass_time(SILENT_SECONDS + 1)
        assert house.worker.told == [StopJob(2, keep=False)]
        house.say(JobStopped(2))
        # It was only held up: it hears what happened.
        assert (inbox.last.code, waiting.last.code) == ("unreachable", "unreachable")
        assert f"{SILENT_SECONDS:g} seconds" in inbox.last.message

    def test_a_client_that_waits_is_heard(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        inbox = Inbox(client, drag_of(edit.edit_id))
        for _ in range(100):
            house.pass_time(1)
            client.pump()
        assert house.worker.told == []
        assert inbox.last is None
        assert client.lost is None

    def test_nobody_at_the_address_any_more(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        Inbox(client, drag_of(edit.edit_id))
        house.gone.add(b"route 0")
        house.say(JobProgress(2, PROGRESS))
        assert house.worker.told == [StopJob(2, keep=False)]
        house.say(JobStopped(2))
        assert house.worker.state == "idle"

    def test_a_forgotten_client_may_come_back(self, house: House) -> None:
        client = house.client()
        assert client.ask(Ping()) == Pong()
        house.pass_time(FORGET_SECONDS + 1)
        assert client.ask(ListModels()) == LISTED

    def test_those_who_wait_are_told_of_the_end(self, house: House) -> None:
        client = house.client()
        running = Inbox(client, OpenEdit(SAMPLE))
        waiting = Inbox(client, OpenEdit(SAMPLE))
        house.dispatcher.shut_down()
        house.deliver()
        assert (running.last.code, waiting.last.code) == ("unreachable", "unreachable")


class TestIdle:
    def test_pings_and_status_are_no_work(self, house: House) -> None:
        client = house.client()
        house.pass_time(50)
        client.ask(Ping())
        client.ask(GetStatus())
        assert house.dispatcher.idle_seconds() >= 50
        client.ask(ListModels())
        assert house.dispatcher.idle_seconds() < 1

    def test_a_job_under_way_is_work(self, house: House) -> None:
        client = house.client()
        Inbox(client, OpenEdit(SAMPLE))
        house.pass_time(5000)
        assert house.dispatcher.idle_seconds() == 0


class TestOnlyPings:
    def test_who_has_just_asked_is_not_kept_waiting(self, house: House) -> None:
        client = house.client()
        house.pass_time(ASKED_SECONDS)
        client.send(Ping())
        assert house.dispatcher.hears_only_pings
        client.send(GetStatus())
        assert not house.dispatcher.hears_only_pings
        house.pass_time(ASKED_SECONDS)
        assert house.dispatcher.hears_only_pings

    def test_a_hand_that_moves_something_is_not_kept_waiting(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        for live in (True, False):
            Inbox(client, drag_of(edit.edit_id, live=live))
            house.pass_time(ASKED_SECONDS)
            assert house.dispatcher.hears_only_pings is not live
            house.say(JobStopped(house.worker.tasks[-1].job))


class TestForeignClients:
    """What a client of another make, or a broken one, may send."""

    def exchange(self, house: House, parts: list[bytes]) -> list[Envelope]:
        house.dispatcher.receive(b"foreign", parts)
        answers = [EVENT_CODEC.decode(parts) for _, parts in house.dispatcher.outbox]
        house.dispatcher.outbox.clear()
        return answers

    def request(self, message: Request, number: int) -> list[bytes]:
        return REQUEST_CODEC.encode(Envelope(message, "foreign", id=number))

    @pytest.mark.parametrize("parts", [[], [b""], [b"nonsense"], [b"\x80"] * 9, [b"\xc1"]])
    def test_garbage_is_answered(self, house: House, parts: list[bytes]) -> None:
        (answer,) = self.exchange(house, parts)
        assert answer.parent == 0
        assert answer.message.code == ProtocolError.code

    def test_a_request_without_number_is_refused(self, house: House) -> None:
        (answer,) = self.exchange(house, self.request(Ping(), 0))
        assert (answer.parent, answer.message.code) == (0, ProtocolError.code)

    def test_a_bad_message_is_answered_by_its_number(self, house: House) -> None:
        parts = self.request(CancelDrag(1), 5)
        document = msgpack.unpackb(parts[0])
        document["body"]["drag_id"] = "x"
        (answer,) = self.exchange(house, [msgpack.packb(document)])
        assert (answer.client, answer.parent) == ("foreign", 5)
        assert "drag_id" in answer.message.message

    def test_the_same_request_twice_is_done_once(self, house: House) -> None:
        parts = self.request(OpenEdit(SAMPLE), 1)
        assert self.exchange(house, parts) == []
        assert self.exchange(house, parts) == []
        assert len(house.worker.tasks) == 1
        house.worker.state = "idle"
        house.dispatcher.worker_event(house.worker, opened(1))
        house.dispatcher.outbox.clear()
        first = self.exchange(house, parts)
        second = self.exchange(house, parts)
        assert isinstance(first[0].message, EditOpened)
        assert first[0].message == second[0].message
        assert first[0].seq < second[0].seq
        assert house.store.count() == 1

    def test_a_request_whose_answer_is_not_kept(self, house: House) -> None:
        for number in range(1, 8):
            self.exchange(house, self.request(CloseEdit("x"), number))
        (answer,) = self.exchange(house, self.request(CloseEdit("x"), 1))
        assert answer.message.code == ProtocolError.code

    def test_a_drag_whose_answer_is_not_kept_is_answered_from_the_store(self, house: House) -> None:
        self.exchange(house, self.request(OpenEdit(SAMPLE), 1))
        house.say(opened(1))
        (opening,) = self.exchange(house, self.request(OpenEdit(SAMPLE), 1))
        edit = opening.message
        drag = self.request(drag_of(edit.edit_id), 2)
        self.exchange(house, drag)
        house.say(finished(2))
        for number in range(3, 3 + KEPT_ANSWERS):
            self.exchange(house, self.request(CloseEdit("x"), number))
        assert self.exchange(house, drag) == []
        assert self.exchange(house, drag) == []  # under way: not begun a second time
        assert house.worker.tasks[2:] == [RunOpen(3, SavedState("state 1"))]
        house.worker.state = "idle"
        house.dispatcher.worker_event(house.worker, JobOpened(3, "lion", "state 1", PICTURE))
        ((_, parts),) = house.dispatcher.outbox
        answer = EVENT_CODEC.decode(parts)
        assert answer.parent == 2
        assert answer.message == EditOpened(edit.edit_id, 1, "lion", "state 1", PICTURE)
        assert house.store.count() == 1
        house.dispatcher.outbox.clear()
        house.store.remove(edit.edit_id)
        for number in range(10, 10 + KEPT_ANSWERS):
            self.exchange(house, self.request(CloseEdit("x"), number))
        (answer,) = self.exchange(house, drag)
        assert answer.message.code == ProtocolError.code

    def test_a_client_that_moved_is_answered_where_it_is(self, house: House) -> None:
        self.exchange(house, self.request(OpenEdit(SAMPLE), 1))
        house.dispatcher.receive(b"elsewhere", self.request(Ping(), 2))
        house.say(opened(1))
        assert not house.dispatcher.outbox
        house.dispatcher.receive(b"elsewhere", self.request(OpenEdit(SAMPLE), 1))
        ((route, parts),) = house.dispatcher.outbox
        assert route == b"elsewhere"
        assert read_header(parts).type == "EditOpened"


def test_answers_of_many_clients_take_bounded_memory() -> None:
    """64 clients, each with an answer of 1 MiB; the small ones stay."""
    house = House()
    house.ready()
    small = house.client()
    edit = open_edit(house, small)
    clients = [house.client() for _ in range(64)]
    tracemalloc.start()
    try:
        for number, client in enumerate(clients, start=2):
            Inbox(client, OpenEdit(SAMPLE))
            picture = Pixels(512, 512, 4, bytes([number]) * (4 * 512 * 512))
            house.say(JobOpened(number, "lion", "state 0", picture))
            del picture
            client.pump()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 8 << 20 < taken < MAX_KEPT_BYTES + (2 << 20)
    small_transport = house.transports[b"route 0"]
    house.dispatcher.receive(b"route 0", small_transport.sent[0])
    assert EVENT_CODEC.decode(house.dispatcher.outbox.pop()[1]).message == edit
    # Each of the others is answered, from what is kept or from the store.
    for number in range(1, 65):
        route = f"route {number}".encode()
        house.dispatcher.receive(route, house.transports[route].sent[0])
        if not house.dispatcher.outbox:
            house.say(opened(house.worker.tasks[-1].job))
            (parts,) = house.transports[route].arrived
        else:
            _, parts = house.dispatcher.outbox.pop()
        assert isinstance(EVENT_CODEC.decode(parts).message, EditOpened)


def test_an_unreachable_daemon_is_an_error_of_its_own() -> None:
    house = House()
    client = house.client()
    with pytest.raises(DaemonUnreachable, match="within 3 seconds"):
        client.ask(OpenEdit(SAMPLE), timeout=3)


def test_the_address_of_ray_s_dashboard_is_for_the_daemon_s_own_user() -> None:
    assert House().client().ask(GetStatus()).dashboard == ""
    house = House(dashboard="127.0.0.1:8265")
    assert house.client().ask(GetStatus()).dashboard == "127.0.0.1:8265"
    assert house.client("anna").ask(GetStatus()).dashboard == ""
