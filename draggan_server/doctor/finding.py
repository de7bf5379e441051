"""What a check found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["good", "warning", "bad"]


class Said(str):
    """An English sentence with its values in the places of its {names}, which can be translated: by
    the `sentence` and the `values`, of which some may be such themselves."""

    sentence: str
    values: Mapping[str, str]

    def __new__(cls, sentence: str, **values: object) -> Said:
        texts = {name: one if isinstance(one, Said) else str(one) for name, one in values.items()}
        self = super().__new__(cls, sentence.format(**texts) if texts else sentence)
        self.sentence, self.values = sentence, texts
        return self


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
