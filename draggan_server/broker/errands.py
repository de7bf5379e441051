"""What is done with models beside the drags: each in a process of its own, see `worker.errand`."""

from __future__ import annotations

import contextlib
import logging
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from draggan_server.broker.sessions import Session
from draggan_server.log_file import open_errors
from draggan_server.wire.errors import BadInput, ProtocolError, WorkerLost
from draggan_server.wire.messages import Errand, Event, Failure, ModelStopped
from draggan_server.worker.errand_lines import ERRAND_ENDS, ErrandEvent, from_line, to_line

logger = logging.getLogger(__name__)

MAX_ERRANDS = 4
"""That are under way at a time: each may want gigabytes of memory."""

_LEAVE_SECONDS = 2.0


class Runner(Protocol):
    """What does one errand."""

    def poll(self) -> list[ErrandEvent]:
        """What came of it since; the last is one of `ERRAND_ENDS`. Never blocks."""

    def stop(self) -> None:
        """End it soon; it says `ModelStopped` then."""

    def close(self) -> None:
        """End it for good."""


StartErrand = Callable[[Errand], Runner]


class ErrandProcess:
    """A `Runner` that is a child of the broker, and never outlives it."""

    def __init__(
        self,
        errand: Errand,
        log_file: Path,
        command: Sequence[str] = (sys.executable, "-m", "draggan_server.worker.errand"),
    ) -> None:
        with open_errors(log_file, afresh=False) as errors:
            self._process = subprocess.Popen(
                [*command, str(log_file)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._said: queue.SimpleQueue[ErrandEvent] = queue.SimpleQueue()
        assert self._process.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), daemon=True
        )
        self._reader.start()
        self._tell(to_line(errand))
        logger.info("errand %d: %s", self._process.pid, type(errand).__name__)

    def poll(self) -> list[ErrandEvent]:
        events = []
        while not self._said.empty():
            events.append(self._said.get())
        return events

    def stop(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # an order that it did not take is still to be written
            self._process.stdin.close()

    def close(self) -> None:
        self.stop()
        self._reader.join(_LEAVE_SECONDS)
        if self._reader.is_alive():
            self._process.kill()
            self._reader.join()

    def _tell(self, line: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except OSError as error:
            logger.warning("errand %d took no order: %s", self._process.pid, error)

    def _read(self, stdout: IO[bytes]) -> None:
        """Hear it to its end, in a thread: the process may take a while to go."""
        ended = False
        for line in stdout:
            try:
                event = from_line(line)
            except ProtocolError as error:
                logger.error("errand %d said what cannot be read: %s", self._process.pid, error)
                self._process.kill()
                break
            ended = isinstance(event, ERRAND_ENDS)
            self._said.put(event)
        if not ended:
            asked = self._process.stdin is not None and self._process.stdin.closed
            self._said.put(ModelStopped() if asked else _DIED)
        stdout.close()
        self._process.wait()


_DIED = Failure.of(
    WorkerLost(
        "The process that works on the model has ended before it was done. Free some memory and "
        "try again; the details are in the daemon's log folder."
    )
)


@dataclass(eq=False, slots=True)
class _UnderWay:
    session: Session
    request_id: int
    runner: Runner


class Errands:
    """Those that are under way, and for whom."""

    def __init__(self, start: StartErrand) -> None:
        self._start = start
        self._under_way: list[_UnderWay] = []

    def __len__(self) -> int:
        return len(self._under_way)

    def begin(self, session: Session, request_id: int, errand: Errand) -> None:
        """Raises `BadInput` where too many are under way."""
        if len(self._under_way) >= MAX_ERRANDS:
            raise BadInput(
                "{count} models are worked on already: let one end, or stop it.", count=MAX_ERRANDS
            )
        self._under_way.append(_UnderWay(session, request_id, self._start(errand)))

    def of(self, session: Session) -> list[int]:
        """The numbers of a client's requests that are under way."""
        return [one.request_id for one in self._under_way if one.session is session]

    def stop(self, session: Session, request_id: int) -> None:
        """End it, if it is under way."""
        for one in self._under_way:
            if one.session is session and one.request_id == request_id:
                one.runner.stop()

    def stop_all_of(self, session: Session) -> None:
        """A client is gone."""
        for request_id in self.of(session):
            self.stop(session, request_id)

    def poll(self) -> Iterator[tuple[Session, int, Event]]:
        """What came of them since, and for which request of whom."""
        for one in list(self._under_way):
            for event in one.runner.poll():
                if isinstance(event, ERRAND_ENDS):
                    self._under_way.remove(one)
                    one.runner.stop()
                yield one.session, one.request_id, event

    def close(self) -> None:
        while self._under_way:
            self._under_way.pop().runner.close()
