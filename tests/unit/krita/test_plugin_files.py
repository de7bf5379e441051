"""What Krita demands of a plug-in's files, and what it would not tell."""

from __future__ import annotations

import ast
import configparser
from pathlib import Path
from xml.etree import ElementTree

import polib

import krita_plugin
from draggan_server.host.translation import LOCALE, plain

FOLDER = Path(next(iter(krita_plugin.__path__)))
PACKAGE = FOLDER / "draggan_krita"


def test_the_desktop_file_names_the_package_and_the_manual() -> None:
    desktop = configparser.ConfigParser()
    desktop.read(FOLDER / "draggan_krita.desktop", encoding="utf-8")
    entry = desktop["Desktop Entry"]
    assert entry["Type"] == "Service"
    assert entry["ServiceTypes"] == "Krita/PythonPlugin"
    assert entry["X-KDE-Library"] == PACKAGE.name
    assert entry["X-Python-2-Compatible"] == "false"
    assert (PACKAGE / entry["X-Krita-Manual"]).is_file()


def test_the_manual_and_the_comment_are_there_in_german_too() -> None:
    """Each paragraph, with the names that the docker's buttons have in that language."""
    root = ElementTree.fromstring(
        (PACKAGE / "Manual.html")
        .read_text(encoding="utf-8")
        .replace('<meta charset="utf-8">', "")
        .replace("<!DOCTYPE html>", "")
        .replace("<hr>", "")
    )
    english, german = (root.findall(f".//div[@lang='{language}']") for language in ("en", "de"))
    assert [part.tag for part in english[0].iter()] == [part.tag for part in german[0].iter()]
    catalog = {entry.msgid: entry.msgstr for entry in polib.pofile(str(LOCALE / "de.po"))}
    labels = {plain(text): plain(other) for text, other in catalog.items()}
    for name, other in zip(english[0].iter("b"), german[0].iter("b"), strict=True):
        assert labels[str(name.text)] == other.text
    desktop = (FOLDER / "draggan_krita.desktop").read_text(encoding="utf-8")
    assert "Comment[de]=" in desktop


def test_qt_is_imported_in_one_module_only() -> None:
    importing = {
        path.name
        for path in PACKAGE.glob("*.py")
        if any(name.startswith(("PyQt", "sip")) for name in _imports(path))
    }
    assert importing == {"qt.py"}


def test_nothing_is_imported_that_krita_s_python_may_lack() -> None:
    found = {name.partition(".")[0] for path in PACKAGE.glob("*.py") for name in _imports(path)}
    assert not found & {"numpy", "torch", "PIL", "zmq", "platformdirs"}


def _imports(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append(node.module)
    return found
