"""The window about the state of things: what it says, what may be pressed, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from draggan_server.host.examination import Fault, Report
from draggan_server.host.forms import state
from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.parts import Item
from draggan_server.host.forms.setup import SETUP
from draggan_server.host.forms.state import StateForm
from draggan_server.host.keeper import Keeper, Seen
from draggan_server.host.link import Every
from draggan_server.wire.client import Client
from draggan_server.wire.errors import BadInput, DaemonUnreachable, VersionMismatch
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import OpenEdit, SampleSource
from draggan_server.wire.versions import THIS_SIDE
from tests.protocol.linked import House
from tests.scripted_host import Timer

FAULT = Fault("disk", "It is full.", "Make room.", True)


class FakeConnector:
    """Reaches the house if its daemon runs, or starts it, where it may."""

    def __init__(self, window: Window, start_daemon: bool = True, any_version: bool = False):
        self._window = window
        self._may_start = start_daemon
        self._any_version = any_version
        self.starting = False

    def poll(self) -> Client | None:
        window = self._window
        if window.other_version and not self._any_version:
            raise VersionMismatch("It is too old.")
        if not window.runs:
            if not self._may_start:
                raise DaemonUnreachable("Nobody answers.")
            if not self.starting:
                self.starting = True
                return None
            window.begin()
        return window.house.client()

    def close(self) -> None:
        pass


class FakeExamination:
    def __init__(self, outcomes: list[Report | BadInput | None]) -> None:
        self.outcomes = outcomes
        self.closed = False

    def poll(self) -> Report | None:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BadInput):
            raise outcome
        return outcome

    def close(self) -> None:
        self.closed = True


class Window:
    def __init__(self, connection: Path, runs: bool = True) -> None:
        self.connection = connection
        self.runs = False
        self.other_version = False
        self.starts = 0
        if runs:
            self.begin()
        self.timer = Timer()
        self.form = Form()
        self.opened: list[str] = []
        self.can_open = True
        self.outcomes: list[Report | BadInput | None] = []
        self.mended: list[bool] = []
        self.examinations: list[FakeExamination] = []
        self.state = StateForm(
            self.form, self.timer.every, "log", self._keeper, self._examine, self._open
        )
        self.tick()

    def begin(self) -> None:
        """Its daemon begins."""
        self.house = House()
        self.house.ready()
        self.runs, self.other_version = True, False
        self.starts += 1
        self.connection.write_text("there")

    def end(self) -> None:
        self.runs = self.other_version = False
        self.connection.unlink()

    def _keeper(self, every: Every, log: str, hear: Callable[[Seen], None]) -> Keeper:
        def connect(**options: bool) -> Any:
            return FakeConnector(self, **options)

        return Keeper(every, log, hear, connect)

    def _examine(self, mend: bool) -> Any:
        self.mended.append(mend)
        self.examinations.append(FakeExamination(self.outcomes))
        return self.examinations[-1]

    def _open(self, address: str) -> bool:
        self.opened.append(address)
        return self.can_open

    def tick(self) -> None:
        for _ in range(4):
            if self.runs:
                self.house.pass_time(0.02)
                if self.house.dispatcher.stopping:
                    self.end()
            self.timer.tick()

    def look(self, item: Item) -> Look:
        return self.form.look(item)

    def act(self, item: Item) -> None:
        assert self.look(item).enabled
        assert self.look(item).visible
        self.form.act(item)
        self.tick()

    @property
    def said(self) -> str:
        return self.look(state.DAEMON).label

    @property
    def found(self) -> str:
        return self.look(state.FOUND).label


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "connection.json"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path / "connection.json"


def test_one_that_runs_is_told_of_again_and_again(connection: Path) -> None:
    window = Window(connection)
    assert window.said == f"DragGAN's daemon runs: version {THIS_SIDE.release}, for 0 seconds."
    assert window.look(state.WORKERS).label.startswith("Device scripted: has nothing")
    assert window.look(state.USE).label == "No other program uses it now."
    assert not window.look(state.START).visible
    window.house.client().send(OpenEdit(SampleSource("lion", 7)))
    window.house.now += 300
    window.tick()
    assert window.said.endswith("for 5 minutes.")
    assert "opens a picture" in window.look(state.WORKERS).label
    assert window.look(state.USE).label == "1 other program uses it now."
    window.end()
    window.tick()
    assert "does not run" in window.said
    assert not window.look(state.WORKERS).visible
    assert window.starts == 1  # looking starts none


def test_one_that_does_not_run_is_started(connection: Path) -> None:
    window = Window(connection, runs=False)
    assert "does not run" in window.said
    assert not window.look(state.RESTART).visible
    window.form.act(state.START)
    assert window.said == "The daemon starts…"
    assert not window.look(state.START).enabled
    window.tick()
    assert (window.starts, window.runs) == (1, True)
    assert "runs: version" in window.said


def test_one_that_ends_right_after_its_start_is_started_again(connection: Path) -> None:
    window = Window(connection, runs=False)
    window.act(state.START)
    assert window.starts == 1
    window.end()
    window.state._keeper.start()  # before anybody has noticed that the connection is over
    window.tick()
    assert window.starts == 2
    assert "runs: version" in window.said


def test_one_is_restarted(connection: Path) -> None:
    window = Window(connection)
    window.form.act(state.RESTART)
    assert window.said == "The daemon ends…"
    assert not window.look(state.RESTART).enabled
    for _ in range(3):
        window.tick()
    assert window.starts == 2
    assert "runs: version" in window.said


def test_one_that_is_in_use_is_restarted_once_the_user_is_sure(connection: Path) -> None:
    window = Window(connection)
    window.house.client().send(OpenEdit(SampleSource("lion", 7)))
    window.tick()
    window.act(state.RESTART)
    assert window.starts == 1
    assert "would be lost" in window.found
    assert window.look(state.RESTART).label == "_Restart it anyway"
    window.act(state.RESTART)
    window.tick()
    assert window.starts == 2
    assert window.look(state.RESTART).label == "_Restart the daemon"


def test_one_of_another_version_is_restarted_all_the_same(connection: Path) -> None:
    window = Window(connection)
    window.other_version = True
    window.state._keeper._watching.close()
    window.tick()
    assert (window.said, window.look(state.DAEMON).warns) == ("It is too old.", True)
    window.act(state.RESTART)
    window.tick()
    assert window.starts == 2
    assert not window.look(state.DAEMON).warns


def test_one_that_does_not_answer_is_started_anew(connection: Path) -> None:
    connection.write_text("left over")
    window = Window(connection, runs=False)
    assert (window.said, window.look(state.DAEMON).warns) == ("Nobody answers.", True)
    window.act(state.RESTART)
    window.tick()
    assert window.starts == 1
    assert "runs: version" in window.said


def test_what_computes_no_more_is_a_warning(connection: Path) -> None:
    window = Window(connection)
    window.house.worker.state = "lost"
    window.tick()
    assert window.look(state.DAEMON).warns
    assert "Restart the daemon" in window.look(state.WORKERS).label


def test_the_log_is_opened_where_there_is_one(connection: Path, tmp_path: Path) -> None:
    window = Window(connection)
    log = tmp_path / ".local/state/draggan/log/daemon.log"
    window.act(state.LOG)
    assert (window.opened, str(log.parent) in window.found) == ([], True)
    log.parent.mkdir(parents=True)
    log.touch()
    window.act(state.LOG)
    assert window.opened == [log.as_uri()]
    window.can_open = False
    window.act(state.LOG)
    assert window.found == f"The log lies in {log}."


def test_faults_are_looked_for_and_mended(connection: Path) -> None:
    window = Window(connection)
    window.outcomes = [None, Report(3, (FAULT,)), Report(3, (), 1)]
    assert not window.look(state.MEND).visible
    window.form.act(state.EXAMINE)
    bar = window.look(state.EXAMINING)
    assert (bar.visible, bar.fraction, bar.label) == (True, None, "Looking for faults…")
    assert not window.look(state.EXAMINE).enabled
    window.tick()
    assert window.found == "1 fault was found:\n\ndisk: It is full.\nMake room."
    assert not window.look(state.EXAMINING).visible
    window.act(state.MEND)
    assert window.found == "1 fault was mended. 3 things were looked at: all is well."
    assert not window.look(state.MEND).visible
    assert window.mended == [False, True]
    assert all(one.closed for one in window.examinations)
    window.outcomes = [BadInput("It broke off.")]
    window.act(state.EXAMINE)
    assert window.found == "It broke off."


def test_what_runs_for_a_window_ends_with_it(connection: Path) -> None:
    window = Window(connection)
    window.outcomes = [None] * 100
    window.act(state.EXAMINE)
    window.state.close()
    assert window.examinations[0].closed
    assert window.timer.running == 0


def test_where_none_was_set_up_it_is_offered(
    connection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("keeper", "forms.setup"):
        monkeypatch.setattr(f"draggan_server.host.{module}.is_daemon_missing", lambda: True)
    window = Window(connection, runs=False)
    assert "not on this computer yet" in window.said
    assert window.look(SETUP).visible
    assert not window.look(state.START).enabled
