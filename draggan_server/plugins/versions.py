"""Which version of a host program is on the PATH."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

Version = tuple[int, ...]


def gimp_version() -> Version | None:
    """The newest GIMP on the PATH, or None."""
    found = [_printed_version(program) for program in ("gimp-3.0", "gimp-3", "gimp")]
    return max((version for version in found if version), default=None)


def krita_version() -> Version | None:
    """The Krita on the PATH, or None.

    Read from its AppStream file where that lies beside it, because Krita needs a screen even to
    print its version.
    """
    program = shutil.which("krita")
    if program is None:
        return None
    described = Path(program).resolve().parents[1] / "share/metainfo/org.kde.krita.appdata.xml"
    if described.is_file():
        releases = ElementTree.parse(described).iter("release")
        found = [_numbers(release.get("version", "")) for release in releases]
        if newest := max((version for version in found if version), default=None):
            return newest
    return _printed_version(program)


def dotted(version: Version) -> str:
    return ".".join(map(str, version))


def _printed_version(program: str) -> Version | None:
    if shutil.which(program) is None:
        return None
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _numbers(said.stdout)


def _numbers(text: str) -> Version | None:
    numbers = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(n) for n in numbers.groups() if n is not None) if numbers else None
