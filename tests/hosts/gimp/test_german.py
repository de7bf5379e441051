"""The dialogs in a GIMP that speaks German; the pictures are there to be looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.hosts.gimp.drag_window import way
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen
from tests.hosts.pace import pause

pytestmark = pytest.mark.gimp

LAYERS = "[layer.get_name() for layer in opened().get_layers()]"


@pytest.fixture
def session(gimp: GimpHost, screen: Screen, daemon: dict[str, str]) -> Iterator[GimpSession]:
    backdrop = gimp.home / "hintergrund.png"
    Image.new("RGB", (640, 480), (196, 214, 232)).save(backdrop)
    with gimp.session(screen, backdrop, {**daemon, "LANGUAGE": "de"}) as session:
        yield session


def test_menu_dialogs_and_layers_speak_german(
    gimp: GimpHost, screen: Screen, session: GimpSession, repository: Path
) -> None:
    pictures = repository / "test-output" / "gimp"
    pictures.mkdir(parents=True, exist_ok=True)
    screen.enlarge(screen.wait_for("hintergrund.*GIMP"))
    main = screen.wait_for("hintergrund.*GIMP")
    label = "Gimp.get_pdb().lookup_procedure('plug-in-draggan-drag').get_menu_label()"
    assert session.ask(label) == "Punkte _ziehen…"
    screen.key(main, "ctrl+alt+n")
    dialog = screen.wait_for("^Neues Bild$")
    screen.key(dialog, "alt+w", "ctrl+a", "8", "Tab")
    pause(3)
    screen.shoot(pictures / "20-neues-bild.png")
    screen.press_until_gone("^Neues Bild$", "alt+e")
    session.wait_until("len(opened().get_layers()) == 2")
    assert session.ask(LAYERS)[0] == "toy-lion, Startwert 8"
    screen.key(main, "ctrl+alt+g")
    dialog = screen.wait_for("^Punkte ziehen: toy-lion, Startwert 8$")
    pause(0.5)
    screen.drag(dialog, way()[0], way()[-1])
    time.sleep(0.3)
    screen.shoot(pictures / "21-punkte.png")
    screen.key(dialog, "alt+s")
    session.wait_until("len(opened().get_layers()) == 3")
    pause(0.7)
    screen.shoot(pictures / "22-gezogen.png")
    assert session.ask(LAYERS)[0] == "Gezogen: toy-lion, Startwert 8"
    screen.press_until_gone("^Punkte ziehen", "alt+c")
    session.ask("opened().set_selected_layers(opened().get_layers()[-1:])")
    screen.key(main, "ctrl+alt+g")
    screen.wait_for("^Punkte ziehen: hintergrund")
    pause(1.5)
    screen.shoot(pictures / "23-abgelehnt.png")
    screen.run("xdotool", "key", "Escape")  # a model looks at it
    pause(0.5)
    screen.press_until_gone("^Punkte ziehen", "alt+c")
