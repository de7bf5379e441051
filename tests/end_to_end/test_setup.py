"""Setting the daemon up as a plug-in does, from an index on this machine.

The index has our own wheel as it is built, and in the place of every other package one of its name
and version that holds next to nothing: what is tested is the way there.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomllib

from draggan_server.host.setup import provisioner
from draggan_server.host.setup.place import Place, usual_place
from draggan_server.host.setup.provisioner import Provisioner, Stage
from draggan_server.host.setup.source import Source
from draggan_server.wire.install_record import shared_record, shared_record_file
from tests.package_index import Index, make_wheel, serving
from tests.wheel import REPOSITORY, build_wheel

NOWHERE = "http://127.0.0.1:9"
TORCH_BYTES = 4_000_000
TORCH = {
    "torch/__init__.py": b"from torch import backends, cuda\n",
    "torch/cuda.py": b"is_available = lambda: False\n",
    "torch/backends.py": b"from torch import cuda as mps\n",
    "torch/nn/__init__.py": b"functional = None\n",
    "torch/weights": bytes(TORCH_BYTES),
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    built = build_wheel(tmp_path_factory.mktemp("build"))
    built.rename(folder / built.name)
    pins = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").lower()
    versions = dict(line.split("==") for line in pins.splitlines() if "==" in line)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=]", requirement)[0].lower()
        files = TORCH if name == "torch" else {f"{name}.py": b"# next to nothing\n"}
        make_wheel(folder, name, versions[name], files)
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
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_TRUSTED_HOST", "127.0.0.1")  # pip keeps nothing that came unsafely
    monkeypatch.setenv("HTTPS_PROXY", NOWHERE)
    monkeypatch.setenv("PIP_RETRIES", "0")  # what is out of reach stays there
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
        deadline = time.monotonic() + 240
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
    assert "DragGAN will fetch 4.0 MB (14 files) from 127.0.0.1" in question
    assert str(home / ".local/share/draggan/daemon") in question
    assert not shared_record_file().exists()

    host.agrees = True
    index.seconds_a_megabyte = 2.0
    assert host.run(until=Stage.FETCHING) is Stage.FETCHING
    deadline = time.monotonic() + 60
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
    assert any("DragGAN will put 14 files into" in words for words in host.said)
    assert host.fractions == []
    assert Path(shared_record().command[0]).exists()


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
