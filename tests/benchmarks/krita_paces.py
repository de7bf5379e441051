"""Krita as a user meets it: measured by a scenario inside it."""

from __future__ import annotations

from pathlib import Path

from draggan_server import __version__
from draggan_server.plugins.stage import stage_krita
from draggan_server.wire.install_record import InstallRecord
from tests.benchmarks.besides import ROUNDS, besides
from tests.benchmarks.figure import Figure
from tests.hosts.krita.krita_host import KritaHost, screen
from tests.hosts.system import krita_system

_SECONDS = 240


_SIDE = 256


def krita_figures(home: Path, environment: dict[str, str], side: int | None) -> list[Figure]:
    """In a document of that side, or of the picture's. Raises `HostsMissing` where there is no
    Krita."""
    home.mkdir()
    system, nowhere = krita_system(), home / "nowhere.json"
    record = InstallRecord(("/nonexistent/draggan", "serve"), nowhere, __version__)
    with screen(system, home) as display:
        krita = KritaHost(system, display.name, home, home / "pictures")
        krita.warm(lambda data: stage_krita(data, record))
        given = {"side": side or _SIDE}
        took = krita.run("paces:all_of_them", given, env=environment, seconds=_SECONDS)
        given["rounds"] = ROUNDS
        both = krita.run("besides:rounds", given, env=environment, seconds=_SECONDS)
    return [
        *besides("Krita", both["without"], both["beside"]),
        Figure("Krita", "menu to docker", took["docker"], "s", 1.0),
        Figure("Krita", "press to first picture", 1000 * took["first"], "ms", 180),
        Figure("Krita", "pictures a second on the canvas", took["frames"], "", 12, rising=True),
        Figure("Krita", "longest standstill meanwhile", 1000 * took["still"], "ms", 50),
        Figure("Krita", "longest standstill at the end of a drag", 1000 * took["end"], "ms", 50),
        Figure("Krita", "overlay of 1024 px, a second", took["overlay"], "", 30, rising=True),
        Figure(
            "Krita", "longest standstill as 25 frames are placed", 1000 * took["placing"], "ms", 50
        ),
        Figure("Krita", "layer of 512 px in and out", 1000 * took["layer"], "ms", 50),
    ]
