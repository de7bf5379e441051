"""The last part of a fit: each row of w+ by itself, with placement and tone, at full resolution.

Limited-memory BFGS on variables in which a joint fit's curvature is the unit matrix, so that
placement, tone and the rows' common part, which can do nearly the same to a picture, are told apart
in few steps. Each row stays near the common latent: what is far out cannot be dragged.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from draggan_server.editing.inversion import robustness
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.joint_fit import PRIOR, Estimate
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import World
from draggan_server.layer import homography

ROW_SPREAD = 0.3
"""How far the prior expects a row from the common latent, in units of W's spread."""
HISTORY = 12
STEPS_A_ROUND = 4
"""Between two looks at what the generator cannot explain."""


class RowFit:
    """Begins at an `estimate` whose `curvature` [P, P] over latent, motion and tone is known."""

    def __init__(
        self, world: World, photo: Photo, estimate: Estimate, curvature: torch.Tensor
    ) -> None:
        self._world = world
        self._photo = photo
        self._start = estimate
        self._whole = world.generator.img_resolution
        self._latents = len(estimate.coordinates)
        rows = world.generator.num_ws
        # curvature = lower lower^T; common = inverse(lower)^T whitened
        lower = torch.linalg.cholesky(curvature.double())
        self._unwhiten = torch.linalg.inv(lower).T.to(world.mean)
        self._unit = PRIOR / self._latents
        stiffness = float(curvature.diagonal()[: self._latents].mean())
        self._row_scale = (stiffness / rows + self._unit / ROW_SPREAD**2) ** -0.5
        self._common = torch.zeros(len(curvature)).to(world.mean).requires_grad_(True)
        self._rows = torch.zeros(rows, self._latents).to(world.mean).requires_grad_(True)

    def run(self, block: int, rounds: int, scale: float) -> Iterator[Explanation]:
        """`rounds` times `STEPS_A_ROUND` steps at the resolution of `block`."""
        optimiser = torch.optim.LBFGS(
            [self._common, self._rows],
            max_iter=STEPS_A_ROUND,
            max_eval=2 * STEPS_A_ROUND,
            history_size=HISTORY,
            line_search_fn="strong_wolfe",
        )
        for _ in range(rounds):
            with torch.no_grad():
                residual, seen = self._residual(block)
                weights = robustness.weights(residual, seen, scale)

            def closure(weights: torch.Tensor = weights) -> torch.Tensor:
                optimiser.zero_grad()
                with torch.enable_grad():
                    residual, _ = self._residual(block)
                    square = residual.square().mean(dim=0) * weights
                    loss = square.sum() / weights.sum() + self._prior()
                    loss.backward()  # type: ignore[no-untyped-call]
                return loss

            optimiser.step(closure)  # type: ignore[no-untyped-call]
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

    def _parameters(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Coordinates [K] of the common latent, the placement's motion [3, 3], the tone's [T]."""
        common = self._unwhiten @ self._common
        tones = self._start.tone.coefficients.numel()
        latent, motion, tone = torch.split(
            common, [self._latents, len(common) - self._latents - tones, tones]
        )
        frame = homography.unit_frame(self._whole)
        local = torch.linalg.inv(frame) @ homography.motion(motion) @ frame
        return self._start.coordinates + latent, local, tone

    def _w_plus(self, coordinates: torch.Tensor) -> torch.Tensor:
        """[num_ws, w_dim]."""
        moved = coordinates + self._row_scale * self._rows
        w_plus: torch.Tensor = self._world.mean + moved @ self._world.directions
        return w_plus

    def _residual(self, block: int) -> tuple[torch.Tensor, torch.Tensor]:
        """[C, h, w], and what is seen, [h, w]."""
        world = self._world
        coordinates, local, tone = self._parameters()
        picture = world.picture(self._w_plus(coordinates)[None], block)
        toned = self._start.tone.moved(tone).apply(picture)[0]
        matrix = self._start.matrix @ local @ homography.resized(world.size(block), self._whole)
        photo, seen = self._photo.seen(matrix, world.size(block))
        return toned - world.filtered(photo.to(toned), block), seen.detach().to(toned)

    def _prior(self) -> torch.Tensor:
        common = self._unwhiten @ self._common
        latent = self._start.coordinates + common[: self._latents]
        rows = self._row_scale / ROW_SPREAD * self._rows
        prior: torch.Tensor = self._unit * (latent.square().sum() + rows.square().sum())
        return prior
