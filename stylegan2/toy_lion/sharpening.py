"""The last stage: a discriminator makes crisp what regression leaves soft.

StyleGAN2's training (arXiv 1912.04958): the logistic loss, and R1 every few steps. Since pictures
go on being compared with the renderings that they should be, z keeps its meaning. To the
default model 400 steps brought half of the edges that the regression had lost, and cost 0.4 dB.

A discriminator is slow to see what regression does not show. What tells renderings from pictures of
the 128 x 128 stage, after 60 steps of four of each (mean difference of the logits):

| Adam, 3e-3 | Muon, 2e-3 | Muon, 5e-3 |
| --- | --- | --- |
| 0.01 | 0.13 | 0.26 |
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch.nn import functional

from stylegan2.generator import Generator
from stylegan2.toy_lion.character import Character
from stylegan2.toy_lion.examples import Batch
from stylegan2.toy_lion.fast import Fast, Function
from stylegan2.toy_lion.fit import FitConfig, Stage, StageFit, optimisers
from stylegan2.toy_lion.pictures import Pictures
from stylegan2.toy_lion.trainable import discriminator_geometry_for, new_discriminator

RATES = 0.1
"""The generator's rates here, as a share of those of the regression."""

_RATE = 5e-3  # of the discriminator's matrices
_JUDGED = 0.2
"""Weight of what the discriminator says. Where pictures are compared by L1 alone, 1 to 100 is usual
(arXiv 1611.07004); the loss here is about ten times that L1."""

_WARM_UP = 100  # steps, until the discriminator is fully heard
_R1 = 0.1  # gamma, for colours in [-1, 1]
_R1_EVERY = 8  # steps


class Sharpening(StageFit):
    """A stage of the fit with a discriminator, which is kept: `discriminator`.

    Its features say how alike two pictures are, which inversion makes use of.
    """

    def __init__(
        self,
        character: Character,
        config: FitConfig,
        stage: Stage,
        pictures: Pictures,
        start: Generator,
    ) -> None:
        super().__init__(character, config, stage, pictures, start)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["full_rate"] *= RATES
        geometry = discriminator_geometry_for(stage.resolution)
        self.discriminator = new_discriminator(geometry, config.seed)
        self._said: Function = self.discriminator
        if config.fast:
            self._said = Fast(self.discriminator, self.discriminator.forward).run
        self._judges = optimisers(self.discriminator, replace(config, matrix_rate=_RATE))

    def state(self) -> dict[str, Any]:
        return {
            **super().state(),
            "discriminator": self.discriminator.state_dict(),
            "judges": [judge.state_dict() for judge in self._judges],
        }

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.discriminator.load_state_dict(state["discriminator"])
        for judge, kept in zip(self._judges, state["judges"], strict=True):
            judge.load_state_dict(kept)

    def _loss(self, made: torch.Tensor, wanted: Batch) -> torch.Tensor:
        self._teach(made.detach(), wanted.pictures)
        self.discriminator.requires_grad_(False)
        judged = functional.softplus(-self._said(made)).mean()
        heard = _JUDGED * min(1.0, self.step / _WARM_UP)
        return super()._loss(made, wanted) + heard * judged

    def _teach(self, made: torch.Tensor, real: torch.Tensor) -> None:
        """One step of the discriminator."""
        self.discriminator.requires_grad_(True)
        penalised = self.step % _R1_EVERY == 0
        real = real.detach().requires_grad_(penalised)
        said = self.discriminator(real) if penalised else self._said(real)
        loss = functional.softplus(-said).mean()
        loss = loss + functional.softplus(self._said(made)).mean()
        if penalised:
            (slope,) = torch.autograd.grad(said.sum(), real, create_graph=True)
            steepness = slope.square().sum(dim=(1, 2, 3)).mean()
            loss = loss + steepness * (_R1 / 2 * _R1_EVERY)
        for judge in self._judges:
            judge.zero_grad()
        torch.autograd.backward(loss)
        for judge in self._judges:
            judge.step()
