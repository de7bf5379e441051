"""Fits RAFT to the exact motion of the toy lion's renderings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch.nn import functional

from draggan_server.bench.tracking.pairs import STEP, MovedPairs
from draggan_server.bench.tracking.training import trained
from draggan_server.editing.trackers.raft import LION, Raft

SEED, HELD_OUT_SEED = 20, 21
ONE_HELD_OUT_OF = 16
HELD_OUT = 48
"""One of so many pairs, and pairs at most."""
BATCH = 6
CROP = 81
"""Pixels of a side, so that a crop's mirror image has its cells where the crop has them."""
UPDATES = 4
DECAY = 0.8  # paper, section 3.4: gamma
LEARNING_RATE = 1e-3
BACKGROUND = 0.3
"""What a cell of the background counts, of one of the lion."""
STARTED = 0.5
"""Share of the pairs whose motion begins near the right one, as it does in a drag."""
OFF_BY = 1.5
"""Cells, standard deviation: how far from it."""


def batches(known: MovedPairs, random: torch.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
    """Without end: pictures before and after [N, 3, c, c] in [-1, 1], the motion of their cells
    [N, 2, n, n] in cells, and what each counts [N, n, n]."""
    stride, side = LION.stride, known.pictures.shape[-1]
    last = (side - CROP) // STEP

    def number(below: int) -> int:
        return int(torch.randint(below, (), generator=random))

    while True:
        parts = []
        for _ in range(BATCH):
            pair, way, mirrored = number(len(known)), number(2), number(2)
            x, y = STEP * number(last + 1), STEP * number(last + 1)
            pictures = known.pictures[pair, :, :, y : y + CROP, x : x + CROP].float() / 127.5 - 1
            cells = [
                slice(at // STEP, at // STEP + (CROP - 1) // STEP + 1, stride // STEP)
                for at in (y, x)
            ]
            motion = known.shifts[pair, way][:, cells[0], cells[1]].float() / stride
            seen, on_lion = (
                part[pair, way][cells[0], cells[1]].float() for part in (known.seen, known.on_lion)
            )
            weight = seen * (on_lion + BACKGROUND * (1 - on_lion))
            if way:
                pictures = pictures.flip(0)
            if mirrored:
                pictures, motion, weight = pictures.flip(3), motion.flip(2), weight.flip(1)
                motion = motion * motion.new_tensor([-1, 1])[:, None, None]
            parts.append((*spoil(pictures, random), motion, weight))
        yield tuple(torch.stack(part) for part in zip(*parts, strict=True))


def spoil(pictures: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Two pictures, softened or not, brighter or darker, with a little noise."""
    if torch.rand((), generator=random) < 0.5:
        sigma = float(torch.rand((), generator=random)) + 0.4
        taps = torch.exp(-(torch.arange(-3, 4) ** 2) / (2 * sigma**2))
        taps = (taps / taps.sum()).expand(3, 1, 1, 7)
        soft = functional.pad(pictures, (3, 3, 3, 3), mode="replicate")
        pictures = functional.conv2d(functional.conv2d(soft, taps, groups=3), taps.mT, groups=3)
    gain = 1 + 0.15 * torch.randn((1, 3, 1, 1), generator=random)
    offset = 0.1 * torch.randn((1, 3, 1, 1), generator=random)
    noise = 0.03 * torch.randn(pictures.shape, generator=random)
    return pictures * gain + offset + noise


def loss(
    network: Raft, batch: tuple[torch.Tensor, ...], random: torch.Generator
) -> tuple[torch.Tensor, float]:
    """The paper's: L1 to the motion after every update, later ones counting more; and the last
    one's end-point error, in cells."""
    before, after, motion, weight = batch
    count = len(before)
    features = network.encode(torch.cat([before, after]))
    near = (torch.rand((count, 1, 1, 1), generator=random) < STARTED).float()
    share = torch.rand((count, 1, 1, 1), generator=random)
    off = OFF_BY * torch.randn((count, 2, 1, 1), generator=random)
    first = near * (share * motion + off)
    total, error = torch.zeros(()), 0.0
    for number, found in enumerate(
        network.motions(before, (features[:count], features[count:]), UPDATES, first)
    ):
        wrong = (found - motion).abs().sum(dim=1)
        total = total + DECAY ** (UPDATES - 1 - number) * (wrong * weight).sum() / weight.sum()
        error = float(((found - motion).detach().norm(dim=1) * weight).sum() / weight.sum())
    return total, error


def fit(
    known: MovedPairs,
    steps: int,
    on_step: Callable[[float], None] = lambda error: None,
    seed: int = 0,
) -> Raft:
    """A new network, `trained`. `on_step` is told of each step how far off it was, in px."""
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    network = Raft(LION)
    losses = (loss(network, batch, random) for batch in batches(known, random))
    return trained(
        network, losses, steps, LEARNING_RATE, lambda error: on_step(LION.stride * error)
    )


@torch.no_grad()
def held_out_error(network: Raft, known: MovedPairs) -> float:
    """Mean end-point error on the lion where it is seen, whole pictures, px."""
    stride, errors = LION.stride, []
    every = stride // STEP
    for pictures, shifts, seen, on_lion in zip(
        known.pictures, known.shifts, known.seen, known.on_lion, strict=True
    ):
        before, after = (pictures.float() / 127.5 - 1).split(1)
        features = network.encode(torch.cat([before, after]))
        *_, found = network.motions(before, (features[:1], features[1:]), 2 * UPDATES)
        off = (stride * found[0] - shifts[0, :, ::every, ::every].float()).norm(dim=0)
        errors.append(off[(seen & on_lion)[0, ::every, ::every]])
    return float(torch.cat(errors).mean())
