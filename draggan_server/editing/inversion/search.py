"""Where in a photo the model's subject is, if it does not fill it.

The encoder looks at windows of all sizes, and again where it places what it sees in each of those
that seem most the model's; the model's picture of what it sees is compared with the photo there, in
the end by what is fine: colours of a background are soon met, its lines are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch.nn import functional

from draggan_server.editing.inversion.encoder import SIDE, Encoder, Sight, as_input
from draggan_server.editing.inversion.glance import moved, seen_at
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.start import covering
from draggan_server.editing.inversion.world import World
from draggan_server.layer import homography

STEP, LEAST = 0.84, 0.2
"""Windows have these shares of the sides of a picture that covers the region: the first, its
square, and so on down to the second."""
MOST_FITTING, LEAST_FITTING = 1.2, 0.45
"""Of the sides of the largest picture within the region: no window has more than the first. In long
regions windows go down to the second."""
STRIDE = 0.25
"""Of a window's side, about, between two windows."""
CONVINCING = 0.45
"""From this score of the whole on nothing else is looked for. Of 48 photos with another background
one has 0.47, the others 0.56 at least, of 90 others all 0.83; 32 with small subjects have 0.43 at
most."""
BETTER = 0.15
"""A window's score is at least so much more than that of the whole."""
FINE_SIDE, FINE_WITHIN = 64, 9
"""Pixels of a picture's longer side, and within how many of them what varies is fine."""
FOUND = 0.3
"""Correlation of what is fine from which a subject is found."""
KEPT, FEW = 8, 16
"""Windows of each size that are looked at again, and how many of all, by their score, once more."""
LOOKS = 3
"""At those few."""
OWN_POWER = 0.25
"""Of the share of a window that is the model's, in a score: small parts are like anything."""
SIZE_POWER = 0.1
"""Of a window's share of the region's side: of small windows there are more."""
_BATCH = 128


class Search:
    """Of a prepared `world`, whose `encoder` looks at `photo`."""

    def __init__(self, world: World, encoder: Encoder, photo: Photo) -> None:
        self._world = world
        self._encoder = encoder
        self._photo = photo
        self._block = world.block_of(SIDE)
        self._size = world.size(self._block)
        self._whole = world.generator.img_resolution
        self._middle = (self._whole[1] / 2, self._whole[0] / 2)
        covers = homography.scale_at(covering(self._whole, photo.size), self._middle)
        fits = min(photo.size[0] / self._whole[0], photo.size[1] / self._whole[1])
        self._largest = min(covers, MOST_FITTING * fits)
        self._least = min(LEAST * covers, LEAST_FITTING * fits)

    @torch.no_grad()
    def placed(self, plain: torch.Tensor) -> torch.Tensor:
        """`plain`, where the picture would cover the region, or where the subject is much rather
        seen: [3, 3] each, from the picture's pixels to the region's. Raises `Interrupted`.
        """
        ways = self._after(self._look([plain]), [plain])
        score = float(self._look_and_score(ways)[1])
        if score >= CONVINCING:
            return plain
        ways = self._likely()
        sight, scores = self._look_and_score(ways)
        ways = self._after(sight, ways)
        ways = [ways[index] for index in scores.argsort(descending=True)[:FEW].tolist()]
        for _ in range(LOOKS - 1):
            ways = self._after(self._look(ways), ways)
        sight, scores = self._look_and_score(ways)
        alike = self._finely_alike(sight, ways)
        best = int(alike.argmax())
        found = float(alike[best]) > FOUND and float(scores[best]) > score + BETTER
        return ways[best] if found else plain

    @torch.no_grad()
    def settled(self, way: torch.Tensor) -> torch.Tensor:
        """`way`, about where the subject is known to be, after some looks. Raises `Interrupted`."""
        ways = [way]
        for _ in range(LOOKS):
            self._world.check()
            ways = self._after(self._look(ways), ways)
        return ways[0]

    def _likely(self) -> list[torch.Tensor]:
        """Where the encoder places what it sees in the windows that seem most the model's."""
        likely: list[torch.Tensor] = []
        for scale in self._scales():
            self._world.check()
            ways, looks = self._windows(scale)
            sights = [self._encoder(part) for part in torch.split(looks, _BATCH)]
            own = torch.cat([sight.own.sigmoid().mean(dim=(1, 2)) for sight in sights])
            motions = torch.cat([sight.motions for sight in sights])
            best = own.argsort(descending=True)[:KEPT].tolist()
            likely += [self._placed(ways[index], motions[index]) for index in best]
        return likely

    def _scales(self) -> Iterator[float]:
        """Those of windows, pixels of the region by those of the model's picture."""
        scale = self._largest * STEP
        while scale >= self._least:
            yield scale
            scale *= STEP

    def _windows(self, scale: float) -> tuple[list[torch.Tensor], torch.Tensor]:
        """All of one size: their placements, and what the encoder is to look at [N, C + 1, h, w].

        They are parts of one picture of the photo, all of which is seen.
        """
        height, width = self._size
        finer = width / (self._whole[1] * scale)
        rows, columns = self._photo.size
        level = (max(height, round(rows * finer)), max(width, round(columns * finer)))
        to_region = torch.diag(torch.tensor([1 / finer, 1 / finer, 1.0], dtype=torch.float64))
        to_region[0, 2] = columns / 2 - 0.5 - (level[1] / 2 - 0.5) / finer
        to_region[1, 2] = rows / 2 - 0.5 - (level[0] / 2 - 0.5) / finer
        colours, seen = self._photo.seen(to_region, level)
        colours = self._world.filtered(colours.to(self._world.mean), self._block)
        photo = as_input(colours[None], seen.to(colours)[None])[0]
        ways, looks = [], []
        for top in _places(level[0] - height, STRIDE * height):
            for left in _places(level[1] - width, STRIDE * width):
                shift = torch.eye(3, dtype=torch.float64)
                shift[0, 2], shift[1, 2] = left, top
                ways.append(to_region @ shift @ homography.resized(self._whole, self._size))
                looks.append(photo[:, top : top + height, left : left + width])
        return ways, torch.stack(looks)

    def _look(self, ways: Sequence[torch.Tensor]) -> Sight:
        sight: Sight = self._encoder(seen_at(self._world, self._photo, ways))
        return sight

    def _look_and_score(self, ways: Sequence[torch.Tensor]) -> tuple[Sight, torch.Tensor]:
        """What is seen there and, [N], how like it the model's picture is where that is its own:
        the correlation of their colours, times a power of the share that is its own.
        """
        looks = seen_at(self._world, self._photo, ways)
        sight: Sight = self._encoder(looks)
        own = sight.own.sigmoid()
        weight = (own * looks[:, -1])[:, None]
        weight = weight / weight.sum(dim=(2, 3), keepdim=True).clamp(min=1e-3)
        photo, picture = (
            image - (image * weight).sum(dim=(2, 3), keepdim=True)
            for image in (looks[:, :-1], self._shown(sight, self._block))
        )

        def product(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
            return (weight * one * other).sum(dim=(1, 2, 3))

        lengths = (product(photo, photo) * product(picture, picture)).sqrt().clamp(min=1e-6)
        alike = (product(photo, picture) / lengths).clamp(min=0)
        sizes = torch.tensor([homography.scale_at(way, self._middle) for way in ways]).to(own)
        score = alike * own.mean(dim=(1, 2)) ** OWN_POWER
        return sight, score * (sizes / self._largest) ** SIZE_POWER

    def _finely_alike(self, sight: Sight, ways: Sequence[torch.Tensor]) -> torch.Tensor:
        """[N]: the correlation of what is fine in the photo, where each of `ways` takes a picture,
        and in the model's pictures of what is seen there, where that is the model's own.
        """
        world, block = self._world, self._world.block_of(FINE_SIDE)
        size = world.size(block)
        shrunk = homography.resized(size, self._whole)
        parts = [self._photo.seen(way @ shrunk, size) for way in ways]
        seen = torch.stack([part[1] for part in parts])[:, None].to(world.mean)
        photo = torch.stack([world.filtered(part[0].to(world.mean), block) for part in parts])
        own = functional.interpolate(sight.own.sigmoid()[:, None], size, mode="bilinear") * seen
        pair = [_fine(image, seen) for image in (photo, self._shown(sight, block))]

        def product(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
            return (own * one * other).sum(dim=(1, 2, 3))

        lengths = (product(pair[0], pair[0]) * product(pair[1], pair[1])).sqrt()
        return product(*pair) / lengths.clamp(min=1e-6)

    def _shown(self, sight: Sight, block: int) -> torch.Tensor:
        """[N, C, h, w]: the model's pictures of what is seen."""
        w = self._world.mean + sight.coordinates @ self._encoder.directions
        return self._world.picture(self._world.w_plus(self._world.coordinates_of(w)), block)

    def _after(self, sight: Sight, ways: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        return [self._placed(*both) for both in zip(ways, sight.motions, strict=True)]

    def _placed(self, way: torch.Tensor, motion: torch.Tensor) -> torch.Tensor:
        return moved(way, motion, self._whole)


def _fine(image: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """image [N, C, h, w], weights [N, 1, h, w] -> without its mean near by, of what is seen."""

    def near(values: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(values, FINE_WITHIN, stride=1, padding=FINE_WITHIN // 2)

    return image - near(image * seen) / near(seen).clamp(min=1e-3)


def _places(free: int, stride: float) -> Iterator[int]:
    """Where windows begin, evenly from 0 to `free`."""
    steps = max(1, round(free / stride))
    return iter(sorted({round(free * step / steps) for step in range(steps + 1)}))
