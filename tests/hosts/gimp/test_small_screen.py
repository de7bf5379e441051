"""The dialogs on the smallest screen that there are windows for: all of each lies on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from draggan_server.host import settings
from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.gimp.screen import Screen, virtual_screen
from tests.hosts.pace import pause

pytestmark = pytest.mark.gimp

_SMALL = (1024, 768)


@pytest.fixture
def small(gimp: GimpHost) -> Iterator[Screen]:
    with virtual_screen(gimp.command, gimp.home, _SMALL) as screen:
        yield screen


@pytest.fixture
def unfolded(daemon: dict[str, str]) -> Iterator[None]:
    """The drag's options are to be seen."""
    path = Path(daemon["DRAGGAN_CONNECTION_FILE"]).with_name(settings.FILE_NAME)
    settings.remember(path, live=False, options=True)
    yield
    settings.remember(path, options=False)


@pytest.mark.usefixtures("unfolded")
def test_each_dialog_lies_on_it_whole(
    gimp: GimpHost, small: Screen, daemon: dict[str, str], pictures: Path
) -> None:
    backdrop = gimp.home / "small.png"
    Image.new("RGB", (640, 480), (196, 214, 232)).save(backdrop)
    # German words are longer than English ones.
    with gimp.session(small, backdrop, {**daemon, "LANGUAGE": "de"}) as session:
        small.enlarge(small.wait_for("small.*GIMP"))
        main = small.wait_for("small.*GIMP")

        def look(keys: str, title: str, picture: str) -> None:
            small.key(main, keys)
            small.wait_for(title)
            pause(1.0)
            small.shoot(pictures / f"small-{picture}.png")
            box = small.box_of(small.wait_for(title))
            width, height = _SMALL
            assert min(box.left, box.top) >= 0
            assert box.left + box.width <= width
            assert box.top + box.height <= height
            small.press_until_gone(title, "Escape")

        look("ctrl+alt+g", "small.png$", "photo")
        look("ctrl+alt+n", "^Neues Bild$", "new-picture")
        assert session.ask("call('sample', opened(), [], seed=8).ok", timeout=120)
        look("ctrl+alt+g", "toy-lion", "points")
        look("ctrl+alt+m", "^Modelle$", "models")
        look("ctrl+alt+t", "^Zustand von DragGAN$", "state")
