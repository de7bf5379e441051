"""A worker as an actor of a Ray cluster. Knows no Ray: `bridge` makes an actor of the class.

Its job loop runs in a thread, and everything said to it and by it is numbered: what is lost on the
way, or comes twice, is noticed.
"""

from __future__ import annotations

import importlib
import logging
import os
import platform
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from draggan_server import __version__, torch_settings
from draggan_server.log_file import log_to_file
from draggan_server.wire.codec import Envelope
from draggan_server.wire.install_record import log_folder
from draggan_server.worker.brought_models import BroughtModels
from draggan_server.worker.channel import WORKER_NAME
from draggan_server.worker.job_loop import JobLoop
from draggan_server.worker.messages import WORKER_CODEC
from draggan_server.worker.runs import Engine

logger = logging.getLogger(__name__)

MOST_EVENTS = 64
"""Events that may wait to be fetched; a job that has more to say waits."""

FETCH_SECONDS = 5.0
"""A `fetch` that has nothing to fetch returns after so long."""

ORPHAN_SECONDS = 120.0
"""An actor from which nobody has fetched anything for so long ends itself."""

Parts = list[bytes]
MakeEngine = Callable[[BroughtModels], Engine]


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who an actor is: the release of DragGAN on its node, the node, and its process there."""

    version: str
    node: str
    pid: int


class Actor:
    """One worker. Its methods are called from several threads, each one from one thread only.

    `make_engine` names a function as module:name, which takes the `BroughtModels`.
    """

    def __init__(self, make_engine: str, label: str) -> None:
        log_file = log_folder() / f"{label}.log"
        log_to_file(log_file)
        self._models = BroughtModels()
        self._said_to = 0
        self._inbox: queue.SimpleQueue[Parts] = queue.SimpleQueue()
        self._events: deque[tuple[int, Parts]] = deque()
        self._last_event = 0
        self._changed = threading.Condition()
        self._fetched = time.monotonic()
        module, _, name = make_engine.partition(":")
        make: MakeEngine = getattr(importlib.import_module(module), name)
        engine = make(self._models)
        for target in (lambda: self._run(engine, str(log_file)), self._leave_when_orphaned):
            threading.Thread(target=target, daemon=True).start()
        logger.info("actor %s starts in process %d", label, os.getpid())

    def introduce(self) -> Introduction:
        """Answers as soon as the engine is there."""
        return Introduction(__version__, platform.node(), os.getpid())

    def say(self, number: int, parts: Parts) -> None:
        """Take message `number`, from 1 upwards. One that has come before is not taken again.

        Raises `LookupError` where one before it has not come.
        """
        if number > self._said_to + 1:
            raise LookupError(f"Message {number} came after {self._said_to}.")
        if number == self._said_to + 1:
            self._said_to = number
            self._inbox.put(parts)

    def fetch(self, after: int) -> list[tuple[int, Parts]]:
        """The events behind number `after`, as soon as there are some; those up to it are dropped.

        Empty where there are none for `FETCH_SECONDS`.
        """
        with self._changed:
            self._fetched = time.monotonic()
            while self._events and self._events[0][0] <= after:
                self._events.popleft()
            self._changed.notify_all()
            self._changed.wait_for(lambda: bool(self._events), FETCH_SECONDS)
            self._fetched = time.monotonic()
            return list(self._events)

    def has_model(self, wanted: str, name: str, sha256: str) -> bool:
        """See `BroughtModels.has`."""
        return self._models.has(wanted, name, sha256)

    def take_model(self, sha256: str, piece: bytes) -> None:
        """See `BroughtModels.take`."""
        self._models.take(sha256, piece)

    def has_learned(self, name: str) -> bool:
        """See `BroughtModels.has_learned`."""
        return self._models.has_learned(name)

    def take_learned(self, name: str, piece: bytes) -> None:
        """See `BroughtModels.take_learned`."""
        self._models.take_learned(name, piece)

    # -- what the job loop does, in its thread -----------------------------------------------------

    def send(self, message: Any) -> None:
        parts = WORKER_CODEC.encode(Envelope(message, WORKER_NAME))
        with self._changed:
            self._changed.wait_for(lambda: len(self._events) < MOST_EVENTS)
            self._last_event += 1
            self._events.append((self._last_event, parts))
            self._changed.notify_all()

    def receive(self, *, block: bool) -> Any:
        try:
            parts = self._inbox.get(block=block)
        except queue.Empty:
            return None
        return WORKER_CODEC.decode(parts).message

    def _run(self, engine: Engine, log_file: str) -> None:
        try:
            JobLoop(self, engine, log_file).run()
        except BaseException:
            logger.exception("the actor's job loop failed")
        os._exit(1)  # without its loop it would only seem to live

    def _leave_when_orphaned(self) -> None:
        while time.monotonic() - self._fetched < ORPHAN_SECONDS:
            time.sleep(ORPHAN_SECONDS / 10)
        logger.warning("nobody has asked for anything for %g s; this actor ends", ORPHAN_SECONDS)
        os._exit(1)


def make_engine(models: BroughtModels) -> Engine:
    """The engine of a real worker. Ray shows each actor the devices that are its own."""
    torch_settings.settle()
    from draggan_server.worker.device import choose_device
    from draggan_server.worker.engine import EditingEngine

    return EditingEngine(choose_device(), models)
