"""Makes the documents' pictures: what `draggan demo` leaves, and a live drag in GIMP and in Krita,
as it is seen.

    python -m tests.hosts.pictures [demo] [gimp] [krita]

Writes `PICTURES`, which lie in this repository.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

from draggan_server import __version__
from draggan_server.host import settings
from draggan_server.plugins.stage import stage_krita
from draggan_server.wire.install_record import InstallRecord
from tests.daemon import running_daemon
from tests.hosts.gimp.drag_window import (
    PLAIN,
    TITLE,
    in_dialog,
    lion_in_gimp,
    open_dialog,
    settings_of,
)
from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.gimp.screen import Screen, Window, virtual_screen
from tests.hosts.hand import eased_way, moves
from tests.hosts.krita.krita_host import KritaHost, screen
from tests.hosts.recording import recorded
from tests.hosts.system import gimp_system, krita_system

_REPOSITORY = Path(__file__).resolve().parents[2]
_SEED = 33
_WAY = ((115, 107), (89, 111), (141, 107), (118, 97))
"""Where the nose is pulled to, in the layer's pixels."""
_SECONDS = 1.6
"""From each place to the next."""
PICTURES = {
    "demo": ("draggan_server/demo.png",),
    "gimp": ("gimp_plugin/screenshot.png", "gimp_plugin/live.webp"),
    "krita": ("krita_plugin/screenshot.png", "krita_plugin/live.webp"),
}
"""What each of them makes."""


def picture_demo(home: Path, environment: dict[str, str]) -> None:
    """As the user's own command does, at half its size."""
    home.mkdir()
    command = [sys.executable, "-m", "draggan_server", "demo", "--directory", str(home)]
    subprocess.run(command, env={**os.environ, **environment}, check=True)
    with Image.open(home / "draggan-demo.png") as sheet:
        small = sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.LANCZOS)
    small.save(_REPOSITORY / PICTURES["demo"][0], optimize=True)


def picture_gimp(home: Path, environment: dict[str, str]) -> None:
    """Raises `HostsMissing` where there is no GIMP."""
    gimp = GimpHost(gimp_system(), home)
    gimp.warm_up()
    settings.remember(settings_of(environment), live=True, in_image=False)
    paper, folder = _paper(PLAIN.size), _REPOSITORY / "gimp_plugin"
    with (
        virtual_screen(gimp.command, home) as shown,
        lion_in_gimp(gimp, shown, environment, "backdrop", paper, _SEED) as session,
    ):
        dialog = open_dialog(shown, "backdrop")
        way = eased_way(*map(in_dialog, _WAY), seconds=_SECONDS)
        _pull(shown, dialog, way)  # the model is prepared for its first drag
        shown.run("xdotool", "key", "Escape")
        shown.let_go()
        time.sleep(4.0)
        with recorded(shown.frame_buffer, shown.box_of(dialog), width=720) as recording:
            begin, end = _pull(shown, dialog, way)
        recording.save(folder / "live.webp", begin, end)
        shown.shoot(home / "screen.png")
        shown.let_go()
        Image.open(home / "screen.png").resize((1200, 750), Image.Resampling.LANCZOS).save(
            folder / "screenshot.png", optimize=True
        )
        session.wait_until("len(opened().get_layers()) == 3")
        shown.press_until_gone(TITLE, "alt+c")


def _pull(shown: Screen, dialog: Window, way: list[tuple[float, float]]) -> tuple[float, float]:
    begin = time.monotonic()
    place = shown.box_of(dialog)
    on_screen = [(place.left + x, place.top + y) for x, y in way]
    first = [str(round(value)) for value in on_screen[0]]
    shown.run("xdotool", "mousemove", *first, "sleep", "0.4", "mousedown", "1", *moves(on_screen))
    time.sleep(1.5)
    return begin, time.monotonic()


def picture_krita(home: Path, environment: dict[str, str]) -> None:
    """Raises `HostsMissing` where there is no Krita."""
    home.mkdir()
    system, nowhere = krita_system(), home / "nowhere.json"
    record = InstallRecord(("/nonexistent/draggan", "serve"), nowhere, __version__)
    folder = _REPOSITORY / "krita_plugin"
    with screen(system, home) as display:
        krita = KritaHost(system, display.name, home, home / "pictures")
        krita.warm(lambda data: stage_krita(data, record))
        arguments = {"seed": _SEED, "way": eased_way(*_WAY, seconds=_SECONDS)}
        with recorded(display.frame_buffer, width=960) as recording:
            begin, end = krita.run(
                "show:pull",
                arguments,
                environment,
                seconds=240,
            )
        recording.save(folder / "live.webp", begin, end)
        (shot,) = krita.pictures.glob("*pulled.png")
        shutil.copyfile(shot, folder / "screenshot.png")


def _paper(size: tuple[int, int]) -> Image.Image:
    """A backdrop: a soft vignette."""
    image = Image.new("RGB", size, (214, 222, 230))
    draw = ImageDraw.Draw(image)
    for inset in range(0, min(size) // 2, 4):
        tone = tuple(round(180 + inset / 7 + add) for add in (0, 8, 16))
        draw.rectangle((inset, inset, size[0] - inset, size[1] - inset), fill=tone)
    return image


_MAKERS: dict[str, Callable[[Path, dict[str, str]], None]] = {
    "demo": picture_demo,
    "gimp": picture_gimp,
    "krita": picture_krita,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.hosts.pictures", description=__doc__)
    parser.add_argument("those", nargs="*", choices=[[], *PICTURES], help="some of them only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "daemon"
        home.mkdir()
        with running_daemon(home) as environment:
            for one in asked.those or PICTURES:
                _MAKERS[one](Path(folder) / one, environment)


if __name__ == "__main__":
    main()
