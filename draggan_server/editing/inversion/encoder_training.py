"""How an encoder is learned: from pictures that the generator draws, disturbed as photos are."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch.nn import functional

from draggan_server.editing.inversion import encoders
from draggan_server.editing.inversion.disturbance import disturbed
from draggan_server.editing.inversion.encoder import MOTION_UNIT, SIDE, STEPS, Encoder, Sight
from draggan_server.editing.inversion.world import World
from stylegan2.generator import Generator

POOL = 8192
"""Pictures that it learns from, each seen in many disturbances."""
FIRST = 512
"""Pictures to begin with; the pool grows while it learns."""
GROWTH = 8
"""Pictures that a step adds to the pool."""
BATCH = 64
LEARNING_RATE = 2e-3
WARM_UP = 100
"""Steps in which the rate grows, at the beginning and where a training goes on: the optimiser's
moments are not kept."""
WEIGHT_DECAY = 0.02
SEED = 7 << 32
KEPT_EVERY = 100
"""Steps after which what was learned is written to the cache."""
_PROBED = 12
_PROBE = 0.1
_BATCH = 16


def learn(generator: Generator, *, anew: bool = False) -> Iterator[tuple[float, Encoder]]:
    """Learn the generator's encoder; yields the share that is done, and the encoder so far.

    It goes on where an interrupted one stopped, unless it is to begin `anew`. At least one.
    """
    world = World(generator)
    begun = None if anew else encoders.begun(generator, world.size(world.block_of(SIDE)))
    training = EncoderTraining(world, begun, steps=STEPS)
    for share in training:
        if training.encoder.steps % KEPT_EVERY == 0:
            encoders.keep(generator, training.encoder)
        yield share, training.encoder
    yield 1.0, training.encoder


class EncoderTraining:
    """Iterate for the share that is done, and stop anywhere; `encoder` then knows so much.

    Goes on with an encoder that was `begun`.
    """

    def __init__(
        self, world: World, begun: Encoder | None = None, *, steps: int, pool: int = POOL
    ) -> None:
        self._world = world
        self._steps = steps
        self._pool = pool
        self._block = world.block_of(SIDE)
        self._pictures = torch.empty(0)
        self._coordinates = torch.empty(0, len(world.directions))
        self.encoder = begun or self._new()
        self.missed = math.inf
        """Mean square error of the last step's coordinates, weighted as they show."""

    def __iter__(self) -> Iterator[float]:
        for _ in self._world.find_filters():
            pass
        encoder = self.encoder.to(self._world.mean).train()
        matters = self._sensitivity()
        optimiser = torch.optim.AdamW(
            encoder.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.99)
        )
        begun = encoder.steps
        for step in range(begun, self._steps):
            self._grow(min(FIRST + GROWTH * step, self._pool))
            share = max(0.0, (step - WARM_UP) / max(1, self._steps - WARM_UP))
            rate = min(1.0, (step - begun + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * share))
            optimiser.param_groups[0]["lr"] = LEARNING_RATE * rate
            random = torch.Generator().manual_seed(SEED + step)
            chosen = torch.randint(len(self._pictures), (BATCH,), generator=random)
            given = disturbed(self._pictures[chosen].float() / _LEVELS, random)
            sight: Sight = encoder(given.seen.to(matters))
            off = sight.coordinates - self._coordinates[chosen].to(matters)
            missed = (off.square() * matters).mean()
            misplaced = (sight.motions - given.motions.to(matters)) / MOTION_UNIT
            mistaken = functional.binary_cross_entropy_with_logits(
                sight.own, given.own.to(matters), weight=given.seen[:, -1].to(matters)
            )
            loss = missed + misplaced.square().mean() + mistaken
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            encoder.steps = step + 1
            self.missed = float(missed.detach())
            yield encoder.steps / self._steps
        encoder.eval()

    def _new(self) -> Encoder:
        world = self._world
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            channels = world.generator.geometry.img_channels
            return Encoder(channels, world.size(self._block), world.directions.cpu())

    @torch.no_grad()
    def _grow(self, count: int) -> None:
        """To `count` pictures, kept as bytes; the same whenever they are drawn."""
        world = self._world
        while len(self._pictures) < count:
            number = len(self._pictures)
            random = torch.Generator().manual_seed(SEED + (1 << 31) + number)
            coordinates = world.coordinates_of(world.generator.draw(GROWTH, random)[:, 0])
            drawn = world.picture(world.w_plus(coordinates), self._block)
            drawn = (drawn.clamp(-1.9, 1.9) * _LEVELS).round().to(torch.int8).cpu()
            self._pictures = torch.cat([self._pictures.to(torch.int8), drawn])
            self._coordinates = torch.cat([self._coordinates, coordinates.cpu()])

    @torch.no_grad()
    def _sensitivity(self) -> torch.Tensor:
        """[K], of mean 1: how much a picture changes with each coordinate."""
        world = self._world
        total = torch.zeros(len(world.directions)).to(world.mean)
        random = torch.Generator().manual_seed(SEED)
        some = world.coordinates_of(world.generator.draw(_PROBED, random)[:, 0])
        for coordinates in some:
            probes = coordinates + _PROBE * torch.eye(len(total)).to(coordinates)
            probes = torch.cat([coordinates[None], probes])
            pictures = torch.cat(
                [
                    world.picture(world.w_plus(part), self._block)
                    for part in torch.split(probes, _BATCH)
                ]
            )
            total += (pictures[1:] - pictures[:1]).square().mean(dim=(1, 2, 3))
        return total / total.mean()


_LEVELS = 64
