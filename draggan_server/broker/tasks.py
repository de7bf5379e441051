"""A request as a worker is given it: the task with the edit as it stands, and words meanwhile."""

from __future__ import annotations

from draggan_server.broker.jobs import Job
from draggan_server.broker.store import EditStore, StoredEdit
from draggan_server.wire.errors import StaleRevision, UnknownEdit
from draggan_server.wire.messages import (
    DrawSamples,
    EndLive,
    GetHistory,
    GoToDrag,
    MoveTargets,
    OpenEdit,
    StartDrag,
)
from draggan_server.worker.messages import (
    Aim,
    LetGo,
    RunDrag,
    RunGoTo,
    RunHistory,
    RunOpen,
    RunSamples,
    Task,
    Word,
)


def task_of(job: Job, store: EditStore) -> Task:
    """A job as a worker is given it. Raises as `edit_of` does."""
    request, guest = job.request, job.session.guest
    if isinstance(request, OpenEdit):
        return RunOpen(job.number, request.source, installed_only=bool(guest))
    if isinstance(request, DrawSamples):
        return RunSamples(job.number, request.samples, installed_only=bool(guest))
    saved_state = edit_of(request, guest, store).saved_state
    if isinstance(request, GetHistory):
        return RunHistory(job.number, saved_state)
    if isinstance(request, GoToDrag):
        return RunGoTo(job.number, saved_state, request)
    return RunDrag(job.number, saved_state, request, job.autosave)


def edit_of(request: StartDrag | GetHistory | GoToDrag, guest: str, store: EditStore) -> StoredEdit:
    """The edit that a guest's request is about, as it stands.

    Raises `UnknownEdit`, and `StaleRevision` where the request is to change another revision.
    """
    edit = store.find(request.edit_id, guest)
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


def word_of(job: Job, request: MoveTargets | EndLive) -> Word:
    """What the hand of a live drag does, as its worker is told."""
    if isinstance(request, EndLive):
        return LetGo(job.number)
    return Aim(job.number, request.number, request.handle_points, request.target_points)
