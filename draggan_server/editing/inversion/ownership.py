"""What of a photo is the model's: as its encoder sees it, and by what a fit has met so far.

An encoder sees coarsely. Where it takes too much for the model's, another background pulls the
placement; where it takes too little, ears count for nothing. What the fit shows tells them apart: a
place is the model's by the sum of two logarithms of odds, the encoder's, and that of how near the
picture comes to the photo there.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from draggan_server.editing.inversion import robustness
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import World
from draggan_server.layer import homography, warping
from draggan_server.layer.homography import Size

LEAST = 0.02
"""A place that seems to be another's counts for so much: it may seem wrong."""
SURE = 2.0
"""Odds, as logarithms, from which a place is rather the model's where only what is sure counts."""
SHARPER = 2.0
"""Odds count so many times there."""
ALIKE = 0.15
"""A difference in [-1, 1] that says nothing about whose a place is."""
WARY, WARY_MOST = 3.0, 1.5
"""Weight of the logarithm of a difference's square, and the most of it, either way, where only what
is sure counts."""
MET, UNMET, MOST = 2.5, 1.3, 2.0
"""The same in the end, where that difference is small and where it is large. As odds are in 14
photos before another background: a place is hardly met by chance, but an eye that begins wrong is
the model's nevertheless."""
ENCLOSED = 0.14
"""Of the picture's longer side: so narrow gaps within what is the model's are its own in the end,
whatever is met there."""


class Ownership:
    """`odds` [h, w]: how likely a place of `photo` is the model's, as logarithms; `matrix` takes
    their pixels to the region's.
    """

    def __init__(self, photo: Photo, odds: torch.Tensor, matrix: torch.Tensor) -> None:
        self._photo = photo
        self._odds = odds
        self._matrix = matrix

    @property
    def share(self) -> float:
        """Of what the encoder saw, how much it takes for the model's."""
        return float(self._odds.sigmoid().mean())

    def likely(self) -> Photo:
        """The photo; each place counts by how likely it is the model's."""
        return self._counted(self._odds, self._matrix)

    def sure(self) -> Photo:
        """The photo; places count that are the model's without much doubt."""
        return self._counted(_sharper(self._odds), self._matrix)

    @torch.no_grad()
    def after(self, world: World, explanation: Explanation, block: int, *, sure: bool) -> Photo:
        """The photo by what an explanation shows, too, at the resolution of `block`. Raises
        `Interrupted`.
        """
        size = world.size(block)
        matrix = explanation.matrix @ homography.resized(size, world.generator.img_resolution)
        toned = explanation.tone.apply(world.picture(explanation.w_plus, block))[0]
        photo, seen = self._photo.seen(matrix, size)
        residual = toned - world.filtered(photo.to(toned), block)
        square = robustness.near(residual, seen.to(toned))
        met = (ALIKE**2 / square.clamp(min=1e-6)).log()
        odds = self._seen_by_encoder(matrix, size).to(met)
        if sure:
            return self._counted(_sharper(odds) + WARY * met.clamp(-WARY_MOST, WARY_MOST), matrix)
        says = torch.where(met > 0, MET, UNMET) * met.clamp(-MOST, MOST)
        return self._counted(_closed(odds + says, odds), matrix)

    def _seen_by_encoder(self, matrix: torch.Tensor, size: Size) -> torch.Tensor:
        """[h, w] in the frame that `matrix` takes to the region; what it did not see is open."""
        way = torch.linalg.inv(self._matrix) @ matrix
        own = (self._odds.shape[0], self._odds.shape[1])
        odds = warping.warp(self._odds[None, None], way, size)
        return (odds * warping.inside(way, size, own).to(odds))[0, 0]

    def _counted(self, odds: torch.Tensor, matrix: torch.Tensor) -> Photo:
        return self._photo.of_which(odds.sigmoid().clamp(min=LEAST), matrix)


def _sharper(odds: torch.Tensor) -> torch.Tensor:
    return SHARPER * (odds - SURE)


def _closed(odds: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """`odds` [h, w]; in narrow gaps of what they say is the model's, no less than was `seen`."""
    side = 2 * round(ENCLOSED * max(odds.shape) / 2) + 1

    def widest(image: torch.Tensor) -> torch.Tensor:
        return functional.max_pool2d(image[None, None], side, stride=1, padding=side // 2)[0, 0]

    closed = -widest(-widest(odds))
    return torch.maximum(odds, torch.minimum(closed, seen))
