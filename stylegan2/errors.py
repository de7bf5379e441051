"""What can go wrong with a model file."""

from __future__ import annotations


class CheckpointError(Exception):
    """The file is there but is not a generator this package can run.

    The sentence says what was wrong and what to do. It is English, with the values in the places of
    its {names}; who translates it takes `sentence` and puts `values` in. Without values it is taken
    as it stands.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values
