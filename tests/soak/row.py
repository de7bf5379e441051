"""One row of the table: what was done so often, and how often it was wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`wrong` of `count` went wrong; `figures` are what was measured besides."""

    what: str
    count: int
    wrong: int
    figures: str = ""

    def __str__(self) -> str:
        return f"| {self.what} | {self.count:,} | {self.wrong:,} | {self.figures} |"
