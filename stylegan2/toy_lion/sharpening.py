"""The last stage: a discriminator makes crisp what regression leaves soft.

StyleGAN2's training (arXiv 1912.04958): the logistic loss, and R1 every few steps. Pictures go on
being compared with the renderings that they should be, so z keeps its meaning; what the
discriminator sees in both is compared, too. What is kept lies between the generator before and the
one after. Of the default model's 740 steps, on 64 unseen pictures (edges: mean difference of
neighbouring pixels, as a share of the renderings'):

| weight of the one after | 0 | 1/4 | 1/2 | 3/4 | 1 |
| --- | --- | --- | --- | --- | --- |
| PSNR, dB | 34.23 | 34.28 | 34.20 | 34.00 | 33.68 |
| edges, % | 98 | 101 | 103 | 105 | 108 |

At 1/2 teeth, lids and outlines look as sharp as at 1, and its thin bright lines are fainter.

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
from stylegan2.toy_lion.fit import FitConfig, Stage, StageFit, follow, optimisers
from stylegan2.toy_lion.pictures import Pictures
from stylegan2.toy_lion.trainable import discriminator_geometry_for, new_discriminator

RATES = 0.1
"""The generator's rates here, as a share of those of the regression."""

_RATE = 5e-3  # of the discriminator's matrices
_JUDGED = 0.1
"""Weight of what the discriminator says. Where pictures are compared by L1 alone, 1 to 100 is usual
(arXiv 1611.07004); the loss here is about ten times that L1."""

_ALIKE = 1.0
"""Weight of the difference between the discriminator's features of a picture and of the rendering
(feature matching, arXiv 1711.11585)."""

_KEPT = 0.5
"""Weight of the generator after this stage against the one before it (network interpolation,
arXiv 1809.00219, section 3.4)."""

_WARM_UP = 100  # steps, until the discriminator is fully heard
_R1 = 1.0  # gamma, for colours in [-1, 1]
_R1_EVERY = 8  # steps


class Sharpening(StageFit):
    """A stage of the fit with a discriminator, which is kept: `discriminator`.

    Its features say how alike two pictures are, which inversion makes use of. The `result` is the
    interpolation, by `_KEPT`, of the generator that it starts with and the one that it ends with.
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
        self._start = Generator(self.average.geometry).to(config.device)
        self._start.load_state_dict(self.average.state_dict())
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["full_rate"] *= RATES
        geometry = discriminator_geometry_for(stage.resolution)
        self.discriminator = new_discriminator(geometry, config.seed).to(config.device)
        self._said: Function = self.discriminator
        self._seen: Function = self._see
        if config.fast:
            self._said = Fast(self.discriminator, self.discriminator.forward).run
            self._seen = Fast(self.discriminator, self._see).run
        self._judges = optimisers(self.discriminator, replace(config, matrix_rate=_RATE))

    def state(self) -> dict[str, Any]:
        return {
            **super().state(),
            "start": self._start.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "judges": [judge.state_dict() for judge in self._judges],
        }

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._start.load_state_dict(state["start"])
        self.discriminator.load_state_dict(state["discriminator"])
        for judge, kept in zip(self._judges, state["judges"], strict=True):
            judge.load_state_dict(kept)

    def result(self) -> Generator:
        between = Generator(self.average.geometry).to(self._start.device)
        between.load_state_dict(self._start.state_dict())
        follow(between, self.average, 1 - _KEPT)
        return between

    def _loss(self, made: torch.Tensor, wanted: Batch) -> torch.Tensor:
        self._teach(made.detach(), wanted.pictures)
        self.discriminator.requires_grad_(False)
        seen = self._seen(made)
        with torch.no_grad():
            should = self._seen(wanted.pictures)
        judged = functional.softplus(-seen[:, 0]).mean()
        unlike = (seen - should)[:, 1:].abs().sum(dim=1).mean()
        heard = min(1.0, self.step / _WARM_UP)
        return super()._loss(made, wanted) + heard * (_JUDGED * judged + _ALIKE * unlike)

    def _see(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pictures [N, 3, r, r] -> [N, 1 + F]: what the discriminator says, then its features, so
        scaled that each block counts the same.
        """
        logits, features = self.discriminator.judge(pictures)
        scaled = [feature.flatten(1) / feature[0].numel() for feature in features]
        return torch.cat([logits, *scaled], dim=1)

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
