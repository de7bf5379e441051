"""The drag itself: the noisy latent is moved until the points are where they are to be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch.nn import functional

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
from draggan_server.editing.rendering import render
from draggan_server.wire.drag_config import DragdiffusionConfig

FOUND_WITHIN, FOUND_SHARE = 2, 0.1
"""Feature pixels, and a share of the way: how far from its target a handle may be found in the
picture. In the right pictures of 10 lions each, noses that go 6.4 px are found at most 1.3 px off,
those that go 22 px at most 3.5; where the tracker alone said so, and was wrong, 3 to 6 of 6.4."""
COLOURS_WITHIN = 9
"""Feature pixels: of what goes farther, so much looks otherwise that its features alone tell it. It
lies between ways of 6.4, where colours help, and of 12.8, where they do not (README)."""


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
        self._w_plus = w_plus
        self.handles, self.targets = checked_points(handle_points, target_points, model)
        self.mask = checked_mask(movable_mask, model)
        self.denoiser = model.painting(w_plus, self.mask)
        self.rung = max(1, round(config.noise * RUNGS))
        scale = max(model.img_resolution) / REFERENCE_SIDE
        way = (self.targets - self.handles).norm(dim=1)
        self.arrival = arrival_distance(way, config.stop_distance, scale)

    def raised(self) -> Iterator[torch.Tensor]:
        """The latent [1, C, h, w] on each rung, by DDIM inversion; the last is where to drag."""
        z = self.model.map_of(self._w_plus)
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

    @torch.no_grad()
    def checked(self, step: NoisyStep, w_plus: torch.Tensor) -> NoisyStep:
        """The last step once more, as the picture has it that the drag ends with: `w_plus`.

        The tracker follows what is most like a handle among what is near, and features on the way
        are of noise. So a handle has arrived only if the picture, too, shows at its target what the
        first one showed at the handle, by its colours and the network's features; else it is lost.
        """
        if not step.arrived:
            return step
        before, after = (self._views(shown) for shown in (self._w_plus, w_plus))
        targets = self._to_features(self.targets)
        way = (targets - self._to_features(self.handles)).norm(dim=1)
        reach = math.ceil(float(way.max())) + FOUND_WITHIN
        found: list[torch.Tensor] = []
        for handle, target, length in zip(
            self._to_features(self.handles), targets, way.tolist(), strict=True
        ):
            count = 1 if length > COLOURS_WITHIN else 2
            found += motion.find_again(
                before[:count], after[:count], handle[None], target[None], reach
            )
        near = (torch.stack(found) - targets).norm(dim=1) <= FOUND_WITHIN + FOUND_SHARE * way
        if bool(near.all()):
            return step
        return replace(step, points_arrived=tuple(near.tolist()), stalled=True, lost=True)

    def _views(self, w_plus: torch.Tensor) -> list[torch.Tensor]:
        """The network's features of a picture, and the picture itself in their size."""
        seen = self.model.seen(w_plus)
        picture = render(self.model, w_plus).to(seen)
        return [seen, functional.interpolate(picture, self.model.feature_size, mode="area")]

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
