"""What the samples of a picture file mean: gray, RGB or CMYK, by the profile in the file."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import imagecodecs
import numpy as np
from numpy.typing import DTypeLike, NDArray

logger = logging.getLogger(__name__)

Samples = NDArray[np.unsignedinteger[Any] | np.floating[Any]]
"""Of 8 or 16 bits, or of floating point: then 0 is black and 1 is white, and there is more."""

Model = Literal["gray", "rgb", "cmyk"]
CHANNELS: dict[Model, int] = {"gray": 1, "rgb": 3, "cmyk": 4}

_SRGB = imagecodecs.cms_profile("srgb")


def most(dtype: DTypeLike) -> int:
    """The value that is white."""
    return 1 if np.dtype(dtype).kind == "f" else int(np.iinfo(np.dtype(dtype)).max)


def as_bytes(values: Samples) -> NDArray[np.uint8]:
    """Of 16 bits the upper 8; of floating point the nearest."""
    if values.dtype.kind == "f":
        values = (bounded(values) * 255).round()
    elif values.dtype != np.uint8:
        values = values // 256
    return values.astype(np.uint8, copy=False)


def of_bytes(values: NDArray[np.uint8], dtype: DTypeLike) -> Samples:
    """What `as_bytes` makes these of."""
    wide: Samples = values.astype(dtype)
    return wide / 255 if wide.dtype.kind == "f" else wide * wide.dtype.type(most(dtype) // 255)


def bounded(values: Samples) -> Samples:
    """Floating point as it can be shown: from 0 to 1, of 32 bits, and 0 for what is no number."""
    if values.dtype.kind != "f":
        return values
    shown: Samples = np.nan_to_num(values).clip(0, 1).astype(np.float32)
    return shown


@dataclass(frozen=True)
class ColourSpace:
    """`profile` is an ICC profile as the file has it; None: plain values, gray and RGB of sRGB.

    A profile that cannot be used counts as none.
    """

    model: Model
    profile: bytes | None = None

    @property
    def channels(self) -> int:
        return CHANNELS[self.model]

    def to_srgb(self, values: Samples) -> NDArray[np.uint8]:
        """[N, channels] -> [N, 3] of sRGB."""
        if self._usable is not None:
            values = bounded(values)
            seen = self._transformed(values, self._usable, _SRGB, self.model, "rgb", np.uint8)
            return seen.astype(np.uint8, copy=False)
        whole = as_bytes(values)
        if self.model == "gray":
            return whole.repeat(3, axis=1)
        if self.model == "rgb":
            return whole
        paper = 255 - whole.astype(np.uint16)
        product = paper[:, :3] * paper[:, 3:] + 128  # a 255th of it, rounded
        return ((product + (product >> 8)) >> 8).astype(np.uint8)

    def from_srgb(self, colours: NDArray[np.uint8], dtype: DTypeLike) -> Samples:
        """[N, 3] of sRGB -> [N, channels] of `dtype`."""
        if self._usable is not None:
            # It knows no floating point but of 32 bits.
            known = np.float32 if np.dtype(dtype).kind == "f" else dtype
            moved = self._transformed(colours, _SRGB, self._usable, "rgb", self.model, known)
            return moved.astype(dtype, copy=False)
        values = colours
        if self.model == "gray":
            luma = colours.astype(np.uint32) @ np.array([299, 587, 114], np.uint32)
            values = ((luma + 500) // 1000).astype(np.uint8)[:, None]
        elif self.model == "cmyk":
            values = np.concatenate([255 - colours, np.zeros_like(colours[:, :1])], axis=1)
        return of_bytes(values, dtype)

    @cached_property
    def _usable(self) -> bytes | None:
        if self.profile is None:
            return None
        try:
            probe = np.zeros((1, self.channels), np.uint8)
            self._transformed(probe, self.profile, _SRGB, self.model, "rgb", np.uint8)
        except (RuntimeError, ValueError):
            logger.warning("the profile of a picture of the model %s cannot be used", self.model)
            return None
        return self.profile

    @staticmethod
    def _transformed(
        values: Samples, source: bytes, target: bytes, model: Model, other: Model, dtype: DTypeLike
    ) -> Samples:
        # Made faster, lcms is up to 20 steps of 8 bits off where 16 bits are dark and saturated.
        wide = np.dtype(dtype) != np.uint8 or values.dtype != np.uint8
        row = values if model == "gray" else values[None]  # [N, 1] and [1, N, C]: images
        moved: Samples = imagecodecs.cms_transform(
            np.ascontiguousarray(row),
            source,
            target,
            colorspace=model,
            outcolorspace=other,
            outdtype=np.dtype(dtype),
            flags=imagecodecs.CMS.FLAGS.NOOPTIMIZE if wide else None,
        )
        return moved.reshape(len(values), CHANNELS[other])
