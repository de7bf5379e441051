"""Those who come to a daemon's ports without what lets them in, and with what did once.

Beside them come two who are let in, by the same ways: so long as those have no answer, none of the
others counts as refused.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import zmq

from draggan_server.wire.invitation import Invitation
from tests.patience import patient
from tests.protocol.daemons import wait_until
from tests.protocol.test_house import HouseDaemon, new_keys, peer
from tests.soak.row import Row

SIZES = {"tiny": 1, "ci": 50, "long": 150, "soak": 5_000}
_NOBODY = 65_534
_LATER_MS = 200
"""Whoever is let in has an answer by then, where the others have theirs already."""

Peer = zmq.Socket[bytes]


def run(size: str, _: Path) -> list[Row]:
    # A place that every user of this machine may enter.
    with tempfile.TemporaryDirectory(prefix="draggan-strangers-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        with HouseDaemon(home, idle_seconds=1e6) as daemon:
            rounds = _Rounds(home, daemon)
            come = sum(rounds.round(number) for number in range(SIZES[size]))
            return [rounds.row(come)]


class _Rounds:
    """One daemon that listens, to which strangers come over and over."""

    def __init__(self, home: Path, daemon: HouseDaemon) -> None:
        self._let_in = 0
        self._daemon = daemon
        self._worker = self._daemon.worker_pid()
        self._revoked = self._daemon.invite("nobody")
        self._daemon.keyring.revoke("nobody")
        self._guest = self._daemon.invite("guest-0")
        wait_until(self._is_known)
        process = psutil.Process(self._daemon.process.pid)
        self._ports = [
            one.laddr.port for one in process.net_connections("tcp") if one.status == "LISTEN"
        ]
        (home / "for-all").write_text("x")

    def round(self, number: int) -> int:
        """How many came."""
        with contextlib.ExitStack() as stack:
            secret = self._daemon.connection.secret
            welcome = [
                stack.enter_context(peer(self._daemon, self._guest)),
                stack.enter_context(self._by_password(self._own_port, secret)),
            ]
            strangers = [stack.enter_context(one) for one in self._strangers(self._guest)]
            for one in (*welcome, *strangers):
                _speak(one)
            assert all(one.poll(patient(20_000)) for one in welcome), "those who may are not let in"
            strangers[0].poll(_LATER_MS)
            self._let_in += sum(bool(one.poll(0)) for one in strangers)
            come = len(strangers)
        if os.geteuid() == 0:
            self._let_in += self._reads_what_lets_in()
            come += 1
        self._revoked, self._guest = self._guest, self._daemon.invite(f"guest-{number + 1}")
        self._daemon.keyring.revoke(f"guest-{number}")
        wait_until(lambda: f"guest-{number} has no key any more" in self._daemon.said())
        return come

    def row(self, come: int) -> Row:
        said = self._daemon.said()
        alive = self._daemon.worker_pid() == self._worker and "sent what cannot be read" not in said
        what = (
            "a wrong secret, wrong, revoked and no keys, another user of the machine: were let in"
        )
        who = "" if os.geteuid() == 0 else ", another user left out (needs root)"
        figures = f"{len(self._ports)} ports, the worker's, too{who}"
        return Row(what, come, self._let_in + (not alive), figures)

    def _is_known(self) -> bool:
        """Whether the daemon has seen that there is another guest."""
        with peer(self._daemon, self._guest) as one:
            _speak(one)
            return bool(one.poll(1000))

    @property
    def _own_port(self) -> int:
        return self._daemon.connection.address[1]

    def _strangers(self, guest: Invitation) -> Iterator[contextlib.AbstractContextManager[Peer]]:
        """Each with one thing wrong."""
        public, secret = new_keys()
        for wrong in (
            self._revoked,
            replace(guest, secret_key=secret),
            replace(guest, public_key=public, secret_key=secret),
            replace(guest, server_key=public),
        ):
            yield peer(self._daemon, wrong)
        for port in self._ports:
            yield self._by_password(port, None)
            yield self._by_password(port, "wrong")
        yield self._by_password(self._daemon.address.port, self._daemon.connection.secret)

    @contextlib.contextmanager
    def _by_password(self, port: int, secret: str | None) -> Iterator[Peer]:
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.linger = 0
            if secret is not None:
                dealer.plain_username = self._daemon.connection.user.encode()
                dealer.plain_password = secret.encode()
            dealer.connect(f"tcp://127.0.0.1:{port}")
            yield dealer

    def _reads_what_lets_in(self) -> int:
        """How many of the daemon's files with secrets another user reads."""
        files = [
            self._daemon.record.connection_file,
            *self._daemon.record.connection_file.parent.glob("keys.json"),
        ]
        assert self._reads(files[0].with_name("for-all"))
        return sum(map(self._reads, files))

    def _reads(self, path: Path) -> bool:
        user = (f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
        done = subprocess.run(["setpriv", *user, "cat", path], capture_output=True)
        return done.returncode == 0


def _speak(one: Peer) -> None:
    with contextlib.suppress(zmq.Again):  # it was refused before it could
        one.send(b"garbage", zmq.NOBLOCK)
