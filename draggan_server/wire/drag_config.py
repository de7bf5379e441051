"""Settings of a drag, a record for each method. The only place where their defaults live."""

from __future__ import annotations

import dataclasses
import math
import typing
from dataclasses import dataclass
from typing import Any, Literal

from draggan_server.wire.errors import BadInput
from draggan_server.wire.readers import Kind

LatentSpace = Literal["w+", "w"]
LATENT_SPACES: tuple[LatentSpace, ...] = typing.get_args(LatentSpace)
"""Each row that may change changes by itself, or all of them alike."""

MaskTerm = Literal["layer", "exact"]
MASK_TERMS: tuple[MaskTerm, ...] = typing.get_args(MaskTerm)
"""How what may not move is held: by the last layer that the drag can change, which costs next to
nothing, or by the paper's term on the whole feature map."""

Tracking = Literal["features", "patches", "raft", "pips"]
TRACKERS: tuple[Tracking, ...] = typing.get_args(Tracking)
"""How `draggan` finds handles again: by the paper's nearest features, by `newton`'s patches, or by
the motion of the whole picture (RAFT) or of the points (PIPs), both of the toy lion only."""

MAX_POINTS = 100
MAX_STEPS_LIMIT = 2000
MAX_LORA_STEPS = 2000


@dataclass(frozen=True, slots=True)
class _Every(Kind):
    """What every method has. Distances are in pixels of a 512-pixel picture.

    Raises `BadInput` on a value out of range.
    """

    max_steps: int = 300  # paper sec. 4
    mask_weight: float = 20.0  # paper sec. 3.2: lambda
    stop_distance: float = 2.0  # code: a handle this near to its target has arrived

    def __post_init__(self) -> None:
        _check_range("max_steps", self.max_steps, 1, MAX_STEPS_LIMIT)
        _check_range("mask_weight", self.mask_weight, 0, 1e6)
        _check_range("stop_distance", self.stop_distance, 0.01, 64)

    @property
    def method(self) -> str:
        """One of `METHODS`, or `DIFFUSION_METHOD`."""
        return self.KIND


@dataclass(frozen=True, slots=True)
class _Common(_Every):
    """What every method of generators has. Radii are in pixels of a 512-pixel picture.

    Sources: "paper" is DragGAN (arXiv 2305.10973), "code" its published defaults.
    """

    latent_space: LatentSpace = LATENT_SPACES[0]
    # paper sec. 3.2: w+ rows that may change by themselves; the rest stay, but for newton's common
    # move of all rows, where there is no mask
    optimised_rows: int = 6
    # None: the card's, else 128, or half a small picture; for newton, which also reads the next
    # finer block, 32
    feature_resolution: int | None = None

    def __post_init__(self) -> None:
        _Every.__post_init__(self)
        _check_word("latent space", self.latent_space, LATENT_SPACES)
        _check_range("optimised_rows", self.optimised_rows, 1, 64)
        if self.feature_resolution is not None:
            _check_range("feature_resolution", self.feature_resolution, 4, 1024)


@dataclass(frozen=True, slots=True)
class NewtonConfig(_Common):
    """Settings of `newton`, which has nothing of its own to be set."""

    KIND = "newton"


@dataclass(frozen=True, slots=True)
class _Descent(_Common):
    """What the methods that descend along a gradient have besides."""

    # None: what the model's card says, else 0.0075 of the standard deviation of the model's w, so
    # that latents of any scale need no tuning (the paper's 2e-3 is for FFHQ's)
    learning_rate: float | None = None
    r1: float = 3.0  # paper sec. 3.2: radius of the disc that motion supervision pushes
    mask_term: MaskTerm = MASK_TERMS[0]

    def __post_init__(self) -> None:
        _Common.__post_init__(self)
        _check_word("mask term", self.mask_term, MASK_TERMS)
        _check_range("r1", self.r1, 0.5, 64)
        if self.learning_rate is not None:
            _check_range("learning_rate", self.learning_rate, 1e-6, 1)


@dataclass(frozen=True, slots=True)
class DragganConfig(_Descent):
    """Settings of `draggan`."""

    KIND = "draggan"

    r2: float = 12.0  # paper sec. 3.3: half side of the square that point tracking searches
    tracker: Tracking = TRACKERS[0]

    def __post_init__(self) -> None:
        _Descent.__post_init__(self)
        _check_word("tracker", self.tracker, TRACKERS)
        _check_range("r2", self.r2, 1, 128)


@dataclass(frozen=True, slots=True)
class FreedragConfig(_Descent):
    """Settings of `freedrag`, which tracks no points."""

    KIND = "freedrag"


@dataclass(frozen=True, slots=True)
class DragdiffusionConfig(_Every):
    """Settings of `dragdiffusion`, DragDiffusion (arXiv 2306.14435, section 4.1)."""

    KIND = "dragdiffusion"

    max_steps: int = 80
    mask_weight: float = 0.1  # lambda
    learning_rate: float = 0.01
    r1: int = 1  # half side of the square that motion supervision pushes, in feature pixels
    r2: int = 3  # half side of the square that point tracking searches, in feature pixels
    noise: float = 0.7  # how far up to noise the picture is taken, where 1 is noise alone
    lora_steps: int = 80  # 0: the network stays as it is

    def __post_init__(self) -> None:
        _Every.__post_init__(self)
        _check_range("learning_rate", self.learning_rate, 1e-6, 1)
        _check_range("r1", self.r1, 1, 64)
        _check_range("r2", self.r2, 1, 128)
        _check_range("noise", self.noise, 0.02, 1)
        _check_range("lora_steps", self.lora_steps, 0, MAX_LORA_STEPS)


DescentConfig = DragganConfig | FreedragConfig
GeneratorConfig = NewtonConfig | DragganConfig | FreedragConfig
DragConfig = GeneratorConfig | DragdiffusionConfig

_BY_METHOD: dict[str, type[DragConfig]] = {
    config.KIND: config for config in typing.get_args(DragConfig)
}
METHODS = tuple(config.KIND for config in typing.get_args(GeneratorConfig))
"""Names of the drag methods of generators, the default first."""
DIFFUSION_METHOD = DragdiffusionConfig.KIND
"""The one of diffusion models."""


def drag_config(method: str = METHODS[0], **options: Any) -> DragConfig:
    """The settings of a method. Raises `BadInput`, also for an option that the method has not."""
    config = _BY_METHOD.get(method)
    if config is None:
        raise BadInput(
            "Unknown drag method '{method}'. Choose one of: {known}.",
            method=method,
            known=", ".join(_BY_METHOD),
        )
    for option in options:
        if option not in options_of(method):
            others = [other for other in _BY_METHOD if option in options_of(other)]
            if not others:
                raise BadInput(
                    "The method {method} has no option {option}. Leave it out.",
                    method=method,
                    option=option,
                )
            raise BadInput(
                "The method {method} has no option {option}. Leave it out, or choose {others}.",
                method=method,
                option=option,
                others=" / ".join(others),
            )
    return config(**options)


def options_of(method: str) -> tuple[str, ...]:
    """Names of what can be set of a method."""
    return tuple(field.name for field in dataclasses.fields(_BY_METHOD[method]))


def _check_word(name: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise BadInput(
            "Unknown {name} '{word}'. Choose one of: {known}.",
            name=name,
            word=word,
            known=", ".join(words),
        )


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not math.isfinite(value) or not low <= value <= high:
        raise BadInput(
            "{name} is {value}; give a value from {low} to {high}.",
            name=name,
            value=value,
            low=low,
            high=high,
        )
