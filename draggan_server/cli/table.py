"""Columns on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_UNBROKEN = 10_000
"""Columns of what is no terminal: programs that read it want a line a row."""


def print_rows(rows: Iterable[Sequence[str]], *, indent: int = 0) -> None:
    """Print rows below each other, every column as wide as it needs to be.

    On a terminal cells are broken where its width does not do.
    """
    table = Table.grid(padding=(0, 2))
    for cells in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    width = None if sys.stdout.isatty() else _UNBROKEN
    console = Console(file=sys.stdout, width=width, highlight=False)
    with console.capture() as capture:
        console.print(Padding(table, (0, 0, 0, indent), expand=False))
    for line in capture.get().splitlines():
        print(line.rstrip())
