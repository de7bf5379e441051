"""Disks and clocks that fail a daemon, and the edits that documents keep.

A document keeps the state that the daemon gave out with the last drag. Whatever becomes of the
store, a daemon opens that state as it was and drags on; and what was on the disk before the disk
got full or read-only is found there afterwards. Each daemon with a fault is killed in the end. The
engine is fake.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from draggan_server.wire.client import Client
from draggan_server.wire.errors import DragganError
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.messages import DragFinished, EditOpened, OpenEdit, SavedState
from tests.protocol.daemons import RunningDaemon, record_of
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.soak.row import Row

SIZES = {"tiny": 1, "ci": 25, "long": 100, "soak": 2_500}
_SEED = 7
_DRAGS = 3
_YEARS = 10 * 365 * 86_400.0

Command = tuple[str, ...]
Fault = Callable[[Path, random.Random], AbstractContextManager[Callable[[Command], Command]]]
"""Within the `with` the home folder has it; what makes of a daemon's command one that meets it."""


def run(size: str, folder: Path) -> list[Row]:
    rows = []
    for what, fault, keeps_store in _FAULTS:
        home = folder / fault.__name__
        home.mkdir()
        rounds = _Rounds(home, fault, keeps_store)
        lost = sum(rounds.lost() for _ in range(SIZES[size]))
        figures = f"{rounds.saved:,} drags were acknowledged meanwhile, fake engine"
        rows.append(Row(f"{what}: edits lost that a document keeps", SIZES[size], lost, figures))
    return rows


class _Rounds:
    """One fault, over and over in one home folder."""

    def __init__(self, home: Path, fault: Fault, keeps_store: bool) -> None:
        self.saved = 0
        self._home = home
        self._fault = fault
        self._keeps_store = keeps_store
        self._dice = random.Random(_SEED)

    def lost(self) -> bool:
        """Whether an edit was lost in a round."""
        try:
            self._round()
        except (DragganError, AssertionError) as error:
            print(f"{self._fault.__name__}: {error!r}")
            return True
        return False

    def _round(self) -> None:
        with self._daemon() as client:
            before = open_edit(client)
            document = client.ask(drag_of(before)).saved_state
        with (
            self._fault(self._home, self._dice) as changed,
            self._daemon(changed) as client,
        ):
            document = self._dragged(client, document)
        with self._daemon() as client:
            self._dragged(client, document)
            if self._keeps_store:
                assert client.ask(drag_of(replace(before, revision=1))).revision == 2

    def _dragged(self, client: Client, document: str) -> str:
        """What the document keeps after some more drags."""
        edit: EditOpened = client.ask(OpenEdit(SavedState(document)))
        assert edit.saved_state == document
        for _ in range(_DRAGS):
            done: DragFinished = client.ask(drag_of(edit))
            assert done.revision == edit.revision + 1
            edit = replace(edit, revision=done.revision)
            self.saved += 1
        return done.saved_state

    @contextlib.contextmanager
    def _daemon(self, changed: Callable[[Command], Command] | None = None) -> Iterator[Client]:
        """The client of a daemon, which is killed in the end."""
        record = record_of(self._home)
        if changed is not None:
            record = InstallRecord(changed(record.command), record.connection_file, "0")
        record.connection_file.unlink(missing_ok=True)
        daemon = RunningDaemon(self._home, started_by=record)
        try:
            with daemon.client() as client:
                yield client
        finally:
            daemon.process.kill()
            daemon.process.communicate()


def _state_folder(home: Path) -> Path:
    return home / ".local" / "state" / "draggan"


@contextlib.contextmanager
def full(home: Path, dice: random.Random) -> Iterator[Callable[[Command], Command]]:
    """No file gets larger than so many bytes."""
    # The connection file, of some 200 bytes, usually lies on another disk.
    limit = dice.choice((1 << 9, 1 << 12, 1 << 14, 1 << 16))
    yield lambda command: ("prlimit", f"--fsize={limit}", *command)


@contextlib.contextmanager
def read_only(home: Path, dice: random.Random) -> Iterator[Callable[[Command], Command]]:
    """Nothing in the folder of edits and logs can be written, not by root either."""
    paths = [_state_folder(home), *_state_folder(home).rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
    obeys = ("setpriv", "--bounding-set=-dac_override") if os.geteuid() == 0 else ()
    try:
        yield lambda command: (*obeys, *command)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@contextlib.contextmanager
def corrupt(home: Path, dice: random.Random) -> Iterator[Callable[[Command], Command]]:
    """Bytes anywhere in the store are others, or its end is missing."""
    for path in _state_folder(home).glob("edits.sqlite3*"):
        data = bytearray(path.read_bytes())
        for _ in range(dice.choice((1, 10, 1000)) if data else 0):
            data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data[: dice.choice((len(data), len(data) // 2))])
    yield lambda command: command


@contextlib.contextmanager
def clock_jumps(home: Path, dice: random.Random) -> Iterator[Callable[[Command], Command]]:
    """The time of day is up to ten years off."""
    offset = home / "offset"
    offset.write_text(f"{dice.uniform(-_YEARS, _YEARS)}")
    yield lambda command: (
        *(sys.executable, "-m", "tests.soak.jumping_clock", str(offset)),
        *command[3:],
    )


_FAULTS: tuple[tuple[str, Fault, bool], ...] = (
    ("a full disk", full, True),
    ("a read-only disk", read_only, True),
    ("a corrupt store", corrupt, False),
    ("a clock that jumps", clock_jumps, False),
)
