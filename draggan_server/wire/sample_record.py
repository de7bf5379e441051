"""A picture that a model drew, as a saved state keeps it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from draggan_server.wire.errors import BadInput
from draggan_server.wire.readers import Kind

MAX_PARTS = 64
"""Seeds that a picture may lie between."""

_NEARLY_ONE = 1e-3


@dataclass(frozen=True, slots=True)
class SampleRecord(Kind):
    """What drew it: `messages.SampleSource`, or with `parts` `BlendSource`, without the model.

    `seed` is that of the heaviest part.
    """

    KIND = "sample"

    seed: int
    truncation_psi: float
    parts: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.truncation_psi):
            raise BadInput("The truncation is not a finite number: the state is damaged.")
        if self.parts:
            check_parts(self.parts)


def check_parts(parts: tuple[tuple[int, float], ...]) -> None:
    """Raises `BadInput` unless these are seeds and weights that a picture can lie between."""
    if not 2 <= len(parts) <= MAX_PARTS:
        raise BadInput(
            "A picture between {count} seeds; give 2 to {most}.", count=len(parts), most=MAX_PARTS
        )
    if len({seed for seed, _ in parts}) < len(parts):
        raise BadInput("A picture lies between different seeds; give each once.")
    weights = [weight for _, weight in parts]
    if not all(weight > 0 for weight in weights) or abs(sum(weights) - 1) > _NEARLY_ONE:
        raise BadInput("The weights of seeds are above 0 and 1 in all; give such ones.")
