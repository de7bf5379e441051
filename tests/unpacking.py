"""Unpacking release zips as users do."""

from __future__ import annotations

import zipfile
from pathlib import Path


def unpack(zipped: Path, folder: Path) -> None:
    """As unzip and file managers do, which keep the run bit."""
    with zipfile.ZipFile(zipped) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            path.chmod(entry.external_attr >> 16 & 0o777)
