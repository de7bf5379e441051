"""Load the wire that is installed beside a plug-in, whatever else the host's Python finds.

The installer copies this module into each plug-in. Krita shares one interpreter among all
plug-ins, so the vendor folder goes to the end of the path: msgpack is taken from where other
plug-ins take it. `draggan_server` is loaded from the folder by name, since a Python that has the
whole project installed must not lend its copy to the plug-in.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

_PACKAGE = "draggan_server"
_ADVICE = "Install the plug-in anew with `draggan plugins install`, then start this program again."


class VendorError(RuntimeError):
    """The installed plug-in is not whole; the message says what to do."""


def load(folder: Path) -> None:
    """Make `draggan_server` importable from `folder`. Raises `VendorError`."""
    if not folder.is_dir():
        raise VendorError(f"DragGAN's files are incomplete: {folder} is missing. {_ADVICE}")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    loaded = sys.modules.get(_PACKAGE)
    if loaded is None:
        loaded = _import_from(folder)
    elif Path(loaded.__file__ or "").parent != folder / _PACKAGE:
        raise VendorError(
            f"Another plug-in has loaded DragGAN's files from {loaded.__file__}: switch that "
            "plug-in off, then start this program again."
        )
    _check_version(folder, loaded.__version__)


def _import_from(folder: Path) -> ModuleType:
    spec = importlib.machinery.PathFinder.find_spec(_PACKAGE, [str(folder)])
    if spec is None or spec.loader is None:
        raise VendorError(f"DragGAN's files in {folder} are incomplete. {_ADVICE}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_PACKAGE] = module
    spec.loader.exec_module(module)
    return module


def _check_version(folder: Path, version: str) -> None:
    try:  # by hand: the reader of records is part of what is looked at
        record = json.loads((folder / "install.json").read_text(encoding="utf-8"))
        installed = record["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VendorError(f"DragGAN's install record is unreadable ({error}). {_ADVICE}") from None
    if installed != version:
        raise VendorError(
            f"DragGAN's files are of version {version}, its install record of {installed}. "
            f"{_ADVICE}"
        )
