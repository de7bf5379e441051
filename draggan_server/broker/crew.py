"""The workers and the jobs that they carry out, from a request to its last event."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence

from draggan_server.broker.endings import SILENT, cancelled, death_of, outcome_of
from draggan_server.broker.guests import Guests
from draggan_server.broker.job_states import JobCause, JobState
from draggan_server.broker.jobs import Job, JobBoard
from draggan_server.broker.sessions import Session, Sessions
from draggan_server.broker.store import EditStore, StoredEdit
from draggan_server.broker.tasks import edit_of, task_of, word_of
from draggan_server.broker.worker import Worker, WorkerDied
from draggan_server.wire.errors import (
    BadInput,
    DragganError,
    WorkerLost,
)
from draggan_server.wire.messages import (
    CancelDrag,
    DrawSamples,
    EditOpened,
    EndLive,
    Event,
    GoToDrag,
    MoveTargets,
    OpenEdit,
    Resumed,
    StartDrag,
    Work,
    WorkerStatus,
)
from draggan_server.worker.messages import (
    GrantPreview,
    JobFailed,
    JobFrame,
    JobOpening,
    JobProgress,
    JobSaved,
    JobWay,
    LetGo,
    StopJob,
    WorkerEvent,
    WorkerReady,
)

logger = logging.getLogger(__name__)

OBEY_SECONDS = 20.0
"""A worker that has not ended a cancelled job by then is killed."""

MAX_JOBS_PER_CLIENT = 8


class Crew:
    """Gives jobs to workers and tells the sessions what came of them; edits go to the store."""

    def __init__(
        self,
        workers: Sequence[Worker],
        store: EditStore,
        sessions: Sessions,
        guests: Guests,
        clock: Callable[[], float],
    ) -> None:
        self.jobs = JobBoard(clock)
        self._workers = workers
        self._store = store
        self._sessions = sessions
        self._guests = guests
        self._clock = clock
        self._last_job = 0

    def accept(self, session: Session, request_id: int, request: Work, size: int) -> None:
        """Take a request of `size` bytes. Raises `DragganError` where it cannot be carried out."""
        if not isinstance(request, OpenEdit | DrawSamples):
            edit_of(request, session.guest, self._store)
        if isinstance(request, StartDrag | GoToDrag) and self.jobs.is_changed(request.edit_id):
            raise BadInput("The edit is being dragged already: wait for it or cancel it.")
        live = isinstance(request, StartDrag) and request.live
        if live and any(job.is_live and not job.is_given_up for job in self.jobs.of(session)):
            raise BadInput("Another live drag of this program is under way: end it first.")
        self.enqueue(session, request_id, request, size)

    def enqueue(
        self,
        session: Session,
        request_id: int,
        request: Work,
        size: int,
        stored: StoredEdit | None = None,
    ) -> None:
        """Take a request that needs no look at the store. Raises `BadInput` and `WorkerLost`."""
        if session.guest:
            self._guests.check_job(self.jobs.of_guest(session.guest), size)
        if len(self.jobs.of(session)) >= MAX_JOBS_PER_CLIENT:
            raise BadInput(
                "{count} requests are waiting already: let one end or cancel it.",
                count=MAX_JOBS_PER_CLIENT,
            )
        if self._is_lost():
            raise self._no_worker()
        self._last_job += 1
        self.jobs.add(Job(self._last_job, session, request_id, request, stored, size))
        self.assign()

    def grant_preview(self, session: Session, drag_id: int) -> None:
        """The client of a drag wants the next picture of it."""
        job = self.jobs.long_job(session, drag_id)
        if job is not None and job.worker is not None and job.is_drag:
            job.worker.tell(GrantPreview(job.number))

    def steer(self, session: Session, request: MoveTargets | EndLive) -> None:
        """Hand on what the hand does, or keep it for a live drag that waits for its worker."""
        job = self.jobs.long_job(session, request.drag_id)
        if job is None or not job.is_live:
            return  # it ended while the request was on its way
        if isinstance(request, EndLive) and not request.keep:
            self.cancel(session, CancelDrag(request.drag_id))
            return
        if isinstance(request, MoveTargets):
            job.targets = request
        else:
            job.let_go = True
        if job.worker is not None:
            job.worker.tell(word_of(job, request))

    def cancel(self, session: Session, request: CancelDrag) -> None:
        """End a drag or an opening, if it has not ended meanwhile."""
        job = self.jobs.long_job(session, request.drag_id)
        if job is not None and job.meet(JobCause.KEEP if request.keep else JobCause.GIVE_UP):
            if job.worker is None:
                self.jobs.withdraw(job)
                self._sessions.answer(session, job.request_id, cancelled(job))
            else:
                self._tell_to_end(job, job.worker)

    def drop(self, session: Session) -> None:
        """End the jobs of a client that is gone, and what waits for it.

        It is told all the same: it may only have been held up.
        """
        for job in self.jobs.of(session):
            if job.worker is None:
                job.meet(JobCause.SILENCE)
                self.jobs.withdraw(job)
                self._sessions.fail(session, job.request_id, SILENT)
            elif job.is_long and job.meet(JobCause.SILENCE):
                logger.info("a client is gone; its drag is cancelled")
                self._tell_to_end(job, job.worker)

    def status(self) -> tuple[WorkerStatus, ...]:
        return tuple(map(self._status_of, self._workers))

    def assign(self) -> None:
        """Give waiting jobs to idle workers."""
        while free := [worker for worker in self._workers if self._is_free(worker)]:
            there = sum(worker.state in ("idle", "busy") for worker in self._workers)
            if (job := self.jobs.next(there)) is None:
                return
            try:
                task = task_of(job, self._store)
            except DragganError as error:  # the edit was dropped meanwhile
                self._sessions.fail(job.session, job.request_id, error)
                continue
            worker = self.jobs.best_for(job, free)
            self.jobs.begin(job, worker)
            worker.submit(task)
            if job.targets is not None:
                worker.tell(word_of(job, job.targets))
            if job.let_go:
                worker.tell(LetGo(job.number))

    def take(self, worker: Worker, event: WorkerEvent | WorkerDied) -> None:
        """Take what a worker has to say."""
        job = self.jobs.running_on(worker)
        if isinstance(event, WorkerDied):
            self.jobs.emptied(worker)
            if job is not None:
                self._lose(job, event)
            if self._is_lost():
                self._give_up_waiting()
        elif not isinstance(event, WorkerReady) and job is not None and job.number == event.job:
            if isinstance(event, JobProgress | JobOpening):
                job.share = event.progress.share if isinstance(event, JobOpening) else None
                self._sessions.answer(job.session, job.request_id, event.progress)
            elif isinstance(event, JobSaved):
                job.autosave = event.autosave
            elif isinstance(event, JobFrame | JobWay):
                self._sessions.answer(job.session, job.request_id, event.frame)
            else:
                outcome = outcome_of(job, event, self._store)
                if isinstance(outcome, EditOpened):
                    self.jobs.opened(job, outcome.edit_id, outcome.model)
                elif isinstance(event, JobFailed):
                    self.jobs.emptied(worker)  # it freed what it could
                self._end(job, outcome)
        self.assign()

    def kill_disobedient(self, now: float) -> None:
        """Kill the workers that did not end their jobs when they were told to."""
        for job in self.jobs.all():
            if job.told_at is not None and now - job.told_at > OBEY_SECONDS:
                assert job.worker is not None
                logger.error("worker %s does not end its drag and is killed", job.worker.pid)
                job.worker.kill()

    def _status_of(self, worker: Worker) -> WorkerStatus:
        job = self.jobs.running_on(worker)
        status = WorkerStatus(
            worker.device,
            worker.state,
            worker.pid,
            models=self.jobs.models_on(worker),
            doing="nothing" if job is None else job.doing,
            share=None if job is None else job.share,
            memory=worker.memory,
            free_memory=worker.free_memory,
        )
        if (card := worker.card_memory) is not None:
            status = dataclasses.replace(status, card_taken=card.taken, card_free=card.free)
        if worker.learned is None:
            return status
        learned = worker.learned
        return dataclasses.replace(status, learning=learned.model, learned=learned.fraction)

    def _is_free(self, worker: Worker) -> bool:
        """One that is idle may still have said how its job ended, which is taken next."""
        return worker.state == "idle" and self.jobs.running_on(worker) is None

    def _is_lost(self) -> bool:
        return all(worker.state == "lost" for worker in self._workers)

    def _give_up_waiting(self) -> None:
        while (job := self.jobs.next()) is not None:
            self._sessions.fail(job.session, job.request_id, self._no_worker())

    def _no_worker(self) -> WorkerLost:
        return WorkerLost(
            "The process that computes does not start: run draggan status, and see {logs} in "
            "the daemon's log folder.",
            logs=", ".join(self._workers[0].logs),
        )

    def _tell_to_end(self, job: Job, worker: Worker) -> None:
        job.told_at = job.told_at or self._clock()
        worker.tell(StopJob(job.number, keep=job.state is JobState.KEEPING))

    def _lose(self, job: Job, event: WorkerDied) -> None:
        """Begin again by another worker what was lost with this one, unless it is to blame."""
        job.losses += 1
        if not job.is_poisoned and job.meet(JobCause.LOSS):
            self.jobs.again(job)
            if job.session.follows_losses:
                self._sessions.answer(job.session, job.request_id, Resumed(job.losses))
        else:
            self._end(job, death_of(job, event))

    def _end(self, job: Job, event: Event) -> None:
        self.jobs.end(job)
        self._sessions.answer(job.session, job.request_id, event)
