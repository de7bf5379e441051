"""Where GIMP and Krita keep what is a user's own, on each platform and in each kind of package.

An AppImage has the same folders as a distribution's package. A Flatpak, a Snap and a package of
the Windows Store have folders of their own. That folders are given here does not say that they are
there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FLATPAKS = Path(".var/app")
_GIMP_FLATPAK = "org.gimp.GIMP"
_KRITA_FLATPAK = "org.kde.krita"


@dataclass(frozen=True)
class KritaFolders:
    """Krita's folder for resources, in which plug-ins lie, and its settings file.

    `package` is the kind of package that has these folders, empty for the usual ones.
    """

    package: str
    data: Path
    settings: Path


def gimp_homes() -> Iterator[tuple[str, Path]]:
    """(kind of package, folder that holds a folder for each version), the usual one first."""
    home = Path.home()
    if sys.platform == "win32":
        yield "", _roaming() / "GIMP"
        for package in sorted((_local() / "Packages").glob("*GIMP*")):
            yield "Windows Store", package / "LocalCache/Roaming/GIMP"
        return
    if sys.platform == "darwin":
        yield "", home / "Library/Application Support/GIMP"
        return
    yield "", _xdg("XDG_CONFIG_HOME", ".config") / "GIMP"
    yield "Flatpak", home / _FLATPAKS / _GIMP_FLATPAK / "config/GIMP"
    yield "Snap", home / "snap/gimp/current/.config/GIMP"


def krita_homes() -> Iterator[KritaFolders]:
    """The usual folders first."""
    home = Path.home()
    if sys.platform == "win32":
        yield KritaFolders("", _roaming() / "krita", _local() / "kritarc")
        for package in sorted((_local() / "Packages").glob("*Krita*")):
            own = package / "LocalCache"
            yield KritaFolders("Windows Store", own / "Roaming/krita", own / "Local/kritarc")
        return
    if sys.platform == "darwin":
        library = home / "Library"
        data = library / "Application Support/krita"
        yield KritaFolders("", data, library / "Preferences/kritarc")
        return
    config, data = _xdg("XDG_CONFIG_HOME", ".config"), _xdg("XDG_DATA_HOME", ".local/share")
    yield KritaFolders("", data / "krita", config / "kritarc")
    own = home / _FLATPAKS / _KRITA_FLATPAK
    yield KritaFolders("Flatpak", own / "data/krita", own / "config/kritarc")
    own = home / "snap/krita/current"
    yield KritaFolders("Snap", own / ".local/share/krita", own / ".config/kritarc")


def _xdg(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default)


def _roaming() -> Path:
    return Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")


def _local() -> Path:
    return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
