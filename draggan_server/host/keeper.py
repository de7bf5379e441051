"""Whether the daemon runs, looked at again and again without starting it; and starting it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from draggan_server.host.link import Every, Link
from draggan_server.wire.connector import Connector
from draggan_server.wire.errors import DaemonUnreachable
from draggan_server.wire.install_record import install_record, is_daemon_missing
from draggan_server.wire.messages import Event, Failure, GetStatus, Shutdown, Status

LOOK_MS = 1000


class Standing(enum.Enum):
    """Where the daemon stands."""

    UNKNOWN = "nobody has looked yet"
    MISSING = "it was not set up"
    ENDED = "it does not run"
    STARTING = "it is on its way"
    STOPPING = "it was told to end, and will be started again"
    RUNS = "it answers"
    FAILS = "it cannot be had"


@dataclass(frozen=True)
class Seen:
    """What was seen of it: its status where it `RUNS`, what is wrong where it `FAILS`."""

    standing: Standing
    status: Status | None = None
    failure: Failure | None = None


class Keeper:
    """Tells `hear` what it sees, until it is closed; `connect` makes what connects."""

    def __init__(
        self,
        every: Every,
        log_file: str,
        hear: Callable[[Seen], None],
        connect: Callable[..., Connector] = Connector,
    ) -> None:
        self._hear = hear
        self._watching = Link(every, log_file, lambda: connect(start_daemon=False))
        self._ending = Link(every, log_file, lambda: connect(start_daemon=False, any_version=True))
        self._starting = Link(every, log_file, connect)
        self._asked = self._starts = self._restarts = False
        self._stop = every(LOOK_MS, self.look)

    def look(self) -> None:
        """Have a look now."""
        if self._asked or self._starts:
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
        if not self._starts:
            self._starts = True
            self._hear(Seen(Standing.STARTING))
            self._starting.request(GetStatus(), self._started)

    def restart(self) -> None:
        """End it, of whatever version it is, and start it again."""
        if not (self._starts or self._restarts):
            self._restarts = True
            self._hear(Seen(Standing.STOPPING))
            self._ending.request(Shutdown(), self._told)

    def close(self) -> None:
        """Look no more."""
        self._stop()
        for link in (self._watching, self._ending, self._starting):
            link.close()

    def _answered(self, event: Event) -> None:
        self._asked = False
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
