"""Does a layer still show what it is known to show? Asked before a drag, which would mix two
pictures where the layer was turned, scaled, recoloured or swapped.

Layer and reference are compared as thumbnails of at most `SIDE` pixels a side, so that neither the
way a host scales nor its colour precision makes a difference, while 0.4 pixels of motion and two
steps of 8-bit colour do. The limits were chosen on 24 pictures of the toy lion, each altered in
90 ways; `tests/unit/layer/test_resemblance.py` does it again.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.layer.alteration import refusal
from draggan_server.layer.pixels import as_seen, luminance
from draggan_server.wire.errors import BadInput

SIDE = 64
"""Pixels of a thumbnail's longer side."""

MIN_VISIBLE = 0.1
"""Share of what the picture shows that must not be transparent on the layer."""

SAME = 6 / 255
"""Colours this near to what half a pixel of motion gives are the same."""

STRUCTURE = 10 / 255
"""Half a pixel of motion must change a pixel by this for its place to be known."""

MIN_SAME = 0.2
"""Share of pixels that must be the same: paint may cover the others."""

MIN_TILES = 0.2
"""Share of the structure that lies in tiles of `TILE` pixels where it is the same. Half painted
over 0.35 or more; turned by 6 degrees 0.25 or less."""

TILE = 4

MAX_MOTION = 0.4
"""Pixels of a thumbnail that a corner may be off. Turned by 1 degree 0.9, half painted over 0.2."""

MAX_TINT = 2 / 255
"""Mean difference of a channel where colours are the same or nearly so. Gamma 1.05 gives 4."""

MAX_OFF = 0.1
"""Share of pixels that may be off, but less than paint is: it is 0.03 beside paint at most."""

PAINTED = 24 / 255
"""An opaque pixel further off than this is paint."""


BAND_PIXELS = 1 << 18
"""About so many pixels of a layer are worked on at a time: they fit a processor's cache."""


class Thumbnail(NamedTuple):
    """A layer made small: `colours` [1, 3, h, w] and `alpha` [1, 1, h, w] in [0, 1]."""

    colours: torch.Tensor
    alpha: torch.Tensor

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.colours.shape[2], self.colours.shape[3]


class Shown(NamedTuple):
    """A layer that shows what it should: what of its thumbnail is paint, [1, 1, h, w] of 0 and 1,
    and whether it has no colours but grays."""

    painted: torch.Tensor
    gray: bool


def shrink(layer: torch.Tensor) -> Thumbnail:
    """layer [1, 4, H, W] RGBA of uint8 -> its thumbnail, at most half the layer's size."""
    height, width = layer.shape[2:]
    shrinking = max(2.0, max(height, width) / SIDE)
    return shrink_to(layer, (max(1, round(height / shrinking)), max(1, round(width / shrinking))))


def shrink_to(layer: torch.Tensor, size: tuple[int, int]) -> Thumbnail:
    """layer [1, 4, H, W] RGBA of uint8 -> `size` (height, width), at most its own."""
    height, width = layer.shape[2:]
    # What is transparent has no say in the colours, whatever a host keeps there.
    pixels = layer[0].permute(1, 2, 0)  # [H, W, 4]
    down, across = _means(height, size[0]), _means(width, size[1])
    tall = torch.zeros(size[0], width * 4)
    count = max(1, BAND_PIXELS // width)
    for first in range(0, height, count):
        band = pixels[first : first + count].float()
        if int(pixels[first : first + count, :, 3].amin()) < 255:
            band[..., :3] *= band[..., 3:] / 255
        rows = down[:, first : first + count]
        used = rows.amax(dim=1).nonzero()[:, 0]
        tall[used] += rows[used] @ band.flatten(1)
    seen = (across @ tall.view(size[0], width, 4)).permute(2, 0, 1)[None] / 255
    return Thumbnail(seen[:, :3] / seen[:, 3:].clamp(min=1e-6), seen[:, 3:])


def _means(length: int, count: int) -> torch.Tensor:
    """[count, length]: the weights by which `resize` makes `length` pixels fewer."""
    scale = length / count
    centres = (torch.arange(count)[:, None] + 0.5) * scale
    weights = (1 - (torch.arange(length) + 0.5 - centres).abs() / scale).clamp(min=0)
    return weights / weights.sum(dim=1, keepdim=True)


def check_shows(seen: Thumbnail, reference: torch.Tensor) -> Shown:
    """`reference` [1, C, H, W] is what the layer should show, C 3 or 4 with alpha.

    What was erased from the layer is not compared. Raises `BadInput` where the layer shows
    something else, with what seems to have been done to it.
    """
    gray = is_gray(seen)
    expected = resize(as_seen(luminance(reference) if gray else reference), seen.size)
    visible, wanted = seen.alpha > 0.1, expected[:, 3:] > 0.5
    if expected.shape[1] == 3:
        wanted = torch.ones_like(visible)
    if float((visible & wanted).sum()) <= MIN_VISIBLE * float(wanted.sum()):
        raise BadInput(
            "The layer is almost entirely transparent, so there is nothing to drag: choose the "
            "layer that shows the picture."
        )
    comparison = _compare(seen, expected)
    if not comparison.alike or _is_mirrored(seen, expected, comparison.same_tiles):
        raise comparison.refusal()
    return Shown(comparison.painted, gray)


def _compare(seen: Thumbnail, expected: torch.Tensor) -> _Comparison:
    """A layer and what it should show, [1, C, h, w], premultiplied where C is 4."""
    transparent = seen.alpha < MIN_VISIBLE
    if expected.shape[1] == 3:
        return _Comparison(seen.colours, expected, seen.alpha * ~transparent)
    erased = transparent & (expected[:, 3:] >= MIN_VISIBLE)
    shown = torch.cat([seen.colours * seen.alpha, seen.alpha], dim=1)
    return _Comparison(shown, expected, (~erased).to(shown))


class _Comparison:
    """Two thumbnails [1, C, h, w], and how much of the first is to be compared, [1, 1, h, w]."""

    def __init__(
        self, colours: torch.Tensor, expected: torch.Tensor, visible: torch.Tensor
    ) -> None:
        self._colours = colours
        self._difference = colours - expected
        self._expected = expected
        self._visible = visible
        low, high = half_a_pixel_around(expected)
        self._excess = torch.maximum(low - colours, colours - high).amax(dim=1, keepdim=True)
        self._structure = ((high - low).amax(dim=1, keepdim=True) > STRUCTURE) * visible
        self._same = (self._excess <= SAME).to(colours)

    @property
    def alike(self) -> bool:
        return not self.recoloured and self.same_tiles >= MIN_TILES and self._motion() <= MAX_MOTION

    @property
    def recoloured(self) -> bool:
        off = (self._excess > SAME) & (self._excess <= PAINTED)
        return (
            self._share(self._same) < MIN_SAME
            or self._share(off) > MAX_OFF
            or self._tint() > MAX_TINT
        )

    @property
    def same_tiles(self) -> float:
        """The share of the structure that lies where all of it is the same; 1 without structure."""
        structure = _tiles(self._structure)
        intact = _tiles(self._structure * self._same) >= 0.9 * structure
        total = float(structure.sum())
        return float((structure * intact).sum()) / total if total else 1.0

    @property
    def painted(self) -> torch.Tensor:
        return ((self._excess > PAINTED) & (self._visible > 0.9 * self._visible.max())).to(
            self._visible
        )

    def refusal(self) -> BadInput:
        """With what seems to have been done."""
        return refusal(self._colours, self._expected, self._visible, recoloured=self.recoloured)

    def _share(self, where: torch.Tensor) -> float:
        """The share of the visible pixels, 0 to 1."""
        return float((where * self._visible).sum() / self._visible.sum())

    def _tint(self) -> float:
        size = self._difference.abs().amax(dim=1, keepdim=True)
        near = (size <= 16 / 255) * self._visible
        mean = (self._difference * near).sum(dim=(2, 3)) / near.sum().clamp(min=1)
        return float(mean.abs().max())

    def _motion(self) -> float:
        """How far, in pixels, a corner of the layer is off: an affine motion, by least squares.

        Differences are explained to first order (Lucas and Kanade 1981); large ones, such as
        paint, hardly count (Geman and McClure's weights).
        """
        height, width = self._expected.shape[2:]
        padded = functional.pad(self._expected, (1, 1, 1, 1), mode="replicate")[0].double()
        across = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
        down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
        y, x = torch.meshgrid(
            torch.linspace(-1, 1, height, dtype=torch.float64),
            torch.linspace(-1, 1, width, dtype=torch.float64),
            indexing="ij",
        )
        places = torch.stack([torch.ones_like(x), x, y])
        seen = self._visible[0, 0] > 0
        columns = [
            (slope * place)[:, seen].flatten() for slope in (across, down) for place in places
        ]
        matrix = torch.stack(columns, dim=1)
        off = self._difference[0].double()[:, seen].flatten()
        motion = torch.zeros(6, dtype=torch.float64)
        for _ in range(6):
            weight = (1 + ((off - matrix @ motion) / (12 / 255)) ** 2) ** -2
            weighted = matrix * weight[:, None]
            normal = weighted.T @ matrix + 1e-6 * torch.eye(6, dtype=torch.float64)
            motion = torch.linalg.solve(normal, weighted.T @ off)
        corners = torch.tensor([[1, a, b] for a in (-1, 1) for b in (-1, 1)], dtype=torch.float64)
        return float((corners @ motion.view(2, 3).T).norm(dim=1).max())


def is_gray(seen: Thumbnail) -> bool:
    low, high = seen.colours.aminmax(dim=1, keepdim=True)
    return bool(((high - low) * seen.alpha <= 1.5 / 255).all())


def _is_mirrored(seen: Thumbnail, expected: torch.Tensor, same_tiles: float) -> bool:
    """Whether a mirrored or turned layer would be more like it: a nearly symmetrical picture."""
    square = expected.shape[2] == expected.shape[3]
    for turns in range(4 if square else 1):
        for axes in ((3,), (2,), (2, 3)):
            turned = Thumbnail(*(x.rot90(turns, (2, 3)).flip(axes) for x in seen))
            if _compare(turned, expected).same_tiles > same_tiles + MIN_TILES / 2:
                return True
    return False


def resize(image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """[1, C, H, W], premultiplied where it has alpha -> `size` (height, width), each pixel the mean
    of its area.
    """
    if image.shape[2:] == size:
        return image
    return functional.interpolate(image, size, mode="bilinear", antialias=True)


def half_a_pixel_around(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The least and the greatest value within half a pixel of each, by linear interpolation."""
    height, width = image.shape[2:]
    padded = functional.pad(image, (1, 1, 1, 1), mode="replicate")

    def at(y: int, x: int) -> torch.Tensor:
        return padded[..., 1 + y : 1 + y + height, 1 + x : 1 + x + width]

    near = [image]
    for y, x in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        near.append((image + at(y, x)) / 2)
    for y, x in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        near.append((image + at(y, 0) + at(0, x) + at(y, x)) / 4)
    low, high = torch.stack(near).aminmax(dim=0)
    return low, high


def _tiles(image: torch.Tensor) -> torch.Tensor:
    """[1, 1, h, w] -> the mean of each tile."""
    return functional.avg_pool2d(image, TILE, ceil_mode=True, count_include_pad=False)
