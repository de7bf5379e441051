"""A figure that was measured, beside what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`goal` is the most that it should be, or with `rising` the least."""

    host: str
    what: str
    value: float
    unit: str
    goal: float
    rising: bool = False

    @property
    def reached(self) -> bool:
        return self.value >= self.goal if self.rising else self.value <= self.goal


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table of Markdown."""
    rows = ["| host | what | measured | goal | reached |", "|---|---|---|---|---|"]
    for each in figures:
        bound = "at least" if each.rising else "at most"
        rows.append(
            f"| {each.host} | {each.what} | {each.value:.3g} {each.unit} "
            f"| {bound} {each.goal:g} | {'yes' if each.reached else 'no'} |"
        )
    return "\n".join(rows)
