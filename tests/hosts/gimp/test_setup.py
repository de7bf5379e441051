"""The daemon set up from within GIMP, by a plug-in that was unpacked and finds none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from draggan_server.host.sentences import setup
from draggan_server.host.translation import plain
from draggan_server.plugins.package import package_all
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen, virtual_screen
from tests.hosts.gimp.watched import Watched
from tests.hosts.pace import pause
from tests.hosts.system import HostSystem
from tests.patience import deadline_in
from tests.wheelhouse import link_to_python

pytestmark = pytest.mark.gimp

KEYS = {
    "en": ("Drag points: backdrop", "alt+u", "alt+w", "alt+v"),
    "de": ("Punkte ziehen", "alt+t", "alt+t", "alt+d"),
}
"""Of each language: a dialog, and the keys of the buttons that begin, go on and remove."""


@pytest.fixture(scope="module")
def fresh(
    gimp_system: HostSystem, tmp_path_factory: pytest.TempPathFactory, wheelhouse: Path
) -> GimpHost:
    """GIMP with the plug-in unpacked from its release zip, and no daemon anywhere."""
    folder = tmp_path_factory.mktemp("gimp-alone")
    (wheel,) = wheelhouse.glob("draggan_server-*.whl")
    zipped, _ = package_all(folder, wheel)
    host = GimpHost(gimp_system, folder / "home", zipped=zipped, daemon=False)
    host.warm_up()
    return host


@pytest.fixture(scope="module")
def screen(fresh: GimpHost) -> Iterator[Screen]:
    with virtual_screen(fresh.command, fresh.home) as screen:
        yield screen


@pytest.fixture
def watched(fresh: GimpHost, language: str) -> Watched:
    return Watched(fresh.home / f"watched-{language}")


@pytest.fixture
def session(
    fresh: GimpHost, screen: Screen, watched: Watched, setup_index: dict[str, str], language: str
) -> Iterator[GimpSession]:
    backdrop = fresh.home / "backdrop.png"
    Image.new("RGB", (640, 480), (196, 214, 232)).save(backdrop)
    path = f"/usr/local/bin:/usr/bin:/bin:{link_to_python(fresh.home / 'bin')}"
    machine = {**setup_index, **watched.environment, "PATH": path, "LANGUAGE": language}
    with fresh.session(screen, backdrop, machine) as session:
        yield session


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_dialog_sets_the_daemon_up_and_removes_it(
    fresh: GimpHost,
    screen: Screen,
    session: GimpSession,
    watched: Watched,
    pictures: Path,
    language: str,
) -> None:
    title, *keys = KEYS[language]
    tr = fresh.words(language)

    def press(button: str, keys: str) -> None:
        """As soon as it is there."""
        watched.wait_for(title, plain(tr(button)))
        screen.key(dialog, keys)

    record = fresh.home / ".config/draggan/daemon.json"
    folder = fresh.home / ".local/share/draggan/daemon"
    assert not record.exists()
    assert not folder.exists()
    assert session.ask("len(opened().get_layers())") == 1
    screen.key(screen.wait_for("backdrop.*GIMP"), "ctrl+alt+g")
    dialog = screen.wait_for(f"^{title}")
    watched.wait_for(title, plain(tr(setup.SET_UP)))
    screen.shoot(pictures / f"30-offer-{language}.png")
    press(setup.SET_UP, keys[0])
    wait_until(lambda: "draggan-server" in (folder / "setup.log").read_text(), folder / "setup.log")
    screen.shoot(pictures / f"31-preparing-{language}.png")
    wait_until(lambda: '"hosts"' in (folder / "setup.log").read_text(), (folder / "setup.log"))
    watched.wait_for(title, plain(tr(setup.FETCH)))
    screen.shoot(pictures / f"32-question-{language}.png")
    assert not record.exists()
    press(setup.FETCH, keys[1])
    wait_until(lambda: str(folder) in record.read_text(), record)
    pause(1.0)
    screen.shoot(pictures / f"33-done-{language}.png")
    assert "vendor/draggan_server-" in (folder / "setup.log").read_text()  # as it was brought
    press(setup.REMOVE, keys[2])
    wait_until(lambda: not folder.exists(), fresh.home)
    wait_until(lambda: not record.exists(), fresh.home)
    pause(1.0)
    screen.shoot(pictures / f"34-removed-{language}.png")


def wait_until(done: Callable[[], bool], there: Path, seconds: float = 120.0) -> None:
    """Until a path is there, and something is done."""
    deadline = deadline_in(seconds)
    while not (there.exists() and done()):
        assert time.monotonic() < deadline, f"{there} did not become what it should be"
        time.sleep(0.1)
