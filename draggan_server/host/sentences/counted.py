"""Sentences whose form depends on a count."""

from __future__ import annotations

from typing import NamedTuple


class Counted(NamedTuple):
    """The English forms for one and for any other count, which stands in the place of {count}."""

    one: str
    many: str
