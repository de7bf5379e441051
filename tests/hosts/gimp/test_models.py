"""The dialog of models in a real GIMP: a model is downloaded, paused, had, and removed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.gimp.screen import Screen, Window
from tests.hosts.gimp.watched import Watched
from tests.hosts.library import Library
from tests.hosts.pace import pause
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

KEYS = {
    "en": {"title": "^Models$", "accept": "t", "download": "d", "pause": "u", "on": "g"}
    | {"remove": "r", "close": "c"},
    "de": {"title": "^Modelle$", "accept": "z", "download": "h", "pause": "t", "on": "w"}
    | {"remove": "e", "close": "c"},
}
_IN_FIRST_ENTRY = 28
"""Pixels from the upper edge of the list."""


@pytest.mark.parametrize("language", KEYS)
def test_a_model_is_had_without_a_terminal(
    gimp: GimpHost, screen: Screen, library: Library, pictures: Path, language: str
) -> None:
    keys = KEYS[language]
    backdrop = gimp.home / "models.png"
    Image.new("RGB", (320, 240), (196, 214, 232)).save(backdrop)
    watched = Watched(gimp.home / f"watched-models-{language}")
    environment = {**library.environment, **watched.environment, "LANGUAGE": language}
    with gimp.session(screen, backdrop, environment):
        main = screen.wait_for("models.*GIMP")
        screen.key(main, "ctrl+alt+m")
        dialog = screen.wait_for(keys["title"])
        pause(1.5)
        screen.shoot(pictures / f"30-models-{language}.png")
        entries = next(one.box for one in watched.controls(keys["title"]) if one.kind == "TreeView")
        place = str(entries.left + entries.width // 2), str(entries.top + _IN_FIRST_ENTRY)
        screen.run("xdotool", "mousemove", *place, "sleep", "0.1", "click", "1")
        screen.key(dialog, "Down")
        time.sleep(0.3)
        screen.key(dialog, f"alt+{keys['download']}")  # without the licence
        pause(1)
        assert not library.server.requests
        begin(screen, dialog, keys["accept"], keys["download"])
        wait_until(lambda: library.arrived > 0)
        time.sleep(3.5)  # as long as it takes, a part of it has arrived
        screen.shoot(pictures / f"31-download-{language}.png")
        screen.key(dialog, f"alt+{keys['pause']}")
        wait_until(lambda: stands_still(library))
        paused = library.arrived
        assert 0 < paused < len(library.server.content)
        screen.shoot(pictures / f"32-paused-{language}.png")
        begin(screen, dialog, keys["accept"], keys["on"])
        wait_until(lambda: library.installed == ["lions-512"], 60)
        assert library.server.asked_ranges() == [None, f"bytes={paused}-"]
        pause(1.5)
        screen.shoot(pictures / f"33-installed-{language}.png")
        screen.key(dialog, f"alt+{keys['remove']}")
        pause(0.7)
        assert library.installed == ["lions-512"]  # it asks first
        screen.key(dialog, f"alt+{keys['remove']}")
        wait_until(lambda: library.installed == [])
        screen.press_until_gone(keys["title"], f"alt+{keys['close']}")


def stands_still(library: Library) -> bool:
    """Whether nothing has arrived for a second, in which the server would send ten times."""
    before = library.arrived
    time.sleep(1.0)
    return library.arrived == before


def begin(screen: Screen, dialog: Window, accept: str, download: str) -> None:
    screen.key(dialog, f"alt+{accept}")
    pause(0.5)
    screen.key(dialog, f"alt+{download}")
    pause(0.5)
