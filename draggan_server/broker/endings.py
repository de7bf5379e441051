"""The last event of each job: what its client is told, and what is stored of it."""

from __future__ import annotations

import uuid

from draggan_server.broker.job_states import JobState
from draggan_server.broker.jobs import Job
from draggan_server.broker.sessions import SILENT_SECONDS
from draggan_server.broker.store import EditStore, StoredEdit
from draggan_server.broker.worker import WorkerDied
from draggan_server.wire.errors import DaemonUnreachable, WorkerLost
from draggan_server.wire.messages import (
    DragCancelled,
    DragFinished,
    EditOpened,
    Event,
    Failure,
    GoToDrag,
    OpenCancelled,
    OpenEdit,
    Sample,
    StartDrag,
    WentToDrag,
)
from draggan_server.worker.messages import (
    Ended,
    JobFailed,
    JobHistory,
    JobOpened,
    JobSamples,
    JobStopped,
    JobWentTo,
)

SILENT = DaemonUnreachable(
    "Nothing was heard from this program for {seconds} seconds, so its drag was stopped. "
    "Try again.",
    seconds=f"{SILENT_SECONDS:g}",
)


def outcome_of(job: Job, event: Ended, store: EditStore) -> Event:
    """The last event of a job that its worker has ended. What became of its edit is stored."""
    if isinstance(event, JobFailed):
        return Failure(event.code, event.message, event.sentence, event.values)
    if isinstance(event, JobStopped):
        return cancelled(job)
    if isinstance(event, JobOpened):
        edit = job.stored or StoredEdit(uuid.uuid4().hex, 0, event.saved_state)
        request = job.request
        sampled = isinstance(request, OpenEdit) and isinstance(request.source, Sample)
        if job.stored is None:
            fingerprint = event.picture.fingerprint() if sampled else None
            store.save(edit, fingerprint, job.session.guest)
        return EditOpened(edit.edit_id, edit.revision, event.model, edit.saved_state, event.picture)
    if isinstance(event, JobHistory):
        return event.history
    if isinstance(event, JobSamples):
        return event.drawn
    assert isinstance(job.request, StartDrag | GoToDrag)
    edit = StoredEdit(job.request.edit_id, job.request.revision + 1, event.saved_state)
    store.save(edit, event.layer.fingerprint(), job.session.guest)
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


def death_of(job: Job, event: WorkerDied) -> Event:
    """The last event of a job that was lost with its worker and is not begun again."""
    if job.is_given_up:
        return cancelled(job)
    if job.is_poisoned:
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


def cancelled(job: Job) -> Event:
    """The last event of a drag or an opening that was told to end."""
    assert isinstance(job.request, StartDrag | OpenEdit)
    if job.state is JobState.ABANDONED:
        return Failure.of(SILENT)
    if isinstance(job.request, OpenEdit):
        return OpenCancelled()
    return DragCancelled(job.request.edit_id, job.request.revision)
