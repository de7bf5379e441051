"""The quality half of the bench: every variant does the same drags, and the pictures are judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from draggan_server.bench.quality import landmark_drags, reconstruction, success
from draggan_server.bench.quality.example import Example
from draggan_server.bench.quality.journal import Journal
from draggan_server.bench.quality.landmark_drags import LandmarkDrag, mean_distance, read_landmarks
from draggan_server.bench.quality.likeness import colour_drift
from draggan_server.bench.quality.lions import Lions
from draggan_server.bench.quality.perceptual import Distance, load_lpips
from draggan_server.bench.quality.record import NO_EDIT, Record
from draggan_server.bench.quality.trial import (
    Case,
    change,
    elsewhere,
    mean_square,
    picture_of,
    run,
)
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.quality.way_drags import Way
from draggan_server.bench.quality.ways import way_records
from draggan_server.bench.reader.reader import Reader
from stylegan2.toy_lion import parameters

POINT_COUNTS = (1, 5, None)
"""Landmarks dragged at once; None: all that both lions show."""

PHOTO_KINDS = 3
"""Photos of each number and share of `Plan.photos`."""

MISSES = 3
"""Numbers in succession that have no lion whose landmark goes so far: such a way is left out."""

CCSD_KIND = "there and back"
_CCSD_POINTS = 5
_RANGES = torch.from_numpy(parameters.HIGH - parameters.LOW)
_MOVED = [parameters.index(name) for name in landmark_drags.MOVED]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured: the variants, and how many drags of which kinds from which seed on.

    `point_counts` says which landmark drags, done with masks if `masked`; `reconstruction`,
    `consistency` and `success` say whether these are done, `ways` which drags over given ways,
    `photos` by which shares of the side the noses of photos go (see `photos`).
    """

    variants: Sequence[Variant]
    drags: int
    first_seed: int = 0
    point_counts: Sequence[int | None] = POINT_COUNTS
    masked: bool = False
    reconstruction: bool = True
    consistency: bool = True
    success: bool = False
    ways: Sequence[Way] = ()
    photos: Sequence[float] = ()

    @property
    def numbers(self) -> range:
        return range(self.first_seed, self.first_seed + self.drags)

    def jobs(self) -> int:
        """How many drags of one variant there are, for a progress bar (a way back counts one)."""
        kinds = len(self.point_counts) + self.reconstruction + 2 * self.consistency
        kinds += len(success.TASKS) * self.success + len(self.ways)
        kinds += PHOTO_KINDS * len(self.photos)
        return self.drags * len(self.variants) * kinds


class Quality:
    """Runs a plan on lions. `examples` are the first drags of each kind.

    `on_drag` is told after each drag what it was, for progress. Drags over ways that `journal` has
    are taken from there, and others kept there.
    """

    def __init__(
        self,
        lions: Lions,
        plan: Plan,
        reader: Reader,
        *,
        journal: Journal | None = None,
        examples: int = 6,
        on_drag: Callable[[str], None] = lambda what: None,
    ) -> None:
        self.lions = lions
        self.generator = lions.generator
        self.plan = plan
        self.reader = reader
        self._journal = journal
        self.lpips: Distance | None = load_lpips()
        self.examples: dict[str, list[Example]] = {}
        self._keep = examples
        self._misses = Counter[Way]()
        self._on_drag = on_drag

    def records(self) -> Iterator[Record]:
        """One record after another, as they are measured."""
        self._warm_up()
        for points in self.plan.point_counts:
            for number in self.plan.numbers:
                yield from self._landmarks(number, points)
        if self.plan.reconstruction:
            for number in self.plan.numbers:
                yield from self._reconstruction(number)
        if self.plan.consistency:
            for number in self.plan.numbers:
                yield from self._there_and_back(number)
        for task in success.TASKS if self.plan.success else ():
            for number in self.plan.numbers:
                yield from success.records(
                    self.generator, self.reader, self.plan.variants, task, number, self._on_drag
                )
        # All ways of one number first: a run that is broken off then has some of each.
        for number in self.plan.numbers:
            for way in self.plan.ways:
                yield from self._way(way, number)

    def _warm_up(self) -> None:
        """What a process does but once must not be put down to the first drag."""
        generator, side = self.generator, max(self.generator.img_resolution)
        points = torch.tensor([[0.5, 0.5], [0.55, 0.5]]) * side
        w_plus = generator.draw(1, torch.Generator().manual_seed(0))
        case = Case("", 0, w_plus, points[:1], points[1:])
        for variant in self.plan.variants:
            run(generator, case, variant.capped(2))

    def _way(self, way: Way, number: int) -> Iterator[Record]:
        done = self._journal.find(way.kind, number) if self._journal else None
        if done is not None:
            for variant in self.plan.variants:
                self._on_drag(f"{way.kind}, {variant.name}: done before")
            yield from done
            return
        found = None
        if self._misses[way] < MISSES:
            found = way_records(
                self.lions, self.reader, self.plan.variants, way, number, self._on_drag
            )
        if found is None:
            self._misses[way] += 1
            for _ in self.plan.variants:
                self._on_drag(f"{way.kind}: no lion goes so far")
            return
        self._misses[way] = 0
        records, example = found
        if self._journal:
            self._journal.add(records)
        self._keep_example(way.kind, example)
        yield from records

    def _landmarks(self, number: int, points: int | None) -> Iterator[Record]:
        masked = self.plan.masked
        drag = landmark_drags.draw(self.generator, self.reader, number, points, masked=masked)
        case = drag.case
        before = picture_of(self.generator, case.w_plus)
        away = elsewhere(case, *self.generator.img_resolution)
        example = Example(drag, before)
        start = mean_distance(read_landmarks(self.reader, before, drag), drag)
        values = {"distance": start, "unlike": self._unlike(before, drag)}
        yield Record(case.kind, number, NO_EDIT, values)
        for variant in self.plan.variants:
            trial = run(self.generator, case, variant)
            after = trial.picture
            found = read_landmarks(self.reader, after, drag)
            example.after[variant.name] = after
            example.found[variant.name] = found
            values = {
                "distance": mean_distance(found, drag),
                "unlike": self._unlike(after, drag),
                **trial.course(),
                "elsewhere": change(before, after, away),
                "drift": colour_drift(self.reader, before, after),
            }
            self._on_drag(f"{case.kind}, {variant.name}")
            yield Record(case.kind, number, variant.name, values)
        self._keep_example(case.kind, example)

    def _keep_example(self, kind: str, example: Example) -> None:
        kept = self.examples.setdefault(kind, [])
        if len(kept) < self._keep:
            kept.append(example)

    def _reconstruction(self, number: int) -> Iterator[Record]:
        pair = reconstruction.draw(self.generator, number)
        case = pair.case
        before = picture_of(self.generator, case.w_plus)
        yield Record(case.kind, number, NO_EDIT, self._difference(before, pair.wanted))
        for variant in self.plan.variants:
            trial = run(self.generator, case, variant.capped(reconstruction.MAX_STEPS))
            after = trial.picture
            values = {**self._difference(after, pair.wanted), **trial.course()}
            self._on_drag(f"{case.kind}, {variant.name}")
            yield Record(case.kind, number, variant.name, values)

    def _there_and_back(self, number: int) -> Iterator[Record]:
        """FreeDrag's CCSD: a drag and its reverse should end where it began."""
        drag = landmark_drags.draw(self.generator, self.reader, number, _CCSD_POINTS, masked=False)
        before = picture_of(self.generator, drag.case.w_plus)
        for variant in self.plan.variants:
            there = run(self.generator, drag.case, variant)
            self._on_drag(f"there, {variant.name}")
            back = run(self.generator, drag.case.reversed_from(there), variant)
            self._on_drag(f"and back, {variant.name}")
            after = back.picture
            values = {
                **self._difference(after, before),
                "steps": there.steps + back.steps,
                "seconds": there.seconds + back.seconds,
            }
            yield Record(CCSD_KIND, number, variant.name, values)

    def _difference(self, picture: torch.Tensor, wanted: torch.Tensor) -> dict[str, float]:
        values = {"mse": 100 * mean_square(picture, wanted)}
        if self.lpips is not None:
            values["lpips"] = 10 * self.lpips(picture, wanted)
        return values

    def _unlike(self, picture: torch.Tensor, drag: LandmarkDrag) -> float:
        read = self.reader.read(picture[None]).parameters[0, _MOVED]
        off = (read.double() - torch.from_numpy(drag.target)[_MOVED]).abs()
        return float((off / _RANGES[_MOVED]).mean()) * 100
