"""What FreeDrag's handles should look like, and where: arXiv 2307.04684, sections 3.2 and 3.3.

Features are compared on a 3 x 3 grid about a place, by their mean absolute difference over grid and
channels. A place is a way gone from handle to target, in pixels of the picture.
"""

from __future__ import annotations

import math
from typing import TypedDict

import torch

from draggan_server.editing.difference import magnitude, rounding
from draggan_server.editing.features import FeatureField
from draggan_server.editing.problem import DragProblem

UPDATES = 5  # paper: at most so many updates a sub-motion
CANDIDATES = 10  # paper: places that the next one is chosen from
DISTANCE = 3 / 128
"""How far a sub-motion goes at most, over the picture's longer side: the paper's 3 cells of a map
of 128. Another map is that of the same picture, so it is the picture's share that is kept."""

DIFFERENCE = 0.3 / 0.68
"""What a sub-motion has to make good, over the mean size of the features: l in the paper, 0.3 in
features themselves. Theirs have a mean square of 1, as StyleGAN2's demodulation makes them (Karras
et al. 2020, section 2.2), and so a mean size of 0.68 after the activation; those of a model's last
block, or of a small model, may be a hundred times smaller."""

WELL = 0.5  # of l: a sub-motion that ends below went well
EARLY = 0.25  # of l: it ends at once
_STEEPNESS = math.log(9) / 0.6  # a, in units of 1 / l
_MIDDLE = 0.2  # b, in units of l


class Reaches(TypedDict):
    track_reach: int
    push_reach: int


class Templates:
    """The templates of a drag's handles and the places where they are asked for.

    `field` is of the first picture. The grid is as wide as the disc that DragGAN pushes: its
    places lie r1 px apart (3 px of 512, as in the published code).
    """

    def __init__(self, problem: DragProblem, field: FeatureField) -> None:
        way = problem.target_points - problem.handle_points
        self._length = way.norm(dim=1)
        # A point without a way is held: asked for at its place, and always as it was there.
        self._goes = self._length > 0
        self._direction = way / self._length.clamp(min=torch.finfo(way.dtype).tiny)[:, None]
        self._start = problem.handle_points
        self._near = self._length - problem.arrival_distance
        self._grid = way.new_tensor([-problem.r1, 0, problem.r1])
        self._far = DISTANCE * max(problem.generator.img_resolution)
        self._gone = torch.zeros_like(self._length)  # the places asked for
        self._reached = self._gone
        self._updates = torch.full_like(self._length, UPDATES)  # so the first one begins at once
        with torch.no_grad():
            self._template = self._read(field, self._gone)  # [P, 3, 3, C]
            self._rounding = rounding(self._template)
            size = self._template.abs().mean().clamp(min=torch.finfo(way.dtype).tiny)
        self._l = DIFFERENCE * size
        self._first = torch.zeros_like(self._length)  # differences where sub-motions began

    @staticmethod
    def reaches(problem: DragProblem) -> Reaches:
        """How far from the places asked for last features are read, and from those asked for."""
        far = math.ceil(DISTANCE * max(problem.generator.img_resolution))
        return Reaches(track_reach=far + problem.r1, push_reach=problem.r1)

    @property
    def asked(self) -> torch.Tensor:
        """[P, 2] (x, y): the places where the templates are asked for."""
        return self._place(self._gone)

    @property
    def reached(self) -> torch.Tensor:
        """[P, 2] (x, y): the farthest places where they were, or were found again since."""
        return self._place(self._reached)

    def loss(self, field: FeatureField) -> torch.Tensor:
        """Sum over handles of the difference to their templates. Scalar."""
        loss: torch.Tensor = self._difference(self._read(field, self._gone)).sum()
        return loss

    @torch.no_grad()
    def advance(self, field: FeatureField) -> None:
        """Look at the picture after an update, end what sub-motions are at their end, begin anew.

        Where a sub-motion ends the template takes up what is there, the more the better it went.
        If it went well the next place is the one, of ten up to d = `DISTANCE` farther, that differs
        from the template most nearly by l; if it came nearer the place stays; else the template is
        searched for from d behind to d before.
        """
        here = self._read(field, self._gone)
        last = self._difference(here)
        ended = (self._updates >= UPDATES) | (last <= EARLY * self._l)
        self._updates += 1
        if not bool(ended.any()):
            return
        well = last <= WELL * self._l
        taken = torch.sigmoid(-_STEEPNESS * (last / self._l - _MIDDLE))
        taken = torch.where(well & (self._gone >= self._near), 1.0, taken) * (ended & self._goes)
        self._template = self._template.lerp(here, taken[:, None, None, None])
        forward = self._choose(field, range(1, CANDIDATES + 1), 1.0)
        search = self._choose(field, range(-CANDIDATES, CANDIDATES + 1), 0.0)
        back = torch.where(last < self._first, self._gone, search)
        chosen = torch.where(well, forward, back)
        reached = torch.where(well, self._gone, self._reached.minimum(back))
        self._reached = torch.where(ended, reached, self._reached)
        self._gone = torch.where(ended, chosen, self._gone)
        start = self._difference(self._read(field, self._gone))
        self._first = torch.where(ended, start, self._first)
        self._updates = torch.where(ended, 1.0, self._updates)

    def _choose(self, field: FeatureField, steps: range, differing: float) -> torch.Tensor:
        """[P]: the place, so many tenths of d on, that differs most nearly by so many l."""
        on = self._gone.new_tensor(steps) * (self._far / CANDIDATES)
        places = (self._gone + on[:, None]).clamp(min=0).minimum(self._length)  # [K, P]
        off = torch.stack([self._difference(self._read(field, place)) for place in places])
        best = (off - differing * self._l).abs().argmin(dim=0)
        return places.gather(0, best[None])[0]

    def _place(self, gone: torch.Tensor) -> torch.Tensor:
        """[P, 2] (x, y): the places [P]."""
        places: torch.Tensor = self._start + gone[:, None] * self._direction
        return places

    def _read(self, field: FeatureField, gone: torch.Tensor) -> torch.Tensor:
        """[P, 3, 3, C]: features on the grids about places [P], what is outside as at the edge."""
        x, y = self._place(gone).unbind(dim=1)
        height, width = field.pixels
        return field.read(
            (x[:, None] + self._grid).clamp(0, width - 1),
            (y[:, None] + self._grid).clamp(0, height - 1),
        )

    def _difference(self, features: torch.Tensor) -> torch.Tensor:
        """[P]: mean absolute difference of features [P, 3, 3, C] to the templates."""
        return magnitude(features - self._template, self._rounding).mean(dim=(1, 2, 3))
