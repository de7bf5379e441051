"""What a check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Finding:
    """`link` is what was looked at, in few words. `advice` says what to do where it is not good.

    `mend` does it, where that harms nothing and needs no answer; it raises `OSError` or
    `DragganError`.
    """

    link: str
    state: State
    says: str
    advice: str = ""
    mend: Callable[[], None] | None = None


def good(link: str, says: str) -> Finding:
    return Finding(link, "good", says)
