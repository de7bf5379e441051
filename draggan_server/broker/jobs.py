"""The requests that need a worker: which wait, in which order, and which one each worker runs."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass

from draggan_server.broker.sessions import Session
from draggan_server.broker.store import StoredEdit
from draggan_server.broker.workers import Worker
from draggan_server.wire.messages import (
    CancelDrag,
    GetHistory,
    GoToDrag,
    MoveTargets,
    OpenEdit,
    StartDrag,
    takes_long,
)

Work = OpenEdit | StartDrag | GetHistory | GoToDrag
"""The requests that need a worker."""


@dataclass(eq=False, slots=True)
class Job:
    """A request that a worker has to carry out. `number` is the job's own, for the worker.

    `stored` is the edit to be shown again, as it stands, to a client whose answer is not kept any
    more. `cancelled_at` is when its worker was told to stop; `client_gone` that its client was why.
    `targets` are the newest of a live drag that waits, `let_go` that it was ended meanwhile.
    """

    number: int
    session: Session
    request_id: int
    request: Work
    stored: StoredEdit | None = None
    worker: Worker | None = None
    cancel: CancelDrag | None = None
    cancelled_at: float | None = None
    client_gone: bool = False
    targets: MoveTargets | None = None
    let_go: bool = False

    @property
    def is_drag(self) -> bool:
        return isinstance(self.request, StartDrag)

    @property
    def is_live(self) -> bool:
        return isinstance(self.request, StartDrag) and self.request.live

    @property
    def is_given_up(self) -> bool:
        """Whether it was told to end and to leave its edit as it was."""
        return self.cancel is not None and not self.cancel.keep

    @property
    def is_long(self) -> bool:
        """Whether it takes so long that it can be cancelled."""
        return takes_long(self.request)


class JobBoard:
    """All jobs. They wait first come, first served for each client, and the clients in turn."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._running: dict[Worker, Job] = {}

    def add(self, job: Job) -> None:
        """Put a job at the end of its client's line."""
        self._waiting.setdefault(job.session.client, deque()).append(job)

    def next(self) -> Job | None:
        """Take the next waiting job; its client goes behind the others."""
        if not self._waiting:
            return None
        client, jobs = self._waiting.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            self._waiting[client] = jobs
        return job

    def withdraw(self, job: Job) -> None:
        """Take away a waiting job."""
        jobs = self._waiting[job.session.client]
        jobs.remove(job)
        if not jobs:
            del self._waiting[job.session.client]

    def begin(self, job: Job, worker: Worker) -> None:
        job.worker = worker
        self._running[worker] = job

    def running_on(self, worker: Worker) -> Job | None:
        return self._running.get(worker)

    def end(self, job: Job) -> None:
        """Take away a running job."""
        assert job.worker is not None
        del self._running[job.worker]

    def all(self) -> list[Job]:
        """The running jobs, then the waiting ones."""
        waiting = [job for jobs in self._waiting.values() for job in jobs]
        return [*self._running.values(), *waiting]

    def of(self, session: Session) -> list[Job]:
        return [job for job in self.all() if job.session is session]

    def long_job(self, session: Session, request_id: int) -> Job | None:
        """The drag or opening that a client's request began, if it has not ended."""
        for job in self.of(session):
            if job.request_id == request_id and job.is_long:
                return job
        return None

    def is_changed(self, edit_id: str) -> bool:
        """Whether something that is to change the edit waits or runs."""
        return any(
            isinstance(job.request, StartDrag | GoToDrag)
            and job.request.edit_id == edit_id
            and not job.is_given_up
            for job in self.all()
        )
