"""The pixels of a picture file as the file has them, how they look, and how they look otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from draggan_server.files.colour_space import (
    ColourSpace,
    Samples,
    as_bytes,
    bounded,
    most,
    of_bytes,
)

Alpha = Literal["none", "straight", "associated"]
"""Associated: colours are premultiplied by it."""

_LEAST_ALPHA = 1 / 65535
SMALL_CHANGE, LARGE_CHANGE = 8, 32
"""Of 255. What a file says beyond 8 bits of sRGB stays with a colour that changes by less than the
first, and is that of what was there before where it changes by more than the second."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation -> what makes a picture upright."""
_TURNS_BACK = {**_TURNS, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


@dataclass(frozen=True)
class Raster:
    """`samples` [H, W, S], rows as the file has them: colours of `space`, then `alpha` where there
    is one, then what nobody knows.

    With a `palette` [K, 4], RGBA of 8 bits and straight, of as many entries as there is room for,
    the first sample is an index of it. `key` is the colour that is transparent. `orientation` is
    EXIF's.
    """

    samples: Samples
    space: ColourSpace
    alpha: Alpha = "none"
    palette: NDArray[np.uint8] | None = None
    key: tuple[int, ...] | None = None
    orientation: int = 1

    def view(self) -> Image.Image:
        """How it looks: upright, sRGB RGBA of 8 bits. Of 16 bits without a profile the upper 8."""
        height, width, _ = self.samples.shape
        flat = self._seen(self.samples.reshape(height * width, -1))
        return _turned(Image.fromarray(flat.reshape(height, width, 4)), _TURNS, self.orientation)

    def holds(self, before: Image.Image, after: Image.Image) -> bool:
        """Whether it can look like `after`, where `before` is its `view`."""
        return self.alpha != "none" or before.getchannel("A") == after.getchannel("A")

    def seen_as(self, before: Image.Image, after: Image.Image) -> Raster:
        """What looks like `after` where `before` is the `view` of this.

        Where both are the same the samples are these, bit for bit.
        """
        old, new = (
            np.asarray(_turned(image, _TURNS_BACK, self.orientation)) for image in (before, after)
        )
        changed = (old != new).any(axis=2)
        if not changed.any():
            return self
        samples = self.samples.copy()
        palette = self.palette
        if palette is None:
            samples[changed] = self._changed(samples[changed], old[changed], new[changed])
        else:
            palette, used = _extended(palette, samples[..., 0], changed, self._stored(new[changed]))
            samples[changed, 0] = used
        return replace(self, samples=samples, palette=palette)

    def upright(self) -> Raster:
        """The same with its rows as they are seen."""
        if self.orientation == 1:
            return self
        height, width, _ = self.samples.shape
        places = np.arange(height * width, dtype=np.int32).reshape(height, width)
        seen = np.asarray(_turned(Image.fromarray(places), _TURNS, self.orientation))
        flat = self.samples.reshape(height * width, -1)
        return replace(self, samples=flat[seen], orientation=1)

    def of_16_bits(self) -> Raster:
        """Floating point as 16 bits have it: from black to white."""
        if self.samples.dtype.kind != "f":
            return self
        return replace(self, samples=(bounded(self.samples) * 65535).round().astype(np.uint16))

    def _seen(self, values: Samples) -> NDArray[np.uint8]:
        """[N, S] -> [N, 4]."""
        if self.palette is not None:
            shown = np.column_stack([self.space.to_srgb(self.palette[:, :3]), self.palette[:, 3]])
            return shown.take(values[:, 0].astype(np.intp), axis=0, mode="clip")
        count = self.space.channels
        colours, alpha = values[:, :count], np.full(len(values), 255, np.uint8)
        if self.alpha != "none":
            alpha = as_bytes(values[:, count])
        elif self.key is not None:
            alpha[(colours == np.array(self.key)).all(axis=1)] = 0
        if self.alpha == "associated":
            colours = self._divided(colours, values[:, count])
        return np.column_stack([self.space.to_srgb(colours), alpha])

    def _changed(self, values: Samples, old: NDArray[np.uint8], new: NDArray[np.uint8]) -> Samples:
        """[N, S], which look like `old` [N, 4] -> those that look like `new`."""
        count, dtype = self.space.channels, self.samples.dtype
        white, floating = most(dtype), dtype.kind == "f"
        result = values.copy()
        colours = np.nan_to_num(values[:, :count]) if floating else values[:, :count]
        if self.alpha == "associated":
            colours = self._divided(colours, values[:, count])
        was, becomes = (self.space.from_srgb(x[:, :3], dtype).astype(float) for x in (old, new))
        size = np.abs(new[:, :3].astype(float) - old[:, :3]).max(axis=1, keepdims=True)
        kept = 1 - ((size - SMALL_CHANGE) / (LARGE_CHANGE - SMALL_CHANGE)).clip(0, 1)
        wanted = becomes + kept * (colours - was)
        if self.alpha != "none":
            other = old[:, 3] != new[:, 3]
            result[other, count] = of_bytes(new[other, 3], dtype)
        if self.alpha == "associated":
            wanted = wanted * (bounded(result[:, count : count + 1]) / white)
        if floating:  # there is more than white, and it stays
            largest = float(np.finfo(str(dtype)).max)
            result[:, :count] = wanted.clip(-largest, largest)
        else:
            result[:, :count] = wanted.round().clip(0, white)
        if self.key is not None:
            hidden = new[:, 3] == 0
            result[hidden] = values[hidden]
            clash = ~hidden & (result[:, :count] == np.array(self.key)).all(axis=1)
            result[clash, 0] ^= 1  # it would be seen through
        return result

    def _divided(self, colours: Samples, alpha: Samples) -> Samples:
        white, dtype = most(self.samples.dtype), self.samples.dtype
        if dtype.kind == "f":
            share = np.maximum(bounded(alpha), _LEAST_ALPHA)[:, None]
            return np.nan_to_num(colours).astype(np.float64) / share
        share = np.maximum(alpha, 1)[:, None] / white
        return (colours / share).round().clip(0, white).astype(dtype)

    def _stored(self, colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """sRGB RGBA [N, 4] -> as a palette has it."""
        stored = self.space.from_srgb(colours[:, :3], np.uint8)
        return np.column_stack([stored, colours[:, 3]]).astype(np.uint8)


def raster_of(image: Image.Image, profile: bytes | None = None, orientation: int = 1) -> Raster:
    """What Pillow reads. Raises `ValueError` for a mode that it says too little of."""
    modes: dict[str, tuple[ColourSpace, Alpha]] = {
        "L": (ColourSpace("gray", profile), "none"),
        "LA": (ColourSpace("gray", profile), "straight"),
        "RGB": (ColourSpace("rgb", profile), "none"),
        "RGBA": (ColourSpace("rgb", profile), "straight"),
        "CMYK": (ColourSpace("cmyk", profile), "none"),
    }
    if image.mode == "1":
        image = image.convert("L")
    if image.mode == "P":
        palette = palette_of(image)
        indices = np.asarray(image)[..., None]
        return Raster(indices, ColourSpace("rgb", profile), "none", palette, None, orientation)
    if image.mode not in modes:
        raise ValueError(f"pixels of the mode {image.mode}")
    samples = np.asarray(image)
    space, alpha = modes[image.mode]
    return Raster(samples.reshape(*samples.shape[:2], -1), space, alpha, orientation=orientation)


def palette_of(image: Image.Image) -> NDArray[np.uint8]:
    """[256, 4], RGBA, of an image of the mode P."""
    palette = np.zeros((256, 4), np.uint8)
    palette[:, 3] = 255
    colours = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)[:256]
    palette[: len(colours), :3] = colours
    hidden = image.info.get("transparency")
    if isinstance(hidden, bytes):
        palette[: len(hidden), 3] = np.frombuffer(hidden[:256], np.uint8)
    elif isinstance(hidden, int):
        palette[hidden, 3] = 0
    return palette


def _turned(image: Image.Image, turns: dict[int, Image.Transpose], orientation: int) -> Image.Image:
    turn = turns.get(orientation)
    return image if turn is None else image.transpose(turn)


def _extended(
    palette: NDArray[np.uint8],
    indices: Samples,
    changed: NDArray[np.bool_],
    colours: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], Samples]:
    """The palette with new colours in the entries that nothing else uses, and for `colours` [N, 4]
    the indices of those that are most like them.
    """
    free = np.setdiff1d(np.arange(len(palette)), indices[~changed])
    palette = palette.copy()
    alphas, counts = np.unique(colours[:, 3], return_counts=True)
    for alpha, count in sorted(zip(alphas, counts, strict=True), key=lambda each: each[1]):
        share = min(len(free), max(1, int(len(free) * count / len(colours))))
        if share:
            wanted = Image.fromarray(colours[colours[:, 3] == alpha][None, :, :3].copy())
            best = wanted.quantize(share, Image.Quantize.MEDIANCUT).getpalette()
            found = np.array(best, np.uint8).reshape(-1, 3)[:share]
            palette[free[: len(found)], :3] = found
            palette[free[: len(found)], 3] = alpha
            free = free[len(found) :]
    return palette, _nearest(palette, colours).astype(indices.dtype)


def _nearest(palette: NDArray[np.uint8], colours: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Of the same transparency first."""
    weights = np.array([1, 1, 1, 8], np.int32)
    known, where = np.unique(colours, axis=0, return_inverse=True)
    entries = palette * weights
    nearest = np.empty(len(known), np.intp)
    for first in range(0, len(known), 4096):
        band = known[first : first + 4096] * weights
        nearest[first : first + 4096] = (
            np.square(band[:, None] - entries).sum(axis=2).argmin(axis=1)
        )
    return nearest[where.reshape(-1)]
