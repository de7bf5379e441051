"""Every control of every dialog is reached by the Tab key alone, and has a name for who hears it
rather than sees it: in a real GIMP, by real keys."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from draggan_server.host import settings
from tests.hosts.gimp.drag_window import lion_in_gimp, settings_of
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen
from tests.hosts.gimp.watched import Watched
from tests.hosts.pace import pause
from tests.patience import deadline_in

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
def watched(gimp: GimpHost) -> Watched:
    return Watched(gimp.home / "watched")


@pytest.fixture(scope="module")
def session(
    gimp: GimpHost, screen: Screen, daemon: dict[str, str], watched: Watched
) -> Iterator[GimpSession]:
    """With a layer that can be dragged."""
    settings.remember(settings_of(daemon), options=True)
    with lion_in_gimp(gimp, screen, {**daemon, **watched.environment}, "keys") as session:
        yield session


@pytest.mark.parametrize("title", DIALOGS)
def test_every_control_is_reached_by_tab_and_has_a_name(
    screen: Screen, session: GimpSession, watched: Watched, title: str
) -> None:
    watched.forget()
    opens, closes = DIALOGS[title]
    screen.key(screen.wait_for("keys.*GIMP"), opens)
    dialog = screen.wait_for(title)
    deadline = deadline_in(60)
    while len(watched.controls(title)) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    pause(4)  # for the lists to be filled
    screen.run("xdotool", "windowactivate", "--sync", dialog.id)
    for _ in range(TABS):
        screen.run("xdotool", "key", "Tab", "sleep", "0.3")
    controls = [one for one in watched.controls(title) if one.able]
    screen.press_until_gone(title, closes)
    assert [one for one in controls if not one.name] == []
    assert [one for one in controls if not one.focused] == []
    assert len(controls) > 3
