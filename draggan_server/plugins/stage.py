"""Make a plug-in ready to be installed: its sources, what it is built on, a loader and a record.

A record says which daemon is the plug-in's. A plug-in of a release zip has none of its own: it
finds the daemon of the user who unpacks it, see `draggan_server.wire.install_record`.

One source serves everywhere: what is vendored are copies of `draggan_server.wire` and
`draggan_server.host`, under the same import names, and of the pure-Python parts of the installed
msgpack and tomli, for hosts whose Python lacks them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgpack
import tomli

import draggan_server
from draggan_server import __version__
from draggan_server.host.translation import LOCALE, foreign_languages
from draggan_server.plugins.catalogs import catalog_of, compile_catalogs
from draggan_server.plugins.krita_actions import described_actions
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.json_record import to_document

GIMP_NAME = "draggan"
KRITA_NAME = "draggan_krita"
LOADERS = ("vendored.py", "host_log.py")
"""Modules beside this one that become a plug-in's own: they are needed before it has the rest."""
VENDORED = ("wire", "host")
"""Packages of `draggan_server` that a plug-in imports."""

VENDOR = "vendor"
"""The folder in a plug-in that has what it is built on."""

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.so", "*.pyd", "*.po", "py.typed")


def stage_gimp(folder: Path, record: InstallRecord | None) -> Path:
    """Write the GIMP plug-in as `folder`/draggan, which must not be there; returns its path.

    GIMP wants a folder and a main file of the same stem, with the run bit set.
    """
    plugin = folder / GIMP_NAME
    _copy_tree(source_folder("gimp_plugin") / GIMP_NAME, plugin)
    _vendor(plugin, plugin / "draggan_gimp", record)
    (plugin / f"{GIMP_NAME}.py").chmod(0o755)
    return plugin


def stage_krita(folder: Path, record: InstallRecord | None) -> Path:
    """Write the Krita plug-in into the data folder `folder`: pykrita/ and actions/.

    Returns the path of its package, which must not be there.
    """
    source = source_folder("krita_plugin")
    plugin = folder / "pykrita" / KRITA_NAME
    _copy_tree(source / KRITA_NAME, plugin)
    _vendor(plugin, plugin, record)
    shutil.copyfile(source / f"{KRITA_NAME}.desktop", plugin.with_suffix(".desktop"))
    actions = folder / "actions"
    actions.mkdir(parents=True, exist_ok=True)
    # Krita lists them by these texts, whatever a plug-in calls them when it runs. Of a release zip
    # nobody knows who will unpack it.
    texts = {} if record is None else catalog_of(foreign_languages())
    described = described_actions(texts)
    (actions / f"{KRITA_NAME}.action").write_text(described, encoding="utf-8")
    return plugin


@dataclass(frozen=True)
class PlugIn:
    """One of the two plug-ins. Paths are those below the folder into which `stage` writes it."""

    program: str
    stage: Callable[[Path, InstallRecord | None], Path]
    folder: str
    entry: str
    """GIMP notices a new version by this file's time."""


GIMP = PlugIn("GIMP", stage_gimp, GIMP_NAME, f"{GIMP_NAME}/{GIMP_NAME}.py")
KRITA = PlugIn("Krita", stage_krita, f"pykrita/{KRITA_NAME}", f"pykrita/{KRITA_NAME}/__init__.py")
PLUG_INS = {plug_in.program: plug_in for plug_in in (GIMP, KRITA)}


def _vendor(plugin: Path, package: Path, record: InstallRecord | None) -> None:
    """Fill `plugin`/vendor, and put what loads it into the plug-in's Python package."""
    server, folder = Path(draggan_server.__file__).parent, plugin / VENDOR
    for loader in LOADERS:
        shutil.copyfile(server / "plugins" / loader, package / loader)
    target = folder / "draggan_server"
    target.mkdir(parents=True)
    shutil.copyfile(server / "__init__.py", target / "__init__.py")
    for name in VENDORED:
        shutil.copytree(server / name, target / name, ignore=_LEFT_OUT)
    compile_catalogs(server / "host" / LOCALE.name, target / "host" / LOCALE.name)
    for library in (msgpack.__file__, tomli.__file__):
        copied = Path(library).parent
        shutil.copytree(copied, folder / copied.name, ignore=_LEFT_OUT)
    content = {"version": __version__} if record is None else to_document(record)
    text = json.dumps(content, indent=2)
    (folder / "install.json").write_text(f"{text}\n", encoding="utf-8")


def _copy_tree(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target, ignore=_LEFT_OUT)


def source_folder(name: str) -> Path:
    """Where a plug-in's sources lie: in an installed program beside this module, in the repository
    at its top level."""
    installed = Path(__file__).parent / name
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / name
