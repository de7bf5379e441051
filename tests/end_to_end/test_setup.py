"""Setting the daemon up as a plug-in does, from an index on this machine."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import MANAGE
from draggan_server.host.forms.parts import Item
from draggan_server.host.forms.setup import (
    FETCHED,
    FOLDER,
    PAUSE,
    REMOVE,
    SAID,
    SET_UP,
    SETUP,
    SetupForm,
)
from draggan_server.host.link import Link
from draggan_server.host.setup import provisioner
from draggan_server.host.setup.place import Place, usual_place
from draggan_server.host.setup.provisioner import Provisioner, Stage
from draggan_server.host.setup.source import Source
from draggan_server.host.translation import plain
from draggan_server.wire.connector import Connector
from draggan_server.wire.install_record import (
    InstallRecord,
    daemon_log,
    edits_file,
    shared_record,
    shared_record_file,
)
from draggan_server.wire.messages import Event, ListModels
from tests.package_index import Index, serving
from tests.patience import deadline_in
from tests.scripted_host import Timer
from tests.wheelhouse import NOWHERE, WITHOUT_INTERNET, make_wheelhouse


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    make_wheelhouse(folder, tmp_path_factory.mktemp("build"))
    return folder


@pytest.fixture
def index(wheels: Path) -> Iterator[Index]:
    with serving(wheels) as index:
        yield index


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of whom nothing is known, on a machine that reaches nothing but itself."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "XDG_", "DRAGGAN_"))]:
        monkeypatch.delenv(name)
    for name, value in {"HOME": str(tmp_path), **WITHOUT_INTERNET}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


class Host:
    """What an editor does: it starts, asks its user, and has a timer."""

    def __init__(self, source: Source, agrees: bool = True) -> None:
        self.setup = Provisioner(source=source)
        self.agrees = agrees
        self.said: list[str] = []
        self.fractions: list[float] = []

    def run(self, until: Stage | None = None) -> Stage:
        """Until it ends, or a stage is reached."""
        self.setup.start()
        deadline = deadline_in(240)
        while self.setup.stage is not until:
            assert time.monotonic() < deadline, self.said
            self.setup.poll()
            self._listen()
            if self.setup.stage is Stage.ASKING and self.agrees:
                self.setup.go_on()
            elif not self.setup.busy:
                break
            time.sleep(0.01)
        return self.setup.stage

    def _listen(self) -> None:
        if not self.said or self.said[-1] != self.setup.words:
            self.said.append(self.setup.words)
        if self.setup.fraction is not None:
            self.fractions.append(self.setup.fraction)


class FullDisk:
    free = 15_000_000


def test_it_asks_fetches_stops_goes_on_and_is_removed(
    home: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = Host(Source(index=index.url), agrees=False)
    with monkeypatch.context() as patch:
        patch.setattr(provisioner.shutil, "disk_usage", lambda _: FullDisk)
        assert host.run() is Stage.FAILED
    assert "16 MB are needed" in host.setup.words
    assert "15 MB are free" in host.setup.words

    assert host.run() is Stage.ASKING, host.said
    question = host.said[-1]
    assert "DragGAN will fetch 4.0 MB (15 files) from 127.0.0.1" in question
    assert str(home / ".local/share/draggan/daemon") in question
    assert not shared_record_file().exists()

    host.agrees = True
    index.seconds_a_megabyte = 2.0
    assert host.run(until=Stage.FETCHING) is Stage.FETCHING
    deadline = deadline_in(60)
    while (host.setup.fraction or 0.0) < 0.2:
        assert time.monotonic() < deadline
        host.setup.poll()
        time.sleep(0.01)
    assert re.fullmatch(r"Fetching: [\d.]+ [MkG]?B of 4\.0 MB", host.setup.words)
    host.setup.cancel()
    assert host.setup.stage is Stage.CANCELLED
    assert "kept" in host.setup.words
    assert not shared_record_file().exists()

    index.seconds_a_megabyte = 0.0
    index.fetched.clear()
    assert host.run() is Stage.DONE, host.said
    again = [name for name, count in index.fetched.items() if count and "torch" not in name]
    assert again == []  # what had arrived whole was not fetched again
    record = shared_record()
    python, module, package, serve = record.command
    assert (module, package, serve) == ("-m", "draggan_server", "serve")
    asked = [python, "-c", "import draggan_server, torch; print(draggan_server.__file__)"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=home).stdout
    assert said.startswith(str(usual_place().environment))
    assert not usual_place().cache.exists()

    for file in (daemon_log(), edits_file(), edits_file().with_name("edits.sqlite3-wal")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()  # as a daemon that was used leaves them
    record.connection_file.with_name("connection.json.lock").touch()
    host.setup.remove()
    assert host.setup.stage is Stage.REMOVED
    assert list(home.rglob("*draggan*")) == []


def test_without_a_connection_it_says_what_to_bring(wheels: Path, tmp_path: Path) -> None:
    host = Host(Source(index=f"{NOWHERE}/simple/"))
    assert host.run() is Stage.FAILED
    command = re.search(r"“python -m (pip download --dest \S+ \S+)”", host.setup.words)
    assert command is not None, host.setup.words
    assert "Python 3." in host.setup.words

    brought = tmp_path / "brought"
    brought.mkdir()
    for wheel in wheels.glob("draggan*.whl"):
        (brought / wheel.name).symlink_to(wheel)
    host = Host(Source(folder=brought))
    assert host.run() is Stage.FAILED
    assert host.setup.words.startswith(f"{brought} does not have every file.")

    host = Host(Source(folder=wheels))  # what that command makes
    assert host.run() is Stage.DONE, host.said
    assert any("DragGAN will put 15 files into" in words for words in host.said)
    assert host.fractions == []
    assert Path(shared_record().command[0]).exists()


def test_a_wheel_that_a_plug_in_brings_need_not_be_in_the_index(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ours,) = wheels.glob("draggan_server-*.whl")
    host = Host(Source(wheel=ours, index=f"{NOWHERE}/simple/"))
    assert host.run() is Stage.FAILED
    assert 'pip download --dest draggan-files "click>=' in host.setup.words
    assert "draggan-server" not in host.setup.words

    others = tmp_path / "others"
    others.mkdir()
    for wheel in wheels.iterdir():
        if wheel != ours:
            (others / wheel.name).symlink_to(wheel)
    monkeypatch.setattr(provisioner, "_PIP", (99, 0))  # the index has none that is new enough
    with serving(others) as index:
        index.seconds_a_megabyte = 0.5
        host = Host(Source(wheel=ours, index=index.url))
        assert host.run() is Stage.DONE, host.said
    (question,) = (said for said in host.said if "How large it is cannot be said" in said)
    assert str(usual_place().folder) in question
    assert not any(said.startswith("Fetching") for said in host.said)
    assert Path(shared_record().command[0]).exists()

    host = Host(Source(wheel=ours, folder=others))
    assert host.run() is Stage.DONE, host.said


def test_an_environment_is_made_again_where_it_is_not_whole(home: Path) -> None:
    place, python = usual_place(), home / "python3.13"
    place.python.parent.mkdir(parents=True)
    place.python.touch()
    assert not place.is_made_by(python)  # making it was broken off
    place.note_made(python)
    assert place.is_made_by(python)
    assert not place.is_made_by(home / "python3.12")
    place.doubt_environment()
    assert not place.is_made_by(python)
    place.note_made(python)
    place.python.unlink()
    assert not place.is_made_by(python)


def test_removing_what_is_another_s_keeps_it(home: Path) -> None:
    """A daemon that the user installed otherwise."""
    other = Place(home / "other").record
    other.write(shared_record_file())
    usual_place().folder.mkdir(parents=True)
    Provisioner().remove()
    assert shared_record() == other
    assert not usual_place().folder.exists()


class View:
    """What a plug-in shows of a form, and the timer of its editor."""

    def __init__(self, record: InstallRecord) -> None:
        self.timer = Timer()
        self.form = Form()
        self.link = Link(self.timer.every, "editor.log", lambda: Connector(record=record))
        self.set_up = 0
        self.setup = SetupForm(self.form, self.link, self._done)

    def _done(self) -> None:
        self.set_up += 1

    def press(self, item: Item, value: object = None) -> None:
        look = self.form.look(item)
        assert look.visible, item
        assert look.enabled, item
        self.form.act(item, value)

    def wait_for(self, item: Item, seconds: float = 120.0) -> str:
        """Until a button is to be seen; returns what is said then."""
        self.timer.run_until(lambda: self.form.look(item).visible, seconds)
        return self.said

    @property
    def said(self) -> str:
        return self.form.look(SAID).label

    @property
    def buttons(self) -> set[str]:
        """What stands on those that are to be seen."""
        looks = map(self.form.look, (SET_UP, PAUSE, FOLDER, REMOVE))
        return {plain(look.label) for look in looks if look.visible}


@pytest.fixture
def view(home: Path) -> View:
    """Of a plug-in for which no daemon was set up."""
    return View(InstallRecord((), home / "connection.json", "0"))


def test_a_view_offers_it_where_no_daemon_can_be_started(
    view: View, index: Index, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert not view.form.look(SETUP).visible
    failures: list[Event] = []
    view.link.request(ListModels(), failures.append)
    view.timer.run_until(lambda: failures)
    view.link.close()
    assert view.form.look(SETUP).visible
    assert str(home / ".local/share/draggan/daemon") in view.said
    assert view.buttons == {"Set up", "From a folder…"}

    view.press(SET_UP)
    assert view.buttons == {"Pause"}
    question = view.wait_for(SET_UP)
    assert "DragGAN will fetch 4.0 MB (15 files) from 127.0.0.1" in question
    assert view.buttons == {"Download and install", "Remove"}
    assert view.timer.running == 0  # nothing goes on while the user is asked

    index.seconds_a_megabyte = 2.0
    view.press(SET_UP)
    view.timer.run_until(lambda: (view.form.look(FETCHED).fraction or 0.0) >= 0.2)
    assert view.form.look(FETCHED).visible
    assert re.fullmatch(r"Fetching: [\d.]+ [Mk]B of 4\.0 MB", view.form.look(FETCHED).label)
    view.press(PAUSE)
    assert "kept" in view.said
    assert view.buttons == {"Go on", "From a folder…", "Remove"}

    index.seconds_a_megabyte = 0.0
    view.press(SET_UP)
    view.wait_for(SET_UP)
    view.press(SET_UP)
    view.wait_for(REMOVE)
    assert (view.said, view.set_up) == ("DragGAN is set up.", 1)
    assert view.buttons == {"Remove"}
    assert shared_record().command[0].startswith(str(home))

    later = View(shared_record())
    assert not later.form.look(SETUP).visible
    assert later.form.look(MANAGE).visible
    later.press(MANAGE)
    assert later.said.startswith("DragGAN's daemon is set up in")
    assert later.buttons == {"Remove"}
    later.press(REMOVE)
    assert later.said == "What was set up is removed."
    assert later.buttons == {"Set up", "From a folder…"}
    assert not later.form.look(MANAGE).visible
    assert list(home.rglob("*draggan*")) == []


def test_what_was_deleted_by_hand_is_set_up_anew() -> None:
    place = usual_place()
    place.record.write(shared_record_file())
    later = View(place.record)
    assert not later.form.look(MANAGE).visible
    later.setup.offer()
    assert "is not on this computer yet" in later.said
    assert later.buttons == {"Set up", "From a folder…"}


def test_a_view_takes_a_folder_that_was_brought(
    view: View, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{NOWHERE}/simple/")
    view.setup.offer()
    view.press(SET_UP)
    said = view.wait_for(FOLDER)
    assert "Bring the folder that it makes here, and choose it." in said
    assert view.form.look(SAID).warns
    assert view.buttons == {"Try again", "From a folder…", "Remove"}
    view.press(FOLDER, str(wheels))
    assert "DragGAN will put 15 files into" in view.wait_for(SET_UP)
    view.press(SET_UP)
    assert view.wait_for(REMOVE) == "DragGAN is set up."


def test_a_view_that_is_closed_lets_nothing_run(
    view: View, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    view.setup.offer()
    view.press(SET_UP)
    view.timer.run_until(usual_place().log.exists)
    view.setup.close()
    assert view.timer.running == 0
