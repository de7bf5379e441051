"""What can go wrong with a model file."""

from __future__ import annotations


class CheckpointError(Exception):
    """The file is there but is not a generator this package can run.

    The sentence says what was wrong and what to do. It is English, with the values in the places of
    its {names}; who translates it takes `sentence` and puts `values` in. Without values it is taken
    as it stands. It may be several sentences, each on a line of its own, to be translated one by
    one.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.replace("\n", " ").format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values

    def followed_by(self, other: CheckpointError) -> CheckpointError:
        """What both say. This one has values; the other's do not bear the same names, or are the
        same."""
        says = other.sentence
        if not other.values:  # it was taken as it stands
            says = says.replace("{", "{{").replace("}", "}}")
        return CheckpointError(f"{self.sentence}\n{says}", **{**other.values, **self.values})
