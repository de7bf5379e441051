"""The last part of a fit: each row of w+ by itself, with placement and tone, at full resolution.

Limited-memory BFGS on variables in which a joint fit's curvature is the unit matrix, so that
placement, tone and the rows' common part, which can do nearly the same to a picture, are told apart
in few steps. Each row stays near the common latent: what is far out cannot be dragged.

In the end the placement is held and rows are free in every direction of w: a place that the
picture cannot show would else pull the placement once it has a say. At last the first rows are
held, too, which say where things are: what is fine still comes nearer then, and would pull them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch

from draggan_server.editing.inversion import robustness
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.joint_fit import PRIOR, Estimate
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import Interrupted, World
from draggan_server.layer import homography

ROW_SPREAD = 0.3
"""How far the prior expects a row from the common latent, in units of W's spread."""
FARTHEST = 0.1
"""Rows move the placement by less than this: radians, shares of a size or of half a side. A photo
of another thing would else be met by a picture that is small enough."""
HISTORY = 12
STEPS_A_ROUND = 4
"""Between two looks at what the generator cannot explain."""
_FIRST_STEP = 0.25
"""Of the loss's gradient, in whitened variables, is Newton's step: half for the square, and half
again because the common part and the rows do the same to a picture."""


class RowFit:
    """Begins at an `estimate` whose `curvature` [P, P] over latent, motion and tone is known."""

    def __init__(self, world: World, estimate: Estimate, curvature: torch.Tensor) -> None:
        self._world = world
        self._start = estimate
        self._whole = world.generator.img_resolution
        self._latents = len(estimate.coordinates)
        self._tones = estimate.tone.coefficients.numel()
        self._motions = len(curvature) - self._latents - self._tones
        self._unit = PRIOR / self._latents
        self._motion: torch.Tensor | None = None  # once it is held
        self._held = world.mean.new_empty(0, len(world.mean))  # the first rows, once they are
        common = self._of_parameters(curvature)
        self._unwhiten = _unwhitening(common).to(world.mean)
        rows, w_dim = world.generator.num_ws, len(world.mean)
        # Of all rows together, as that of the common part is.
        latent = curvature[: self._latents, : self._latents]
        prior = self._unit / ROW_SPREAD**2 * torch.eye(self._latents).to(latent)
        self._row_unwhiten = _unwhitening(latent + prior).to(world.mean)
        # A row makes a share of the picture's change.
        stiffness = latent.diagonal() / rows / world.directions.square().sum(dim=1)
        spread = ROW_SPREAD * world.generator.w_spread()
        self._free_prior = PRIOR / (rows * w_dim * spread**2)
        self._free_scale = (float(stiffness.mean()) + self._free_prior) ** -0.5
        self._common = torch.zeros(len(common)).to(world.mean).requires_grad_(True)
        self._rows = torch.zeros(rows, self._latents).to(world.mean).requires_grad_(True)
        self._free = torch.zeros(rows, w_dim).to(world.mean).requires_grad_(True)

    def run(
        self,
        photo: Photo,
        block: int,
        rounds: int,
        scale: float,
        *,
        every_direction: bool = False,
        held: int = 0,
    ) -> Iterator[Explanation]:
        """`rounds` times `STEPS_A_ROUND` steps at the resolution of `block`. `photo` may be another
        share of the same one each time.

        With `every_direction` the placement stays as it is from here on, and rows leave W's leading
        directions; the first `held` of them stay, too. Interrupted, the last is the best that was
        seen.
        """
        variables = [self._common, self._rows]
        if every_direction:
            self._motion = self._split()[1].detach()
            variables.append(self._free)
            self._held = self.explanation().w_plus[0, :held]
        optimiser = torch.optim.LBFGS(
            variables,
            max_iter=STEPS_A_ROUND,
            max_eval=2 * STEPS_A_ROUND,
            tolerance_grad=0,
            tolerance_change=0,
            history_size=HISTORY,
            line_search_fn="strong_wolfe",
        )
        for _ in range(rounds):
            best = _Best(variables)
            try:
                with torch.no_grad():
                    residual, seen = self._residual(photo, block)
                    weights = robustness.weights(residual, seen, scale)

                def closure(weights: torch.Tensor = weights, best: _Best = best) -> torch.Tensor:
                    optimiser.zero_grad()
                    with torch.enable_grad():
                        residual, _ = self._residual(photo, block)
                        square = residual.square().mean(dim=0) * weights
                        loss = _FIRST_STEP * (square.sum() / weights.sum() + self._prior())
                        loss.backward()  # type: ignore[no-untyped-call]
                    best.saw(float(loss.detach()))
                    return loss

                optimiser.step(closure)  # type: ignore[no-untyped-call]
            except Interrupted:
                best.restore()
                yield self.explanation()
                return
            yield self.explanation()

    def explanation(self) -> Explanation:
        """Where the fit stands."""
        with torch.no_grad():
            coordinates, local, tone = self._parameters()
            return Explanation(
                homography.normalised(self._start.matrix @ local.double()),
                self._start.tone.moved(tone),
                self._w_plus(coordinates)[None].clone(),
            )

    def _split(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The common part's step of the latent [L], motion [A] and tone [T]."""
        common = self._unwhiten @ self._common
        latent, motion, tone = torch.split(
            common, [len(common) - self._motions - self._tones, self._motions, self._tones]
        )
        moved = FARTHEST * torch.tanh(motion / FARTHEST)
        return latent, moved if self._motion is None else self._motion, tone

    def _parameters(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Coordinates [K] of the common latent, the placement's motion [3, 3], the tone's [T]."""
        latent, motion, tone = self._split()
        frame = homography.unit_frame(self._whole)
        local = torch.linalg.inv(frame) @ homography.motion(motion) @ frame
        return self._coordinates(latent), local, tone

    def _of_parameters(self, curvature: torch.Tensor) -> torch.Tensor:
        """[P, P], over coordinates, motion and tone -> over what the common part is made of."""
        return curvature

    def _coordinates(self, step: torch.Tensor) -> torch.Tensor:
        """[K] of the common latent, after a step [L] of what it is made of."""
        return self._start.coordinates + step

    def _unlikely(self, step: torch.Tensor) -> torch.Tensor:
        """How far from what is likely the common latent is then, squared."""
        return self._coordinates(step).square().sum()

    def _w_plus(self, coordinates: torch.Tensor) -> torch.Tensor:
        """[num_ws, w_dim]."""
        moved = coordinates + self._rows @ self._row_unwhiten.T
        free = self._free_scale * self._free
        w_plus = self._world.mean + moved @ self._world.directions + free
        return torch.cat([self._held, w_plus[len(self._held) :]])

    def _residual(self, photo: Photo, block: int) -> tuple[torch.Tensor, torch.Tensor]:
        """[C, h, w], and what is seen, [h, w]."""
        world = self._world
        coordinates, local, tone = self._parameters()
        picture = world.picture(self._w_plus(coordinates)[None], block)
        toned = self._start.tone.moved(tone).apply(picture)[0]
        matrix = self._start.matrix @ local @ homography.resized(world.size(block), self._whole)
        colours, seen = photo.seen(matrix, world.size(block))
        return toned - world.filtered(colours.to(toned), block), seen.detach().to(toned)

    def _prior(self) -> torch.Tensor:
        latent = self._unlikely(self._split()[0])
        rows = self._rows @ self._row_unwhiten.T / ROW_SPREAD
        near = self._unit * (latent + rows.square().sum())
        prior: torch.Tensor = (
            near + self._free_prior * (self._free_scale * self._free).square().sum()
        )
        return prior


class _Best:
    """Where the variables were when the loss was least: a line search looks at worse places."""

    def __init__(self, variables: Sequence[torch.Tensor]) -> None:
        self._variables = variables
        self._values = [variable.detach().clone() for variable in variables]
        self._loss = math.inf

    def saw(self, loss: float) -> None:
        if loss < self._loss:
            self._loss = loss
            self._values = [variable.detach().clone() for variable in self._variables]

    @torch.no_grad()
    def restore(self) -> None:
        for variable, value in zip(self._variables, self._values, strict=True):
            variable.copy_(value)


def _unwhitening(curvature: torch.Tensor) -> torch.Tensor:
    """[P, P] U: in y, where x = U y, the curvature of x is the unit matrix."""
    unwhitening: torch.Tensor = torch.linalg.inv(torch.linalg.cholesky(curvature.double())).T
    return unwhitening
