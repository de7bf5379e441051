"""Fits a generator to a character's renderings: regression, one resolution after the other.

Since z says what a picture must show, no discriminator is needed to learn it: pose and mouth come
first, eyes last. Small batches learn most in a second. A fit stops at any step and goes on from its
checkpoint as if nothing had happened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stylegan2.generator import Generator
from stylegan2.toy_lion.character import Character
from stylegan2.toy_lion.loss import care_map, picture_loss
from stylegan2.toy_lion.pictures import Pictures
from stylegan2.toy_lion.trainable import geometry_for, grow, new_generator, train_only_last


@dataclass(frozen=True, slots=True)
class FitConfig:
    """How the fit is done. Defaults are those of the first toy lion."""

    resolution: int = 128
    minutes: float = 140.0  # of fitting, all stages together, renderings not counted
    first_resolution: int = 16
    batch: int = 16
    learning_rate: float = 2e-3
    warm_up: int = 200  # steps
    ema_steps: float = 500.0  # the average forgets over so many steps
    only_last_blocks_from: int = 128  # resolutions from here on train their last two blocks only
    seed: int = 0

    @property
    def stages(self) -> list[int]:
        """The resolutions, each of them fitted for an equal part of the time."""
        stages = [self.first_resolution]
        while stages[-1] < self.resolution:
            stages.append(2 * stages[-1])
        return stages

    def seconds(self) -> float:
        """Time for one stage."""
        return 60 * self.minutes / len(self.stages)


@dataclass(frozen=True, slots=True)
class Step:
    """Where a fit stands. `seconds` is time spent in this stage, over all sittings."""

    resolution: int
    step: int
    seconds: float
    loss: float


class StageFit:
    """The fit at one resolution.

    `pictures` are of `resolution`; `start` is the generator of the stage before, or None. Call
    `run` until `done`; `average` is the generator to keep. `clock` gives seconds.
    """

    def __init__(
        self,
        character: Character,
        config: FitConfig,
        resolution: int,
        pictures: Pictures,
        start: Generator | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._clock = clock
        self.resolution = resolution
        self.step = 0
        self.seconds = 0.0
        self._z = torch.from_numpy(pictures.z)
        self._pictures = torch.from_numpy(pictures.pixels).permute(0, 3, 1, 2)
        rows = character.from_latent(pictures.z)
        found = character.find_landmarks(rows, resolution)
        self._points = torch.from_numpy(found.points).float()
        self._visible = torch.from_numpy(found.visible)
        self._care = torch.zeros(self._points.shape[1])
        for landmark, weight in character.care().items():
            self._care[landmark] = weight
        seed = config.seed + resolution
        if start is None:
            self.generator = new_generator(geometry_for(self._z.shape[1], resolution), seed)
        else:
            self.generator = grow(start, resolution, seed)
        self.average = Generator(self.generator.geometry)
        self.average.load_state_dict(self.generator.state_dict())
        blocks = 2 if start is not None and resolution >= config.only_last_blocks_from else 0
        self._trained = train_only_last(self.generator, blocks)
        self._optimiser = torch.optim.Adam(
            self._trained, lr=config.learning_rate, betas=(0.9, 0.99)
        )
        self._random = torch.Generator().manual_seed(seed)

    def run(self, steps: int) -> Step:
        """At most so many steps, fewer if the stage's time is spent; says where that is."""
        loss = 0.0
        last = self._clock()
        for _ in range(steps):
            if self.done:
                break
            loss = self._advance()
            now = self._clock()
            self.seconds += now - last
            last = now
        return Step(self.resolution, self.step, self.seconds, loss)

    @property
    def done(self) -> bool:
        return self.seconds >= self._config.seconds()

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on at the very next step."""
        return {
            "resolution": self.resolution,
            "step": self.step,
            "seconds": self.seconds,
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "random": self._random.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of the same stage."""
        self.step, self.seconds = state["step"], state["seconds"]
        self.generator.load_state_dict(state["generator"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._random.set_state(state["random"])

    def _advance(self) -> float:
        config = self._config
        share = min(self.seconds / config.seconds(), 1.0)
        rate = 0.05 + 0.95 * (1 + math.cos(math.pi * share)) / 2
        rate *= min(1.0, (self.step + 1) / config.warm_up)
        for group in self._optimiser.param_groups:
            group["lr"] = config.learning_rate * rate
        picks = torch.randint(len(self._z), (config.batch,), generator=self._random)
        wanted = self._pictures[picks].float() / 127.5 - 1
        care = care_map(self._points[picks], self._visible[picks], self._care, self.resolution)
        made = self.generator.synthesis(self.generator.mapping(self._z[picks]))
        loss = picture_loss(made, wanted, care)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()
        self.step += 1
        self._follow()
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the generator, faster at the beginning."""
        keep = min(1 - 1 / self._config.ema_steps, self.step / (self.step + 20))
        pairs = zip(self.average.parameters(), self.generator.parameters(), strict=True)
        for slow, fast in pairs:
            if fast.requires_grad:
                slow.lerp_(fast, 1 - keep)


def save_checkpoint(path: Path, fit: StageFit) -> None:
    """Write a fit's state; the file is whole at any time."""
    unfinished = path.with_suffix(".part")
    torch.save(fit.state(), unfinished)
    unfinished.replace(path)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `save_checkpoint` wrote. Executes nothing that the file carries."""
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state
