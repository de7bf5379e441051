"""What the dialog about the state of things says in a real GIMP, and what its buttons do, each by
a click: start, open the log, look for faults and mend them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts import restarted
from tests.hosts.gimp.drag_window import image_file
from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.gimp.screen import Screen, virtual_screen
from tests.hosts.gimp.watched import Watched
from tests.hosts.library import Library
from tests.hosts.system import HostSystem
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

TITLE = "^State of DragGAN$"


@pytest.fixture
def own_gimp(gimp_system: HostSystem, tmp_path_factory: pytest.TempPathFactory) -> GimpHost:
    """Of which the plug-in is installed anew."""
    host = GimpHost(gimp_system, tmp_path_factory.mktemp("state") / "home")
    host.warm_up()
    return host


@pytest.fixture
def screen(own_gimp: GimpHost) -> Iterator[Screen]:
    with virtual_screen(own_gimp.command, own_gimp.home) as screen:
        yield screen


def test_what_it_says_and_what_its_buttons_do(
    own_gimp: GimpHost, screen: Screen, library: Library, pictures: Path
) -> None:
    watched, shown = Watched(own_gimp.home / "watched"), own_gimp.home / "shown"
    browser = own_gimp.home / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {shown}\n')
    browser.chmod(0o755)
    connection = library.home / "connection.json"
    environment = {**library.environment, **watched.environment, "BROWSER": f"{browser} %s"}
    with own_gimp.session(screen, image_file(own_gimp, "state"), environment):
        screen.key(screen.wait_for("state.*GIMP"), "ctrl+alt+t")
        screen.wait_for(TITLE)
        watched.wait_for_text(TITLE, r"^DragGAN's daemon runs: version .*, for .*\.$")
        watched.wait_for_text(TITLE, r"^Device fake: has nothing to do\nMemory: .* are free$")
        watched.wait_for_text(TITLE, r"^No other program uses it now\.$")
        watched.wait_for_text(TITLE, r"^This machine computes\.$")
        assert watched.wait_for(TITLE, "Restart the daemon").tip.startswith("End the daemon")

        restarted.end(connection)
        watched.wait_for_text(TITLE, r"^DragGAN's daemon does not run\. It starts by itself")
        screen.shoot(pictures / "49-state-ended.png")
        watched.click(screen, TITLE, "Start the daemon")
        watched.wait_for_text(TITLE, r"^DragGAN's daemon runs: version ")
        watched.wait_for_text(TITLE, r"^Processor: ")
        assert restarted.pid_of(connection) is not None
        watched.click(screen, TITLE, "Open the log")
        wait_until(lambda: shown.exists() and shown.read_text().endswith("\n"))
        assert Path(shown.read_text().strip().removeprefix("file://")).exists()

        missing = own_gimp.plug_ins / "draggan/vendor/draggan_server/host/arrows.py"
        missing.unlink()
        watched.click(screen, TITLE, "Look for faults")
        print(watched.wait_for_text(TITLE, "found:|all is well"))
        screen.shoot(pictures / "50-faults.png")
        watched.click(screen, TITLE, "Mend them")
        print(watched.wait_for_text(TITLE, "mended"))
        screen.shoot(pictures / "51-mended.png")
        assert missing.exists()
        watched.click(screen, TITLE, "Close")
        wait_until(lambda: screen.find(TITLE) is None)
    restarted.end(connection)
