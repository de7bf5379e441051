"""The plug-ins as files to be downloaded: a zip for GIMP, and one that Krita imports."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

from draggan_server import __version__
from draggan_server.plugins import manifest
from draggan_server.plugins.manifest import manifest_of
from draggan_server.plugins.stage import PLUG_INS, VENDOR, PlugIn
from draggan_server.wire.whole_file import written_whole


def package_all(folder: Path, wheel: Path | None = None) -> list[Path]:
    """Write a zip for each host into `folder`. With our own `wheel` a plug-in brings it along, and
    has only the other packages to fetch where it sets the daemon up. Raises `OSError`.

    Two runs with the same SOURCE_DATE_EPOCH give the same bytes.
    """
    return [_package(plug_in, folder, wheel) for plug_in in PLUG_INS.values()]


def _package(plug_in: PlugIn, folder: Path, wheel: Path | None) -> Path:
    target = folder / f"draggan-{plug_in.program.lower()}-{__version__}.zip"
    with tempfile.TemporaryDirectory(prefix="draggan-") as name:
        root = Path(name)
        where = plug_in.stage(root, None)
        if wheel is not None:
            shutil.copyfile(wheel, where / VENDOR / wheel.name)
        manifest_of(root, __version__).write(where / manifest.NAME)
        with (
            written_whole(target) as unfinished,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for path in sorted(root.rglob("*")):
                _add(archive, path, path.relative_to(root).as_posix())
    return target


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """Folders too: Krita's importer looks for them."""
    seconds = float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    ending = "/" if path.is_dir() else ""
    entry = zipfile.ZipInfo(f"{name}{ending}", time.gmtime(seconds)[:6])
    runs = path.is_dir() or os.access(path, os.X_OK)
    kind = 0o040000 if path.is_dir() else 0o100000
    entry.external_attr = (kind | (0o755 if runs else 0o644)) << 16 | (0x10 if ending else 0)
    entry.create_system = 3  # so that unpacking keeps the run bit
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, b"" if path.is_dir() else path.read_bytes())
