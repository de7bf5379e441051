"""The options that measurements share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from draggan_server.models.zoo import DEFAULT_MODEL

AT_LEAST_1 = click.IntRange(min=1)

T = TypeVar("T")


def several(one: Callable[[str], T]) -> Callable[[str], list[T]]:
    """Values with commas between, each of which click's type `one` reads. Spaces do not count."""

    def values(text: str) -> list[T]:
        return [one(part.strip()) for part in text.split(",")]

    return values


def words(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Some of the known words, with commas between."""
    return several(click.Choice(known))


def threads(default: int = 1) -> Callable[[Any], Any]:
    return click.option(
        "--threads",
        type=AT_LEAST_1,
        default=default,
        show_default=True,
        help="Threads of PyTorch.",
    )


toy_lion = click.option("--model", default=DEFAULT_MODEL, show_default=True, help="A toy lion.")

as_json = click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")

out = click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder."
)


def print_tables(tables: str, figures: Path, *, as_json: bool) -> None:
    """The tables, or what was written to `figures`: all that goes to standard output."""
    click.echo(figures.read_text(encoding="utf-8").rstrip() if as_json else tables)
