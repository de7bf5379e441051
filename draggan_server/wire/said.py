"""A text that knows how it can be translated."""

from __future__ import annotations

from collections.abc import Mapping


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
