"""A picture that a model drew, as a saved state keeps it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from draggan_server.wire.errors import BadInput
from draggan_server.wire.readers import Kind


@dataclass(frozen=True, slots=True)
class SampleRecord(Kind):
    """What drew it: `messages.SampleSource`, without the model."""

    KIND = "sample"

    seed: int
    truncation_psi: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.truncation_psi):
            raise BadInput("The truncation is not a finite number: the state is damaged.")
