"""Pictures to invert: samples of a model, renderings that it never saw, and the same as photos."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from draggan_server.bench.words import LIGHT_EFFECTS
from draggan_server.layer import homography, warping
from stylegan2.generator import Generator
from stylegan2.toy_lion.character import ToyLion
from stylegan2.toy_lion.parameters import index

PHOTO_SIDE = 320
"""Pixels of a photo's side: another size than the model's."""
SMALL_SIDE = 640
"""The same of photos in which the subject is small."""
SMALL = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
"""Shares of the photo's side, one after the other, in which the model's picture lies then."""
LONG_SIDE = 240
"""The shorter side of photos that are long."""
LONG = (3.0, 5.0, 8.0, 11.9)
"""How many times as long the other is, one after the other; every second one stands upright."""
LONG_SHARE = (0.5, 0.95)
"""Of the shorter side: so much the model's picture takes of it, from and to."""
_SEED = 20261128


class _Room(NamedTuple):
    """A photo's `region` (height, width) in pixels, and the `share` of its longer side that the
    model's picture takes, anywhere in it; None: about all of it."""

    region: homography.Size
    share: float | None = None


@dataclass(frozen=True)
class Case:
    """A picture to invert, and the truth about it.

    `region` [1, 3, H, W] in [0, 1] is what is given. `clean` is the same without grain and
    compression; `judged` [1, 1, H, W] says where the model can explain it: not where a hat is
    painted on or another background was put. `matrix` takes the model's pixels to the region's.
    `w_plus` [1, num_ws, w_dim] is the latent that `region` was made of, or the best that is known,
    and `z` [1, 18] what that and the rendering come of.
    """

    name: str
    region: torch.Tensor
    clean: torch.Tensor
    judged: torch.Tensor
    matrix: torch.Tensor
    w_plus: torch.Tensor
    z: NDArray[np.float32]


def make_cases(generator: Generator, kind: str, count: int, seed: int = 0) -> Iterator[Case]:
    """`count` cases of one of `PHOTO_KINDS`, the same for the same `seed`."""
    for number in range(count):
        random = np.random.default_rng((_SEED, seed, number))
        if kind == "own":
            yield _own(generator, random, number)
        elif kind == "unseen":
            yield _unseen(generator, random, number)
        else:
            name, room = f"{kind}-{number}", _Room((PHOTO_SIDE, PHOTO_SIDE))
            if kind == "small":
                share = SMALL[number % len(SMALL)]
                name, room = f"{name} ({share:.0%})", _Room((SMALL_SIDE, SMALL_SIDE), share)
            elif kind == "long":
                ratio = LONG[number % len(LONG)]
                name, room = f"{name} ({ratio:g}:1)", _long_room(random, ratio, number)
            yield _photo(generator, random, name, _effects(kind, number), room)


def _effects(kind: str, number: int) -> frozenset[str]:
    """What a photo of that kind has. Of `photo` every second has a hat, every third another
    background.
    """
    if kind in LIGHT_EFFECTS:
        return frozenset({kind})
    if kind != "photo":
        return frozenset({*LIGHT_EFFECTS, kind})
    heavy = {"hat": number % 2 == 0, "background": number % 3 == 0}
    return frozenset(LIGHT_EFFECTS) | {effect for effect, there in heavy.items() if there}


def _own(generator: Generator, random: np.random.Generator, number: int) -> Case:
    z = random.standard_normal((1, generator.z_dim)).astype(np.float32)
    w_plus = _mapped(generator, z)
    with torch.no_grad():
        picture = (generator.synthesis(w_plus).clamp(-1, 1) + 1) / 2
    return _plain(f"own-{number}", picture, w_plus, z)


def _unseen(generator: Generator, random: np.random.Generator, number: int) -> Case:
    z, rows = _draw(random)
    rendering = _render(rows, generator.img_resolution[0])
    return _plain(f"unseen-{number}", rendering, _mapped(generator, z), z)


def _photo(
    generator: Generator,
    random: np.random.Generator,
    name: str,
    effects: frozenset[str],
    room: _Room,
) -> Case:
    """Turned, moved and scaled by up to 10 degrees and 10%, tinted, vignetted, blurred; a hat,
    another background, perspective; anywhere in its room before another background; grain and JPEG
    at quality 70: as far as the effects and the room say so.
    """
    z, rows = _draw(random)
    side = generator.img_resolution[0]
    rendering, alpha = _render(rows, side), _alpha(rows, side)
    size, region = (side, side), room.region
    crop = homography.similarity()
    if room.share is not None:
        crop = _anywhere(random, region, room.share)
    elif "placed" in effects:
        crop = _crop(random)
    if "perspective" in effects:
        crop = _tilt(random) @ crop
    matrix = torch.linalg.inv(homography.unit_frame(region)) @ crop @ homography.unit_frame(size)
    back = torch.linalg.inv(matrix)
    # A camera has no steps of a pixel: the rendering is interpolated, not repeated.
    image = warping.warp(rendering, back, region, "bicubic").clamp(0, 1)
    subject = warping.warp(alpha, back, region).clamp(0, 1)
    judged = warping.inside(back, region, size)
    if room.share is not None:
        subject = subject * judged
    if room.share is not None or "background" in effects:
        other = _background(random, region)
        image = image * subject + other * (1 - subject)
        judged = judged * _eroded(subject)
    if "hat" in effects:
        hat = _hat(matrix, region, side)
        image = torch.where(hat > 0, torch.tensor([0.12, 0.16, 0.47]).view(1, 3, 1, 1), image)
        judged = judged * (functional.max_pool2d(hat, 5, 1, 2) == 0)
    if "blur" in effects:
        image = _blur(image, random.uniform(0.3, 0.9))
    light = torch.ones(1, 3, 1, 1)
    if "tint" in effects:
        light = light * _tint(random)
    if "vignette" in effects:
        light = light * _vignette(random, region)
    clean = (image * light).clamp(0, 1)
    taken = _grainy(clean, random) if "grain" in effects else clean
    return Case(
        name,
        _compressed(taken) if "jpeg" in effects else taken,
        clean,
        judged,
        matrix,
        _mapped(generator, z),
        z,
    )


def _plain(name: str, picture: torch.Tensor, w_plus: torch.Tensor, z: NDArray[np.float32]) -> Case:
    everywhere = torch.ones_like(picture[:, :1])
    return Case(name, picture, picture, everywhere, torch.eye(3, dtype=torch.float64), w_plus, z)


def _draw(random: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    character = ToyLion()
    z = random.standard_normal((1, len(character.parameters))).astype(np.float32)
    return z, character.from_latent(z)


def _mapped(generator: Generator, z: NDArray[np.float32]) -> torch.Tensor:
    with torch.no_grad():
        return generator.mapping(torch.from_numpy(z))


def _render(rows: NDArray[np.float64], side: int) -> torch.Tensor:
    pixels = ToyLion().render(rows, side)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255


def _alpha(rows: NDArray[np.float64], side: int) -> torch.Tensor:
    """[1, 1, s, s]: where the lion is, seen by what changes with the background's lightness."""
    dark, light = rows.copy(), rows.copy()
    dark[:, index("bg_v")], light[:, index("bg_v")] = 0, 1
    change = (_render(light, side) - _render(dark, side)).mean(dim=1, keepdim=True)
    full = change.amax(dim=3, keepdim=True).clamp(min=0.05)  # its lightness varies with the height
    return (1 - change / full).clamp(0, 1)


def _background(random: np.random.Generator, size: tuple[int, int]) -> torch.Tensor:
    coarse = torch.from_numpy(random.uniform(0, 1, (1, 3, 6, 6)).astype(np.float32))
    fine = torch.from_numpy(random.uniform(-0.15, 0.15, (1, 3, 40, 40)).astype(np.float32))
    return sum(
        functional.interpolate(part, size, mode="bicubic", align_corners=False)
        for part in (coarse, fine)
    ).clamp(0, 1)  # type: ignore[union-attr]


def _eroded(subject: torch.Tensor) -> torch.Tensor:
    return (-functional.max_pool2d(-(subject > 0.99).float(), 7, 1, 3) > 0).float()


def _hat(matrix: torch.Tensor, region: tuple[int, int], side: int) -> torch.Tensor:
    """[1, 1, H, W] of 0 and 1: a band and a crown over the forehead."""
    at = homography.apply(torch.linalg.inv(matrix), homography.pixel_grid(region)) / side
    x, y = at[..., 0], at[..., 1]
    band = (x > 0.3) & (x < 0.7) & (y > 0.2) & (y < 0.26)
    crown = (x > 0.37) & (x < 0.63) & (y > 0.08) & (y < 0.22)
    return (band | crown)[None, None].float()


def _blur(image: torch.Tensor, sigma: float) -> torch.Tensor:
    at = torch.arange(-3, 4)
    kernel = torch.exp(-at.square() / (2 * sigma**2))
    kernel = torch.outer(kernel, kernel) / kernel.sum() ** 2
    padded = functional.pad(image, (3, 3, 3, 3), mode="replicate")
    return functional.conv2d(padded, kernel.expand(3, 1, 7, 7), groups=3)


def _crop(random: np.random.Generator) -> torch.Tensor:
    """[3, 3] of the unit frame: turned by up to 10 degrees, scaled and moved by up to 10%."""
    return homography.similarity(
        angle=math.radians(random.uniform(-10, 10)),
        scale=random.uniform(0.9, 1.1),
        shift=(random.uniform(-0.1, 0.1), random.uniform(-0.1, 0.1)),
    )


def _anywhere(random: np.random.Generator, region: homography.Size, share: float) -> torch.Tensor:
    """The same in a `share` of the longer side, anywhere, turned by up to 10 degrees."""
    height, width = region
    free_x, free_y = (side / max(region) - share for side in (width, height))
    return homography.similarity(
        angle=math.radians(random.uniform(-10, 10)),
        scale=share,
        shift=(random.uniform(-free_x, free_x), random.uniform(-free_y, free_y)),
    )


def _long_room(random: np.random.Generator, ratio: float, number: int) -> _Room:
    short, long = LONG_SIDE, round(LONG_SIDE * ratio)
    share = random.uniform(*LONG_SHARE) * short / long
    return _Room((long, short) if number % 2 else (short, long), share)


def _tilt(random: np.random.Generator) -> torch.Tensor:
    """[3, 3] of the unit frame: as if seen from aside: stretched and sheared by up to 5%, one edge
    up to 27% longer than the one opposite.
    """
    amounts = [*random.uniform(-0.05, 0.05, 2), *random.uniform(-0.12, 0.12, 2)]
    return homography.motion(torch.tensor([0.0] * homography.SIMILARITY + amounts))


def _tint(random: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(random.uniform(0.88, 1.08, 3).astype(np.float32)).view(1, 3, 1, 1)


def _vignette(random: np.random.Generator, size: tuple[int, int]) -> torch.Tensor:
    """[H, W]: of up to 30% in the corners."""
    grid = homography.apply(homography.unit_frame(size), homography.pixel_grid(size))
    corner = grid.square().sum(dim=-1).float() / 2
    return 1 - random.uniform(0, 0.3) * corner


def _grainy(clean: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    height, width = clean.shape[2:]
    values = clean[0].permute(1, 2, 0).numpy() * 255
    values = values + random.normal(0, 4, (height, width, 1)) + random.normal(0, 3, values.shape)
    whole = values.clip(0, 255).astype(np.uint8)
    return torch.from_numpy(whole).permute(2, 0, 1)[None].float() / 255


def _compressed(image: torch.Tensor) -> torch.Tensor:
    """As JPEG at quality 70."""
    file = io.BytesIO()
    values = (image[0] * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    Image.fromarray(values).save(file, "JPEG", quality=70)
    read = np.asarray(Image.open(file))
    return torch.from_numpy(read.copy()).permute(2, 0, 1)[None].float() / 255
