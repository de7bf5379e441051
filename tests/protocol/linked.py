"""Clients and a dispatcher linked without sockets, a worker that does what the test says, and a
clock that the test sets."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from draggan_server.broker.dispatcher import Dispatcher, Models
from draggan_server.broker.store import EditStore
from draggan_server.broker.worker import Source, WorkerDied
from draggan_server.wire.client import Client
from draggan_server.wire.messages import (
    Catalogue,
    DragProgress,
    Errand,
    Event,
    History,
    InstalledModel,
    ModelInfo,
    ModelList,
    ModelStopped,
    OpenEdit,
    PastDrag,
    Pixels,
    Request,
    SampleSource,
    StartDrag,
)
from draggan_server.worker.errand_lines import ErrandEvent
from draggan_server.worker.messages import (
    CardMemory,
    JobFinished,
    JobOpened,
    Learned,
    Task,
    UnderWay,
    Word,
    WorkerEvent,
    WorkerReady,
)
from tests.patience import deadline_in

PROGRESS = DragProgress(1, 300, ((2.0, 3.0),), (False,), 4.0, 0.5)
PICTURE = Pixels(16, 16, 4, bytes(1024))
LAYER = Pixels(16, 16, 4, b"\7" * 1024)
SAMPLE = SampleSource("lion", 7)
LISTED = ModelList((ModelInfo("lion", "a lion", 16, 16, "MIT"),))
CATALOGUE = Catalogue(
    "/models",
    1000,
    (InstalledModel("lion", "a lion", 16, 16, "MIT", "", "/models/lion.safetensors", 100, True),),
    (),
)


class ScriptedWorker:
    """Keeps the tasks it is given; the test says what comes of them."""

    device = "scripted"
    pid = 1234
    memory = 5_000_000
    free_memory = 7_000_000
    card_memory: CardMemory | None = None
    logs = ("worker.log", "worker.err")

    def __init__(self) -> None:
        self.state = "starting"
        self.learned: Learned | None = None
        self.tasks: list[Task] = []
        self.told: list[Word] = []
        self.killed = False

    def sources(self) -> Sequence[Source]:
        return []

    def submit(self, task: Task) -> None:
        assert self.state == "idle"
        self.state = "busy"
        self.tasks.append(task)

    def tell(self, message: Word) -> None:
        self.told.append(message)

    def poll(self) -> list[WorkerEvent | WorkerDied]:
        return []

    def kill(self) -> None:
        self.killed = True

    def close(self) -> None:
        pass


class ScriptedErrand:
    """Something that is done with a model; the test puts what comes of it into `events`."""

    def __init__(self, errand: Errand) -> None:
        self.errand = errand
        self.events: list[ErrandEvent] = []
        self.stopped = self.closed = False

    def poll(self) -> list[ErrandEvent]:
        events, self.events = self.events, []
        return events

    def stop(self) -> None:
        if not self.stopped:
            self.events.append(ModelStopped())
        self.stopped = True

    def close(self) -> None:
        self.closed = True


class LinkedTransport:
    """A client's frames handed to the dispatcher at once; what comes back waits to be received."""

    def __init__(self, house: House, route: bytes, guest: str = "") -> None:
        self.lost: str | None = None
        self.arrived: deque[list[bytes]] = deque()
        self.sent: list[list[bytes]] = []
        self.deaf = False  # what is sent vanishes
        self._house = house
        self._route = route
        self._guest = guest

    def send(self, parts: Sequence[bytes]) -> None:
        self.sent.append(list(parts))
        if not self.deaf:
            self._house.dispatcher.receive(self._route, parts, self._guest)
            self._house.deliver()

    def receive(self) -> list[bytes] | None:
        return self.arrived.popleft() if self.arrived else None

    def wait(self, seconds: float) -> None:
        self._house.pass_time(max(seconds, 0))

    def close(self) -> None:
        self.lost = "closed"


class House:
    """Everything between a client's call and a worker's task."""

    def __init__(
        self, store: EditStore | None = None, workers: int = 1, dashboard: str = ""
    ) -> None:
        self.now = 1000.0
        self.store = store or EditStore(None)
        self.workers = [ScriptedWorker() for _ in range(workers)]
        self.worker = self.workers[0]
        self.errands: list[ScriptedErrand] = []
        self.removed: list[str] = []
        self.listed = lambda: LISTED
        self.catalogue = CATALOGUE
        models = Models(
            lambda: self.listed(), lambda: self.catalogue, self.removed.append, self._start_errand
        )
        self.dispatcher = Dispatcher(
            self.store, self.workers, models, clock=lambda: self.now, dashboard=dashboard
        )
        self.transports: dict[bytes, LinkedTransport] = {}
        self.gone: set[bytes] = set()

    def _start_errand(self, errand: Errand) -> ScriptedErrand:
        self.errands.append(ScriptedErrand(errand))
        return self.errands[-1]

    def client(self, guest: str = "") -> Client:
        """A program of the daemon's own user, or of a guest."""
        route = f"route {len(self.transports)}".encode()
        self.transports[route] = LinkedTransport(self, route, guest)
        return Client(self.transports[route], clock=lambda: self.now)

    def ready(self) -> None:
        """The workers have started."""
        for worker in self.workers:
            worker.state = "idle"
            self.say(WorkerReady("scripted"), worker)

    def say(self, event: WorkerEvent | WorkerDied, worker: ScriptedWorker | None = None) -> None:
        """The worker says something; after the end of a task it is idle."""
        worker = worker or self.worker
        if isinstance(event, WorkerDied):
            worker.state = "starting"
        elif not isinstance(event, UnderWay):
            worker.state = "idle"
        self.dispatcher.worker_event(worker, event)
        self.deliver()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.dispatcher.tick()
        self.deliver()

    def deliver(self) -> None:
        """What the dispatcher has to send, to where it goes."""
        outbox = self.dispatcher.outbox
        while outbox:
            route, parts = outbox.popleft()
            if route in self.gone or route not in self.transports:
                self.dispatcher.client_gone(route)
            else:
                self.transports[route].arrived.append(parts)


class Inbox(list[Event]):
    """The events of one request, in order."""

    def __init__(self, client: Client, request: Request) -> None:
        super().__init__()
        self.client = client
        self.id = client.send(request, self.append)

    @property
    def last(self) -> Any:
        self.client.pump()
        return self[-1] if self else None


def pump_until(client: Client, inbox: Inbox, kind: type, start: int = 0) -> Any:
    """The first event of a kind from the one numbered `start` on, waited for."""
    deadline = deadline_in(20)
    while not any(isinstance(event, kind) for event in inbox[start:]):
        assert time.monotonic() < deadline, inbox
        client.wait(0.05)
        client.pump()
    return next(event for event in inbox[start:] if isinstance(event, kind))


def opened(job: int) -> JobOpened:
    return JobOpened(job, "lion", "state 0", PICTURE)


def finished(job: int, reason: str = "arrived") -> JobFinished:
    return JobFinished(job, 5, reason, 1.5, 0.25, ((3.0, 4.0),), "state 1", LAYER)


HISTORY = History(1, (PastDrag(2, "newton", 5),), Pixels(64, 128, 4, bytes(64 * 128 * 4)))


def drag_of(edit_id: str, revision: int = 0, **changes: Any) -> StartDrag:
    return StartDrag(edit_id, revision, ((1.0, 2.0),), ((3.0, 4.0),), layer=LAYER, **changes)


def open_edit(house: House, client: Client) -> Any:
    """An `EditOpened`, the worker being ready and idle."""
    inbox = Inbox(client, OpenEdit(SAMPLE))
    house.say(opened(house.worker.tasks[-1].job))
    return inbox.last
