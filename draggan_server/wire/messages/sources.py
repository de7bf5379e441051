"""What an edit can begin with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from draggan_server.wire.errors import BadInput
from draggan_server.wire.face import check_marks
from draggan_server.wire.messages.checks import check_layer
from draggan_server.wire.messages.pixels import Pixels
from draggan_server.wire.readers import Kind
from draggan_server.wire.sample_record import check_parts
from draggan_server.wire.state import MAX_STATE_CHARS, Point

DEFAULT_PSI = 0.7
"""Truncation at which pictures are drawn unless another is asked for (DragGAN's paper, sec. 4)."""

MAX_PSI = 2.0
"""Truncations lie between this and its negative."""

MAX_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class SampleSource(Kind):
    """A picture drawn from a model: the same seed gives the same picture."""

    KIND = "sample"

    model: str
    seed: int
    truncation_psi: float = DEFAULT_PSI

    def __post_init__(self) -> None:
        _check_seed(self.seed)
        _check_truncation(self.truncation_psi)


@dataclass(frozen=True, slots=True)
class BlendSource(Kind):
    """A picture between those of several seeds of a model.

    `parts` are the seeds, each once, and their weights, above 0 and 1 in all.
    """

    KIND = "blend"

    model: str
    parts: tuple[tuple[int, float], ...]
    truncation_psi: float = DEFAULT_PSI

    def __post_init__(self) -> None:
        for seed, _ in self.parts:
            _check_seed(seed)
        _check_truncation(self.truncation_psi)
        check_parts(self.parts)


Sample = SampleSource | BlendSource
"""A picture that a model draws."""


@dataclass(frozen=True, slots=True)
class SavedState(Kind):
    """What an earlier answer said to keep, ASCII.

    `layer`, RGBA, is to show the state's picture, as it was left, or somewhere: flipped, turned,
    scaled, a part of it. The answer's state says where that is.
    """

    KIND = "saved-state"

    text: str
    layer: Pixels | None = None

    def __post_init__(self) -> None:
        if self.layer is not None:
            check_layer(self.layer)
        if len(self.text) > MAX_STATE_CHARS:
            raise BadInput(
                "The saved state is longer than {most} characters.", most=MAX_STATE_CHARS
            )


Quality = Literal["fast", "normal", "best"]
"""How long a photo is looked at: about 2 seconds, 20, or minutes."""


@dataclass(frozen=True, slots=True)
class PhotoSource(Kind):
    """A region of a layer, RGBA, that `model` is to show.

    What is transparent counts for nothing. `movable_mask`, of the region's size, says where it
    matters most how well the model shows it. `marks`, both eyes and the mouth in pixels of the
    region, say where the subject is; without them it is looked for.
    """

    KIND = "photo"

    model: str
    region: Pixels
    quality: Quality = "normal"
    movable_mask: Pixels | None = None
    marks: tuple[Point, Point, Point] | None = None

    def __post_init__(self) -> None:
        check_layer(self.region)
        if self.marks is not None:
            check_marks(self.marks)
        mask = self.movable_mask
        if mask is not None and (mask.channels, mask.width, mask.height) != (
            1,
            self.region.width,
            self.region.height,
        ):
            raise BadInput(
                "The movable mask is {width} x {height} pixels and the region {region_width} x "
                "{region_height}: give a mask of the region's size.",
                width=mask.width,
                height=mask.height,
                region_width=self.region.width,
                region_height=self.region.height,
            )


def _check_seed(seed: int) -> None:
    if not 0 <= seed <= MAX_SEED:
        raise BadInput(
            "The seed is {seed}; give a whole number from 0 to {most}.", seed=seed, most=MAX_SEED
        )


def _check_truncation(psi: float) -> None:
    if not math.isfinite(psi) or abs(psi) > MAX_PSI:
        raise BadInput(
            "The truncation is {truncation}; give a value from -{most} to {most}.",
            truncation=psi,
            most=f"{MAX_PSI:g}",
        )


Source = SampleSource | BlendSource | SavedState | PhotoSource
"""What an edit can begin with."""
