"""The GIMP and Krita installations of this user: which are there, and where plug-ins go."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from draggan_server.plugins.versions import dotted, gimp_version, krita_version
from stylegan2.whole_file import written_whole

MIN_GIMP = (3, 0)
MIN_KRITA = (5, 2)

_FLATPAKS = {"GIMP": "org.gimp.GIMP", "Krita": "org.kde.krita"}


@dataclass(frozen=True)
class Host:
    """An installed host program. `folder` is where its plug-ins go (GIMP) or its data (Krita)."""

    program: str  # "GIMP" or "Krita"
    version: str
    folder: Path
    settings: Path | None = None  # Krita's kritarc, in which plug-ins are switched on


@dataclass(frozen=True)
class TooOld:
    """A host that is here but cannot take the plug-in."""

    program: str
    version: str
    needed: str


def find_hosts() -> list[Host | TooOld]:
    """Every GIMP and Krita found: programs on the PATH, Flatpaks, and GIMP's version folders."""
    return _unique([*_find_gimp(), *_find_krita()])


def _find_gimp() -> list[Host | TooOld]:
    found: list[Host | TooOld] = []
    config = _config_home() / "GIMP"
    if version := gimp_version():
        if version < MIN_GIMP:
            found.append(TooOld("GIMP", dotted(version), dotted(MIN_GIMP)))
        else:
            folder = config / dotted(version[:2])
            found.append(Host("GIMP", dotted(version), folder / "plug-ins"))
    folders = [config]
    if sys.platform == "darwin":
        folders.append(Path.home() / "Library/Application Support/GIMP")
    flatpak = Path.home() / ".var/app" / _FLATPAKS["GIMP"]
    if flatpak.is_dir():
        folders.append(flatpak / "config/GIMP")
    for folder in folders:
        found += [
            Host("GIMP", version.name, version / "plug-ins")
            for version in sorted(folder.glob("3.*"))
            if version.is_dir()
        ]
    return found


def _find_krita() -> list[Host | TooOld]:
    found: list[Host | TooOld] = []
    if version := krita_version():
        if version < MIN_KRITA:
            found.append(TooOld("Krita", dotted(version), dotted(MIN_KRITA)))
        else:
            settings = _config_home() / "kritarc"
            found.append(Host("Krita", dotted(version), _krita_data(), settings))
    flatpak = Path.home() / ".var/app" / _FLATPAKS["Krita"]
    if flatpak.is_dir():
        found.append(Host("Krita", "Flatpak", flatpak / "data/krita", flatpak / "config/kritarc"))
    return found


def enable_in_krita(settings: Path, plugin: str) -> None:
    """Switch a Python plug-in of Krita on in its settings file, keeping what else stands there."""
    text = settings.read_text(encoding="utf-8") if settings.exists() else ""
    key = f"enable_{plugin}"
    # Edited as text: Krita's file has nested sections and escapes that a rewrite would change.
    lines = [line for line in text.splitlines() if not line.startswith(f"{key}=")]
    if "[python]" in lines:
        lines.insert(lines.index("[python]") + 1, f"{key}=true")
    else:
        lines += ["", "[python]", f"{key}=true"]
    settings.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(settings) as unfinished:
        unfinished.write_text("\n".join(lines).lstrip("\n") + "\n", encoding="utf-8")


def _config_home() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home() / "AppData/Roaming"))
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _krita_data() -> Path:
    if sys.platform == "win32":
        return _config_home() / "krita"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/krita"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "krita"


def _unique(found: list[Host | TooOld]) -> list[Host | TooOld]:
    """One entry a plug-in folder: a program and its version folder are the same installation."""
    kept: dict[object, Host | TooOld] = {}
    for host in found:
        kept.setdefault(host.folder if isinstance(host, Host) else host, host)
    return list(kept.values())
