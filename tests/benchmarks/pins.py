"""How well a pinned point holds, read from the picture.

    python -m tests.benchmarks.pins [LIONS] [METHOD ...]

The chin of a lion is dragged by 22 px of 256 into any direction, once with the inner ends of both
eyes pinned and once without. The bench's own reader tells where eyes and chin are then; it does
not know of the methods' features.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from draggan_server.bench.reader.reader import Reader
from draggan_server.bench.toy_lion import load_lion
from draggan_server.editing import drag
from draggan_server.wire.drag_config import METHODS, drag_config
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters

SEED = 20_000
WAY = 22.0
CHIN = landmarks.NAMES.index("chin")
EYES = [landmarks.NAMES.index(name) for name in ("eye_l_inner", "eye_r_inner")]


class Drag(NamedTuple):
    """`w_plus` [1, num_ws, w_dim]; `chin` [1, 2] and `eyes` [2, 2] (x, y) px; `way` [2]."""

    w_plus: torch.Tensor
    chin: torch.Tensor
    eyes: torch.Tensor
    way: torch.Tensor


class Outcome(NamedTuple):
    """Pixels: how far the eyes have moved at the mean, and how far the chin is off its target."""

    moved: float
    left: float


def drags(generator: Generator, count: int) -> Iterator[Drag]:
    """Of lions that show both eyes and the chin."""
    number = SEED
    while count:
        random = np.random.default_rng(number)
        number += 1
        z = random.standard_normal((1, len(parameters.NAMES)), dtype=np.float32)
        seen = landmarks.find_landmarks(parameters.from_latent(z), max(generator.img_resolution))
        if seen.visible[0, [CHIN, *EYES]].all():
            points = torch.from_numpy(seen.points[0]).float()
            angle = random.uniform(0, 2 * np.pi)
            way = WAY * torch.tensor([np.cos(angle), np.sin(angle)]).float()
            yield Drag(generator.mapping(torch.from_numpy(z)), points[[CHIN]], points[EYES], way)
            count -= 1


def measure(generator: Generator, reader: Reader, one: Drag, method: str, pinned: bool) -> Outcome:
    """Do it by a method, from its beginning to its end."""
    held = one.eyes if pinned else one.eyes[:0]
    handles, targets = torch.cat([one.chin, held]), torch.cat([one.chin + one.way, held])
    *_, last = drag(generator, one.w_plus, handles, targets, None, drag_config(method=method))
    with torch.no_grad():
        pictures = generator.synthesis(torch.cat([one.w_plus, last.w_plus]))
    before, after = reader.read(pictures).points
    moved = (after - before)[EYES].norm(dim=1).mean()
    return Outcome(float(moved), float((after - before)[CHIN].sub(one.way).norm()))


def main(arguments: Sequence[str]) -> None:
    count, methods = int(arguments[0]) if arguments else 16, arguments[1:] or METHODS
    _, generator = load_lion("toy-lion")
    reader = Reader.load()
    outcomes: dict[tuple[str, bool], list[Outcome]] = defaultdict(list)
    for one in drags(generator, count):
        for method in methods:
            for pinned in (False, True):
                outcomes[method, pinned].append(measure(generator, reader, one, method, pinned))
    print("| method | eyes | moved, px: mean, worst | chin left, px |\n|---|---|---|---|")
    for (method, pinned), some in outcomes.items():
        moved, left = zip(*some, strict=True)
        eyes = "pinned" if pinned else "free"
        figures = f"{np.mean(moved):.2f}, {max(moved):.2f} | {np.mean(left):.1f}"
        print(f"| `{method}` | {eyes} | {figures} |")


if __name__ == "__main__":
    main(sys.argv[1:])
