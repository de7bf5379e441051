"""From nothing to a connected client: where the daemon is found, started, or made way for.

A command calls `connect`, which blocks; a graphical host polls a `Connector` from a timer of some
20 ms.
"""

from __future__ import annotations

import subprocess
import time

from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.errors import DaemonUnreachable, VersionMismatch
from draggan_server.wire.install_record import InstallRecord, install_record
from draggan_server.wire.invitation import invitation_file
from draggan_server.wire.launch import spawn
from draggan_server.wire.messages import Event, Failure, Hello, Welcome
from draggan_server.wire.said import Said
from draggan_server.wire.transport import open_transport
from draggan_server.wire.versions import THIS_SIDE, Side, is_spoken, of_daemon, of_other_machine

_RETRY_SECONDS = 0.05
_PROBE_SECONDS = 5.0
_ATTEMPTS = 3
_RESPAWN_SECONDS = 1.0


def connect(
    *, start_daemon: bool = True, any_version: bool = False, timeout: float = 20.0
) -> Client:
    """Connect, starting the daemon where none runs. Blocks.

    Raises `DaemonUnreachable` with a sentence for the user after `timeout` seconds, and at once
    where no daemon runs and none is to be started; `VersionMismatch` see `Connector`.
    """
    connector = Connector(start_daemon=start_daemon, any_version=any_version, timeout=timeout)
    try:
        while (client := connector.poll()) is None:
            time.sleep(0.01)
    except BaseException:
        connector.close()
        raise
    return client


class Connector:
    """Connects without blocking: call `poll` from a timer until it returns the client.

    Where no daemon answers it starts the one of `record` (default: `install_record()`), and once
    also in the place of an older one that nobody uses. With `any_version` a daemon that speaks no
    protocol of ours will do, for `TIMELESS` messages.
    """

    def __init__(
        self,
        *,
        start_daemon: bool = True,
        any_version: bool = False,
        timeout: float = 20.0,
        record: InstallRecord | None = None,
    ) -> None:
        self._start_daemon = start_daemon
        self._any_version = any_version
        self._replaces = start_daemon
        self._deadline = time.monotonic() + timeout
        self._record = record
        self._daemon: subprocess.Popen[bytes] | None = None
        self._spawn_after = 0.0
        self._client: Client | None = None
        self._answer: Event | None = None
        self._asked = 0.0
        self._open_after = 0.0
        self._attempts = 0
        self._why: str = Said("No DragGAN daemon answers.")

    @property
    def starting(self) -> bool:
        """Whether it has started a daemon."""
        return self._daemon is not None

    def poll(self) -> Client | None:
        """The connected client as soon as there is one. Never blocks.

        Raises `DaemonUnreachable` when the time is over or no daemon is available, its
        `DaemonMissing` where none was set up, and its `VersionMismatch` where daemon and client do
        not fit together.
        """
        try:
            client = self._advance()
            if client is None and time.monotonic() > self._deadline:
                raise DaemonUnreachable(
                    "The DragGAN daemon did not come up in time. {why}", why=self._why
                )
        except DaemonUnreachable:
            self.close()
            raise
        return client

    def close(self) -> None:
        """Give up: closes what `poll` has opened. Not needed once `poll` has returned or raised."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _advance(self) -> Client | None:
        now = time.monotonic()
        if self._record is None:
            self._record = install_record()
        if self._client is None and now >= self._open_after:
            self._open_after = now + _RETRY_SECONDS
            self._open_client(self._record)
        if self._client is None:
            return None
        self._client.pump()
        if isinstance(self._answer, Welcome) and self._answer.leaves:
            self._why = Said("An older one that leaves does not end.")
            self._replaces = False
            self.close()
            return None
        if isinstance(self._answer, Welcome | Failure) and self._client.lost is None:
            client = self._met(self._client, self._answer)
            self._client = None
            return client
        if self._client.lost is not None or now - self._asked > _PROBE_SECONDS:
            self._why = self._client.lost or Said("It takes connections but does not answer.")
            self.close()
            self._spawn(self._record)
        return None

    def _open_client(self, record: InstallRecord) -> None:
        try:
            connection = ConnectionFile.read(record.connection_file)
        except DaemonUnreachable as error:
            self._why = error.said
            self._attempts = 0
            self._spawn(record)
            return
        self._attempts += 1
        self._answer = None
        self._asked = time.monotonic()
        self._client = Client(open_transport(connection))
        self._client.send(Hello(THIS_SIDE, self._replaces), self._note)

    def _met(self, client: Client, answer: Welcome | Failure) -> Client:
        """The client, whose daemon has said who it is, if it can be used."""
        if isinstance(answer, Failure) and is_spoken(client.daemon.newest):
            error = answer.error()
            if isinstance(error, DaemonUnreachable):
                raise error
            raise DaemonUnreachable(answer.message)
        if not client.daemon.works_with(THIS_SIDE):
            if not self._any_version:
                raise self._mismatch(client.daemon)
            client.speak(client.daemon.newest)
        return client

    def _mismatch(self, daemon: Side) -> VersionMismatch:
        assert self._record is not None
        if invitation_file(self._record.connection_file).exists():
            return of_other_machine(daemon)
        return of_daemon(daemon, fresh=self._daemon is not None)

    def _note(self, event: Event) -> None:
        self._answer = event

    def _spawn(self, record: InstallRecord) -> None:
        """Start a daemon unless one that we started is on its way."""
        if not self._start_daemon:
            # A machine under load may take longer over a handshake than the daemon waits for it.
            if 0 < self._attempts < _ATTEMPTS:
                return
            raise DaemonUnreachable("{why} Start it with: draggan serve", why=self._why)
        code = None if self._daemon is None else self._daemon.poll()
        if code:
            raise DaemonUnreachable(
                "The DragGAN daemon ended at once with exit code {code}. To see why, run "
                "“{command}” by hand.",
                code=code,
                command=" ".join(record.command),
            )
        # One that left with 0 found another daemon, perhaps one on its way out: try again.
        if (self._daemon is None or code == 0) and time.monotonic() >= self._spawn_after:
            self._daemon = spawn(record)
            self._spawn_after = time.monotonic() + _RESPAWN_SECONDS
