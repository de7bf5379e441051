"""Guests, who come from other machines: what is theirs, what they may not, how much they may."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from draggan_server.broker import guests
from draggan_server.broker import store as store_module
from draggan_server.broker.guests import BURST_MESSAGES, MAX_JOBS, MAX_PROGRAMS, MESSAGES_PER_SECOND
from draggan_server.broker.store import EditStore, StoredEdit
from draggan_server.broker.worker import WorkerDied
from draggan_server.models import zoo
from draggan_server.models.errors import ModelNotFoundError
from draggan_server.wire.client import Client
from draggan_server.wire.codec import REQUEST_CODEC, Envelope
from draggan_server.wire.errors import BadInput, UnknownEdit
from draggan_server.wire.messages import (
    CloseEdit,
    Failure,
    FindState,
    GetStatus,
    Hello,
    OpenEdit,
    Ping,
    Pong,
    SampleSource,
    SavedState,
    Shutdown,
    Welcome,
)
from draggan_server.wire.versions import THIS_SIDE
from draggan_server.worker.messages import RunDrag, RunOpen, RunSamples
from tests.protocol.fake_engine import FakeEngine
from tests.protocol.linked import (
    PICTURE,
    SAMPLE,
    House,
    Inbox,
    drag_of,
    finished,
    open_edit,
    opened,
)
from tests.protocol.test_job_loop import PlayedBroker
from tests.protocol.test_job_loop import run as run_loop


@pytest.fixture
def house() -> House:
    house = House(workers=1)
    house.ready()
    return house


class TestWhatIsTheirs:
    def test_another_s_edit_is_not_there(self, house: House) -> None:
        anna, ben, own = house.client("anna"), house.client("ben"), house.client()
        edit = open_edit(house, anna)
        for other in (ben, own):
            with pytest.raises(UnknownEdit):
                other.ask(drag_of(edit.edit_id))
            other.ask(CloseEdit(edit.edit_id))
        drag = Inbox(anna, drag_of(edit.edit_id))
        house.say(finished(house.worker.tasks[-1].job))
        assert drag.last.revision == 1

    def test_a_state_is_found_by_its_owner_only(self, house: House) -> None:
        anna, ben, own = house.client("anna"), house.client("ben"), house.client()
        open_edit(house, anna)
        asked = FindState(PICTURE.fingerprint())
        assert anna.ask(asked).saved_state == "state 0"
        assert ben.ask(asked).saved_state is None
        assert own.ask(asked).saved_state is None
        assert [one.ask(GetStatus()).edits for one in (anna, ben, own)] == [1, 0, 0]

    def test_a_guest_who_takes_another_s_name_gets_nothing_of_it(self, house: House) -> None:
        anna = house.client("anna")
        edit = open_edit(house, anna)
        name = next(iter(house.dispatcher._sessions)).client
        thief = house.client("ben")
        thief._name = name
        again = REQUEST_CODEC.encode(Envelope(OpenEdit(SAMPLE), name, id=1))
        house.dispatcher.receive(b"route 1", again, "ben")
        house.deliver()
        assert house.worker.tasks[-1] == RunOpen(2, SAMPLE, installed_only=True)
        assert not house.transports[b"route 1"].arrived  # the answer kept for anna is not given
        assert house.store.find(edit.edit_id, "anna") is not None

    def test_their_programs_take_turns_as_one(self, house: House) -> None:
        blocker = Inbox(house.client(), OpenEdit(SampleSource("lion", 1)))
        for program in range(3):
            house.client("anna").send(OpenEdit(SampleSource("lion", 10 + program)))
        house.client("ben").send(OpenEdit(SampleSource("lion", 20)))
        seeds = []
        for _ in range(4):
            house.say(opened(house.worker.tasks[-1].job))
            seeds.append(house.worker.tasks[-1].source.seed)
        assert blocker.last is not None
        assert seeds == [10, 20, 11, 12]


class TestWhatTheyMayNot:
    def test_stop_the_daemon(self, house: House) -> None:
        with pytest.raises(BadInput, match="not yours to stop"):
            house.client("anna").ask(Shutdown())
        assert not house.dispatcher.stopping

    def test_send_it_away_for_a_newer_one(self, house: House) -> None:
        newer = Hello(replace(THIS_SIDE, release="99.0"), replaces=True)
        welcome = Inbox(house.client("anna"), newer)
        house.pass_time(1000)
        assert welcome.last == Welcome(THIS_SIDE)
        assert not house.dispatcher.stopping

    def test_name_a_model_by_its_file(self, tmp_path: Path) -> None:
        file = zoo.find(zoo.DEFAULT_MODEL).path
        assert zoo.find(file).name == zoo.DEFAULT_MODEL
        assert zoo.find_installed(zoo.DEFAULT_MODEL).path == file
        for name in (str(file), "/etc/passwd", "~/x.safetensors", file.name):
            with pytest.raises(ModelNotFoundError, match="on the machine that computes"):
                zoo.find_installed(name)

    def test_the_worker_looks_at_the_name_of_what_is_drawn_small(self) -> None:
        task = RunSamples(1, (SampleSource("/secret/steady", 1),), installed_only=True)
        assert run_loop(PlayedBroker(task), FakeEngine()).sent[-1].code == "unknown-model"

    @pytest.mark.parametrize("source", ["sample", "state"])
    def test_the_worker_looks_at_the_name(self, source: str) -> None:
        engine = FakeEngine()
        state = replace(engine.open_sample(SampleSource("steady", 1)), model="/secret/steady")
        what = (
            SampleSource("/secret/steady", 1) if source == "sample" else SavedState(state.to_json())
        )
        broker = run_loop(PlayedBroker(RunOpen(1, what, installed_only=True)), engine)
        assert broker.sent[-1].code == "unknown-model"


class TestHowMuchTheyMay:
    def test_requests_that_wait_are_limited(self, house: House) -> None:
        programs = [house.client("anna") for _ in range(2)]
        for number in range(MAX_JOBS):
            programs[number % 2].send(OpenEdit(SAMPLE))
        with pytest.raises(BadInput, match=f"{MAX_JOBS} requests are waiting"):
            programs[0].ask(OpenEdit(SAMPLE))
        house.client("ben").send(OpenEdit(SAMPLE))  # which is no matter of anna's
        house.client().send(OpenEdit(SAMPLE))
        assert len(house.dispatcher._crew.jobs.all()) == MAX_JOBS + 2

    def test_the_memory_of_requests_that_wait(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(guests, "MAX_JOB_BYTES", 3 << 10)
        anna, ben = house.client("anna"), house.client("ben")
        edits = [open_edit(house, one).edit_id for one in (anna, anna, anna, ben)]
        first, second = (Inbox(anna, drag_of(edit)) for edit in edits[:2])
        with pytest.raises(BadInput, match="take more than"):
            anna.ask(drag_of(edits[2]))
        waiting = Inbox(ben, drag_of(edits[3]))
        house.say(finished(house.worker.tasks[-1].job))
        third = Inbox(anna, drag_of(edits[2]))
        assert [one.last for one in (second, third, waiting)] == [None, None, None]
        assert first.last.revision == 1

    def test_a_guest_has_so_many_programs_at_once(self, house: House) -> None:
        for _ in range(MAX_PROGRAMS):
            assert house.client("anna").ask(Ping()) == Pong()
        one_more = house.client("anna")
        with pytest.raises(BadInput, match="close some of them"):
            one_more.ask(Ping())
        assert house.client("ben").ask(Ping()) == Pong()
        house.pass_time(200)  # the others are forgotten
        assert one_more.ask(Ping()) == Pong()

    def test_messages_a_second_are_limited(self, house: House) -> None:
        anna, own = house.client("anna"), house.client()

        def pings(client: Client, count: int) -> list[Any]:
            return [Inbox(client, Ping()).last for _ in range(count)]

        assert pings(anna, int(BURST_MESSAGES)) == [Pong()] * int(BURST_MESSAGES)
        (refused,) = pings(anna, 1)
        assert "messages a second" in refused.message
        assert pings(own, 2000) == [Pong()] * 2000
        house.pass_time(1.0)
        *taken, refused = pings(anna, int(MESSAGES_PER_SECOND) + 1)
        assert taken == [Pong()] * int(MESSAGES_PER_SECOND)
        assert isinstance(refused, Failure)

    def test_what_is_stored_is_limited(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store_module, "MAX_GUEST_REVISIONS", 3)
        monkeypatch.setattr(store_module, "MAX_GUEST_CHARS", 100)
        store = EditStore.open(tmp_path / "edits.sqlite3")
        for number in range(10):
            store.save(StoredEdit(f"own {number}", 0, "x" * 60))
            store.save(StoredEdit(f"anna {number}", 0, "y"), owner="anna")
            store.save(StoredEdit(f"ben {number}", 0, "z" * 60), owner="ben")
        store.save(StoredEdit("large", 0, "w" * 1000), owner="carl")
        assert [store.count(owner) for owner in ("", "anna", "ben", "carl")] == [10, 3, 1, 1]
        assert store.find("ben 9", "ben") == StoredEdit("ben 9", 0, "z" * 60)
        assert store.find("own 0") is not None
        store.close()


class TestAnInvitationThatIsTakenBack:
    def test_ends_what_was_under_way_and_nothing_else(self, house: House) -> None:
        anna, ben = house.client("anna"), house.client("ben")
        edit = open_edit(house, anna)
        running = Inbox(anna, drag_of(edit.edit_id))
        waiting = Inbox(anna, OpenEdit(SAMPLE))
        other = Inbox(ben, OpenEdit(SAMPLE))
        house.dispatcher.dismiss("anna")
        house.deliver()
        for inbox in (running, waiting):
            assert isinstance(inbox.last, Failure)
            assert "was taken back" in inbox.last.message
        house.say(finished(house.worker.tasks[-1].job))
        assert other.last is None
        assert house.worker.tasks[-1].source == SAMPLE

    def test_forgets_what_was_stored(self, tmp_path: Path) -> None:
        store = EditStore.open(tmp_path / "edits.sqlite3")
        for owner in ("", "anna", "ben"):
            store.save(StoredEdit(f"of {owner}", 0, "state"), "picture", owner)
        store.forget_all_but(["ben"])
        assert [store.count(owner) for owner in ("", "anna", "ben")] == [1, 0, 1]
        assert store.find_picture("picture", "anna") is None
        store.close()


class TestWhatTheyLeaveToAHand:
    def test_a_guest_s_batch_leaves_one_of_several_workers(self) -> None:
        house = House(workers=3)
        house.ready()
        own, anna, ben = house.client(), house.client("anna"), house.client("ben")
        edit = open_edit(house, own)
        for guest in (anna, ben):
            for _ in range(3):
                guest.send(OpenEdit(SAMPLE))
        assert [worker.state for worker in house.workers].count("busy") == 2
        Inbox(own, drag_of(edit.edit_id, live=True))
        (hand,) = (
            worker
            for worker in house.workers
            if isinstance(worker.tasks[-1], RunDrag) and worker.state == "busy"
        )
        assert all(worker.state == "busy" for worker in house.workers)
        house.say(finished(hand.tasks[-1].job), hand)
        assert hand.state == "idle"
        assert own.ask(GetStatus()).waiting == 4
        for worker in house.workers:
            if worker is not hand:
                house.say(opened(worker.tasks[-1].job), worker)
        assert own.ask(GetStatus()).waiting == 2

    def test_the_machine_s_own_user_and_a_guest_s_hand_may_take_it(self) -> None:
        house = House(workers=2)
        house.ready()
        own, anna = house.client(), house.client("anna")
        edit = open_edit(house, anna)
        anna.send(OpenEdit(SAMPLE))
        anna.send(OpenEdit(SAMPLE))
        assert own.ask(GetStatus()).waiting == 1
        Inbox(anna, drag_of(edit.edit_id, live=True))
        assert all(worker.state == "busy" for worker in house.workers)
        own.send(OpenEdit(SAMPLE))
        for worker in house.workers:
            if isinstance(worker.tasks[-1], RunDrag):
                house.say(finished(worker.tasks[-1].job), worker)
        assert all(worker.state == "busy" for worker in house.workers)
        assert own.ask(GetStatus()).waiting == 1

    def test_a_single_worker_is_everybody_s(self) -> None:
        house = House(workers=2)
        house.ready()
        anna = house.client("anna")
        anna.send(OpenEdit(SAMPLE))
        anna.send(OpenEdit(SAMPLE))
        (idle,) = (worker for worker in house.workers if worker.state == "idle")
        (busy,) = (worker for worker in house.workers if worker.state == "busy")
        house.say(WorkerDied("was lost"), idle)
        assert len(busy.tasks) == 1
        house.say(opened(busy.tasks[-1].job), busy)
        assert (busy.state, len(busy.tasks)) == ("busy", 2)
