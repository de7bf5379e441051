"""The jobs of a broker: their table of states, and which worker does which."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from draggan_server.broker import worker
from draggan_server.broker.job_states import JOB_TABLE, JobCause, JobState
from draggan_server.broker.jobs import KEPT_AT_HAND, Job, JobBoard
from draggan_server.broker.sessions import Session
from draggan_server.broker.worker import WorkerDied
from draggan_server.wire.messages import (
    CancelDrag,
    GetHistory,
    OpenEdit,
    SampleSource,
    SavedState,
    StartDrag,
)
from draggan_server.worker.messages import RunDrag, RunHistory, RunOpen, StopJob
from tests.protocol.linked import House, Inbox, ScriptedWorker, drag_of, finished, opened

ENDING = {JobState.KEEPING, JobState.GIVING_UP, JobState.ABANDONED}


class TestTable:
    def test_every_state_has_its_row(self) -> None:
        assert set(JOB_TABLE) == set(JobState)

    @pytest.mark.parametrize("state", JobState)
    def test_a_job_that_was_told_to_end_never_runs_on(self, state: JobState) -> None:
        follows = set(JOB_TABLE[state].values())
        if state in ENDING:
            assert follows <= ENDING
        if state in (JobState.ABANDONED, JobState.OVER):
            assert not follows

    def test_what_was_given_up_is_not_kept_after_all(self) -> None:
        job = Job(1, Session("me", b"", 0.0), 1, drag_of("e"))
        assert job.meet(JobCause.TAKEN)
        assert job.meet(JobCause.GIVE_UP)
        assert not job.meet(JobCause.KEEP)
        assert job.is_given_up

    def test_its_worker_is_told_once(self) -> None:
        house = House()
        house.ready()
        client = house.client()
        inbox = Inbox(client, OpenEdit(SampleSource("lion", 1)))
        house.say(opened(1))
        drag = Inbox(client, drag_of(inbox.last.edit_id))
        for keep in (True, True, False, True):
            client.send(CancelDrag(drag.id, keep=keep), lambda _: None)
        assert house.worker.told == [StopJob(2, keep=True), StopJob(2, keep=False)]


class TestAffinity:
    @pytest.fixture
    def house(self) -> House:
        house = House(workers=2)
        house.ready()
        return house

    def open_on(self, house: House, worker: ScriptedWorker, model: str) -> str:
        """An edit of a model that this worker opens; the other one is busy meanwhile."""
        for other in house.workers:
            other.state = "idle" if other is worker else "busy"
        inbox = Inbox(house.client(), OpenEdit(SampleSource(model, 1)))
        house.say(opened(worker.tasks[-1].job), worker)
        for other in house.workers:
            other.state = "idle"
        edit_id = inbox.last.edit_id
        assert isinstance(edit_id, str)
        return edit_id

    @pytest.mark.parametrize("number", [0, 1])
    def test_an_edit_stays_with_the_worker_that_has_it(self, house: House, number: int) -> None:
        mine, other = house.workers[number], house.workers[1 - number]
        edit = self.open_on(house, mine, "lion")
        Inbox(house.client(), drag_of(edit))
        house.say(finished(mine.tasks[-1].job), mine)
        Inbox(house.client(), GetHistory(edit))
        assert [type(task) for task in mine.tasks] == [RunOpen, RunDrag, RunHistory]
        assert not other.tasks

    def test_a_new_edit_goes_where_its_model_is(self, house: House) -> None:
        self.open_on(house, house.workers[1], "lion")
        Inbox(house.client(), OpenEdit(SampleSource("lion", 2)))
        assert len(house.workers[1].tasks) == 2
        assert not house.workers[0].tasks

    def test_nobody_waits_for_the_best_worker(self, house: House) -> None:
        edit = self.open_on(house, house.workers[1], "lion")
        house.workers[1].state = "busy"
        Inbox(house.client(), drag_of(edit))
        assert len(house.workers[0].tasks) == 1

    def test_a_worker_that_died_has_nothing_at_hand(self, house: House) -> None:
        edit = self.open_on(house, house.workers[1], "lion")
        house.say(WorkerDied("ended"), house.workers[1])
        house.workers[1].state = "idle"
        Inbox(house.client(), drag_of(edit))
        assert len(house.workers[0].tasks) == 1

    def test_what_is_known_is_bounded(self) -> None:
        board, one = JobBoard(), ScriptedWorker()
        for number in range(2 * KEPT_AT_HAND):
            job = Job(number, Session("me", b"", 0.0), number, drag_of(f"edit {number}"))
            board.begin(job, one)
            board.end(job)
        assert len(board._at_hand) == KEPT_AT_HAND

    def test_states_of_unknown_models_are_told_from_edits(self) -> None:
        requests: list[OpenEdit | StartDrag] = [OpenEdit(SavedState("{}")), drag_of("{}")]
        jobs = [Job(n, Session("me", b"", 0.0), n, request) for n, request in enumerate(requests)]
        assert jobs[0].about != jobs[1].about


def test_what_a_worker_is_says_nothing_of_sockets() -> None:
    tree = ast.parse(Path(worker.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [node for node in imports if "zmq" in ast.unparse(node)]
