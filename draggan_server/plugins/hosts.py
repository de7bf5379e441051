"""The GIMP and Krita installations of this user: which are there, and where plug-ins go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from draggan_server.plugins.folders import gimp_homes, krita_homes
from draggan_server.plugins.versions import dotted, gimp_version, krita_version

MIN_GIMP = (3, 0)
MIN_KRITA = (5, 2)


@dataclass(frozen=True)
class Host:
    """An installed host program. `folder` is where its plug-ins go (GIMP) or its data (Krita).

    `version` is empty where nothing tells it.
    """

    program: str  # "GIMP" or "Krita"
    version: str
    folder: Path
    settings: Path | None = None  # Krita's kritarc, in which plug-ins are switched on
    package: str = ""  # "Flatpak", "Snap" or "Windows Store", where its folders are its own

    def __str__(self) -> str:
        package = f"({self.package})" if self.package else ""
        return " ".join(part for part in (self.program, self.version, package) if part)


@dataclass(frozen=True)
class TooOld:
    """A host that is here but cannot take the plug-in."""

    program: str
    version: str
    needed: str


def find_hosts() -> list[Host | TooOld]:
    """Every GIMP and Krita found: programs on the PATH, and folders of those started before."""
    return [*_find_gimp(), *_find_krita()]


def _find_gimp() -> list[Host | TooOld]:
    found: list[Host | TooOld] = []
    on_path = gimp_version()
    if on_path is not None and on_path < MIN_GIMP:
        found.append(TooOld("GIMP", dotted(on_path), dotted(MIN_GIMP)))
        on_path = None
    for package, home in gimp_homes():
        folders = {folder for folder in home.glob("3.*") if folder.is_dir()}
        own = home / dotted(on_path[:2]) if on_path is not None and not package else None
        if own is not None:
            folders.add(own)
        for folder in sorted(folders):
            version = dotted(on_path) if on_path is not None and folder == own else folder.name
            found.append(Host("GIMP", version, folder / "plug-ins", None, package))
    return found


def _find_krita() -> list[Host | TooOld]:
    found: list[Host | TooOld] = []
    on_path = krita_version()
    for home in krita_homes():
        version = "" if on_path is None or home.package else dotted(on_path)
        if version and on_path is not None and on_path < MIN_KRITA:
            found.append(TooOld("Krita", version, dotted(MIN_KRITA)))
        elif version or home.settings.exists() or home.data.is_dir():
            found.append(Host("Krita", version, home.data, home.settings, home.package))
    return found
