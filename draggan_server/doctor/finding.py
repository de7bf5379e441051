"""What a check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from draggan_server.wire.said import Said

State = Literal["good", "warning", "bad"]


def parts_of(text: str) -> Any:
    """A text as JSON from which it can be translated: a text, or [sentence, values]."""
    if not isinstance(text, Said) or not text.values:
        return text
    return [text.sentence, {name: parts_of(value) for name, value in text.values.items()}]


@dataclass(frozen=True)
class Finding:
    """`link` is what was looked at, in few words. Whatever of the texts has values in it is `Said`,
    where it is not good. `advice` says what to do where it is not good.

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
