"""What each message does. Knows no socket: frames in, frames out, and workers to give tasks to.

In one file, because each method is one message's act, and all of them share the sessions, the jobs
and the workers.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from draggan_server import __version__
from draggan_server.broker.errands import Errands, StartErrand
from draggan_server.broker.guests import Guests
from draggan_server.broker.job_states import JobCause, JobState
from draggan_server.broker.jobs import Job, JobBoard, Work
from draggan_server.broker.sessions import Session, Sessions
from draggan_server.broker.store import OWNER, EditStore, StoredEdit
from draggan_server.broker.worker import Worker, WorkerDied
from draggan_server.wire.codec import REQUEST_CODEC, read_header
from draggan_server.wire.errors import (
    BadInput,
    DaemonUnreachable,
    DragganError,
    InternalError,
    ProtocolError,
    StaleRevision,
    UnknownEdit,
    WorkerLost,
)
from draggan_server.wire.messages import (
    CancelDrag,
    Catalogue,
    CloseEdit,
    Done,
    DragCancelled,
    DragFinished,
    DrawSamples,
    EditOpened,
    EndLive,
    Errand,
    Event,
    Failure,
    FindState,
    GetCatalogue,
    GetHistory,
    GetStatus,
    GoToDrag,
    Hello,
    ListModels,
    ModelList,
    ModelRequest,
    MoveTargets,
    NextPreview,
    OpenCancelled,
    OpenEdit,
    Ping,
    Pong,
    RemoveModel,
    Request,
    Resumed,
    Sample,
    SavedState,
    Shutdown,
    StartDrag,
    StateFound,
    Status,
    Welcome,
    WentToDrag,
    WorkerStatus,
)
from draggan_server.wire.versions import FOLLOWS_LOSSES, THIS_SIDE
from draggan_server.worker.messages import (
    Aim,
    Ended,
    GrantPreview,
    JobFailed,
    JobFrame,
    JobHistory,
    JobOpened,
    JobOpening,
    JobProgress,
    JobSamples,
    JobStopped,
    JobWay,
    JobWentTo,
    LetGo,
    RunDrag,
    RunGoTo,
    RunHistory,
    RunOpen,
    RunSamples,
    StopJob,
    Task,
    Word,
    WorkerEvent,
    WorkerReady,
)

logger = logging.getLogger(__name__)

SILENT_SECONDS = 10.0
"""A client with a drag under way that was not heard for so long is gone."""

FORGET_SECONDS = 120.0
"""A client without any job that was not heard for so long is forgotten."""

OBEY_SECONDS = 20.0
"""A worker that has not ended a cancelled drag by then is killed."""

QUIET_SECONDS = 60.0
"""A daemon from which nobody wanted anything for so long leaves for a newer one."""

LOOK_SECONDS = 0.25
"""How often the clock is looked at for all clients: with thousands of them it takes its time."""

MAX_JOBS_PER_CLIENT = 8

MAX_LOSSES = 3
"""A request that has ended so many workers is set aside."""


@dataclass(frozen=True, slots=True)
class Models:
    """What is done about models without a worker: telling of those that are there and those that
    can be had, removing one, which raises `BadInput`, and beginning what takes long."""

    list: Callable[[], ModelList]
    catalogue: Callable[[], Catalogue]
    remove: Callable[[str], None]
    start_errand: StartErrand


class Dispatcher:
    """The broker's mind. Call `receive` and `worker_event` as things arrive and `tick` now and
    then; send what is in `outbox`, pairs of a route and frames."""

    def __init__(
        self,
        store: EditStore,
        workers: Sequence[Worker],
        models: Models,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stopping = False
        self._store = store
        self._workers = workers
        self._models = models
        self._errands = Errands(models.start_errand)
        self._clock = clock
        self._began = self._active = self._looked = clock()
        self._sessions = Sessions()
        self._guests = Guests()
        self._jobs = JobBoard(clock)
        self._last_job = 0
        self._restored = store.count()
        self._outdated = False

    # -- what the daemon calls --------------------------------------------------------------------

    @property
    def outbox(self) -> deque[tuple[bytes, list[bytes]]]:
        return self._sessions.outbox

    def receive(self, route: bytes, parts: Sequence[bytes], guest: str = OWNER) -> None:
        """Take a message from the client at `route`. Answers even what cannot be read.

        `guest` is whose invitation it came with, empty for the daemon's own user.
        """
        now = self._clock()
        try:
            if guest:
                self._guests.count_message(guest, now)
            header = read_header(parts)
            if header.id == 0:
                raise ProtocolError("A request has a number from 1 upwards.")
            if guest and not self._sessions.knows(header.client, guest):
                self._guests.check_programs(self._sessions.count(guest))
        except DragganError as error:
            logger.warning("a message that cannot be read: %s", error)
            self._sessions.refuse(route, error)
            return
        session = self._sessions.hear(header.client, route, header.version, now, guest)
        try:
            if header.id <= session.last_id:
                self._repeat(session, header.id)
            else:
                session.last_id = header.id
                request = REQUEST_CODEC.message(header)
                self._handle(session, header.id, request, sum(map(len, parts)))
        except DragganError as error:
            self._fail(session, header.id, error)
        except Exception as error:
            logger.exception("%s failed", header.type)
            sentence = f"Something went wrong inside the DragGAN daemon ({error!r}): see its log."
            self._fail(session, header.id, InternalError(sentence))

    def worker_event(self, worker: Worker, event: WorkerEvent | WorkerDied) -> None:
        """Take what a worker has to say."""
        job = self._jobs.running_on(worker)
        if isinstance(event, WorkerDied):
            self._jobs.emptied(worker)
            if job is not None:
                self._lose(job, event)
            if self._no_worker():
                self._give_up_waiting()
        elif not isinstance(event, WorkerReady) and job is not None and job.number == event.job:
            if isinstance(event, JobProgress | JobOpening):
                self._sessions.answer(job.session, job.request_id, event.progress)
            elif isinstance(event, JobFrame | JobWay):
                self._sessions.answer(job.session, job.request_id, event.frame)
            else:
                self._end(job, self._outcome(job, event))
                if isinstance(event, JobFailed):
                    self._jobs.emptied(worker)  # it freed what it could
        self._assign()

    def tick(self) -> None:
        """Look at the clock: silent clients, workers that do not obey."""
        now = self._clock()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._look_after_all(now)
        for session, request_id, event in self._errands.poll():
            self._sessions.answer(session, request_id, event)
        self._leave_if_outdated()
        self._assign()

    def _look_after_all(self, now: float) -> None:
        for session in self._sessions:
            silent = now - session.heard
            waits = bool(self._jobs.of(session) or self._errands.of(session))
            if silent > SILENT_SECONDS and waits:
                self._drop(session)
            elif silent > FORGET_SECONDS and not waits:
                self._sessions.forget(session)
        for job in self._jobs.all():
            if job.told_at is not None and now - job.told_at > OBEY_SECONDS:
                assert job.worker is not None
                logger.error("worker %s does not end its drag and is killed", job.worker.pid)
                job.worker.kill()

    def client_gone(self, route: bytes) -> None:
        """Nobody is at `route` any more: end what was done for them."""
        for session in self._sessions:
            if session.route == route:
                self._drop(session)

    def dismiss(self, guest: str) -> None:
        """A guest's invitation was taken back: end what was done for it."""
        why = DaemonUnreachable(
            "Your invitation to the daemon on the other machine was taken back: ask who runs it "
            "for a new one, or use this machine."
        )
        for session in self._sessions:
            if session.guest == guest:
                for job in self._jobs.of(session):
                    self._fail(session, job.request_id, why)
                self._drop(session)
        self._guests.forget(guest)

    def shut_down(self) -> None:
        """Tell everyone who still waits that nothing will come."""
        sentence = "The DragGAN daemon was stopped while this was under way. Try again."
        for job in self._jobs.all():
            self._fail(job.session, job.request_id, DaemonUnreachable(sentence))
        for session in self._sessions:
            for request_id in self._errands.of(session):
                self._fail(session, request_id, DaemonUnreachable(sentence))
        self._errands.close()

    @property
    def has_errands(self) -> bool:
        """Whether a model is worked on: `tick` tells of it."""
        return bool(self._errands)

    def idle_seconds(self) -> float:
        """How long nobody has wanted anything."""
        if self._jobs or self._errands:
            self._active = self._clock()
        return self._clock() - self._active

    # -- requests ---------------------------------------------------------------------------------

    def _handle(self, session: Session, request_id: int, request: Request, size: int) -> None:
        if not isinstance(request, Hello | Ping | GetStatus | Shutdown):
            self._active = self._clock()
        if session.guest and isinstance(request, ModelRequest):
            raise BadInput(
                "The models lie on the other machine: ask who runs it to install or remove them."
            )
        if isinstance(request, Errand):
            self._errands.begin(session, request_id, request)
        elif isinstance(request, Work):
            self._accept(session, request_id, request, size)
        elif isinstance(request, NextPreview):
            job = self._jobs.long_job(session, request.drag_id)
            if job is not None and job.worker is not None and job.is_drag:
                job.worker.tell(GrantPreview(job.number))
        elif isinstance(request, MoveTargets | EndLive):
            self._steer(session, request)
        elif isinstance(request, CancelDrag):
            self._cancel(session, request)
        else:
            if isinstance(request, Hello):
                session.follows_losses = FOLLOWS_LOSSES in request.client.features
            self._sessions.answer(session, request_id, self._simple_answer(session.guest, request))

    def _simple_answer(
        self,
        guest: str,
        request: Hello
        | Ping
        | GetStatus
        | ListModels
        | GetCatalogue
        | RemoveModel
        | CloseEdit
        | FindState
        | Shutdown,
    ) -> Event:
        if isinstance(request, Hello):
            return self._welcome(guest, request)
        if isinstance(request, Ping):
            return Pong()
        if isinstance(request, GetStatus):
            return self._status(guest)
        if isinstance(request, ListModels):
            return self._models.list()
        if isinstance(request, GetCatalogue):
            return self._models.catalogue()
        if isinstance(request, FindState):
            return StateFound(self._store.find_picture(request.fingerprint, guest))
        if isinstance(request, RemoveModel):
            self._models.remove(request.name)
        elif isinstance(request, CloseEdit):
            if self._jobs.is_changed(request.edit_id):
                raise BadInput("The edit is being dragged: cancel the drag before closing it.")
            self._store.remove(request.edit_id, guest)
        elif guest:
            raise BadInput("The daemon on the other machine is not yours to stop.")
        else:
            self.stopping = True
        return Done()

    def _welcome(self, guest: str, hello: Hello) -> Welcome:
        if not guest and hello.replaces and hello.client.is_newer_than(THIS_SIDE):
            self._outdated = True
            self._leave_if_outdated()
        return Welcome(THIS_SIDE, self.stopping)

    def _leave_if_outdated(self) -> None:
        """End once nobody uses this daemon, where a newer one can be had; the store keeps edits."""
        if self._outdated and not self.stopping and self.idle_seconds() >= QUIET_SECONDS:
            logger.info("a newer daemon takes this one's place")
            self.stopping = True

    def _repeat(self, session: Session, request_id: int) -> None:
        """A request that came before is not carried out again; its answer is given again.

        Where that is not kept any more, the answer is the edit as it stands in the store.
        """
        jobs = [job.request_id for job in self._jobs.of(session)]
        under_way = request_id in (*jobs, *self._errands.of(session))
        if under_way or self._sessions.repeat(session, request_id):
            return
        edit = self._store.find(session.edits.get(request_id, ""), session.guest)
        if edit is None:
            raise ProtocolError(
                f"Request {request_id} came before and its answer is not kept any more."
            )
        request = OpenEdit(SavedState(edit.saved_state))
        self._enqueue(session, request_id, request, len(edit.saved_state), edit)

    def _accept(self, session: Session, request_id: int, request: Work, size: int) -> None:
        if not isinstance(request, OpenEdit | DrawSamples):
            self._edit(session.guest, request)
        if isinstance(request, StartDrag | GoToDrag) and self._jobs.is_changed(request.edit_id):
            raise BadInput("The edit is being dragged already: wait for it or cancel it.")
        live = isinstance(request, StartDrag) and request.live
        if live and any(job.is_live and not job.is_given_up for job in self._jobs.of(session)):
            raise BadInput("Another live drag of this program is under way: end it first.")
        self._enqueue(session, request_id, request, size)

    def _enqueue(
        self,
        session: Session,
        request_id: int,
        request: Work,
        size: int,
        stored: StoredEdit | None = None,
    ) -> None:
        if session.guest:
            self._guests.check_job(self._jobs.of_guest(session.guest), size)
        if len(self._jobs.of(session)) >= MAX_JOBS_PER_CLIENT:
            raise BadInput(
                "{count} requests are waiting already: let one end or cancel it.",
                count=MAX_JOBS_PER_CLIENT,
            )
        if self._no_worker():
            raise WorkerLost(_NO_WORKER)
        self._last_job += 1
        self._jobs.add(Job(self._last_job, session, request_id, request, stored, size))
        self._assign()

    def _steer(self, session: Session, request: MoveTargets | EndLive) -> None:
        """Hand on what the hand does, or keep it for a live drag that waits for its worker."""
        job = self._jobs.long_job(session, request.drag_id)
        if job is None or not job.is_live:
            return  # it ended while the request was on its way
        if isinstance(request, EndLive) and not request.keep:
            self._cancel(session, CancelDrag(request.drag_id))
            return
        if isinstance(request, MoveTargets):
            job.targets = request
        else:
            job.let_go = True
        if job.worker is not None:
            job.worker.tell(_word(job, request))

    def _cancel(self, session: Session, request: CancelDrag) -> None:
        self._errands.stop(session, request.drag_id)
        job = self._jobs.long_job(session, request.drag_id)
        if job is None:
            return  # it ended while the request was on its way
        if job.meet(JobCause.KEEP if request.keep else JobCause.GIVE_UP):
            if job.worker is None:
                self._jobs.withdraw(job)
                self._sessions.answer(session, job.request_id, self._cancelled(job))
            else:
                self._tell_to_end(job, job.worker)

    def _status(self, guest: str) -> Status:
        jobs = self._jobs.of_guest(guest) if guest else self._jobs.all()
        return Status(
            version=__version__,
            pid=os.getpid(),
            uptime_seconds=self._clock() - self._began,
            idle_seconds=self.idle_seconds(),
            edits=self._store.count(guest),
            drags=sum(job.is_drag for job in jobs),
            workers=tuple(map(self._worker_status, self._workers)),
            restored=0 if guest else self._restored,
            waiting=self._jobs.waiting,
        )

    def _worker_status(self, worker: Worker) -> WorkerStatus:
        models = self._jobs.models_on(worker)
        status = WorkerStatus(worker.device, worker.state, worker.pid, models=models)
        if worker.learned is None:
            return status
        learned = worker.learned
        return dataclasses.replace(status, learning=learned.model, learned=learned.fraction)

    def _edit(self, guest: str, request: StartDrag | GetHistory | GoToDrag) -> StoredEdit:
        edit = self._store.find(request.edit_id, guest)
        if edit is None:
            raise UnknownEdit("The daemon does not know this edit any more: open it again.")
        if not isinstance(request, GetHistory) and edit.revision != request.revision:
            raise StaleRevision(
                "The edit is at revision {found}, not {wanted}: open the saved state again and go "
                "on from there.",
                found=edit.revision,
                wanted=request.revision,
            )
        return edit

    # -- jobs -------------------------------------------------------------------------------------

    def _assign(self) -> None:
        """Give waiting jobs to idle workers."""
        while free := [worker for worker in self._workers if worker.state == "idle"]:
            if (job := self._jobs.next()) is None:
                return
            try:
                task = self._task(job)
            except DragganError as error:  # the edit was dropped meanwhile
                self._fail(job.session, job.request_id, error)
                continue
            worker = self._jobs.best_for(job, free)
            self._jobs.begin(job, worker)
            worker.submit(task)
            if job.targets is not None:
                worker.tell(_word(job, job.targets))
            if job.let_go:
                worker.tell(LetGo(job.number))

    def _task(self, job: Job) -> Task:
        request, guest = job.request, job.session.guest
        if isinstance(request, OpenEdit):
            return RunOpen(job.number, request.source, installed_only=bool(guest))
        if isinstance(request, DrawSamples):
            return RunSamples(job.number, request.samples, installed_only=bool(guest))
        saved_state = self._edit(guest, request).saved_state
        if isinstance(request, GetHistory):
            return RunHistory(job.number, saved_state)
        if isinstance(request, GoToDrag):
            return RunGoTo(job.number, saved_state, request)
        return RunDrag(job.number, saved_state, request)

    def _outcome(self, job: Job, event: Ended) -> Event:
        if isinstance(event, JobFailed):
            return Failure(event.code, event.message, event.sentence, event.values)
        if isinstance(event, JobStopped):
            return self._cancelled(job)
        if isinstance(event, JobOpened):
            edit = job.stored or StoredEdit(uuid.uuid4().hex, 0, event.saved_state)
            request = job.request
            sampled = isinstance(request, OpenEdit) and isinstance(request.source, Sample)
            if job.stored is None:
                fingerprint = event.picture.fingerprint() if sampled else None
                self._store.save(edit, fingerprint, job.session.guest)
            self._jobs.opened(job, edit.edit_id, event.model)
            return EditOpened(
                edit.edit_id, edit.revision, event.model, edit.saved_state, event.picture
            )
        if isinstance(event, JobHistory):
            return event.history
        if isinstance(event, JobSamples):
            return event.drawn
        assert isinstance(job.request, StartDrag | GoToDrag)
        edit = StoredEdit(job.request.edit_id, job.request.revision + 1, event.saved_state)
        self._store.save(edit, event.layer.fingerprint(), job.session.guest)
        if isinstance(event, JobWentTo):
            return WentToDrag(
                edit.edit_id, edit.revision, edit.saved_state, event.layer, event.paint_replaced
            )
        return DragFinished(
            edit_id=edit.edit_id,
            revision=edit.revision,
            steps=event.steps,
            reason=event.reason,
            mean_distance=event.mean_distance,
            seconds=event.seconds,
            handle_points=event.handle_points,
            paint_replaced=event.paint_replaced,
            saved_state=event.saved_state,
            layer=event.layer,
        )

    def _lose(self, job: Job, event: WorkerDied) -> None:
        """Begin again by another worker what was lost with this one, unless it is to blame."""
        job.losses += 1
        if job.losses < MAX_LOSSES and job.meet(JobCause.LOSS):
            self._jobs.again(job)
            if job.session.follows_losses:
                self._sessions.answer(job.session, job.request_id, Resumed(job.losses))
        else:
            self._end(job, self._death_of(job, event))

    def _death_of(self, job: Job, event: WorkerDied) -> Event:
        if job.is_given_up:
            return self._cancelled(job)
        if job.losses >= MAX_LOSSES:
            return Failure.of(
                WorkerLost(
                    "The process that computes has ended {count} times while it did this, so it is "
                    "not tried again; the edit is as it was. Use a smaller model or fewer points.",
                    count=job.losses,
                )
            )
        return Failure(
            WorkerLost.code,
            f"The process that computes {event.reason}; it is being started again and the edit is "
            "as it was. Try again; if it happens again, use a smaller model or fewer points.",
        )

    def _cancelled(self, job: Job) -> Event:
        assert isinstance(job.request, StartDrag | OpenEdit)
        if job.state is JobState.ABANDONED:
            return Failure(DaemonUnreachable.code, _SILENT)
        if isinstance(job.request, OpenEdit):
            return OpenCancelled()
        return DragCancelled(job.request.edit_id, job.request.revision)

    def _end(self, job: Job, event: Event) -> None:
        self._jobs.end(job)
        self._sessions.answer(job.session, job.request_id, event)

    def _fail(self, session: Session, request_id: int, error: DragganError) -> None:
        self._sessions.answer(session, request_id, Failure.of(error))

    def _no_worker(self) -> bool:
        return all(worker.state == "lost" for worker in self._workers)

    def _give_up_waiting(self) -> None:
        while (job := self._jobs.next()) is not None:
            self._fail(job.session, job.request_id, WorkerLost(_NO_WORKER))

    def _drop(self, session: Session) -> None:
        """End the drags of a client that is gone, and what waits for it.

        It is told all the same: it may only have been held up.
        """
        self._errands.stop_all_of(session)
        for job in self._jobs.of(session):
            if job.worker is None:
                job.meet(JobCause.SILENCE)
                self._jobs.withdraw(job)
                self._fail(job.session, job.request_id, DaemonUnreachable(_SILENT))
            elif job.is_long and job.meet(JobCause.SILENCE):
                logger.info("a client is gone; its drag is cancelled")
                self._tell_to_end(job, job.worker)

    def _tell_to_end(self, job: Job, worker: Worker) -> None:
        job.told_at = job.told_at or self._clock()
        worker.tell(StopJob(job.number, keep=job.state is JobState.KEEPING))


def _word(job: Job, request: MoveTargets | EndLive) -> Word:
    """What the hand of a live drag does, as its worker is told."""
    if isinstance(request, EndLive):
        return LetGo(job.number)
    return Aim(job.number, request.number, request.handle_points, request.target_points)


_SILENT = (
    f"Nothing was heard from this program for {SILENT_SECONDS:g} seconds, so its drag was stopped. "
    "Try again."
)
_NO_WORKER = (
    "The process that computes does not start: run `draggan status`, and see worker.log and "
    "worker.err in the daemon's log folder."
)
