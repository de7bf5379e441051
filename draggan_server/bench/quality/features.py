"""By which block's features can points be tracked?

Pairs of pictures of one lion that differ in pose, mouth and ears, their landmarks known: a toy lion
is fitted to z. Where the second picture's features are most like those at a landmark of the first,
the landmark should be: the tracking of the paper (sec. 3.3), for every block and for the picture
itself. Errors are in pixels of a 512-pixel picture.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from draggan_server.bench.folder import make_folder
from draggan_server.bench.quality.landmark_drags import MOVED
from draggan_server.bench.toy_lion import load_lion
from draggan_server.wire.drag_config import DragganConfig
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters

SHARE = 0.25  # of their ranges: how far the parameters move at most
PICTURE = 0  # stands for a block: the picture's colours


@dataclass(frozen=True)
class Pair:
    """Latents of two lions [1, num_ws, w_dim], and their landmarks [L, 2] that both show."""

    first: torch.Tensor
    second: torch.Tensor
    here: torch.Tensor
    there: torch.Tensor


@dataclass(frozen=True)
class Errors:
    """How far the best match of a block is off: `near`, searched as a drag does, in the square of
    radius r2 about the true place;
    `far`, searched in `FAR` of the picture's side; and the share of `far` that is off by more than
    r2, after which a drag follows something else.
    """

    near_median: float
    near_p90: float
    far_median: float
    far_p90: float
    lost: float


FAR = 0.15


def draw(generator: Generator, number: int) -> Pair:
    """The pair of that number."""
    random = np.random.default_rng((6, number))
    z = random.standard_normal((1, len(parameters.NAMES)))
    z *= parameters.LATENT_RADIUS / np.linalg.norm(z)
    moved = [parameters.index(name) for name in MOVED]
    share = torch.special.ndtr(torch.from_numpy(z)).numpy()
    share[:, moved] += random.uniform(-SHARE, SHARE, len(moved))
    other = z.copy()
    other[:, moved] = torch.special.ndtri(torch.from_numpy(share).clamp(0.02, 0.98))[:, moved]
    lions = [row.astype(np.float32) for row in (z, other)]
    side = max(generator.img_resolution)
    found = [landmarks.find_landmarks(parameters.from_latent(row), side) for row in lions]
    both = found[0].visible[0] & found[1].visible[0]
    with torch.no_grad():
        latents = [generator.mapping(torch.from_numpy(row)) for row in lions]
    points = [torch.from_numpy(lion.points[0, both]).float() for lion in found]
    return Pair(*latents, *points)


@torch.no_grad()
def maps(generator: Generator, w_plus: torch.Tensor, block: int) -> torch.Tensor:
    """Features of a block, or the picture, at the picture's size: [C, H, W]."""
    if block == PICTURE:
        return generator.synthesis(w_plus)[0]
    features = generator.features(w_plus, block)
    return functional.interpolate(
        features, generator.img_resolution, mode="bilinear", align_corners=False
    )[0]


def track(pair: Pair, maps: tuple[torch.Tensor, torch.Tensor], radius: float) -> torch.Tensor:
    """[L]: how far from the landmark the best match within `radius` pixels of it lies."""
    height, width = maps[0].shape[1:]
    scale = torch.tensor([2 / width, 2 / height])
    grid = ((pair.here + 0.5) * scale - 1)[None, None]
    wanted = functional.grid_sample(maps[0][None], grid, align_corners=False)[0, :, 0]  # [C, L]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    errors = []
    for k, place in enumerate(pair.there):
        distance = (maps[1] - wanted[:, k, None, None]).square().sum(dim=0)
        outside = ((x - place[0]).abs() > radius) | ((y - place[1]).abs() > radius)
        best = int(distance.masked_fill(outside, torch.inf).argmin())
        errors.append((torch.tensor([best % width, best // width]) - place).norm())
    return torch.stack(errors)


def study(generator: Generator, pairs: int) -> dict[str, Errors]:
    """Block (or "picture", or "no motion") -> its errors over so many pairs."""
    side = max(generator.img_resolution)
    radius = DragganConfig().r2 * side / 512
    drawn = [draw(generator, number) for number in range(pairs)]
    table = {}
    for block in (*generator.geometry.resolutions, PICTURE):
        near, far = [], []
        for pair in drawn:
            seen = (maps(generator, pair.first, block), maps(generator, pair.second, block))
            near.append(track(pair, seen, radius))
            far.append(track(pair, seen, FAR * side))
        name = f"b{block}" if block else "picture"
        table[name] = _errors(torch.cat(near), torch.cat(far), 512 / side, radius)
    still = torch.cat([(pair.there - pair.here).norm(dim=1) for pair in drawn])
    table["no motion"] = _errors(still, still, 512 / side, radius)
    return table


def _errors(near: torch.Tensor, far: torch.Tensor, scale: float, radius: float) -> Errors:
    return Errors(
        near_median=scale * float(near.median()),
        near_p90=scale * float(near.quantile(0.9)),
        far_median=scale * float(far.median()),
        far_p90=scale * float(far.quantile(0.9)),
        lost=float((far > radius * math.sqrt(2)).float().mean()),
    )


def run_features(name: str, pairs: int, folder: Path, *, threads: int) -> str:
    """Study the model of that name, write features.json and features.md, return the table.

    Raises `BadInput` for a model that is no toy lion, or a folder that cannot be written.
    """
    make_folder(folder)
    torch.set_num_threads(threads)
    model, generator = load_lion(name)
    table = study(generator, pairs)
    figures = {block: asdict(errors) for block, errors in table.items()}
    document = {"model": {"name": model.name, "sha256": model.sha256}, "pairs": pairs}
    (folder / "features.json").write_text(
        json.dumps({**document, "errors": figures}, indent=1) + "\n", encoding="utf-8"
    )
    text = _markdown(table)
    (folder / "features.md").write_text(text + "\n", encoding="utf-8")
    return text


def _markdown(table: dict[str, Errors]) -> str:
    lines = [
        "| features | near: median, px | 90% | far: median, px | 90% | lost, % |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for block, errors in table.items():
        cells = [errors.near_median, errors.near_p90, errors.far_median, errors.far_p90]
        figures = " | ".join(f"{cell:.1f}" for cell in cells)
        lines.append(f"| {block} | {figures} | {100 * errors.lost:.1f} |")
    return "\n".join(lines)
