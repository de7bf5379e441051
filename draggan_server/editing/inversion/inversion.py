"""The inversion of a photo, from nothing to an explanation, step by step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import torch

from draggan_server.editing.inversion.encoder import Encoder
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.glance import glance
from draggan_server.editing.inversion.joint_fit import Estimate, JointFit
from draggan_server.editing.inversion.leap import leaps
from draggan_server.editing.inversion.mapped_fit import (
    MappedEstimate,
    MappedFit,
    MappedRows,
    mapped,
)
from draggan_server.editing.inversion.ownership import Ownership
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.row_fit import STEPS_A_ROUND, RowFit
from draggan_server.editing.inversion.search import Search
from draggan_server.editing.inversion.start import covering, starts
from draggan_server.editing.inversion.world import Interrupted, World
from draggan_server.layer import homography

MIRRORED_MUST_EXPLAIN = 2.0
"""A mirrored placement is taken only if the plain one leaves so many times as much unexplained: the
model may show both, if its subject has a mirror image."""


BENT_MUST_LEAVE = 0.85
"""More than a similarity is taken only if it leaves less than this share of what looks different.
In 4 photos seen from aside it leaves 0.39 to 0.69, in 8 others 0.97 and more."""
BENT_PROMISES = 0.95
"""The second half of these steps is made only where the first leaves less than this share."""


OTHER = 0.2
"""Where a greater share of the photo looks different, it is of another thing, and a leap would meet
it by chance, as would what the mapping network makes. In 27 photos of lions up to 0.17 do, in 13 of
14 patterns of waves at least 0.22."""
LANDING_STEPS = 2
"""After a leap."""
MOSTLY = 0.8
"""Photos of which the encoder takes less than this share for the model's have another background:
18 renderings, moved, with a hat, have 0.94 at least, 12 others 0.69 at most."""
MAPPED_MAY_LEAVE = 1.1
"""What the mapping network makes is taken unless it leaves more than so many times what looks
different from the nearest picture of W. In 16 photos of lions it leaves 0.95 to 1.08 times that, in
4 with another background, where the latent does not come nearer, 1.11 to 1.16 times."""
HELD_ROWS = 6
"""So many rows, those that a drag moves, at most half of all, stay after the first part of the last
rounds where they are about what the mapping network makes. Else what is fine pulls them: the latent
goes away from the true one, and detail is carried elsewhere."""
LEAPT_MUST_LEAVE = 0.99
"""What a leap led to is taken only if it leaves less than this share of what looks different."""


@dataclass(frozen=True)
class Effort:
    """What a quality does. Sides are those of pictures, in pixels; a model without such takes the
    next larger.

    What an encoder sees takes `held_steps` at `held` pixels with the placement held. Without an
    encoder `starts` samples of either side take two steps at `coarse` pixels, the best `kept` of
    them `coarse_steps` more. Then come parts of `middle_steps` at `middle`, `rounds` of rows at
    each of some sides, and `last` rounds of them, with the placement held again. `probed` of w's
    leading directions are looked at from `held` on, None: all. Where it is `wary`, only what is
    surely the model's counts until then, looked at again after each part. Then `leaps` at most are
    made, out of what small steps do not leave, each along one of so many `directions`. Before the
    rows come `bent_steps` with all eight motions of a homography, half of them where that promises
    nothing, and `mapped_steps` among the mapping network's outputs; the rows' common latent then
    is one of these. Where much of the photo is seen to be another's, `apart` is done instead, from
    `held` on.
    """

    starts: int
    kept: int
    coarse_steps: int
    held_steps: int
    middle_steps: tuple[int, ...]
    rounds: tuple[tuple[int, int], ...]
    last: tuple[tuple[int, int], ...]
    coarse: int = 32
    middle: int = 64
    held: int = 64
    probed: int | None = None
    leaps: int = 0
    directions: int = 3
    wary: bool = False
    bent_steps: int = 0
    mapped_steps: int = 0
    apart: Effort | None = None


EFFORTS = {
    "fast": Effort(
        1,
        1,
        2,
        2,
        (2,),
        ((128, 1),),
        (),
        held=32,
        probed=24,
        leaps=1,
        apart=Effort(1, 1, 2, 2, (2,), ((128, 2),), (), held=32, probed=24, wary=True),
    ),
    "normal": Effort(
        3,
        2,
        4,
        2,
        (6, 6),
        ((128, 2), (128, 2)),
        ((256, 3), (256, 6)),
        wary=True,
        bent_steps=4,
        leaps=3,
        mapped_steps=4,
    ),
    "best": Effort(
        6,
        4,
        6,
        4,
        (6, 6),
        ((128, 2), (128, 4)),
        ((256, 4), (1024, 8)),
        wary=True,
        bent_steps=4,
        leaps=6,
        directions=6,
        mapped_steps=6,
    ),
}
"""By quality."""

SHRINKS = 0.7
"""A picture that would be smaller than this share of where it begins does not show the photo."""
SCALES = (0.6, 0.3)
"""Scales of the robust weights, at the beginning among samples, and from then on."""
LAST_SCALE = 0.4
"""With the last rows: small parts that are wrong so far are to have a say."""


@dataclass(frozen=True)
class InversionStep:
    """`share` of the work that is done, and the explanation so far."""

    share: float
    explanation: Explanation


class Inversion:
    """Iterate: each step's explanation is the best so far. Stop whenever it is good enough.

    `interrupted` is asked before each evaluation of a fit: once it is true there is one step more
    at most, with what was reached, and none where nothing was. `way` [3, 3] is about where the
    picture lies, from its pixels to those of the region; where nobody knows, it is looked for.
    """

    def __init__(
        self,
        world: World,
        photo: Photo,
        quality: str,
        interrupted: Callable[[], bool] = lambda: False,
        way: torch.Tensor | None = None,
    ) -> None:
        self._world = world.interruptible(interrupted)
        self._photo = photo
        self._own: Ownership | None = None  # once it is looked at again
        self._effort = EFFORTS[quality]
        self._interrupted = interrupted
        self._way = way
        self._done = 0.0
        self._sides = 1

    def __iter__(self) -> Iterator[InversionStep]:
        with contextlib.suppress(Interrupted):
            for cost, explanation in self._steps():
                self._done += cost
                yield InversionStep(min(self._done / self._all(), 1.0), explanation)
                if self._interrupted():
                    return

    def _all(self) -> float:
        effort = self._effort
        rows = sum(rounds * self._round(side) for side, rounds in (*effort.rounds, *effort.last))
        if self._world.encoder is None:
            begun = 4.0 * effort.starts + effort.kept * effort.coarse_steps
        else:
            begun = self._sides * effort.held_steps * _MIDDLE
        return (
            1
            + begun
            + (sum(effort.middle_steps) + effort.bent_steps + effort.mapped_steps) * _MIDDLE
            + rows
        )

    def _round(self, side: int) -> float:
        """What a round of rows costs, in coarse steps."""
        world = self._world
        return float(STEPS_A_ROUND * (max(world.size(world.block_of(side))) / 128) ** 1.2)

    def _steps(self) -> Iterator[tuple[float, Explanation]]:
        """Each with what it cost, in coarse steps."""
        world = self._world
        if world.encoder is None:
            begun = yield from self._by_samples()
        else:
            begun = yield from self._by_glance(world.encoder)
        effort = self._effort  # by what the glance saw
        best, curvature = begun, torch.empty(0)
        height, width = world.generator.img_resolution
        smallest = SHRINKS * homography.scale_at(begun.matrix, (width / 2, height / 2))
        block = world.block_of(effort.middle)
        explanation = self._explanation(best)
        for number, steps in enumerate(effort.middle_steps):
            if number:
                self._look_again(explanation, block)
            fit = JointFit(world, self._photo, block, probed=effort.probed, smallest=smallest)
            best = fit.run(best, steps, (SCALES[1], SCALES[1]))
            curvature, explanation = fit.curvature, self._explanation(best)
            yield steps * _MIDDLE, explanation
        for landed in self._leapt(fit, best):
            best, curvature, explanation = landed, fit.curvature, self._explanation(landed)
            yield 0, explanation
        if effort.bent_steps:
            scale = SCALES[1]
            every = len(homography.GENERATORS)
            free = JointFit(world, self._photo, block, motions=every, smallest=smallest)
            left, half = free.unlike(best, scale), effort.bent_steps // 2
            bent = free.run(best, half, (scale, scale))
            if free.unlike(bent, scale) < BENT_PROMISES * left:
                bent = free.run(bent, effort.bent_steps - half, (scale, scale))
            if free.unlike(bent, scale) < BENT_MUST_LEAVE * left:
                best, curvature, explanation = bent, free.curvature, self._explanation(bent)
            yield effort.bent_steps * _MIDDLE, explanation
        rows, kept = RowFit(world, best, curvature), 0
        if effort.mapped_steps:
            found = self._mapped(best, curvature, smallest)
            if found is not None:
                explanation, rows = self._explanation(found), MappedRows(world, found, curvature)
                kept = min(HELD_ROWS, world.generator.num_ws // 2)
            yield effort.mapped_steps * _MIDDLE, explanation
        for side, rounds in effort.rounds:
            self._look_again(explanation, block)
            block = world.block_of(side)
            for explanation in rows.run(self._photo, block, rounds, SCALES[1]):
                yield self._round(side), explanation
        for number, (side, rounds) in enumerate(effort.last):
            self._look_again(explanation, block, sure=False)
            block, held = world.block_of(side), kept if number else 0
            for explanation in rows.run(
                self._photo, block, rounds, LAST_SCALE, every_direction=True, held=held
            ):
                yield self._round(side), explanation

    def _leapt(self, fit: JointFit, best: Estimate) -> Iterator[Estimate]:
        """Where leaps from `best`, at which `fit` has ended, lead, each better than before: `fit`
        has ended there. None for a photo of another thing."""
        scale = SCALES[1]
        left = fit.unlike(best, scale)
        if left > OTHER:
            return
        for _ in range(self._effort.leaps):
            for tried in leaps(fit, best, scale, self._effort.directions):
                landed = fit.run(tried, LANDING_STEPS, (scale, scale))
                now = fit.unlike(landed, scale)
                if now < LEAPT_MUST_LEAVE * left:
                    best, left = landed, now
                    yield best
                    break
            else:
                return

    def _mapped(
        self, best: Estimate, curvature: torch.Tensor, smallest: float
    ) -> MappedEstimate | None:
        """Where `best` leads among the mapping network's outputs; None for a photo that these do
        not show, or of another thing."""
        effort, world, scale = self._effort, self._world, SCALES[1]
        block = world.block_of(effort.middle)
        fit = MappedFit(world, self._photo, block, smallest=smallest)
        left = fit.unlike(best, scale)
        if left > OTHER:
            return None
        found = fit.run(mapped(world, best, curvature), effort.mapped_steps, (scale, scale))
        if fit.unlike(found, scale) > MAPPED_MAY_LEAVE * left:
            return None
        assert isinstance(found, MappedEstimate)
        return found

    def _look_again(self, explanation: Explanation, block: int, *, sure: bool = True) -> None:
        """At what of the photo is the model's, by what the fit shows so far."""
        if self._own is not None:
            self._photo = self._own.after(self._world, explanation, block, sure=sure)

    def _by_glance(self, encoder: Encoder) -> Generator[tuple[float, Explanation], None, Estimate]:
        """What the encoder sees, its latent fitted, where the subject seems to be; mirrored only
        where that looks more alike.
        """
        effort, world = self._effort, self._world
        picture = world.generator.img_resolution
        search, covers = Search(world, encoder, self._photo), covering(picture, self._photo.size)
        way = search.placed(covers) if self._way is None else search.settled(self._way)
        if way is not covers:
            self._photo = self._photo.closer(way, picture)
        plain, mirrored, own = glance(world, encoder, self._photo, way)
        if effort.apart is not None and own.share < MOSTLY:
            self._effort = effort = effort.apart
        self._own = own if effort.wary else None
        self._photo = own.sure() if effort.wary else own.likely()
        block = world.block_of(effort.held)
        fit = JointFit(world, self._photo, block, motions=0, probed=effort.probed)
        scale = SCALES[1]

        def unlike(estimate: Estimate) -> float:
            mirrored = homography.mirrors(estimate.matrix)
            return fit.unlike(estimate, scale) * (MIRRORED_MUST_EXPLAIN if mirrored else 1.0)

        yield 1, self._explanation(min(plain, mirrored, key=unlike))
        sides = [plain]
        if fit.unlike(mirrored, scale) < fit.unlike(plain, scale):
            sides.append(mirrored)
        self._sides = len(sides)
        tried = []
        for side in sides:
            tried.append(fit.run(side, effort.held_steps, (scale, scale)))
            yield effort.held_steps * _MIDDLE, self._explanation(min(tried, key=unlike))
        if homography.mirrors(min(tried, key=unlike).matrix):
            # The plain one may have been held where it lies badly.
            self._sides += len(tried)
            free = JointFit(world, self._photo, block, probed=effort.probed)
            tried = [free.run(side, effort.held_steps, (scale, scale)) for side in tried]
            yield (
                len(tried) * effort.held_steps * _MIDDLE,
                self._explanation(min(tried, key=unlike)),
            )
        return min(tried, key=unlike)

    def _by_samples(self) -> Generator[tuple[float, Explanation], None, Estimate]:
        """The best of the samples, fitted."""
        effort, world = self._effort, self._world
        begun = starts(world, self._photo, effort.starts, self._way)
        yield 1, self._explanation(begun[0])
        fit = JointFit(world, self._photo, world.block_of(effort.coarse))
        tried = []
        for start in begun:
            tried.append(fit.run(start, 2, (SCALES[0], SCALES[0])))
            yield 2, self._explanation(min(tried, key=_rank))
        kept = []
        for estimate in sorted(tried, key=_rank)[: effort.kept]:
            kept.append(fit.run(estimate, effort.coarse_steps, SCALES))
            yield effort.coarse_steps, self._explanation(min(kept, key=_rank))
        return min(kept, key=_rank)

    def _explanation(self, estimate: Estimate) -> Explanation:
        w_plus = self._world.w_plus(estimate.coordinates[None]).clone()
        return Explanation(estimate.matrix, estimate.tone, w_plus)


_MIDDLE = 3.0
"""What a middle step costs, in coarse ones."""


def _rank(estimate: Estimate) -> float:
    mirrored = homography.mirrors(estimate.matrix)
    return estimate.energy * (MIRRORED_MUST_EXPLAIN if mirrored else 1.0)
