"""What each message does. Knows no socket: frames in, frames out.

What needs a worker goes to the `Crew`, what is done with models to the `Errands`.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from draggan_server import __version__
from draggan_server.broker.crew import Crew
from draggan_server.broker.errands import Errands, StartErrand
from draggan_server.broker.guests import Guests
from draggan_server.broker.sessions import FORGET_SECONDS, SILENT_SECONDS, Session, Sessions
from draggan_server.broker.store import OWNER, EditStore
from draggan_server.broker.worker import Worker, WorkerDied
from draggan_server.wire.codec import REQUEST_CODEC, read_header
from draggan_server.wire.errors import (
    BadInput,
    DaemonUnreachable,
    DragganError,
    InternalError,
    ProtocolError,
)
from draggan_server.wire.messages import (
    CancelDrag,
    Catalogue,
    CloseEdit,
    Done,
    EndLive,
    Errand,
    Event,
    FindState,
    GetCatalogue,
    GetStatus,
    Hello,
    ListModels,
    ModelList,
    ModelRequest,
    MoveTargets,
    NextPreview,
    OpenEdit,
    Ping,
    Pong,
    RemoveModel,
    Request,
    SavedState,
    Shutdown,
    StateFound,
    Status,
    Welcome,
    Work,
)
from draggan_server.wire.versions import FOLLOWS_LOSSES, THIS_SIDE
from draggan_server.worker.messages import WorkerEvent

logger = logging.getLogger(__name__)

QUIET_SECONDS = 60.0
"""A daemon from which nobody wanted anything for so long leaves for a newer one."""

ASKED_SECONDS = 0.1
"""Who has just asked for something may go on with it at once."""

LOOK_SECONDS = 0.25
"""How often the clock is looked at for all clients: with thousands of them it takes its time."""


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
        dashboard: str = "",
    ) -> None:
        self.stopping = False
        self._store = store
        self._models = models
        self._errands = Errands(models.start_errand)
        self._clock = clock
        self._dashboard = dashboard
        self._began = self._active = self._looked = self._asked = clock()
        self._sessions = Sessions()
        self._guests = Guests()
        self._crew = Crew(workers, store, self._sessions, self._guests, clock)
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
            self._sessions.fail(session, header.id, error)
        except Exception as error:
            logger.exception("%s failed", header.type)
            sentence = f"Something went wrong inside the DragGAN daemon ({error!r}): see its log."
            self._sessions.fail(session, header.id, InternalError(sentence))

    def worker_event(self, worker: Worker, event: WorkerEvent | WorkerDied) -> None:
        """Take what a worker has to say."""
        self._crew.take(worker, event)

    def tick(self) -> None:
        """Look at the clock: silent clients, workers that do not obey."""
        now = self._clock()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._look_after_all(now)
        for session, request_id, event in self._errands.poll():
            self._sessions.answer(session, request_id, event)
        self._leave_if_outdated()
        self._crew.assign()

    def _look_after_all(self, now: float) -> None:
        for session in self._sessions:
            silent = now - session.heard
            waits = self._waits(session)
            if silent > SILENT_SECONDS and waits:
                self._drop(session)
            elif silent > FORGET_SECONDS and not waits:
                self._sessions.forget(session)
        self._crew.kill_disobedient(now)

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
                for job in self._crew.jobs.of(session):
                    self._sessions.fail(session, job.request_id, why)
                self._drop(session)
        self._guests.forget(guest)

    def shut_down(self) -> None:
        """Tell everyone who still waits that nothing will come."""
        sentence = "The DragGAN daemon was stopped while this was under way. Try again."
        for job in self._crew.jobs.all():
            self._sessions.fail(job.session, job.request_id, DaemonUnreachable(sentence))
        for session in self._sessions:
            for request_id in self._errands.of(session):
                self._sessions.fail(session, request_id, DaemonUnreachable(sentence))
        self._errands.close()

    @property
    def hears_only_pings(self) -> bool:
        """Whether clients that say something now are only waiting: no hand moves anything, and
        nobody has just asked for anything."""
        asked = self._clock() - self._asked < ASKED_SECONDS
        return not asked and not self._crew.jobs.has_live

    @property
    def has_errands(self) -> bool:
        """Whether a model is worked on: `tick` tells of it."""
        return bool(self._errands)

    def idle_seconds(self) -> float:
        """How long nobody has wanted anything."""
        if self._crew.jobs or self._errands:
            self._active = self._clock()
        return self._clock() - self._active

    # -- requests ---------------------------------------------------------------------------------

    def _handle(self, session: Session, request_id: int, request: Request, size: int) -> None:
        if not isinstance(request, Ping):
            self._asked = self._clock()
        if not isinstance(request, Hello | Ping | GetStatus | Shutdown):
            self._active = self._clock()
        if session.guest and isinstance(request, ModelRequest):
            raise BadInput(
                "The models lie on the other machine: ask who runs it to install or remove them."
            )
        if isinstance(request, Errand):
            self._errands.begin(session, request_id, request)
        elif isinstance(request, Work):
            self._crew.accept(session, request_id, request, size)
        elif isinstance(request, NextPreview):
            self._crew.grant_preview(session, request.drag_id)
        elif isinstance(request, MoveTargets | EndLive):
            self._crew.steer(session, request)
        elif isinstance(request, CancelDrag):
            self._errands.stop(session, request.drag_id)
            self._crew.cancel(session, request)
        else:
            if isinstance(request, Hello):
                session.follows_losses = FOLLOWS_LOSSES in request.client.features
            self._sessions.answer(session, request_id, self._simple_answer(session, request))

    def _simple_answer(
        self,
        session: Session,
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
        guest = session.guest
        if isinstance(request, Hello):
            return self._welcome(guest, request)
        if isinstance(request, Ping):
            return Pong()
        if isinstance(request, GetStatus):
            return self._status(session)
        if isinstance(request, ListModels):
            return self._models.list()
        if isinstance(request, GetCatalogue):
            return self._models.catalogue()
        if isinstance(request, FindState):
            return StateFound(self._store.find_picture(request.fingerprint, guest))
        if isinstance(request, RemoveModel):
            self._models.remove(request.name)
        elif isinstance(request, CloseEdit):
            if self._crew.jobs.is_changed(request.edit_id):
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
        jobs = [job.request_id for job in self._crew.jobs.of(session)]
        under_way = request_id in (*jobs, *self._errands.of(session))
        if under_way or self._sessions.repeat(session, request_id):
            return
        edit = self._store.find(session.edits.get(request_id, ""), session.guest)
        if edit is None:
            raise ProtocolError(
                f"Request {request_id} came before and its answer is not kept any more."
            )
        request = OpenEdit(SavedState(edit.saved_state))
        self._crew.enqueue(session, request_id, request, len(edit.saved_state), edit)

    def _status(self, asking: Session) -> Status:
        guest = asking.guest
        others = [one for one in self._sessions if one is not asking and one.guest == guest]
        jobs = self._crew.jobs.of_guest(guest) if guest else self._crew.jobs.all()
        return Status(
            version=__version__,
            pid=os.getpid(),
            uptime_seconds=self._clock() - self._began,
            idle_seconds=self.idle_seconds(),
            edits=self._store.count(guest),
            drags=sum(job.is_drag for job in jobs),
            workers=self._crew.status(),
            restored=0 if guest else self._restored,
            waiting=self._crew.jobs.waiting,
            errands=len(self._errands),
            others=sum(self._waits(one) for one in others),
            dashboard="" if guest else self._dashboard,
        )

    def _waits(self, session: Session) -> bool:
        """Whether something is under way for it."""
        return bool(self._crew.jobs.of(session) or self._errands.of(session))

    def _drop(self, session: Session) -> None:
        """End what is done for a client that is gone, and what waits for it.

        It is told all the same: it may only have been held up.
        """
        self._errands.stop_all_of(session)
        self._crew.drop(session)
