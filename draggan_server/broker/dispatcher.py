"""What each message does. Knows no socket: frames in, frames out, and workers to give tasks to."""

from __future__ import annotations

import logging
import os
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence

from draggan_server import __version__
from draggan_server.broker.jobs import Job, JobQueue
from draggan_server.broker.sessions import Session
from draggan_server.broker.store import EditStore, StoredEdit
from draggan_server.broker.workers import Worker, WorkerDied
from draggan_server.wire.codec import EVENT_CODEC, REQUEST_CODEC, Envelope, read_header
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
    FINAL,
    CancelDrag,
    CloseEdit,
    Done,
    DragCancelled,
    DragFinished,
    EditOpened,
    Event,
    Failure,
    GetStatus,
    ListModels,
    ModelList,
    NextPreview,
    OpenEdit,
    Ping,
    Pong,
    Request,
    Shutdown,
    StartDrag,
    Status,
    WorkerStatus,
)
from draggan_server.worker.messages import (
    GrantPreview,
    JobFailed,
    JobFinished,
    JobOpened,
    JobProgress,
    JobStopped,
    RunDrag,
    RunOpen,
    StopJob,
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

MAX_JOBS_PER_CLIENT = 8

NOBODY = "unknown"
"""The client in the answer to a message that does not tell whose it is."""


class Dispatcher:
    """The broker's mind. Call `receive` and `worker_event` as things arrive and `tick` now and
    then; send what is in `outbox`, pairs of a route and frames."""

    def __init__(
        self,
        store: EditStore,
        workers: Sequence[Worker],
        catalogue: Callable[[], ModelList],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.outbox: deque[tuple[bytes, list[bytes]]] = deque()
        self.stopping = False
        self._store = store
        self._workers = workers
        self._catalogue = catalogue
        self._clock = clock
        self._began = self._active = clock()
        self._sessions: dict[str, Session] = {}
        self._queue = JobQueue()
        self._running: dict[Worker, Job] = {}
        self._last_job = 0

    # -- what the daemon calls --------------------------------------------------------------------

    def receive(self, route: bytes, parts: Sequence[bytes]) -> None:
        """Take a message from the client at `route`. Answers even what cannot be read."""
        try:
            header = read_header(parts)
            if header.id == 0:
                raise ProtocolError("A request has a number from 1 upwards.")
        except ProtocolError as error:
            logger.warning("a message that cannot be read: %s", error)
            self._send(route, Envelope(Failure(error.code, str(error)), NOBODY))
            return
        session = self._session(header.client, route)
        if header.id <= session.last_id:
            self._repeat(session, header.id)
            return
        session.last_id = header.id
        try:
            self._handle(session, header.id, REQUEST_CODEC.message(header))
        except DragganError as error:
            self._answer(session, header.id, Failure(error.code, str(error)))
        except Exception as error:
            logger.exception("%s failed", header.type)
            sentence = f"Something went wrong inside the DragGAN daemon ({error!r}): see its log."
            self._answer(session, header.id, Failure(InternalError.code, sentence))

    def worker_event(self, worker: Worker, event: WorkerEvent | WorkerDied) -> None:
        """Take what a worker has to say."""
        job = self._running.get(worker)
        if isinstance(event, WorkerDied):
            if job is not None:
                self._end(worker, job, self._death_of(job, event))
            if all(other.state == "lost" for other in self._workers):
                self._give_up_queue()
        elif not isinstance(event, WorkerReady) and job is not None and job.number == event.job:
            if isinstance(event, JobProgress):
                self._answer(job.session, job.request_id, event.progress)
            else:
                self._end(worker, job, self._outcome(job, event))
        self._assign()

    def tick(self) -> None:
        """Look at the clock: silent clients, workers that do not obey."""
        now = self._clock()
        for session in list(self._sessions.values()):
            silent = now - session.heard
            jobs = self._jobs_of(session)
            if silent > SILENT_SECONDS and jobs:
                self._drop(session)
            elif silent > FORGET_SECONDS and not jobs:
                del self._sessions[session.client]
        for worker, job in self._running.items():
            if job.cancelled_at is not None and now - job.cancelled_at > OBEY_SECONDS:
                logger.error("worker %s does not end its drag and is killed", worker.pid)
                worker.kill()
        self._assign()

    def client_gone(self, route: bytes) -> None:
        """Nobody is at `route` any more: end what was done for them."""
        for session in list(self._sessions.values()):
            if session.route == route:
                self._drop(session)

    def shut_down(self) -> None:
        """Tell everyone who still waits that nothing will come."""
        sentence = "The DragGAN daemon was stopped while this was under way. Try again."
        for job in [*self._queue, *self._running.values()]:
            self._answer(job.session, job.request_id, Failure(DaemonUnreachable.code, sentence))

    def idle_seconds(self) -> float:
        """How long nobody has wanted anything."""
        if self._running or self._queue:
            self._active = self._clock()
        return self._clock() - self._active

    # -- requests ---------------------------------------------------------------------------------

    def _handle(self, session: Session, request_id: int, request: Request) -> None:
        if not isinstance(request, Ping | GetStatus | Shutdown):
            self._active = self._clock()
        if isinstance(request, OpenEdit | StartDrag):
            self._accept(session, request_id, request)
        elif isinstance(request, NextPreview):
            worker, job = self._drag(session, request.drag_id)
            if worker is not None and job is not None:
                worker.tell(GrantPreview(job.number))
        elif isinstance(request, CancelDrag):
            self._cancel(session, request)
        else:
            self._answer(session, request_id, self._simple_answer(request))

    def _simple_answer(
        self, request: Ping | GetStatus | ListModels | CloseEdit | Shutdown
    ) -> Event:
        if isinstance(request, Ping):
            return Pong()
        if isinstance(request, GetStatus):
            return self._status()
        if isinstance(request, ListModels):
            return self._catalogue()
        if isinstance(request, CloseEdit):
            if self._is_dragged(request.edit_id):
                raise BadInput("The edit is being dragged: cancel the drag before closing it.")
            self._store.remove(request.edit_id)
        else:
            self.stopping = True
        return Done()

    def _accept(self, session: Session, request_id: int, request: OpenEdit | StartDrag) -> None:
        if len(self._jobs_of(session)) >= MAX_JOBS_PER_CLIENT:
            raise BadInput(
                f"{MAX_JOBS_PER_CLIENT} requests are waiting already: let one end or cancel it."
            )
        if isinstance(request, StartDrag):
            self._edit(request)
            if self._is_dragged(request.edit_id):
                raise BadInput("The edit is being dragged already: wait for it or cancel it.")
        if all(worker.state == "lost" for worker in self._workers):
            raise WorkerLost(_NO_WORKER)
        self._last_job += 1
        self._queue.add(Job(self._last_job, session, request_id, request))
        self._assign()

    def _cancel(self, session: Session, request: CancelDrag) -> None:
        worker, job = self._drag(session, request.drag_id)
        if job is None:
            return  # it ended while the request was on its way
        job.cancel = request
        if worker is None:
            self._queue.remove(job)
            self._answer(session, job.request_id, self._cancelled(job))
        else:
            job.cancelled_at = job.cancelled_at or self._clock()
            worker.tell(StopJob(job.number, request.keep))

    def _status(self) -> Status:
        now = self._clock()
        return Status(
            version=__version__,
            pid=os.getpid(),
            uptime_seconds=now - self._began,
            idle_seconds=self.idle_seconds(),
            edits=self._store.count(),
            drags=sum(
                isinstance(job.request, StartDrag)
                for job in [*self._queue, *self._running.values()]
            ),
            workers=tuple(
                WorkerStatus(worker.device, worker.state, worker.pid) for worker in self._workers
            ),
        )

    # -- jobs -------------------------------------------------------------------------------------

    def _assign(self) -> None:
        """Give waiting jobs to idle workers."""
        for worker in self._workers:
            if worker.state != "idle" or (job := self._queue.next()) is None:
                continue
            request = job.request
            if isinstance(request, OpenEdit):
                task: RunOpen | RunDrag = RunOpen(job.number, request.sample, request.saved_state)
            else:
                try:
                    task = RunDrag(job.number, self._edit(request).saved_state, request)
                except DragganError as error:  # the edit was closed or dropped meanwhile
                    self._answer(job.session, job.request_id, Failure(error.code, str(error)))
                    continue
            self._running[worker] = job
            worker.submit(task)

    def _outcome(self, job: Job, event: JobOpened | JobFinished | JobStopped | JobFailed) -> Event:
        if isinstance(event, JobFailed):
            return Failure(event.code, event.message)
        if isinstance(event, JobOpened):
            edit = StoredEdit(uuid.uuid4().hex, 0, event.saved_state)
            self._store.save(edit)
            return EditOpened(edit.edit_id, 0, event.model, event.saved_state, event.picture)
        assert isinstance(job.request, StartDrag)
        if isinstance(event, JobStopped):
            return self._cancelled(job)
        revision = job.request.revision + 1
        self._store.save(StoredEdit(job.request.edit_id, revision, event.saved_state))
        return DragFinished(
            edit_id=job.request.edit_id,
            revision=revision,
            steps=event.steps,
            reason=event.reason,
            mean_distance=event.mean_distance,
            seconds=event.seconds,
            handle_points=event.handle_points,
            saved_state=event.saved_state,
            layer=event.layer,
        )

    def _death_of(self, job: Job, event: WorkerDied) -> Event:
        if job.cancel is not None and not job.cancel.keep:
            return self._cancelled(job)
        return Failure(
            WorkerLost.code,
            f"The process that computes {event.reason}; it is being started again and the edit is "
            "as it was. Try again; if it happens again, use a smaller model or fewer points.",
        )

    def _cancelled(self, job: Job) -> Event:
        assert isinstance(job.request, StartDrag)
        if job.client_gone:
            return Failure(
                DaemonUnreachable.code,
                f"Nothing was heard from this program for {SILENT_SECONDS:g} seconds, so its drag "
                "was stopped. Try again.",
            )
        return DragCancelled(job.request.edit_id, job.request.revision)

    def _end(self, worker: Worker, job: Job, event: Event) -> None:
        del self._running[worker]
        self._answer(job.session, job.request_id, event)

    def _give_up_queue(self) -> None:
        while (job := self._queue.next()) is not None:
            self._answer(job.session, job.request_id, Failure(WorkerLost.code, _NO_WORKER))

    def _drop(self, session: Session) -> None:
        """End the jobs of a client that is gone."""
        for job in [job for job in self._queue if job.session is session]:
            self._queue.remove(job)
        for worker, job in self._running.items():
            if (
                job.session is session
                and isinstance(job.request, StartDrag)
                and not job.client_gone
            ):
                logger.info("a client is gone; its drag is cancelled")
                job.client_gone = True
                job.cancel = CancelDrag(job.request_id)
                job.cancelled_at = self._clock()
                worker.tell(StopJob(job.number, keep=False))

    def _edit(self, request: StartDrag) -> StoredEdit:
        edit = self._store.find(request.edit_id)
        if edit is None:
            raise UnknownEdit("The daemon does not know this edit any more: open it again.")
        if edit.revision != request.revision:
            raise StaleRevision(
                f"The edit is at revision {edit.revision}, not {request.revision}: open the saved "
                "state again and go on from there."
            )
        return edit

    def _is_dragged(self, edit_id: str) -> bool:
        return any(
            isinstance(job.request, StartDrag) and job.request.edit_id == edit_id
            for job in [*self._queue, *self._running.values()]
        )

    def _drag(self, session: Session, drag_id: int) -> tuple[Worker | None, Job | None]:
        """The job of a client's drag and the worker that runs it."""
        for worker, job in self._running.items():
            if job.session is session and job.request_id == drag_id:
                return worker, job if isinstance(job.request, StartDrag) else None
        for job in self._queue:
            if job.session is session and job.request_id == drag_id:
                return None, job if isinstance(job.request, StartDrag) else None
        return None, None

    def _jobs_of(self, session: Session) -> list[Job]:
        return [job for job in [*self._queue, *self._running.values()] if job.session is session]

    # -- clients ----------------------------------------------------------------------------------

    def _session(self, client: str, route: bytes) -> Session:
        now = self._clock()
        session = self._sessions.get(client)
        if session is None:
            session = self._sessions[client] = Session(client, route, now)
        session.route, session.heard = route, now
        return session

    def _repeat(self, session: Session, request_id: int) -> None:
        """A request that came before: its answer again, if it is over and the answer is kept."""
        if (event := session.answers.get(request_id)) is not None:
            self._answer(session, request_id, event)

    def _answer(self, session: Session, request_id: int, event: Event) -> None:
        if isinstance(event, FINAL):
            session.keep_answer(request_id, event)
        session.last_seq += 1
        self._send(
            session.route,
            Envelope(event, session.client, parent=request_id, seq=session.last_seq),
        )

    def _send(self, route: bytes, envelope: Envelope) -> None:
        try:
            parts = EVENT_CODEC.encode(envelope)
        except DragganError as error:
            logger.error("an event cannot be sent: %s", error)
            failure = Failure(InternalError.code, f"The answer cannot be sent: {error}")
            parts = EVENT_CODEC.encode(
                Envelope(failure, envelope.client, parent=envelope.parent, seq=envelope.seq)
            )
        self.outbox.append((route, parts))


_NO_WORKER = (
    "The process that computes does not start: run `draggan status`, and see worker.log and "
    "worker.err in the daemon's log folder."
)
