"""The requests that need a worker: which wait, in which order, and which one each worker runs."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from draggan_server.broker.job_states import JOB_TABLE, JobCause, JobState
from draggan_server.broker.sessions import Session
from draggan_server.broker.store import StoredEdit
from draggan_server.broker.turns import Turns
from draggan_server.broker.worker import Worker
from draggan_server.wire.autosave import Autosave
from draggan_server.wire.messages import (
    Doing,
    DrawSamples,
    GoToDrag,
    MoveTargets,
    OpenEdit,
    PhotoSource,
    SavedState,
    StartDrag,
    Work,
    takes_long,
)
from draggan_server.worker.messages import KEPT_MODELS

KEPT_AT_HAND = 256
"""Edits and models of which is known which worker had them last."""

MAX_LOSSES = 3
"""A request that has ended so many workers is set aside."""


@dataclass(eq=False, slots=True)
class Job:
    """A request that a worker has to carry out. `number` is the job's own, for the worker.

    `stored` is the edit to be shown again, as it stands, to a client whose answer is not kept any
    more. `told_at` is when its worker was told to end. `targets` are the newest of a live drag,
    `let_go` that its hand let go. `size` is that of the request, in bytes. `losses` counts the
    workers that were lost while they did it, `autosave` is where a drag stood lately, `share` is
    how much of it is done, where that is told.
    """

    number: int
    session: Session
    request_id: int
    request: Work
    stored: StoredEdit | None = None
    size: int = 0
    worker: Worker | None = None
    state: JobState = JobState.WAITING
    told_at: float | None = None
    targets: MoveTargets | None = None
    let_go: bool = False
    losses: int = 0
    autosave: Autosave | None = None
    share: float | None = None

    @property
    def turn(self) -> tuple[str, str]:
        return self.session.turn

    @property
    def is_drag(self) -> bool:
        return isinstance(self.request, StartDrag)

    @property
    def is_live(self) -> bool:
        return isinstance(self.request, StartDrag) and self.request.live

    @property
    def doing(self) -> Doing:
        """What it is, in a word."""
        request = self.request
        if isinstance(request, StartDrag):
            return "live" if request.live else "drag"
        if isinstance(request, DrawSamples):
            return "samples"
        if isinstance(request, OpenEdit):
            return "photo" if isinstance(request.source, PhotoSource) else "opening"
        return "history"

    @property
    def is_given_up(self) -> bool:
        """Whether it was told to end and to leave its edit as it was."""
        return self.state in (JobState.GIVING_UP, JobState.ABANDONED)

    @property
    def is_poisoned(self) -> bool:
        """Whether it has ended so many workers that it is not begun again."""
        return self.losses >= MAX_LOSSES

    @property
    def is_long(self) -> bool:
        """Whether it takes so long that it can be cancelled."""
        return takes_long(self.request)

    def meet(self, cause: JobCause) -> bool:
        """Go where the table says; whether that is another state than before."""
        before = self.state
        self.state = JOB_TABLE[before].get(cause, before)
        return self.state is not before

    @property
    def about(self) -> str:
        """Which edit it is about, or which model, where an edit is to be opened."""
        if isinstance(self.request, DrawSamples):
            return _model(self.request.model)
        if not isinstance(self.request, OpenEdit):
            return _edit(self.request.edit_id)
        source = self.request.source
        return "a saved state" if isinstance(source, SavedState) else _model(source.model)


class JobBoard:
    """All jobs. They wait first come, first served for each client, live drags before others, and
    the clients in `Turns`; a guest's clients count as one.

    A job goes to a worker that has its edit or model at hand, if that one is free: loading a model
    takes seconds, and so does preparing an edit for a hand that follows it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_hand: OrderedDict[str, Worker] = OrderedDict()
        self._model_of: OrderedDict[str, str] = OrderedDict()
        self._models: dict[Worker, OrderedDict[str, None]] = {}
        self._waiting: Turns[Job] = Turns()
        self._running: dict[Worker, Job] = {}
        self._by_session: dict[Session, list[Job]] = {}

    def __bool__(self) -> bool:
        """Whether anything waits or runs."""
        return bool(self._running or self._waiting)

    def add(self, job: Job) -> None:
        """Put a job at the end of its client's line."""
        self._waiting.add(job, self._clock())
        self._by_session.setdefault(job.session, []).append(job)

    def next(self, workers: int = 1) -> Job | None:
        """Take out the waiting job whose turn it is, for one of so many workers.

        Of several workers guests leave one to live drags, whatever else they have to do: a hand
        does not wait for a line of a batch. The job is on the board again once it has begun.
        """
        held = sum(_may_wait(job) for job in self._running.values())
        full = 1 < workers <= held + 1
        job = self._waiting.next(self._clock(), lambda job: not (full and _may_wait(job)))
        if job is not None:
            self._drop(job)
        return job

    def withdraw(self, job: Job) -> None:
        """Take away a waiting job."""
        self._waiting.withdraw(job)
        self._drop(job)

    def best_for(self, job: Job, free: Sequence[Worker]) -> Worker:
        """The one of the free workers, one or more, that is to do a job: which has its edit at
        hand, or else its model, or else the fewest models."""
        model = self._model_of.get(job.about, job.about)
        for about in (job.about, model):
            used_last = self._at_hand.get(about)
            if used_last is not None and used_last in free:
                return used_last
        return min(free, key=lambda worker: (model not in self._of(worker), len(self._of(worker))))

    def begin(self, job: Job, worker: Worker) -> None:
        job.worker = worker
        job.meet(JobCause.TAKEN)
        self._running[worker] = job
        self._waiting.begin(job, self._clock())
        self._by_session.setdefault(job.session, []).append(job)
        self._note(job.about, worker)
        self._note_model(self._model_of.get(job.about, job.about), worker)

    def opened(self, job: Job, edit_id: str, model: str) -> None:
        """A running job has opened an edit of a model, which its worker has at hand from now on."""
        assert job.worker is not None
        edit = self._model_of[_edit(edit_id)] = _model(model)
        self._note(_edit(edit_id), job.worker)
        self._note(edit, job.worker)
        self._note_model(edit, job.worker)
        while len(self._model_of) > KEPT_AT_HAND:
            self._model_of.popitem(last=False)

    def emptied(self, worker: Worker) -> None:
        """A worker has died, or freed its memory, and begins again with nothing at hand."""
        self._models.pop(worker, None)
        self._at_hand = OrderedDict(
            (about, other) for about, other in self._at_hand.items() if other is not worker
        )

    def models_on(self, worker: Worker) -> tuple[str, ...]:
        """The models that it has at hand, by their names."""
        return tuple(about.removeprefix(_model("")) for about in self._of(worker))

    def _of(self, worker: Worker) -> OrderedDict[str, None]:
        return self._models.get(worker, OrderedDict())

    def _note_model(self, about: str, worker: Worker) -> None:
        if not about.startswith(_model("")):
            return  # a state of which nothing is known yet
        models = self._models.setdefault(worker, OrderedDict())
        models[about] = None
        models.move_to_end(about)
        while len(models) > KEPT_MODELS:
            models.popitem(last=False)

    def _drop(self, job: Job) -> None:
        jobs = self._by_session[job.session]
        jobs.remove(job)
        if not jobs:
            del self._by_session[job.session]

    def _note(self, about: str, worker: Worker) -> None:
        self._at_hand[about] = worker
        self._at_hand.move_to_end(about)
        while len(self._at_hand) > KEPT_AT_HAND:
            self._at_hand.popitem(last=False)

    def running_on(self, worker: Worker) -> Job | None:
        return self._running.get(worker)

    def end(self, job: Job) -> None:
        """Take away a running job."""
        assert job.worker is not None
        del self._running[job.worker]
        self._waiting.end(job, self._clock())
        self._drop(job)

    def again(self, job: Job) -> None:
        """A running job's worker was lost: it waits again, before all others."""
        self.end(job)
        job.worker = None
        self._waiting.add_again(job)
        self._by_session.setdefault(job.session, []).append(job)

    @property
    def has_live(self) -> bool:
        """Whether a hand moves something, or waits for it."""
        return any(job.is_live for job in self.all())

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(1 for _ in self._waiting)

    def all(self) -> list[Job]:
        """The running jobs, then the waiting ones."""
        return [*self._running.values(), *self._waiting]

    def of(self, session: Session) -> list[Job]:
        return list(self._by_session.get(session, ()))

    def of_guest(self, guest: str) -> list[Job]:
        """The jobs of all programs of a guest."""
        return [job for job in self.all() if job.session.guest == guest]

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


def _may_wait(job: Job) -> bool:
    return bool(job.session.guest) and not job.is_live


def _edit(edit_id: str) -> str:
    return f"edit {edit_id}"


def _model(name: str) -> str:
    return f"model {name}"
