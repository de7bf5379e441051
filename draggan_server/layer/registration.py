"""Where a picture lies on a layer that was flipped, turned, scaled, cropped or recoloured.

First by shape: brightness without what changes slowly, in all turns and sizes, both sides up, at
every place (the correlation by Fourier transforms). Then an affine motion with gains and offsets of
colours, coarse to fine, by Gauss and Newton's method on the difference of layer and picture; what
stays unlike loses its say (Geman and McClure). A homography, as of a layer in perspective, takes
the place of the affine motion where it leaves much less.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.layer import homography, warping
from draggan_server.layer.homography import Size
from draggan_server.layer.pixels import luminance

COARSE = 36
"""Pixels of the longer side of the picture for the search by shape, and of the layer, at first."""
ANGLES = range(-180, 180, 6)
RIGHT_ANGLES = range(-180, 180, 90)
FINER = (
    (COARSE, ANGLES),
    (3 * COARSE, RIGHT_ANGLES),
    (3 * COARSE, ANGLES),
    (9 * COARSE, RIGHT_ANGLES),  # to turn a shape of so many pixels takes long
)
"""Those of the layer where the picture may be a small part of it, one after the other, and how it
may be turned."""
SCALES = tuple(1.11**step for step in range(-6, 7))
FITS = 0.45
"""Correlation of the shapes from which a place is tried."""
FLAT = 0.25
"""A part of the layer counts as having this share of its structure at least, by its area."""
STRAYS = 0.2
"""The share of the picture's longer side by which a corner may lie elsewhere than by shape."""
AFFINE, ALL = 6, len(homography.GENERATORS)
BENT_MUST_LEAVE = 0.85
"""More than an affine motion is taken only if it leaves less than this share of what is unlike."""
SIDES = ((64, 10), (128, 6), (256, 4))
"""Pixels of the picture's longer side, and steps there."""
LARGEST = 1024
"""Pixels of the longer side: a layer that has more is looked at so small."""
OUTLIERS = (60 / 255, 20 / 255)
"""Half a pixel's say is gone at the first in the beginning, at the second in the end."""
SAME = 12 / 255
"""The difference of colours, after any smooth change of them, that is none."""
EXPLAINED = 0.6
"""The share of the picture's structure that must be met where it is seen, paint set aside."""
JUDGED = 64
"""Pixels of the longer side, for that."""
LEAST_SEEN = 0.25
"""The share of the picture that must lie on the layer and not be transparent there."""
_STRUCTURE = 10 / 255


class Registration(NamedTuple):
    """`matrix` [3, 3] takes the picture's pixels to the layer's; `gain` and `offset` [C] make of
    its colours in [0, 1] those of the layer. `explained`, 0 to 1: how much of it is met; `psnr` in
    dB, of the colours.
    """

    matrix: torch.Tensor
    gain: torch.Tensor
    offset: torch.Tensor
    explained: float
    psnr: float


@torch.no_grad()
def register(
    layer: torch.Tensor,
    picture: torch.Tensor,
    *,
    anywhere: bool = False,
    near: torch.Tensor | None = None,
) -> Registration | None:
    """Where `picture` [1, 3, h, w] in [0, 1] lies on `layer` [1, 4, H, W] of uint8, if it does.

    `anywhere`: it may be a small part of the layer, of about 64 pixels at least: a sixth of its
    longer side, or where that is not turned but by right angles a fifteenth. `near` [3, 3] is where
    it lies roughly, where that is known.
    """
    whole = (layer.shape[2], layer.shape[3])
    scale = min(1.0, LARGEST / max(whole))
    size = (max(1, round(whole[0] * scale)), max(1, round(whole[1] * scale)))
    if size != whole:
        layer = functional.interpolate(layer, size, mode="bilinear", antialias=True)
    colours = layer.float() / 255
    back = homography.resized(size, whole)
    for start in _starts(colours, picture, back, anywhere=anywhere, near=near):
        found = _from(start, colours, picture)
        if found is not None and (not anywhere or _is_about(start, found.matrix, picture)):
            return found._replace(matrix=homography.normalised(back @ found.matrix))
    return None


def _starts(
    layer: torch.Tensor,
    picture: torch.Tensor,
    back: torch.Tensor,
    *,
    anywhere: bool,
    near: torch.Tensor | None,
) -> Iterator[torch.Tensor]:
    """Where it may lie on the layer, which `back` makes as large as it is."""
    if near is not None:
        yield torch.linalg.inv(back) @ near
        return
    for side, angles in FINER if anywhere else FINER[:1]:
        if side <= max(COARSE, *layer.shape[2:]):
            start = _by_shape(layer, picture, side, angles, local=anywhere)
            if start is not None:
                yield start


def _from(start: torch.Tensor, colours: torch.Tensor, picture: torch.Tensor) -> Registration | None:
    """Where it lies, if it lies about `start`."""
    fit = _Fit(colours, picture)
    matrix, tone, motions = start, None, AFFINE
    for number, (side, steps) in enumerate(SIDES):
        if number and side > max(picture.shape[2:]):
            break
        outlier = OUTLIERS[0] if number == 0 else OUTLIERS[1]
        matrix, tone = fit.at(matrix, tone, side, steps, outlier, motions)
        if motions < ALL:
            bent = fit.at(matrix, tone, side, steps, outlier, ALL)
            plain = fit.unlike(matrix, tone, side, outlier)
            if fit.unlike(*bent, side, outlier) < BENT_MUST_LEAVE * plain:
                (matrix, tone), motions = bent, ALL
    assert tone is not None
    explained, psnr = fit.judge(matrix, tone)
    if explained < EXPLAINED:
        return None
    return Registration(matrix, tone[0], tone[1], explained, psnr)


def _is_about(start: torch.Tensor, matrix: torch.Tensor, picture: torch.Tensor) -> bool:
    """Whether a fit has left the picture's corners about where it began."""
    height, width = picture.shape[2:]
    right, bottom = width - 1.0, height - 1.0
    corners = torch.tensor([[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]]).double()
    depths = corners @ matrix[2, :2] + matrix[2, 2]
    if float((depths / matrix[2, 2]).min()) <= 0:
        return False  # a corner behind the camera
    apart = homography.apply(matrix, corners) - homography.apply(start, corners)
    scale = homography.scale_at(start, (right / 2, bottom / 2))
    return float(apart.norm(dim=1).max()) < STRAYS * scale * max(height, width)


class _Fit:
    def __init__(self, layer: torch.Tensor, picture: torch.Tensor) -> None:
        self._layer = layer
        self._picture = picture
        self._whole = (picture.shape[2], picture.shape[3])

    def at(
        self,
        matrix: torch.Tensor,
        tone: torch.Tensor | None,
        side: int,
        steps: int,
        outlier: float,
        motions: int,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Better ones, by the picture at `side` pixels: the placement, and [2, C]; the first of the
        `GENERATORS` move it.
        """
        picture, size = self._smaller(side)
        frame = homography.unit_frame(self._whole)
        back = torch.linalg.inv(frame)
        flow = homography.speeds(size, motions).float()
        if tone is None:
            seen, weight = self._seen(matrix, size)
            tone = _tone(picture, seen, weight)
        for _ in range(steps):
            seen, weight = self._seen(matrix, size)
            off = picture * tone[0, :, None, None] + tone[1, :, None, None] - seen
            say = weight / (1 + (off / outlier).square().mean(dim=0)) ** 2
            tone = _tone(picture, seen, say)
            off = picture * tone[0, :, None, None] + tone[1, :, None, None] - seen
            across, down = _slopes(seen)
            columns = flow[:, None, ..., 0] * across + flow[:, None, ..., 1] * down  # [A, C, h, w]
            weighted = (columns * say).flatten(1).double()
            flat = columns.flatten(1).double()
            normal = weighted @ flat.T
            ridge = (
                1e-6
                * normal.diagonal().mean().clamp(min=1e-6)
                * torch.eye(len(normal), dtype=normal.dtype)
            )
            amounts = torch.linalg.solve(normal + ridge, weighted @ off.flatten().double())
            amounts = amounts.clamp(-0.1, 0.1)
            matrix = homography.normalised(matrix @ back @ homography.motion(amounts) @ frame)
        return matrix, tone

    def unlike(self, matrix: torch.Tensor, tone: torch.Tensor, side: int, outlier: float) -> float:
        """What is different, softly counted: half a pixel where it is by `outlier`."""
        picture, size = self._smaller(side)
        seen, weight = self._seen(matrix, size)
        off = picture * tone[0, :, None, None] + tone[1, :, None, None] - seen
        square = (off / outlier).square().mean(dim=0)
        return float((square / (1 + square) * weight).sum() / weight.sum().clamp(min=1))

    def judge(self, matrix: torch.Tensor, tone: torch.Tensor) -> tuple[float, float]:
        """The share of the structure that is met after any smooth change of colours, 0 where too
        little is seen; and the PSNR after the tone."""
        picture, size = self._smaller(JUDGED)
        seen, weight = self._seen(matrix, size)
        if float(weight.mean()) < LEAST_SEEN:
            return 0.0, 0.0
        off = picture * tone[0, :, None, None] + tone[1, :, None, None] - seen
        error = float((off.square().mean(dim=0) * weight).sum() / weight.sum())
        rest = _recoloured(picture, seen, weight) - seen
        across, down = _slopes(picture)
        structure = (across.abs() + down.abs()).amax(dim=0) > _STRUCTURE
        met = (rest.abs().amax(dim=0) < SAME).float()
        painted = functional.avg_pool2d(1 - met[None, None], 5, 1, 2)[0, 0] > 0.9
        counted = structure * weight * ~painted
        if float(counted.sum()) < 0.3 * float((structure * weight).sum()):
            return 0.0, 0.0
        return float((counted * met).sum() / counted.sum()), -10 * math.log10(max(error, 1e-10))

    def _smaller(self, side: int) -> tuple[torch.Tensor, Size]:
        height, width = self._whole
        scale = min(1.0, side / max(height, width))
        size = (max(1, round(height * scale)), max(1, round(width * scale)))
        return functional.interpolate(self._picture, size, mode="area")[0], size

    def _seen(self, matrix: torch.Tensor, size: Size) -> tuple[torch.Tensor, torch.Tensor]:
        """The layer where a picture of `size` lies on it: colours [3, h, w], and [h, w], 1 where
        there is something, else 0.
        """
        way = matrix @ homography.resized(size, self._whole)
        seen = warping.warp(self._layer, way, size)[0]
        source = (self._layer.shape[2], self._layer.shape[3])
        inside = warping.inside(way, size, source)[0, 0]
        opaque = -functional.max_pool2d(-(seen[3:] * inside)[None], 3, 1, 1)[0, 0]
        return seen[:3], (opaque > 0.95).float()


def _by_shape(
    layer: torch.Tensor, picture: torch.Tensor, side: int, angles: Iterable[int], *, local: bool
) -> torch.Tensor | None:
    """The placement in which the layer, made as small as `side`, and the picture have the same
    shapes, roughly. The layer lies in the middle of a canvas. `local`: the shapes are those of the
    part that the picture would cover, else of all of the layer.
    """
    height, width = layer.shape[2:]
    scale = side / max(height, width)
    size = (max(8, round(height * scale)), max(8, round(width * scale)))
    small = functional.interpolate(layer, size, mode="bilinear", antialias=True)
    canvas = side + COARSE
    shown = _shape(small, canvas)
    visible = _centred((small[:, 3:] > 0.9).float(), canvas)
    whole = (picture.shape[2], picture.shape[3])
    pattern_size = tuple(max(8, round(side * COARSE / max(whole))) for side in whole)
    pattern = functional.interpolate(picture, pattern_size, mode="bilinear", antialias=True)
    should = _shape(torch.cat([pattern, torch.ones_like(pattern[:, :1])], dim=1), canvas)
    spectrum, seen_spectrum = torch.fft.rfft2(shown), torch.fft.rfft2(visible)
    power = torch.fft.rfft2(shown.square())
    covered = _centred(torch.ones(1, 1, *pattern_size), canvas)
    best = (FITS, None)
    middle = homography.unit_frame((canvas, canvas))
    back = torch.linalg.inv(middle)
    for mirrored in (False, True):
        for size_ratio in SCALES:
            ways = []
            for angle in angles:
                way = homography.similarity(angle=math.radians(angle), scale=size_ratio)
                ways.append(way @ homography.mirror() if mirrored else way)
            grids = torch.stack(
                [torch.linalg.inv(way)[:2].float() for way in ways]
            )  # from the canvas to the pattern, both from -1 to 1
            places = functional.affine_grid(
                grids, [len(ways), 1, canvas, canvas], align_corners=False
            )
            moved = functional.grid_sample(
                should.expand(len(ways), -1, -1, -1), places, align_corners=False
            )
            spectra = torch.fft.rfft2(moved).conj()
            hits = torch.fft.irfft2(spectrum * spectra, s=(canvas, canvas))
            energy = torch.fft.irfft2(
                seen_spectrum * torch.fft.rfft2(moved.square()).conj(), s=(canvas, canvas)
            )
            total = moved.square().sum(dim=(2, 3), keepdim=True)
            # What of the pattern lies beyond the layer is not compared, but half must lie on it.
            norm = energy.clamp(min=0.5 * total).sqrt()
            if local:
                support = functional.grid_sample(
                    covered.expand(len(ways), -1, -1, -1), places, align_corners=False
                )
                below = torch.fft.irfft2(
                    power * torch.fft.rfft2(support).conj(), s=(canvas, canvas)
                )
                plain = support.sum(dim=(2, 3), keepdim=True) / (size[0] * size[1])
                norm = norm * below.clamp(min=FLAT * plain).clamp(max=1).sqrt()
            fit, where = (hits / norm).flatten(1).max(dim=1)
            index = int(fit.argmax())
            if float(fit[index]) > best[0]:
                down, across = divmod(int(where[index]), canvas)
                shift = torch.eye(3, dtype=torch.float64)
                shift[0, 2] = across - canvas if across > canvas // 2 else across
                shift[1, 2] = down - canvas if down > canvas // 2 else down
                best = (float(fit[index]), shift @ back @ ways[index] @ middle)
    if best[1] is None:
        return None
    picture_to_canvas = _into_canvas((pattern_size[0], pattern_size[1]), canvas)
    picture_to_canvas = picture_to_canvas @ homography.resized(
        whole, (pattern_size[0], pattern_size[1])
    )
    layer_to_canvas = _into_canvas(size, canvas) @ homography.resized((height, width), size)
    return homography.normalised(torch.linalg.inv(layer_to_canvas) @ best[1] @ picture_to_canvas)


def _into_canvas(size: Size, canvas: int) -> torch.Tensor:
    shift = torch.eye(3, dtype=torch.float64)
    shift[0, 2], shift[1, 2] = (canvas - size[1]) // 2, (canvas - size[0]) // 2
    return shift


def _shape(image: torch.Tensor, canvas: int) -> torch.Tensor:
    """RGBA [1, 4, h, w] -> [1, 1, canvas, canvas], in its middle and of norm 1."""
    visible = (image[:, 3:] > 0.9).float()
    grey = luminance(image[:, :3])[:, :1]
    middle = (grey * visible).sum() / visible.sum().clamp(min=1)
    grey = torch.where(visible > 0, grey, middle)
    slow = functional.avg_pool2d(grey, 9, stride=1, padding=4, count_include_pad=False)
    whole = -functional.max_pool2d(-visible, 5, 1, 2)
    detail = _centred((grey - slow) * whole, canvas)
    unit: torch.Tensor = detail / detail.norm().clamp(min=1e-6)
    return unit


def _centred(image: torch.Tensor, canvas: int) -> torch.Tensor:
    height, width = image.shape[2:]
    left, top = (canvas - width) // 2, (canvas - height) // 2
    return functional.pad(image, (left, canvas - width - left, top, canvas - height - top))


def _slopes(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    padded = functional.pad(image[None], (1, 1, 1, 1), mode="replicate")[0]
    across = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    return across, (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2


def _tone(picture: torch.Tensor, seen: torch.Tensor, say: torch.Tensor) -> torch.Tensor:
    """[2, C]: the gain and offset of each channel, by weighted least squares."""
    total = say.sum().clamp(min=1e-6)
    means = [(image * say).sum(dim=(1, 2)) / total for image in (picture, seen)]
    apart = [
        image - mean[:, None, None] for image, mean in zip((picture, seen), means, strict=True)
    ]
    variance = (apart[0].square() * say).sum(dim=(1, 2)) / total
    gain = (apart[0] * apart[1] * say).sum(dim=(1, 2)) / total / variance.clamp(min=1e-5)
    return torch.stack([gain, means[1] - gain * means[0]])


def _recoloured(picture: torch.Tensor, seen: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """picture [3, h, w] with the polynomial of the second degree of its colours that is most like
    `seen`: gamma, saturation, hue, contrast, colorizing.
    """
    red, green, blue = picture
    terms = [torch.ones_like(red), *picture]
    terms += [red * red, green * green, blue * blue, red * green, green * blue, blue * red]
    basis = torch.stack(terms).flatten(1).T.double()
    wanted = seen.flatten(1).T.double()
    say = weight.flatten().double()
    for _ in range(4):
        weighted = basis * say[:, None]
        normal = weighted.T @ basis + 1e-4 * torch.eye(len(terms), dtype=torch.float64)
        mix = torch.linalg.solve(normal, weighted.T @ wanted)
        off = basis @ mix - wanted
        say = weight.flatten() / (1 + (off / OUTLIERS[1]).square().mean(dim=1)) ** 2
    recoloured: torch.Tensor = (basis @ mix).T.view_as(picture).float()
    return recoloured
