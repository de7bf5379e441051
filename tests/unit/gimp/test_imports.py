"""What the plug-in may import: GIMP's Python has nothing but these."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGIN = Path(__file__).resolve().parents[3] / "gimp_plugin" / "draggan"
FILES = sorted(PLUGIN.rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_only_what_gimp_has_is_imported(file: Path) -> None:
    for module in imported(file):
        top = module.partition(".")[0]
        known = top in sys.stdlib_module_names or top in ("gi", "draggan_gimp")
        shared = ("draggan_server.host.", "draggan_server.wire.")
        assert known or f"{module}.".startswith(shared), module
