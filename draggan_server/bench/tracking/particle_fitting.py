"""Fits PIPs to the exact ways of spots on the toy lion's renderings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch.nn import functional

from draggan_server.bench.tracking.fitting import DECAY, spoil
from draggan_server.bench.tracking.pairs import REACHES, draw_latents
from draggan_server.bench.tracking.training import trained
from draggan_server.editing.trackers.pips import LION, Pips
from stylegan2.toy_lion import parameters, surface
from stylegan2.toy_lion.character import ToyLion

SEED, HELD_OUT_SEED = 30, 31
ONE_HELD_OUT_OF = 10
HELD_OUT = 32
"""One of so many films, and films at most."""
SPOTS = 96
BATCH = 3
UPDATES = 4
LEARNING_RATE = 2e-3
SEEN_WEIGHT = 0.5
"""What a wrong word on whether a spot is in sight counts, of a cell off."""
NEAR = 0.5
"""Share of the films whose ways begin near the right ones, as they do in a drag."""
OFF_BY = 0.6
"""Cells, standard deviation: how far from them."""


@dataclass(frozen=True, slots=True)
class Films:
    """`pictures` [N, S, 3, s, s] 8-bit; `points` [N, S, P, 2] (x, y) px of spots, and whether
    they are in sight, `seen` [N, S, P]."""

    pictures: torch.Tensor
    points: torch.Tensor
    seen: torch.Tensor

    def __len__(self) -> int:
        return len(self.pictures)


def make_film(random: np.random.Generator, reach: float, side: int) -> Films:
    """A lion before it moves, and the last steps of its way."""
    z = draw_latents(random, reach)
    end, step = random.uniform(0.05, 1), random.uniform(0, 0.12)
    back = step * np.arange(LION.frames - 2, -1, -1)
    shares = np.concatenate([[0], np.maximum(end - back, 0)])[:, None]
    rows = parameters.from_latent((z[:1] * (1 - shares) + z[1:] * shares).astype(np.float32))
    spots: list[surface.SurfacePoint] = []
    while len(spots) < SPOTS:
        x, y = random.uniform(0.05 * side, 0.95 * side, 2)
        spot = surface.under(rows[0], (float(x), float(y)), side)
        if spot is not None:
            spots.append(spot)
    found = [[surface.project(row, spot, side) for spot in spots] for row in rows]
    points = torch.tensor([[point for point, _ in frame] for frame in found])
    seen = torch.tensor([[visible for _, visible in frame] for frame in found])
    pictures = torch.from_numpy(ToyLion().render(rows, side)).permute(0, 3, 1, 2)
    return Films(pictures[None], points[None].float(), seen[None])


def make_films(
    count: int, seed: int, side: int, on_film: Callable[[], None] = lambda: None
) -> Films:
    """`count` films of a seed, the same for the same seed, rendered at `side` px."""
    made = []
    for number in range(count):
        random = np.random.default_rng((seed, number))
        made.append(make_film(random, REACHES[number % len(REACHES)], side))
        on_film()
    return Films(
        *(torch.cat([getattr(film, part.name) for film in made]) for part in fields(Films))
    )


def loss(
    network: Pips, films: Films, chosen: torch.Tensor, random: torch.Generator
) -> tuple[torch.Tensor, float]:
    """The paper's (section 3.6): L1 to the ways after every update, later ones counting more, and
    cross entropy of what is in sight; and how far off the last picture's points are, in cells."""
    side = films.pictures.shape[-1]
    pictures = films.pictures[chosen].float() / 127.5 - 1
    points, seen = films.points[chosen], films.seen[chosen].float()
    mirrored = torch.rand((len(chosen), 1, 1, 1), generator=random) < 0.5
    pictures = torch.where(mirrored[..., None], pictures.flip(4), pictures)
    other = torch.stack([side - 1 - points[..., 0], points[..., 1]], dim=3)
    places = torch.where(mirrored, other, points) / network.geometry.stride
    pictures = torch.stack([spoil(film, random) for film in pictures])
    near = (torch.rand((len(chosen), 1, 1, 1), generator=random) < NEAR).float()
    off = OFF_BY * torch.randn(places.shape, generator=random)
    late = torch.cat([places[:, :-1], places[:, -2:-1]], dim=1)  # the newest is not known yet
    stay = places[:, :1].expand_as(places)
    first = near * (late + off) + (1 - near) * stay
    first = torch.cat([places[:, :1], first[:, 1:]], dim=1)
    encoded = network.encode(pictures.flatten(0, 1))
    features = encoded.view(*pictures.shape[:2], *encoded.shape[1:])
    weight = 0.2 + 0.8 * seen[:, 1:]
    total, error = torch.zeros(()), 0.0
    for number, found in enumerate(network.tracks(features, places[:, 0], UPDATES, first)):
        wrong = (found.places - places)[:, 1:].abs().sum(dim=3)
        part = (wrong * weight).sum() / weight.sum()
        sight = functional.binary_cross_entropy_with_logits(found.seen, seen)
        total = total + DECAY ** (UPDATES - 1 - number) * (part + SEEN_WEIGHT * sight)
        distance = (found.places - places)[:, -1].detach().norm(dim=2)
        error = float((distance * seen[:, -1]).sum() / seen[:, -1].sum().clamp(min=1))
    return total, error


def fit(
    known: Films, steps: int, on_step: Callable[[float], None] = lambda error: None, seed: int = 0
) -> Pips:
    """A new network, `trained`. `on_step` is told of each step how far off it was, in px."""
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    network = Pips(LION)

    def losses() -> Iterator[tuple[torch.Tensor, float]]:
        while True:
            chosen = torch.randint(len(known), (BATCH,), generator=random)
            yield loss(network, known, chosen, random)

    return trained(
        network, losses(), steps, LEARNING_RATE, lambda error: on_step(LION.stride * error)
    )


@torch.no_grad()
def held_out_error(network: Pips, known: Films) -> float:
    """How far off the last picture's points are where they are in sight, px, where all ways begin
    at the first picture's."""
    stride, errors = LION.stride, []
    for pictures, points, seen in zip(known.pictures, known.points, known.seen, strict=True):
        features = network.encode(pictures.float() / 127.5 - 1)[None]
        *_, found = network.tracks(features, points[:1] / stride, 2 * UPDATES)
        off = (stride * found.places[0, -1] - points[-1]).norm(dim=1)
        errors.append(off[seen[-1]])
    return float(torch.cat(errors).mean())
