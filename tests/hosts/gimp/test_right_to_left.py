"""The dialogs laid out from right to left, as for Hebrew and Arabic; the picture stays as it is.

GTK takes the direction from the user's locale. A Debian without locales has none that is written so
(and its "C.UTF-8" translates nothing), so the installed plug-in is told the direction here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.hosts.gimp.drag_window import BORDER, SHOWN_SIDE, SIDE
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen
from tests.hosts.pace import pause

pytestmark = pytest.mark.gimp

_BEGIN = 'GimpUi.init("draggan")'
_TURNED = f"{_BEGIN}; Gtk.Widget.set_default_direction(Gtk.TextDirection.RTL)"
_DIALOGS = ("drag_dialog.py", "sample_dialog.py", "form_dialog.py")


@pytest.fixture
def turned(gimp: GimpHost) -> Iterator[GimpHost]:
    """GIMP with a plug-in whose dialogs run from right to left."""
    sources = {}
    for name in _DIALOGS:
        path = gimp.plug_ins / "draggan" / "draggan_gimp" / name
        sources[path] = path.read_text(encoding="utf-8")
        assert sources[path].count(_BEGIN) == 1
        path.write_text(sources[path].replace(_BEGIN, _TURNED), encoding="utf-8")
    yield gimp
    for path, source in sources.items():
        path.write_text(source, encoding="utf-8")


@pytest.fixture
def session(turned: GimpHost, screen: Screen, daemon: dict[str, str]) -> Iterator[GimpSession]:
    backdrop = turned.home / "mirrored.png"
    Image.new("RGB", (640, 480), (196, 214, 232)).save(backdrop)
    with turned.session(screen, backdrop, daemon) as session:
        yield session


def test_the_dialogs_are_mirrored_and_the_picture_and_its_points_are_not(
    screen: Screen, session: GimpSession, pictures: Path
) -> None:
    main = screen.wait_for("mirrored.*GIMP")
    screen.enlarge(main)
    assert session.ask("call('sample', opened(), [], seed=8).ok", timeout=120)
    screen.key(main, "ctrl+alt+g")
    dialog = screen.wait_for("^Drag points: toy-lion, seed 8$")
    pause(2.0)
    # Laid out as otherwise, but the picture lies at the other side, since its settings go first.
    (width,) = (int(one[6:]) for one in dialog.geometry if one.startswith("WIDTH="))
    left = width - BORDER - SHOWN_SIDE
    scale = SHOWN_SIDE / SIDE
    chin, lower = ((left + 130.5 * scale, BORDER + (y + 0.5) * scale) for y in (188.0, 206.0))
    screen.run("xdotool", "keydown", "shift")
    screen.drag(dialog, chin, lower)
    screen.run("xdotool", "keyup", "shift")
    pause(0.5)
    screen.shoot(pictures / "40-right-to-left.png")
    screen.key(dialog, "alt+s")
    session.wait_until("len(opened().get_layers()) == 3")
    pause(2.0)
    screen.shoot(pictures / "41-right-to-left-dragged.png")
    drag = session.ask("state(opened().get_layers()[0])['drags'][-1]")
    (handle,), (target,) = drag["handle_points"], drag["target_points"]
    assert handle == pytest.approx((130.0, 188.0), abs=1.0)
    assert target == pytest.approx((130.0, 206.0), abs=1.0)
    screen.press_until_gone("^Drag points", "alt+c")
    screen.key(main, "ctrl+alt+n")
    screen.wait_for("^New picture$")
    pause(3.0)
    screen.shoot(pictures / "42-right-to-left-new-picture.png")
    screen.press_until_gone("^New picture$", "alt+e")
    session.wait_until("len(opened().get_layers()) == 4")
