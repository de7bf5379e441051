"""The dialog about the state of things in a real GIMP: what it says, faults, and a restart."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from tests.hosts import restarted
from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.gimp.screen import Screen
from tests.hosts.library import Library
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

KEYS = {
    "en": {"title": "^State of DragGAN$", "restart": "r", "faults": "f", "close": "c"},
    "de": {"title": "^Zustand von DragGAN$", "restart": "n", "faults": "f", "close": "c"},
}


@pytest.mark.parametrize("language", KEYS)
def test_the_daemon_is_restarted_without_a_terminal(
    gimp: GimpHost, screen: Screen, library: Library, pictures: Path, language: str
) -> None:
    keys = KEYS[language]
    backdrop = gimp.home / "state.png"
    Image.new("RGB", (320, 240), (196, 214, 232)).save(backdrop)
    connection = library.home / "connection.json"
    first = restarted.pid_of(connection)
    with gimp.session(screen, backdrop, {**library.environment, "LANGUAGE": language}):
        main = screen.wait_for("state.*GIMP")
        screen.key(main, "ctrl+alt+t")
        dialog = screen.wait_for(keys["title"])
        time.sleep(1.5)
        screen.shoot(pictures / f"34-state-{language}.png")
        screen.key(dialog, f"alt+{keys['faults']}")
        time.sleep(2)
        screen.shoot(pictures / f"35-looking-for-faults-{language}.png")
        assert restarted.pid_of(connection) == first
        time.sleep(18)
        screen.shoot(pictures / f"36-faults-{language}.png")
        screen.key(dialog, f"alt+{keys['restart']}")
        wait_until(lambda: restarted.pid_of(connection) not in (None, first), 30)
        time.sleep(4)
        screen.shoot(pictures / f"37-restarted-{language}.png")
        screen.press_until_gone(keys["title"], f"alt+{keys['close']}")
    restarted.end(connection)
