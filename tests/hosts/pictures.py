"""Makes the documents' pictures of the hosts: a live drag in GIMP and in Krita, as it is seen.

    python -m tests.hosts.pictures [gimp] [krita]

Writes `screenshot.png` and `live.webp` into the plug-ins' folders.
"""

from __future__ import annotations

import argparse
import shutil
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
_MAIN, _DIALOG = "backdrop.*GIMP", "Drag points"
_BORDER, _SHOWN_SIDE, _SIDE = 12, 560, 256
"""Of GIMP's dialog: where the picture begins and how large it is shown; the layer's side."""


def picture_gimp(home: Path, environment: dict[str, str]) -> None:
    """Raises `HostsMissing` where there is no GIMP."""
    gimp = GimpHost(gimp_system(), home)
    gimp.warm_up()
    remembered = Path(environment["DRAGGAN_CONNECTION_FILE"]).with_name(settings.FILE_NAME)
    settings.remember(remembered, live=True, in_image=False)
    backdrop = home / "backdrop.png"
    _paper((640, 480)).save(backdrop)
    folder = _REPOSITORY / "gimp_plugin"
    with (
        virtual_screen(gimp.command, home) as shown,
        gimp.session(shown, backdrop, environment) as session,
    ):
        shown.enlarge(shown.wait_for(_MAIN))
        session.ask(f"call('sample', opened(), [], seed={_SEED}).ok", timeout=120)
        shown.key(shown.wait_for(_MAIN), "ctrl+alt+g")
        dialog = shown.wait_for(_DIALOG)
        way = eased_way(*map(_in_dialog, _WAY), seconds=_SECONDS)
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
        shown.press_until_gone(_DIALOG, "alt+c")


def _pull(shown: Screen, dialog: Window, way: list[tuple[float, float]]) -> tuple[float, float]:
    begin = time.monotonic()
    place = shown.box_of(dialog)
    on_screen = [(place.left + x, place.top + y) for x, y in way]
    first = [str(round(value)) for value in on_screen[0]]
    shown.run("xdotool", "mousemove", *first, "sleep", "0.4", "mousedown", "1", *moves(on_screen))
    time.sleep(1.5)
    return begin, time.monotonic()


def _in_dialog(point: tuple[float, float]) -> tuple[float, float]:
    x, y = (_BORDER + (value + 0.5) * _SHOWN_SIDE / _SIDE for value in point)
    return x, y


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


HOSTS: dict[str, Callable[[Path, dict[str, str]], None]] = {
    "gimp": picture_gimp,
    "krita": picture_krita,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.hosts.pictures", description=__doc__)
    parser.add_argument("hosts", nargs="*", choices=[[], *HOSTS], help="one of them only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "daemon"
        home.mkdir()
        with running_daemon(home) as environment:
            for host in asked.hosts or HOSTS:
                HOSTS[host](Path(folder) / host, environment)


if __name__ == "__main__":
    main()
