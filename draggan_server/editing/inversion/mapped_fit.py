"""A joint fit among what the mapping network makes, by steps of z instead of w.

W's directions leave the curved sheet of the network's outputs, and beside it nearly the same
picture is met by a latent that moves otherwise: the prior of W, a normal one, tells neither. On the
sheet a photo has fewer explanations, and the picture moves as the model's own do.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from draggan_server.editing import manifold
from draggan_server.editing.inversion.joint_fit import Estimate, JointFit
from draggan_server.editing.inversion.row_fit import RowFit
from draggan_server.editing.inversion.world import World
from draggan_server.editing.mapped import Mapped, output_of, slope


@dataclass(frozen=True, eq=False, kw_only=True)
class MappedEstimate(Estimate):
    """One whose coordinates are those of what the mapping network makes, `output` of one z."""

    output: manifold.Outputs


def mapped(world: World, estimate: Estimate, curvature: torch.Tensor) -> MappedEstimate:
    """`estimate` with the mapping network's output nearest to it, as the picture tells by the
    `curvature` [P, P] of a joint fit over latent, motion and tone.
    """
    latents = len(estimate.coordinates)
    picture = torch.linalg.cholesky(curvature[:latents, :latents].cpu().double()).T
    spread = world.directions.cpu().double()
    in_units = spread / spread.square().sum(dim=1, keepdim=True)  # [K, w_dim]
    search = Mapped(world.generator, picture @ in_units)
    search.nearest(world.w_plus(estimate.coordinates[None])[0, 0].cpu().double())
    return _estimate(world, estimate, search.found)


class MappedFit(JointFit):
    """Steps from a `MappedEstimate` to better ones."""

    def _by_parameters(self, now: Estimate, by_coordinates: torch.Tensor) -> torch.Tensor:
        return _slope(self._world, _output(now)) @ by_coordinates

    def _parameters(self, now: Estimate) -> torch.Tensor:
        return _output(now).z[0]

    def _latent_moved(self, now: Estimate, step: torch.Tensor) -> Estimate:
        old = _output(now)
        output = output_of(self._world.generator, old.z + step, old)
        return _estimate(self._world, now, output)


class MappedRows(RowFit):
    """Rows near a common latent that is one of the mapping network's outputs: begins at a
    `MappedEstimate`."""

    def _of_parameters(self, curvature: torch.Tensor) -> torch.Tensor:
        latents = len(self._start.coordinates)
        by_z = _slope(self._world, _output(self._start))
        rest = torch.eye(len(curvature) - latents).to(curvature)
        chain = curvature.new_zeros(len(by_z) + len(rest), len(curvature))
        chain[: len(by_z), :latents] = by_z
        chain[len(by_z) :, latents:] = rest
        ridge = curvature.new_zeros(len(chain))
        ridge[: len(by_z)] = self._unit
        return chain @ curvature @ chain.T + torch.diag(ridge)

    def _coordinates(self, step: torch.Tensor) -> torch.Tensor:
        start, world = _output(self._start), self._world
        w: torch.Tensor = world.generator.mapping_network(start.z + step, start.labels)
        return world.coordinates_of(w)[0]

    def _unlikely(self, step: torch.Tensor) -> torch.Tensor:
        return step.new_zeros(())  # every output is likely


def _estimate(world: World, like: Estimate, output: manifold.Outputs) -> MappedEstimate:
    """By that output, in the same place and tone."""
    coordinates = world.coordinates_of(output.w)[0]
    return MappedEstimate(coordinates, like.matrix, like.tone, output=output)


def _output(estimate: Estimate) -> manifold.Outputs:
    assert isinstance(estimate, MappedEstimate)
    return estimate.output


def _slope(world: World, output: manifold.Outputs) -> torch.Tensor:
    """[z_dim, K]: how the coordinates change with z."""
    by_z = slope(world.generator, output).T.to(world.mean)
    return world.coordinates_of(world.mean + by_z)
