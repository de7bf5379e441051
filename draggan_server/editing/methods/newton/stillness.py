"""What moves cost in `newton`: how much of the picture they change, weighed by how far they go."""

from __future__ import annotations

import torch

from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.methods.newton import meant, parted
from draggan_server.editing.methods.newton.held_metric import held_metric
from draggan_server.editing.methods.newton.minimum_norm import MinimumNorm
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.thrift import OWN, Cost
from draggan_server.editing.preparation import picture_metric
from draggan_server.editing.problem import DragProblem

NEAR = 0.1
"""Part of the picture's longer side. Up to here a drag is near: the smallest change of the picture
shows what is meant, and the rows may part. Farther ones leave the latents that the model knows if
rows go so far each by itself, and cannot leave the picture as it is."""

FAR = 0.15
"""Likewise. Drags that go farther leave what the mapping network makes, and are led back to it."""

STILLNESS = 6.0
"""What a change of the picture weighs in a near drag, against a move by a unit in every direction,
so that models of any contrast are held alike. In a far one it falls with the square of the way."""

HELD = 9.0
"""What the same change of what a mask holds weighs, over the mask's weight."""

DAMPING = 0.3 / 128**2
"""How much of the way is given up to be spared a move by a unit, over the square of the picture's
longer side."""


class Stillness:
    """The metrics of a drag, measured once, for a way of any length. `view` is of the start."""

    def __init__(self, problem: DragProblem, moves: Moves, view: PyramidView) -> None:
        self._side = max(problem.generator.img_resolution)
        self._common, self.size = moves.common, moves.size
        factors = [moves.vjp(picture_metric(problem.generator)[:, : moves.rows])]
        self._held: list[float] = []
        if problem.movable_mask is not None:
            factors.append(moves.vjp(held_metric(view, problem.movable_mask)).cpu())
            self._held.append(HELD * problem.config.mask_weight)
        self._counts = [len(factor) for factor in factors]
        self._factor = torch.cat(factors)
        self._inner = [
            part @ part.T
            for part in (self._factor[:, : self._common], self._factor[:, self._common :])
        ]

    def of_way(self, way: float) -> MinimumNorm:
        """What counts in a drag whose farthest point goes `way` px."""
        return self._metric(way, STILLNESS, 1.0)

    def of_thrift(self, way: float, weight: float) -> MinimumNorm:
        """Likewise where it has arrived and spares what it can; `weight` is that of the change."""
        return self._metric(way, weight, OWN)

    def of_whole(self, way: float) -> MinimumNorm:
        """Likewise where all moves as a whole: rows hardly part, and what changes costs nothing."""
        return self._metric(way, 0.0, meant.OWN)

    def of_parted(self, way: float) -> MinimumNorm:
        """Likewise where rows that have parted come together."""
        return self._metric(way, parted.WEIGHT, parted.OWN)

    def cost(self, x: torch.Tensor, way: float) -> Cost | None:
        """Of the move x [size] in a drag of that way; None of one that changes nothing."""
        _, unit, _, usual = self._units(way, OWN)
        changed = self._factor[: self._counts[0]] @ x
        far, change = float((x / unit).square().sum()), float(changed.square().sum() / usual)
        return Cost(far, change) if far and change else None

    def _metric(self, way: float, stillness: float, own: float) -> MinimumNorm:
        nearness, unit, inner, usual = self._units(way, own)
        shares = [nearness**2, 1.0][: len(self._counts)]  # far away, only the mask still counts
        weights = torch.cat(
            [
                (weight * share / usual).sqrt().expand(count)
                for weight, share, count in zip(
                    [stillness, *self._held], shares, self._counts, strict=True
                )
            ]
        )
        return MinimumNorm(
            unit,
            weights[:, None] * self._factor,
            weights[:, None] * inner * weights,
            DAMPING * self._side**2,
            self._side,
        )

    def _units(
        self, way: float, own: float
    ) -> tuple[float, torch.Tensor, torch.Tensor, torch.Tensor]:
        """How near the drag is, what 1 of each move is there, `own` of a row's own one, all
        changes' products in these units, and what a move by a unit in every direction changes of
        the picture, squared."""
        nearness = min(1.0, NEAR * self._side / max(way, 1e-9))
        rows = own * nearness
        unit = torch.ones(self._factor.shape[1], dtype=self._factor.dtype)
        unit[self._common :] = rows
        inner = self._inner[0] + rows**2 * self._inner[1]
        return nearness, unit, inner, inner.diagonal()[: self._counts[0]].sum()


def goes_far(problem: DragProblem) -> bool:
    """Whether its handles are to go `FAR`."""
    return problem.farthest_way > FAR * max(problem.generator.img_resolution)
