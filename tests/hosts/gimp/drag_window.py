"""The drag dialog as tests use it: the lion in it, and where in the dialog its places are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from draggan_server.host import settings
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen, Window

TITLE = "Drag points"
SEED, SIDE = 8, 256
NAME = f"toy-lion, seed {SEED}"
CHIN = (130.0, 188.0)
DOWN = 18
"""By which tests pull the chin."""

BORDER, SHOWN_SIDE = 12, 560
"""Of the picture in the dialog, as that opens: what lies around it, and its longer side."""


def in_dialog(point: tuple[float, float]) -> tuple[float, float]:
    """The dialog's pixel in which a point of the layer (0 the first pixel's centre) is shown."""
    x, y = (BORDER + math.floor((value + 0.5) * SHOWN_SIDE / SIDE) for value in point)
    return x, y


def way(down: int = DOWN) -> list[tuple[float, float]]:
    """The chin's way down, pixel by pixel of the layer."""
    return [in_dialog((CHIN[0], CHIN[1] + dy)) for dy in range(down + 1)]


def settings_of(daemon: dict[str, str]) -> Path:
    """Where the plug-ins that are led to this daemon keep their settings."""
    return Path(daemon["DRAGGAN_CONNECTION_FILE"]).with_name(settings.FILE_NAME)


def forgotten(daemon: dict[str, str]) -> Path:
    """The file of the settings, once nothing is remembered of what was used before."""
    remembered = settings_of(daemon)
    remembered.unlink(missing_ok=True)
    return remembered


PLAIN = Image.new("RGB", (640, 480), (196, 214, 232))


def image_file(gimp: GimpHost, name: str, image: Image.Image = PLAIN) -> Path:
    """A file of that name, which GIMP can open."""
    path = gimp.home / f"{name}.png"
    image.save(path)
    return path


@contextmanager
def lion_in_gimp(
    gimp: GimpHost,
    screen: Screen,
    environment: dict[str, str],
    name: str,
    image: Image.Image = PLAIN,
    seed: int = SEED,
) -> Iterator[GimpSession]:
    """GIMP with a lion over an image of that name."""
    with gimp.session(screen, image_file(gimp, name, image), environment) as session:
        screen.enlarge(screen.wait_for(f"{name}.*GIMP"))
        assert session.ask(f"call('sample', opened(), [], seed={seed}).ok", timeout=120)
        yield session


def open_dialog(screen: Screen, image: str) -> Window:
    """For the layer that is selected in the image of that name."""
    screen.key(screen.wait_for(f"{image}.*GIMP"), "ctrl+alt+g")
    return screen.wait_for(TITLE)
