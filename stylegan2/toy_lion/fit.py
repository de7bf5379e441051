"""Fits a generator to a character's renderings: regression, one resolution after the other.

Since z says what a picture must show, no discriminator is needed to learn it: pose and mouth come
first, eyes last. A fit stops at any step and goes on from its checkpoint as if nothing had
happened.

What counts is how fast the matrices learn, each in its measure. At 16 x 16, PSNR of unseen pictures
after 200 steps of 16 pictures, one thing added after the other:

| | dB | CPU s |
| --- | --- | --- |
| Adam | 15.7 | 22 |
| Muon for matrices and convolutions | 18.7 | 42 |
| the mapping network ten times faster | 20.8 | 43 |
| which begins with waves of each coordinate (`waves`) | 22.9 | 42 |
| layers that make styles five times faster | 23.1 | 37 |
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stylegan2.generator import Generator
from stylegan2.toy_lion.character import Character
from stylegan2.toy_lion.examples import Batch, Examples
from stylegan2.toy_lion.fast import Fast, Function
from stylegan2.toy_lion.loss import picture_loss
from stylegan2.toy_lion.muon import Muon, for_muon
from stylegan2.toy_lion.pictures import Pictures
from stylegan2.toy_lion.trainable import geometry_for, grow, new_generator
from stylegan2.whole_file import written_whole


@dataclass(frozen=True, slots=True)
class Stage:
    """So many steps at one resolution, with a discriminator if it is a `sharpening`.

    On a processor the time that a step takes goes with `batch`, and small ones learn most in a
    second; a GPU is kept waiting by them.
    """

    resolution: int
    steps: int
    sharpening: bool = False
    batch: int = 16  # pictures

    def __str__(self) -> str:
        size = f"{self.resolution} x {self.resolution}"
        return f"{size}, sharpened" if self.sharpening else size


STAGES = (
    Stage(16, 1500),
    Stage(32, 3200),
    Stage(64, 3500),
    Stage(128, 3500, batch=8),
    Stage(256, 1900, batch=4),
    Stage(256, 400, sharpening=True, batch=4),
)
"""Without a GPU: with `fast` 2.7 hours of CPU time, going by a step's, besides the renderings."""

GPU_STAGES = (
    Stage(16, 1200, batch=64),
    Stage(32, 1800, batch=64),
    Stage(64, 2500, batch=64),
    Stage(128, 2500, batch=32),
    Stage(256, 10500, batch=32),
    Stage(256, 800, sharpening=True, batch=16),
)
"""The stages of the default model: with `fast` 18 minutes of one H100, besides the renderings, of
which the compiler takes six. 350,000 pictures of 256 x 256 are looked at; by `STAGES` it is 9,200.
"""


@dataclass(frozen=True, slots=True)
class FitConfig:
    """How the fit is done. A weight's share of the rates falls by a cosine in each stage."""

    stages: tuple[Stage, ...] = STAGES
    matrix_rate: float = 2e-3  # of Muon: how far a weight of a matrix moves in a step
    style_rate: float = 1e-2  # the same for the layers that make styles of w
    learning_rate: float = 2e-3  # of Adam, for all other weights
    warm_up: int = 100  # steps
    ema_steps: float = 300.0  # the average forgets over so many steps
    seed: int = 0
    fast: bool = False  # see `Fast`
    device: str = "cpu"  # where it is computed, as PyTorch names it


@dataclass(frozen=True, slots=True)
class Step:
    """Where a fit stands. `seconds` is CPU time spent in this stage, over all sittings."""

    stage: Stage
    step: int
    seconds: float
    loss: float


class StageFit:
    """The fit at one resolution.

    `pictures` are of its size; `start` is the generator of the stage before, or None. Call `run`
    until `done`; `result` is the generator to keep.
    """

    def __init__(
        self,
        character: Character,
        config: FitConfig,
        stage: Stage,
        pictures: Pictures,
        start: Generator | None,
    ) -> None:
        self._config = config
        self.stage = stage
        self.step = 0
        self.seconds = 0.0
        self._examples = Examples(character, pictures, config.device)
        seed = config.seed + stage.resolution
        z_dim = len(character.parameters)
        if start is None:
            self.generator = new_generator(geometry_for(z_dim, stage.resolution), seed)
        else:
            self.generator = grow(start, stage.resolution, seed)
        self.generator.to(config.device)
        self.average = Generator(self.generator.geometry).to(config.device)
        self.average.load_state_dict(self.generator.state_dict())
        self.optimisers = optimisers(self.generator, config)
        self._synthesis: Function = self.generator.synthesis
        self._picture_loss = picture_loss
        if config.fast:
            self._synthesis = Fast(self.generator, self._synthesis).run
            self._picture_loss = torch.compile(picture_loss)
        self._random = torch.Generator().manual_seed(seed)

    def run(self, steps: int) -> Step:
        """At most so many steps, fewer if the stage ends before; says where that is."""
        losses: list[torch.Tensor] = []
        start = time.process_time()
        while len(losses) < steps and not self.done:
            losses.append(self._advance())
        mean = float(torch.stack(losses).mean()) if losses else math.nan  # waits for a device
        self.seconds += time.process_time() - start
        return Step(self.stage, self.step, self.seconds, mean)

    @property
    def done(self) -> bool:
        return self.step >= self.stage.steps

    def result(self) -> Generator:
        """What the fit has made so far: the average of the generator over its last steps."""
        return self.average

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on at the very next step."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "random": self._random.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of the same stage."""
        self.step, self.seconds = state["step"], state["seconds"]
        self.generator.load_state_dict(state["generator"])
        self.average.load_state_dict(state["average"])
        for optimiser, kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        self._random.set_state(state["random"])

    def _advance(self) -> torch.Tensor:
        config = self._config
        share = self.step / self.stage.steps
        rate = 0.05 + 0.95 * (1 + math.cos(math.pi * share)) / 2
        rate *= min(1.0, (self.step + 1) / config.warm_up)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["full_rate"] * rate
        some = self._examples.draw(self.stage.batch, self._random)
        made = self._synthesis(self.generator.mapping(some.z))
        loss = self._loss(made, some)
        for optimiser in self.optimisers:
            optimiser.zero_grad()
        torch.autograd.backward(loss)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        follow(
            self.average,
            self.generator,
            min(1 - 1 / config.ema_steps, self.step / (self.step + 20)),
        )
        return loss.detach()

    def _loss(self, made: torch.Tensor, wanted: Batch) -> torch.Tensor:
        return self._picture_loss(made, wanted.pictures, wanted.care)


def optimisers(network: nn.Module, config: FitConfig) -> list[torch.optim.Optimizer]:
    """Muon for matrices and convolutions, Adam for all other weights, at their full rates."""
    styles: list[nn.Parameter] = []
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, weight in network.named_parameters():
        kind = others if not for_muon(weight) else styles if "affine" in name else matrices
        kind.append(weight)
    groups = [_group(styles, config.style_rate), _group(matrices, config.matrix_rate)]
    rest = _group(others, config.learning_rate)
    return [Muon(groups), torch.optim.Adam([rest], betas=(0.9, 0.99))]


def _group(weights: list[nn.Parameter], rate: float) -> dict[str, Any]:
    return {"params": weights, "lr": rate, "full_rate": rate}


@torch.no_grad()
def follow(average: Generator, generator: Generator, keep: float) -> None:
    """Move the average towards the generator, of which it keeps the share `keep`."""
    pairs = zip(average.parameters(), generator.parameters(), strict=True)
    for slow, fast in pairs:
        slow.lerp_(fast, 1 - keep)


def save_checkpoint(path: Path, number: int, fit: StageFit) -> None:
    """Write the state of the fit's stage of that number; the file is whole at any time."""
    with written_whole(path) as unfinished:
        torch.save({"stage": number, **fit.state()}, unfinished)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `save_checkpoint` wrote. Executes nothing that the file carries."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
