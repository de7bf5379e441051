"""The drag itself: the noisy latent is moved until the points are where they are to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from draggan_server.diffusion import motion
from draggan_server.diffusion.denoiser import Look
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.diffusion.schedule import RUNGS
from draggan_server.editing.mask_term import held_cells
from draggan_server.editing.problem import (
    REFERENCE_SIDE,
    DragStep,
    arrival_distance,
    checked_mask,
    checked_points,
)
from draggan_server.wire.drag_config import DragdiffusionConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyStep(DragStep):
    """`w_plus` is what the network takes `noisy` for, a guess; `noisy` [1, C, h, w] itself is what
    is moved."""

    noisy: torch.Tensor


class DiffusionProblem:
    """A checked drag of the picture of `w_plus`. Points [P, 2] (x, y) in its pixels, `movable_mask`
    [H, W] or None. `denoiser` is the model's network as it sees that picture.

    Raises `BadInput` with a sentence for whatever cannot be dragged.
    """

    def __init__(
        self,
        model: DiffusionModel,
        w_plus: torch.Tensor,
        handle_points: torch.Tensor,
        target_points: torch.Tensor,
        movable_mask: torch.Tensor | None,
        config: DragdiffusionConfig,
    ) -> None:
        self.model = model
        self.config = config
        self._clean = model.map_of(w_plus)
        self.handles, self.targets = checked_points(handle_points, target_points, model)
        self.mask = checked_mask(movable_mask, model)
        self.denoiser = model.painting(w_plus, self.mask)
        self.rung = max(1, round(config.noise * RUNGS))
        scale = max(model.img_resolution) / REFERENCE_SIDE
        way = (self.targets - self.handles).norm(dim=1)
        self.arrival = arrival_distance(way, config.stop_distance, scale)

    def raised(self) -> Iterator[torch.Tensor]:
        """The latent [1, C, h, w] on each rung, by DDIM inversion; the last is where to drag."""
        z = self._clean
        for rung in range(self.rung):
            with torch.no_grad():
                z = self.model.schedule.up(z, self.denoiser.noise, rung)
            yield z

    def steps(
        self, start: torch.Tensor, noisy: torch.Tensor, handles: torch.Tensor, most: int
    ) -> Iterator[NoisyStep]:
        """At most `most` updates of `noisy`, which comes of `start`, both [1, C, h, w] on the rung;
        `handles` [P, 2] are where the handles are in `noisy`.

        2306.14435, section 3.3: Adam on equation 3, then equation 6.
        """
        with torch.no_grad():
            first = self._look(start)
            sought = motion.sample(first.features, self._to_features(self.handles))
            below = self._below(start, first.noise)
        cells = (below.shape[2], below.shape[3])
        movable = None if self.mask is None else 1 - held_cells(self.mask, cells)
        z = noisy.clone().requires_grad_(True)
        optimiser = torch.optim.Adam([z], lr=self.config.learning_rate)
        targets, at = self._to_features(self.targets), self._to_features(handles)
        for step in range(most + 1):
            look = self._look(z)
            if step:
                at = motion.track(look.features.detach(), sought, at, self.config.r2)
            loss = motion.supervision(look.features, at, targets, self.config.r1)
            if movable is not None:
                held = motion.held(self._below(z, look.noise), below, movable)
                loss = loss + self.config.mask_weight * held
            state = self._state(step, z.detach().clone(), look.noise, at, loss)
            yield state
            if state.arrived or step == most:
                return
            (z.grad,) = torch.autograd.grad(loss, [z])
            optimiser.step()

    def _look(self, z: torch.Tensor) -> Look:
        model = self.model
        return self.denoiser.look(z, model.schedule.timestep(self.rung), model.feature_size)

    def _below(self, z: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        return self.model.schedule.moved(z, noise, self.rung, self.rung - 1)

    def _state(
        self,
        step: int,
        noisy: torch.Tensor,
        noise: torch.Tensor,
        at: torch.Tensor,
        loss: torch.Tensor,
    ) -> NoisyStep:
        handles = self._from_features(at)
        distances = (self.targets - handles).norm(dim=1)
        guess = self.model.schedule.clean(noisy, noise.detach(), self.rung)
        return NoisyStep(
            step=step,
            w_plus=self.model.flat(guess),
            handle_points=handles,
            distances=tuple(distances.tolist()),
            points_arrived=tuple((distances <= self.arrival).tolist()),
            loss=float(loss.detach()),
            noisy=noisy,
        )

    @property
    def _scale(self) -> torch.Tensor:
        """[2]: feature pixels a pixel of the picture, (x, y)."""
        (height, width), (rows, columns) = self.model.img_resolution, self.model.feature_size
        return self.handles.new_tensor([columns / width, rows / height])

    def _to_features(self, points: torch.Tensor) -> torch.Tensor:
        return (points + 0.5) * self._scale - 0.5

    def _from_features(self, points: torch.Tensor) -> torch.Tensor:
        return (points + 0.5) / self._scale - 0.5
