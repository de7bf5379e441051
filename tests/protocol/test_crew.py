"""Workers and their jobs, linked without sockets: what is given to whom, and what comes of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from draggan_server.broker.crew import MAX_JOBS_PER_CLIENT, OBEY_SECONDS
from draggan_server.broker.jobs import MAX_LOSSES
from draggan_server.broker.worker import WorkerDied
from draggan_server.wire.autosave import Autosave
from draggan_server.wire.client import Client
from draggan_server.wire.errors import (
    BadInput,
    UnknownEdit,
)
from draggan_server.wire.messages import (
    CancelDrag,
    CloseEdit,
    DragCancelled,
    DragFinished,
    EditOpened,
    Hello,
    NextPreview,
    OpenCancelled,
    OpenEdit,
    OpenProgress,
    PhotoSource,
    Resumed,
)
from draggan_server.wire.versions import FEATURES, THIS_SIDE
from draggan_server.worker.messages import (
    GrantPreview,
    JobOpening,
    JobProgress,
    JobSaved,
    JobStopped,
    RunDrag,
    StopJob,
)
from tests.protocol.linked import (
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


class TestQueue:
    def test_jobs_wait_for_the_worker(self) -> None:
        house = House()
        inbox = Inbox(house.client(), OpenEdit(SAMPLE))
        assert house.worker.tasks == []
        house.ready()
        house.say(opened(1))
        assert isinstance(inbox.last, EditOpened)

    def test_clients_take_turns(self, house: House) -> None:
        eager, late = house.client(), house.client()
        for _ in range(3):
            Inbox(eager, OpenEdit(SAMPLE))
        Inbox(late, OpenEdit(SAMPLE))
        order = []
        for _ in range(4):
            order.append(house.worker.tasks[-1].job)
            house.say(opened(order[-1]))
        assert order == [1, 2, 4, 3]

    def test_workers_share_the_waiting_jobs(self) -> None:
        house = House(workers=2)
        house.ready()
        client = house.client()
        for _ in range(3):
            Inbox(client, OpenEdit(SAMPLE))
        assert [len(worker.tasks) for worker in house.workers] == [1, 1]
        house.say(opened(2), house.workers[1])
        assert [task.job for task in house.workers[1].tasks] == [2, 3]

    def test_too_many_of_one_client(self, house: House) -> None:
        client = house.client()
        for _ in range(MAX_JOBS_PER_CLIENT):
            Inbox(client, OpenEdit(SAMPLE))
        with pytest.raises(BadInput, match="waiting already"):
            client.ask(OpenEdit(SAMPLE))
        Inbox(house.client(), OpenEdit(SAMPLE))  # another's is taken

    def test_an_edit_has_one_drag_at_a_time(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        Inbox(client, drag_of(edit.edit_id))
        with pytest.raises(BadInput, match="dragged already"):
            client.ask(drag_of(edit.edit_id))
        with pytest.raises(BadInput, match="cancel the drag"):
            client.ask(CloseEdit(edit.edit_id))

    def test_a_waiting_drag_whose_edit_was_dropped(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        Inbox(client, OpenEdit(SAMPLE))
        inbox = Inbox(client, drag_of(edit.edit_id))
        house.store.remove(edit.edit_id)
        house.say(opened(2))
        assert inbox.last.code == UnknownEdit.code


class TestCancel:
    def drag(self, house: House) -> tuple[Any, Inbox]:
        client = house.client()
        edit = open_edit(house, client)
        return edit, Inbox(client, drag_of(edit.edit_id))

    def test_a_running_drag_is_cancelled_by_its_worker(self, house: House) -> None:
        edit, inbox = self.drag(house)
        inbox.client.send(CancelDrag(inbox.id))
        assert house.worker.told == [StopJob(2, keep=False)]
        house.say(JobStopped(2))
        assert inbox.last == DragCancelled(edit.edit_id, 0)

    def test_what_was_reached_is_kept(self, house: House) -> None:
        _edit, inbox = self.drag(house)
        inbox.client.send(CancelDrag(inbox.id, keep=True))
        assert house.worker.told == [StopJob(2, keep=True)]
        house.say(finished(2, "stopped"))
        assert (inbox.last.revision, inbox.last.reason) == (1, "stopped")

    def test_a_waiting_drag_is_cancelled_at_once(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        Inbox(house.client(), OpenEdit(SAMPLE))
        inbox = Inbox(client, drag_of(edit.edit_id))
        client.send(CancelDrag(inbox.id))
        assert inbox.last == DragCancelled(edit.edit_id, 0)
        house.say(opened(2))
        assert len(house.worker.tasks) == 2  # it was never given to the worker

    def test_a_drag_that_has_ended_or_never_was(self, house: House) -> None:
        _edit, inbox = self.drag(house)
        house.say(finished(2))
        inbox.client.send(CancelDrag(inbox.id))
        inbox.client.send(CancelDrag(999))
        inbox.client.send(NextPreview(999))
        assert house.worker.told == []
        assert inbox.last.reason == "arrived"

    def test_another_client_s_drag_is_not_touched(self, house: House) -> None:
        _, inbox = self.drag(house)
        house.client().send(CancelDrag(inbox.id))
        assert house.worker.told == []

    def test_a_worker_that_does_not_obey_is_killed(self, house: House) -> None:
        edit, inbox = self.drag(house)
        inbox.client.send(CancelDrag(inbox.id))
        for _ in range(int(OBEY_SECONDS)):
            inbox.client.pump()
            house.pass_time(1)
        assert not house.worker.killed
        house.pass_time(1)
        assert house.worker.killed
        house.say(WorkerDied("was killed"))
        assert inbox.last == DragCancelled(edit.edit_id, 0)

    def test_previews_are_granted_to_the_worker(self, house: House) -> None:
        _, inbox = self.drag(house)
        inbox.client.send(NextPreview(inbox.id))
        assert house.worker.told == [GrantPreview(2)]


class TestPhotos:
    def opening(self, house: House) -> Inbox:
        return Inbox(house.client(), OpenEdit(PhotoSource("lion", PICTURE)))

    def test_progress_comes_before_the_edit(self, house: House) -> None:
        inbox = self.opening(house)
        house.say(JobOpening(1, OpenProgress(0.5)))
        assert inbox.last == OpenProgress(0.5)
        house.say(opened(1))
        assert isinstance(inbox.last, EditOpened)

    def test_an_opening_is_cancelled_by_its_worker(self, house: House) -> None:
        inbox = self.opening(house)
        inbox.client.send(CancelDrag(inbox.id))
        assert house.worker.told == [StopJob(1, keep=False)]
        house.say(JobStopped(1))
        assert inbox.last == OpenCancelled()

    def test_a_job_is_cancelled_while_it_waits(self, house: House) -> None:
        self.opening(house)
        inbox = self.opening(house)
        inbox.client.send(CancelDrag(inbox.id))
        assert inbox.last == OpenCancelled()
        assert house.worker.told == []

    def test_a_preview_that_is_granted_too_soon_harms_nobody(self, house: House) -> None:
        inbox = self.opening(house)
        inbox.client.send(NextPreview(inbox.id))
        assert house.worker.told == []

    def test_a_worker_that_dies_ends_the_opening(self, house: House) -> None:
        inbox = self.opening(house)
        inbox.client.send(CancelDrag(inbox.id))
        house.say(WorkerDied("was killed"))
        assert inbox.last == OpenCancelled()


class TestWorkerDeath:
    def greeted(self, house: House, features: tuple[str, ...] = FEATURES) -> Client:
        """A client that has said what it can."""
        client = house.client()
        client.send(Hello(dataclasses.replace(THIS_SIDE, features=features)))
        return client

    def dragged(self, house: House, client: Client) -> tuple[Any, Inbox]:
        edit = open_edit(house, client)
        return edit, Inbox(client, drag_of(edit.edit_id))

    def die(self, house: House) -> None:
        """The worker that runs something, and another process begins."""
        house.say(WorkerDied("ended by signal 9"))
        house.ready()

    def test_the_next_process_does_it_from_the_edit_as_it_was_saved(self, house: House) -> None:
        _edit, inbox = self.dragged(house, self.greeted(house))
        before = house.worker.tasks[-1]
        self.die(house)
        assert house.worker.tasks[-1] == before
        assert house.worker.tasks.count(before) == 2
        house.say(finished(2))
        assert inbox.last.revision == 1
        assert list(inbox) == [Resumed(1), inbox.last]

    def test_it_goes_on_from_the_newest_autosave(self, house: House) -> None:
        _edit, inbox = self.dragged(house, self.greeted(house))
        before = house.worker.tasks[-1]
        for step in (4, 9):
            house.say(JobSaved(2, Autosave(step, "", ((1.0, 2.0),))))
        assert inbox.last is None  # it is between the broker and its workers
        self.die(house)
        saved = Autosave(9, "", ((1.0, 2.0),))
        assert house.worker.tasks[-1] == dataclasses.replace(before, autosave=saved)

    def test_a_photo_that_is_opened_begins_again_on_another_worker_and_this_is_said(self) -> None:
        house = House(workers=2)
        house.ready()
        inbox = Inbox(self.greeted(house), OpenEdit(PhotoSource("lion", PICTURE)))
        one, other = house.workers
        house.say(JobOpening(1, OpenProgress(0.5)), one)
        house.say(WorkerDied("ended by signal 9"), one)
        assert other.tasks == one.tasks
        house.say(opened(1), other)
        assert isinstance(inbox.last, EditOpened)
        assert list(inbox) == [OpenProgress(0.5), Resumed(1), inbox.last]

    def test_who_knows_nothing_of_losses_hears_nothing_of_them(self, house: House) -> None:
        _edit, inbox = self.dragged(house, self.greeted(house, ()))
        self.die(house)
        house.say(finished(2))
        inbox.client.pump()
        assert [type(event) for event in inbox] == [DragFinished]

    def test_another_worker_takes_it_at_once(self) -> None:
        house = House(workers=2)
        house.ready()
        _edit, inbox = self.dragged(house, house.client())
        one, other = house.workers
        assert isinstance(one.tasks[-1], RunDrag)
        house.say(WorkerDied("ended by signal 9"), one)
        assert other.tasks == one.tasks[-1:]
        house.say(finished(2), other)
        assert isinstance(inbox.last, DragFinished)

    def test_what_ends_every_worker_is_set_aside_after_three(self) -> None:
        house = House(workers=4)
        house.ready()
        client = house.client()
        edit = open_edit(house, client)
        poison = Inbox(client, drag_of(edit.edit_id))
        for _ in range(MAX_LOSSES):
            assert poison.last is None
            (worker,) = (worker for worker in house.workers if worker.state == "busy")
            house.say(WorkerDied("ended by signal 9"), worker)
        assert poison.last.code == "worker-lost"
        assert f"ended {MAX_LOSSES} times" in poison.last.message
        assert house.store.find(edit.edit_id).revision == 0
        good = Inbox(client, drag_of(edit.edit_id))
        (worker,) = (worker for worker in house.workers if worker.state == "busy")
        house.say(finished(3), worker)
        assert isinstance(good.last, DragFinished)

    def test_what_was_to_end_with_what_it_had_does_not_begin_anew(self, house: House) -> None:
        _edit, inbox = self.dragged(house, house.client())
        inbox.client.send(CancelDrag(inbox.id, keep=True))
        self.die(house)
        assert inbox.last.code == "worker-lost"
        assert "ended by signal 9" in inbox.last.message
        assert sum(isinstance(task, RunDrag) for task in house.worker.tasks) == 1

    def test_what_was_given_up_does_not_begin_anew(self, house: House) -> None:
        edit, inbox = self.dragged(house, house.client())
        inbox.client.send(CancelDrag(inbox.id))
        self.die(house)
        assert inbox.last == DragCancelled(edit.edit_id, 0)

    def test_what_was_lost_goes_before_what_waits(self, house: House) -> None:
        client = house.client()
        lost = Inbox(client, OpenEdit(SAMPLE))
        waiting = Inbox(client, OpenEdit(SAMPLE))
        self.die(house)
        house.say(opened(1))
        house.say(opened(2))
        assert isinstance(lost.last, EditOpened)
        assert isinstance(waiting.last, EditOpened)

    def test_what_waits_for_a_worker_again_can_be_given_up(self, house: House) -> None:
        edit, inbox = self.dragged(house, house.client())
        house.say(WorkerDied("ended by signal 9"))
        inbox.client.send(CancelDrag(inbox.id))
        assert inbox.last == DragCancelled(edit.edit_id, 0)
        house.ready()
        assert house.worker.state == "idle"

    def test_a_late_word_about_a_job_that_ended_is_ignored(self, house: House) -> None:
        client = house.client()
        ended = Inbox(client, OpenEdit(SAMPLE))
        house.say(opened(1))
        inbox = Inbox(client, OpenEdit(SAMPLE))
        house.dispatcher.worker_event(house.worker, opened(1))
        house.deliver()
        assert inbox.last is None
        assert len(ended) == 1

    def test_no_worker_can_be_had(self, house: House) -> None:
        client = house.client()
        house.worker.state = "busy"
        inbox = Inbox(client, OpenEdit(SAMPLE))
        house.worker.state = "lost"
        house.dispatcher.worker_event(house.worker, WorkerDied("ended with code 1"))
        house.deliver()
        assert inbox.last.code == "worker-lost"
        assert "worker.log, worker.err" in inbox.last.message
        assert Inbox(client, OpenEdit(SAMPLE)).last.code == "worker-lost"


def test_a_worker_whose_last_words_come_together_does_not_lose_its_job(house: House) -> None:
    """It is idle as soon as they have been read, before the first of them is taken."""
    first, second = house.client(), house.client()
    one, other = open_edit(house, first), open_edit(house, second)
    drag, waiting = Inbox(first, drag_of(one.edit_id)), Inbox(second, drag_of(other.edit_id))
    job = house.worker.tasks[-1].job
    house.worker.state = "idle"
    house.dispatcher.worker_event(house.worker, JobProgress(job, PROGRESS))
    house.dispatcher.worker_event(house.worker, finished(job))
    house.deliver()
    assert isinstance(drag.last, DragFinished)
    house.say(finished(house.worker.tasks[-1].job))
    assert isinstance(waiting.last, DragFinished)
