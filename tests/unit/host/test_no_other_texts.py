"""What a user reads stands in `draggan_server.host.sentences`, and nowhere else in a host."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import draggan_server.host
from draggan_server.plugins.stage import source_folder

HOST = Path(draggan_server.host.__file__).parent
FILES = [
    path
    for folder in (HOST, source_folder("gimp_plugin"), source_folder("krita_plugin"))
    for path in sorted(folder.rglob("*.py"))
    if path.parent != HOST / "sentences"
]
SHOWING = re.compile(
    r"add_button|set_label|set_title|set_text|set_markup|set_tooltip_text|set_menu_label|"
    r"new_with_mnemonic|new_with_label|format_secondary_text|progress_init|progress_set_text|"
    r"set_documentation|set_attribution|set_ok_label|say|warn|"
    r"QLabel|QPushButton|setText|setToolTip|setFormat|setAccessibleName|setAccessibleDescription|"
    r"setPlaceholderText|setStatusTip|addItem|showFloatingMessage"
)
"""Calls that show their arguments to the user."""
TECHNICAL = {
    "RGB*, GRAY*",  # kinds of GIMP's images
    "R'G'B'A u8",  # babl's formats
    "R'G'B'A float",
    "Y u8",
    "sRGB built-in",  # a profile of Krita's
    "%(asctime)s %(levelname)s %(name)s: %(message)s",
    "DragGAN: the layers' states, to go on dragging",  # inside the .kra file
    "DragGAN: the layers' points",
    "<!DOCTYPE ",
    "DragGAN: what of the layers may move",
    "No matching distribution",  # what pip prints
    "\nInstalling collected packages",
    "color: ",  # a style sheet's
    "font-weight: bold;",
    " x ",
    "# What DragGAN's plug-ins remember. Delete this file, and they begin with their defaults.\n",
    "[[handle x, handle y, target x, target y], ...]",
}
FOR_PROGRAMMERS = {"ValueError", "TypeError", "AssertionError", "debug", "info", "warning"} | {
    "error",
    "exception",
    "critical",
}
"""Errors and records of the log, in English."""


def strings_in(node: ast.AST) -> Iterator[ast.Constant]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner


def name_of(call: ast.Call) -> str:
    function = call.func
    return getattr(function, "attr", None) or getattr(function, "id", "")


def is_for_programmers(node: ast.AST) -> bool:
    """Whether no user reads the strings in it: docstrings, the members of enumerations, what is
    logged or raised for programmers."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.ClassDef):
        return any("Enum" in ast.dump(base) for base in node.bases)
    if isinstance(node, ast.Call):
        return name_of(node) in FOR_PROGRAMMERS
    return isinstance(node, ast.Assert)


def texts_of(tree: ast.AST) -> Iterator[str]:
    """Strings with words in them, and whatever is handed to a call that shows it."""
    passed_over: set[ast.Constant] = set()
    for node in ast.walk(tree):
        if is_for_programmers(node):
            passed_over.update(strings_in(node))
        elif isinstance(node, ast.Call) and SHOWING.fullmatch(name_of(node)):
            for argument in node.args:
                if isinstance(argument, ast.Constant | ast.JoinedStr):
                    yield from (
                        string.value
                        for string in strings_in(argument)
                        if re.search(r"[^\W\d_]{2}", string.value)
                    )
    for string in strings_in(tree):
        words = re.search(r"[^\W\d_]\S* |\s[^\W\d_]", string.value)
        if words and string not in passed_over and string.value not in TECHNICAL:
            yield string.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_host_says_nothing_of_its_own(path: Path) -> None:
    assert list(texts_of(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        'raise BadInput("The lion is asleep.")',
        'raise BadInput(f"{name} is asleep.")',
        'label = QLabel("Lion")',
        'dialog.set_title(f"Lion: {name}")',
        'self.say("Roaring…", error=False)',
        'NAMES = {"lion": "a large cat"}',
    ],
)
def test_a_text_is_found(code: str) -> None:
    assert len(set(texts_of(ast.parse(code)))) == 1


@pytest.mark.parametrize(
    "code",
    [
        '"""Lions sleep a lot."""',
        'logger.warning("the lion %s is asleep", name)',
        'raise ValueError(f"{count} lions are too many")',
        "self.say(tr(said.ROARING), error=False)",
        'path = folder / "lion.toml"',
    ],
)
def test_what_no_user_reads_is_passed_over(code: str) -> None:
    assert list(texts_of(ast.parse(code))) == []
