"""The machine that computes, changed in the window about the state of things: by invitations of a
daemon that listens, over its encrypted port, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from draggan_server.host.forms import elsewhere, state
from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.parts import Item
from draggan_server.host.forms.state import StateForm
from draggan_server.wire.drag_config import MAX_STEPS_LIMIT, drag_config
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.invitation import Invitation, accepted_invitation
from tests.patience import deadline_in, patient
from tests.protocol.daemons import RunningDaemon, own_home
from tests.protocol.fake_engine import Behaviour
from tests.protocol.test_house import HouseDaemon
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.scripted_host import Timer

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


class Guest:
    """The window of somebody who has a daemon of their own, and may be invited elsewhere."""

    def __init__(self, daemon: RunningDaemon) -> None:
        self.daemon = daemon
        self.open()

    def open(self, words: str = "runs: version") -> None:
        self.timer = Timer()
        self.form = Form()
        self.window = StateForm(self.form, self.timer.every, "log")
        self.wait(words)

    def look(self, item: Item) -> Look:
        return self.form.look(item)

    @property
    def used(self) -> str:
        return self.look(elsewhere.USED).label

    @property
    def accepted(self) -> Invitation | None:
        return accepted_invitation(self.daemon.record.connection_file)

    def write(self, line: str) -> None:
        self.form.act(elsewhere.INVITATION, line)

    def press(self, item: Item) -> None:
        assert self.look(item).enabled
        assert self.look(item).visible
        self.form.act(item)

    def use(self, line: str) -> None:
        self.write(line)
        self.press(elsewhere.USE_IT)

    def wait(self, words: str, seconds: float = 30.0) -> None:
        """Until the daemon's line or the one about the machine has these words, and nothing is on
        its way."""
        deadline = deadline_in(seconds)
        while True:
            self.timer.tick()
            settled = self.look(elsewhere.INVITATION).enabled
            if settled and words in f"{self.look(state.DAEMON).label} {self.used}":
                return
            assert time.monotonic() < deadline, (self.look(state.DAEMON).label, self.used)
            time.sleep(0.01)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HouseDaemon]:
    with HouseDaemon(tmp_path_factory.mktemp("house")) as daemon:
        yield daemon


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guest]:
    with own_home(tmp_path) as record, RunningDaemon(tmp_path) as daemon:
        monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(record.connection_file))
        for module in ("wire.connector", "host.keeper", "host.forms.elsewhere"):
            monkeypatch.setattr(f"draggan_server.{module}.install_record", lambda: record)
        guest = Guest(daemon)
        yield guest
        guest.window.close()


def test_there_and_back(house: HouseDaemon, guest: Guest) -> None:
    assert guest.used == "This machine computes."
    assert not guest.look(elsewhere.THIS_MACHINE).visible
    assert not guest.look(elsewhere.USE_IT).enabled
    invitation = house.invite()
    line = invitation.to_line()
    guest.use(f"  {line[:40]} {line[40:]}\n")  # as a mail may have broken it
    assert guest.look(state.DAEMON).label == "Going over to the other machine…"
    for button in (elsewhere.USE_IT, elsewhere.THIS_MACHINE, state.RESTART):
        assert not guest.look(button).enabled
    guest.wait("computes for you")
    assert guest.used == f"The machine at {house.address} computes for you."
    assert not guest.look(elsewhere.USED).warns
    assert guest.look(elsewhere.INVITATION).value == ""  # whoever has the line has the access
    assert guest.accepted == invitation
    assert guest.daemon.process.wait(patient(10)) == 0
    with guest.daemon.client() as client:
        open_edit(client)
    assert (guest.daemon.status().pid, guest.daemon.status().edits) == (house.process.pid, 1)
    guest.window.close()
    guest.open()  # it is used in every window from now on
    assert guest.used == f"The machine at {house.address} computes for you."
    guest.press(elsewhere.THIS_MACHINE)
    guest.wait("This machine computes.")
    guest.wait("runs: version")
    assert guest.accepted is None
    assert guest.daemon.status().edits == 0
    assert not guest.look(elsewhere.THIS_MACHINE).visible


def test_lines_that_are_no_invitation_change_nothing(house: HouseDaemon, guest: Guest) -> None:
    line = house.invite().to_line()
    for written, said in (
        ("hello", "This is no invitation: it begins with draggan://"),
        (line[:-9], "The invitation is not whole, or was changed on its way"),
    ):
        guest.use(written)
        assert guest.used.startswith(said)
        assert guest.used.endswith("This machine computes.")
        assert guest.look(elsewhere.USED).warns
        assert guest.look(elsewhere.INVITATION).value == written
    guest.write(line)
    assert guest.used == "This machine computes."
    assert guest.accepted is None
    assert guest.daemon.process.poll() is None


@pytest.mark.parametrize("elsewhere_before", [False, True])
def test_one_that_was_taken_back_is_refused_and_what_was_used_is_used(
    house: HouseDaemon, guest: Guest, elsewhere_before: bool
) -> None:
    before = house.invite() if elsewhere_before else None
    if before is not None:
        guest.use(before.to_line())
        guest.wait("computes for you")
    taken_back = house.invite("nobody")
    house.keyring.revoke("nobody")
    guest.use(taken_back.to_line())
    guest.wait("does not take your invitation")
    assert guest.used.lower().count("this machine") == (before is None)  # said once, as what is
    assert guest.look(elsewhere.USED).warns
    assert guest.look(elsewhere.INVITATION).value == taken_back.to_line()
    assert guest.accepted == before
    guest.wait("runs: version")
    assert (guest.daemon.status().pid == house.process.pid) is elsewhere_before
    if elsewhere_before:  # at once: what has just been started again ends
        guest.press(elsewhere.THIS_MACHINE)
        guest.wait("This machine computes.")
        guest.wait("runs: version")
        assert guest.daemon.status().pid != house.process.pid


def test_a_machine_that_is_off(house: HouseDaemon, guest: Guest, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with HouseDaemon(other) as gone:
        invitation = gone.invite()
    guest.use(invitation.to_line())
    guest.wait("cannot be reached: it may be off")
    assert guest.accepted is None
    guest.use(house.invite().to_line())  # the refusal stays in nobody's way
    guest.wait("computes for you")


def test_what_is_in_use_is_left_once_the_user_is_sure(house: HouseDaemon, guest: Guest) -> None:
    with guest.daemon.client() as client:
        edit = open_edit(client, Behaviour.ENDLESS)
        client.send(drag_of(edit, config=drag_config(max_steps=MAX_STEPS_LIMIT)))
        guest.timer.run_until(lambda: guest.window._seen.in_use)
        guest.use(house.invite().to_line())
        assert "Press once more to change the machine." in guest.used
        assert guest.accepted is None
        assert guest.daemon.status().drags == 1
        guest.press(elsewhere.USE_IT)
        guest.wait("computes for you")


def test_closing_the_window_on_the_way_leaves_all_as_it_was(
    house: HouseDaemon, guest: Guest
) -> None:
    guest.use(house.invite().to_line())
    for _ in range(3):
        guest.timer.tick()
    guest.window.close()
    assert guest.accepted is None
    guest.open("This machine computes.")
    guest.form.press(state.START)
    guest.wait("runs: version")
    assert guest.daemon.status().pid != house.process.pid
