"""Whether the daemon runs, looked at again and again without starting it; and starting it, here or
on another machine."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from draggan_server.host.link import PUMP_MS, Every, Link, Stop
from draggan_server.wire.connector import Connector
from draggan_server.wire.errors import DaemonUnreachable, DragganError
from draggan_server.wire.install_record import install_record, is_daemon_missing
from draggan_server.wire.invitation import Invitation
from draggan_server.wire.messages import Event, Failure, GetStatus, Shutdown, Status
from draggan_server.wire.moving import Steps, moving

LOOK_MS = 1000


class Standing(enum.Enum):
    """Where the daemon stands."""

    UNKNOWN = "nobody has looked yet"
    MISSING = "it was not set up"
    ENDED = "it does not run"
    STARTING = "it is on its way"
    STOPPING = "it was told to end, and will be started again"
    MOVING = "another machine's, or this machine's again, is to be used in its place"
    RUNS = "it answers"
    FAILS = "it cannot be had"


@dataclass(frozen=True)
class Seen:
    """What was seen of it: its status where it `RUNS`, what is wrong where it `FAILS`."""

    standing: Standing
    status: Status | None = None
    failure: Failure | None = None

    @property
    def in_use(self) -> bool:
        """Whether something would be lost if it ended now."""
        seen = self.status
        return seen is not None and bool(seen.drags or seen.waiting or seen.errands or seen.others)


@dataclass(frozen=True)
class _Move:
    """Going over to another daemon: its steps, who is told of their end, whether the one before
    ran, and its timer."""

    steps: Steps[Status | None]
    moved: Callable[[Failure | None], None]
    ran: bool
    stop: Stop


class Keeper:
    """Tells `hear` what it sees, until it is closed; `connect` makes what connects."""

    def __init__(
        self,
        every: Every,
        log_file: str,
        hear: Callable[[Seen], None],
        connect: Callable[..., Connector] = Connector,
    ) -> None:
        self._every = every
        self._hear = hear
        self._connect = connect
        self._move: _Move | None = None
        self._watching = Link(every, log_file, lambda: connect(start_daemon=False))
        self._ending = Link(every, log_file, lambda: connect(start_daemon=False, any_version=True))
        self._starting = Link(every, log_file, connect)
        self._asked = self._starts = self._restarts = False
        self._stop = every(LOOK_MS, self.look)

    def look(self) -> None:
        """Have a look now."""
        if self._asked or self._starts or self._move is not None:
            return
        try:
            there = install_record().connection_file.exists()
        except DaemonUnreachable as error:
            self._hear(Seen(Standing.FAILS, failure=Failure.of(error)))
            return
        if there:
            self._asked = True
            self._watching.request(GetStatus(), self._answered)
        else:
            self._gone()

    def start(self) -> None:
        """Start it, where it does not run."""
        if not self._starts and self._move is None:
            self._starts = True
            self._hear(Seen(Standing.STARTING))
            self._starting.close()  # what it was connected to has ended since, perhaps
            self._starting.request(GetStatus(), self._started)

    def restart(self) -> None:
        """End it, of whatever version it is, and start it again."""
        if not (self._starts or self._restarts or self._move is not None):
            self._restarts = True
            self._hear(Seen(Standing.STOPPING))
            self._ending.request(Shutdown(), self._told)

    def move(
        self, to: Invitation | None, anyway: bool, moved: Callable[[Failure | None], None]
    ) -> None:
        """Use another machine's daemon from now on, or with None this machine's own, see `moving`;
        `moved` is told what was in the way, or None. What ran before runs again then."""
        if not (self._starts or self._restarts or self._move is not None):
            path = install_record().connection_file
            steps = moving(path, to, anyway=anyway, connect=self._connect)
            ran = path.exists()
            self._move = _Move(steps, moved, ran, self._every(PUMP_MS, self._step))
            self._hear(Seen(Standing.MOVING))

    def close(self) -> None:
        """Look no more."""
        self._stop()
        if self._move is not None:
            self._move.stop()
            self._move.steps.close()
        for link in (self._watching, self._ending, self._starting):
            link.close()

    def _step(self) -> None:
        assert self._move is not None
        move, failure, status = self._move, None, None
        try:
            next(move.steps)
            return
        except StopIteration as end:
            status = end.value
        except DragganError as error:
            failure = Failure.of(error)
        move.stop()
        self._move = None
        move.moved(failure)
        if status is not None:
            self._hear(Seen(Standing.RUNS, status))
        elif failure is None or (move.ran and not install_record().connection_file.exists()):
            self.start()
        else:
            self.look()

    def _answered(self, event: Event) -> None:
        self._asked = False
        if self._move is not None:
            return
        if isinstance(event, Failure):
            if self._restarts or not install_record().connection_file.exists():
                self._gone()
            else:
                self._hear(Seen(Standing.FAILS, failure=event))
        elif isinstance(event, Status) and not self._restarts:
            self._hear(Seen(Standing.RUNS, event))

    def _gone(self) -> None:
        if self._restarts:
            self._restarts = False
            self.start()
        elif not self._starts:
            missing = is_daemon_missing()
            self._hear(Seen(Standing.MISSING if missing else Standing.ENDED))

    def _started(self, event: Event) -> None:
        self._starts = False
        if isinstance(event, Status):
            self._hear(Seen(Standing.RUNS, event))
        elif isinstance(event, Failure):
            self._hear(Seen(Standing.FAILS, failure=event))

    def _told(self, event: Event) -> None:
        if not isinstance(event, Failure):
            return  # it ends now, which is seen at the next look
        self._restarts = False
        if event.code == DaemonUnreachable.code:  # what does not answer may be gone
            self.start()
        else:
            self._hear(Seen(Standing.FAILS, failure=event))
