"""Each screen of the dialogs in GIMP's dark and light colours, in English and in German, at 100,
150 and 200%: what is to be read stands out from what is behind it, each dialog lies on the screen
whole, and points lie where they were clicked.

Pictures of every screen are left in `test-output/gimp/looks` for people to look at.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from draggan_server.host import settings
from draggan_server.host.forms.windows import MODELS, STATE_OF_THINGS
from draggan_server.host.sentences import said, words
from draggan_server.host.translation import plain
from tests.hosts.frame_buffer import Box
from tests.hosts.gimp.drag_window import CHIN, DOWN, SIDE, forgotten, lion_in_gimp
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen, Window, virtual_screen
from tests.hosts.gimp.watched import Watched
from tests.hosts.pace import pause
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

_LEAST_CONTRAST = 4.5
"""Of the Web Content Accessibility Guidelines, for text of a usual size."""
_CHEEK = (90.0, 168.0)
_LOWER = (CHIN[0], CHIN[1] + DOWN)
_YELLOW = (255, 190, 20)
"""The ring of a pinned point."""
_TEXTS = ("Label", "Button", "ToggleButton", "CheckButton", "ComboBox", "Expander", "SpinButton")


@dataclass(frozen=True)
class Look:
    """GIMP's colours and language; `variables` are those by which GTK draws larger, `scale` by how
    much the picture is, and `size` is the screen's."""

    colours: str
    language: str
    size: tuple[int, int] = (1600, 1000)
    scale: int = 1
    variables: dict[str, str] = field(default_factory=dict)


LOOKS = {
    "dark-de-150": Look("dark", "de", variables={"GDK_DPI_SCALE": "1.5"}),
    "light-en": Look("light", "en"),
    "light-de-200": Look("light", "de", (3200, 2000), 2, {"GDK_SCALE": "2"}),
}


@pytest.fixture
def remembered(daemon: dict[str, str]) -> Iterator[Path]:
    path = forgotten(daemon)
    settings.remember(path, live=False, options=True)
    yield path
    path.unlink()
    settings.remember(path, live=False)


class Tour:
    """Goes from dialog to dialog in one GIMP, and keeps pictures in `folder`."""

    def __init__(
        self, gimp: GimpHost, screen: Screen, watched: Watched, folder: Path, name: str
    ) -> None:
        self._screen = screen
        self._watched = watched
        self._folder = folder
        self._name = name
        self._look = LOOKS[name]
        self._words = gimp.words(self._look.language)

    def words(self, text: str) -> str:
        """What the user reads in the place of an English text."""
        return plain(self._words(text))

    def open(self, keys: str, title: str) -> Window:
        self._screen.key(self._screen.wait_for("looks.*GIMP"), keys)
        return self._screen.wait_for(title)

    def close(self, title: str) -> None:
        self._screen.press_until_gone(title, "Escape")

    def press(self, title: str, text: str) -> None:
        self._watched.click(self._screen, title, self.words(text))

    def wait_to_use(self, title: str, text: str) -> None:
        self._watched.wait_for(title, self.words(text))

    def wait_for(self, title: str, text: str) -> None:
        """A sentence's beginning, up to its first value."""
        self._watched.wait_for_text(title, re.escape(self.words(text).partition("{")[0]))

    def look(self, title: str, screen: str) -> None:
        """At the dialog with that title."""
        pause(1.0)
        place = self._screen.box_of(self._screen.wait_for(title))
        seen = self._screen.image_of(place)
        seen.save(self._folder / f"{self._name}-{screen}.png")
        width, height = self._look.size
        assert min(place.left, place.top) >= 0
        assert place.left + place.width <= width
        assert place.top + place.height <= height
        texts = self._watched.labels(title)
        texts += [
            (one.name, one.box)
            for one in self._watched.controls(title)
            if one.seen and one.enabled and one.kind in _TEXTS
        ]
        read = {text: contrast(seen.crop(within(box, place))) for text, box in texts}
        assert len(read) > 3
        assert {text: one for text, one in read.items() if one < _LEAST_CONTRAST} == {}

    def pull(self, title: str, *points: tuple[float, float]) -> None:
        """From one point of the layer to another."""
        first, last = (map(str, self.place(title, point)) for point in points)
        press = ("mousemove", *first, "sleep", "0.2", "mousedown", "1", "sleep", "0.1")
        self._screen.run("xdotool", *press, "mousemove", *last, "sleep", "0.2", "mouseup", "1")

    def place(self, title: str, point: tuple[float, float]) -> tuple[int, int]:
        """The pixel of the screen in which a point of the layer is shown."""
        picture = self._watched.wait_for(title, self.words(words.PICTURE)).box
        assert (picture.width, picture.height) == (560 * self._look.scale,) * 2
        x, y = (math.floor((value + 0.5) * picture.width / SIDE) for value in point)
        # GTK tells places in its own pixels, in the middle of which a window may begin.
        dialog = self._screen.box_of(self._screen.wait_for(title))
        left, top = (place % self._look.scale for place in (dialog.left, dialog.top))
        return picture.left + left + x, picture.top + top + y

    def pin(self, title: str, point: tuple[float, float]) -> None:
        """Pin a point of the layer; its ring is looked for where that is shown."""
        scale, (x, y) = self._look.scale, self.place(title, point)
        around = Box(x - 40 * scale, y - 40 * scale, 80 * scale, 80 * scale)
        away = ("mousemove", "5", "5", "sleep", "0.3")
        self._screen.run("xdotool", *away)
        before = self._screen.image_of(around)
        self._screen.run(
            *("xdotool", "keydown", "ctrl", "mousemove", str(x), str(y), "sleep", "0.2"),
            *("click", "1", "sleep", "0.2", "keyup", "ctrl", *away),
        )
        pause(0.5)
        left, top, right, bottom = ring_in(before, self._screen.image_of(around))
        assert (left + right) / 2 == pytest.approx(40 * scale, abs=1.5 * scale)
        assert (top + bottom) / 2 == pytest.approx(40 * scale, abs=1.5 * scale)
        assert 12 * scale < right - left < 28 * scale

    def samples(self, title: str) -> int:
        """How many there are to pick from."""
        seed = self.words(said.OF_SEED).partition("{")[0]
        controls = self._watched.controls(title)
        return sum(one.tip.startswith(seed) for one in controls)


@pytest.mark.parametrize("name", LOOKS)
def test_each_screen_is_readable_and_points_lie_where_they_were_clicked(
    gimp: GimpHost, daemon: dict[str, str], remembered: Path, pictures: Path, name: str
) -> None:
    look, folder = LOOKS[name], pictures / "looks"
    folder.mkdir(exist_ok=True)
    watched = Watched(gimp.home / f"watched-{name}")
    environment = {**daemon, **watched.environment, **look.variables, "LANGUAGE": look.language}
    gimp.choose_colours(look.colours)
    try:
        with (
            virtual_screen(gimp.command, gimp.home, look.size) as screen,
            lion_in_gimp(gimp, screen, environment, "looks") as session,
        ):
            tour = Tour(gimp, screen, watched, folder, name)
            _look_at_drags(tour, screen, session)
            _look_at_others(tour, session)
    finally:
        gimp.choose_colours("dark")


def _look_at_drags(tour: Tour, screen: Screen, session: GimpSession) -> None:
    title = tour.words(words.DRAG_TITLE).format(name="")
    dialog = tour.open("ctrl+alt+g", f"{title}toy-lion")
    tour.pin(title, _CHEEK)
    tour.pull(title, CHIN, _LOWER)
    tour.look(title, "points")
    screen.key(dialog, "alt+s")
    dragged = "(state(opened().get_layers()[0]) or {}).get('drags')"
    session.wait_until(dragged)
    (record,) = session.ask(dragged)
    assert record["handle_points"] == [pytest.approx(one, abs=0.3) for one in (_CHEEK, CHIN)]
    assert record["target_points"] == [pytest.approx(one, abs=0.3) for one in (_CHEEK, _LOWER)]
    tour.press(title, words.BRUSH)
    tour.wait_to_use(title, words.ERASE)
    tour.look(title, "brush")
    tour.press(title, words.CLOSE)
    wait_until(lambda: screen.find(title) is None)


def _look_at_others(tour: Tour, session: GimpSession) -> None:
    title = tour.words(words.NEW_PICTURE)
    tour.open("ctrl+alt+n", f"^{title}$")
    tour.press(title, words.PICK)
    wait_until(lambda: tour.samples(title) >= 12, 60)
    tour.look(title, "new-picture")
    tour.close(f"^{title}$")
    for keys, window in (("ctrl+alt+m", MODELS), ("ctrl+alt+t", STATE_OF_THINGS)):
        title = tour.words(window.title)
        tour.open(keys, f"^{title}$")
        pause(1.0)
        tour.look(title, window.name)
        tour.close(f"^{title}$")
    session.ask("opened().set_selected_layers(opened().get_layers()[-1:])")
    title = tour.words(words.DRAG_TITLE).format(name="looks")
    tour.open("ctrl+alt+g", title)
    tour.wait_for(title, said.CHOOSE_MODEL)
    tour.look(title, "photo")
    tour.close(title)


def ring_in(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int]:
    """The box around what has become yellow."""
    changed = ImageChops.difference(before, after).convert("L").point(lambda one: 255 * (one > 8))
    yellow = ImageChops.difference(after, Image.new("RGB", after.size, _YELLOW))
    near = yellow.convert("L").point(lambda one: 255 * (one < 8))
    box = ImageChops.multiply(changed, near).getbbox()
    assert box is not None
    return box


def within(box: Box, place: Box) -> tuple[int, int, int, int]:
    left, top = box.left - place.left, box.top - place.top
    return left, top, left + box.width, top + box.height


def contrast(seen: Image.Image) -> float:
    """Of what stands out most from what is most of it: from 1, none, to 21, black on white."""
    data = seen.tobytes()
    colours = Counter(zip(data[::3], data[1::3], data[2::3], strict=True))
    ground = brightness(colours.most_common(1)[0][0])
    shades = map(brightness, colours)
    return max((max(ground, shade) + 0.05) / (min(ground, shade) + 0.05) for shade in shades)


def brightness(colour: tuple[int, int, int]) -> float:
    """The relative luminance of an sRGB colour."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
