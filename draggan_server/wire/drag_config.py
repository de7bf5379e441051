"""Settings of a drag. The only place where their defaults live."""

from __future__ import annotations

import math
from dataclasses import dataclass

from draggan_server.wire.errors import BadInput

METHODS = ("newton", "draggan", "freedrag")
"""Names of the drag methods, the default first."""

LATENT_SPACES = ("w+", "w")
"""Each row that may change changes by itself, or all of them alike."""

MASK_TERMS = ("layer", "exact")
"""How `draggan` and `freedrag` hold what may not move: by the last layer that the drag can change,
which costs next to nothing, or by the paper's term on the whole feature map."""

MAX_POINTS = 100
MAX_STEPS_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class DragConfig:
    """How a drag is done. Radii and distances are in pixels of a 512-pixel picture.

    Sources: "paper" is DragGAN (arXiv 2305.10973), "code" its published defaults.
    Raises `BadInput` on a value out of range.
    """

    method: str = METHODS[0]
    max_steps: int = 300  # paper sec. 4
    # None: what the model's card says, else 0.0075 of the standard deviation of the model's w, so
    # that latents of any scale need no tuning (the paper's 2e-3 is for FFHQ's)
    learning_rate: float | None = None
    latent_space: str = LATENT_SPACES[0]
    # paper sec. 3.2: w+ rows that may change by themselves; the rest stay, but for newton's common
    # move of all rows, where there is no mask
    optimised_rows: int = 6
    r1: float = 3.0  # paper sec. 3.2: radius of the disc that motion supervision pushes
    r2: float = 12.0  # paper sec. 3.3: half side of the square that point tracking searches
    mask_weight: float = 20.0  # paper sec. 3.2: lambda
    mask_term: str = MASK_TERMS[0]
    # None: the card's, else 128, or half a small picture; for newton, which also reads the next
    # finer block, 32
    feature_resolution: int | None = None
    stop_distance: float = 2.0  # code: a handle this near to its target has arrived

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise BadInput(
                f"Unknown drag method {self.method!r}. Choose one of: {', '.join(METHODS)}."
            )
        if self.latent_space not in LATENT_SPACES:
            raise BadInput(
                f"Unknown latent space {self.latent_space!r}. Choose one of: "
                f"{', '.join(LATENT_SPACES)}."
            )
        if self.mask_term not in MASK_TERMS:
            raise BadInput(
                f"Unknown mask term {self.mask_term!r}. Choose one of: {', '.join(MASK_TERMS)}."
            )
        _check_range("max_steps", self.max_steps, 1, MAX_STEPS_LIMIT)
        _check_range("optimised_rows", self.optimised_rows, 1, 64)
        _check_range("r1", self.r1, 0.5, 64)
        _check_range("r2", self.r2, 1, 128)
        _check_range("mask_weight", self.mask_weight, 0, 1e6)
        _check_range("stop_distance", self.stop_distance, 0.01, 64)
        if self.learning_rate is not None:
            _check_range("learning_rate", self.learning_rate, 1e-6, 1)
        if self.feature_resolution is not None:
            _check_range("feature_resolution", self.feature_resolution, 4, 1024)


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not math.isfinite(value) or not low <= value <= high:
        raise BadInput(f"{name} is {value}; give a value from {low} to {high}.")
