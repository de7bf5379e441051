"""Every control of every dialog is reached by the Tab key alone, and has a name for who hears it
rather than sees it: in a real GIMP, by real keys."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from draggan_server.host import settings
from tests.hosts.gimp.gimp_host import INSIDE, GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen
from tests.hosts.pace import pause

pytestmark = pytest.mark.gimp

DIALOGS = {
    "New picture": ("ctrl+alt+n", "Escape"),
    "Drag points": ("ctrl+alt+g", "alt+c"),
    "Models": ("ctrl+alt+m", "alt+c"),
    "State of DragGAN": ("ctrl+alt+t", "alt+c"),
}
"""What opens and what closes each."""
TABS = 40
"""More than there are controls in any."""


@pytest.fixture(scope="module")
def watched(gimp: GimpHost) -> Path:
    return gimp.home / "watched.json"


@pytest.fixture(scope="module")
def session(
    gimp: GimpHost, screen: Screen, daemon: dict[str, str], watched: Path
) -> Iterator[GimpSession]:
    """With a layer that can be dragged."""
    path = f"{INSIDE / 'watched'}:{INSIDE}"
    backdrop = gimp.home / "keys.png"
    Image.new("RGB", (640, 480), (196, 214, 232)).save(backdrop)
    settings.remember(
        Path(daemon["DRAGGAN_CONNECTION_FILE"]).with_name(settings.FILE_NAME), options=True
    )
    environment = {**daemon, "PYTHONPATH": path, "WATCHED": str(watched)}
    with gimp.session(screen, backdrop, environment) as session:
        screen.enlarge(screen.wait_for("keys.*GIMP"))
        assert session.ask("call('sample', opened(), [], seed=8).ok", timeout=120)
        yield session


def seen_in(watched: Path, title: str) -> list[dict[str, Any]]:
    """The controls of a dialog, as the plug-in has told of them by now."""
    if not watched.exists():
        return []
    dialogs = json.loads(watched.read_text())
    return [one for name, all_of in dialogs.items() if title in name for one in all_of.values()]


@pytest.mark.parametrize("title", DIALOGS)
def test_every_control_is_reached_by_tab_and_has_a_name(
    screen: Screen, session: GimpSession, watched: Path, title: str
) -> None:
    watched.unlink(missing_ok=True)
    opens, closes = DIALOGS[title]
    screen.key(screen.wait_for("keys.*GIMP"), opens)
    dialog = screen.wait_for(title)
    deadline = time.monotonic() + 60
    while len(seen_in(watched, title)) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    pause(4)  # for the lists to be filled
    screen.run("xdotool", "windowactivate", "--sync", dialog.id)
    for _ in range(TABS):
        screen.run("xdotool", "key", "Tab", "sleep", "0.3")
    controls = seen_in(watched, title)
    screen.press_until_gone(title, closes)
    assert [one for one in controls if not one["name"]] == []
    assert [one for one in controls if not one["focused"]] == []
    assert len(controls) > 3
