"""A grid of a model's samples to pick from."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from draggan_server.host.link import Link
from draggan_server.host.mixing import main_seed, mixed
from draggan_server.wire.messages import (
    MAX_SEED,
    DrawSamples,
    Event,
    Failure,
    Pixels,
    Sample,
    SamplesDrawn,
    SampleSource,
)

PAGE = 12
"""Samples that are there at once, and that come with each `more`."""

ROW = 4
"""Samples asked for at a time: the first are seen while the others are drawn."""

LIKENESS = 0.65
"""How much of a picture is in those that are like it."""


@dataclass(frozen=True)
class Cell:
    """A place of the grid; its picture comes later."""

    sample: Sample
    picture: Pixels | None = None


class GridView(Protocol):
    """Where the grid is shown."""

    def show_cells(self, cells: tuple[Cell, ...]) -> None:
        """Show these, and no others."""

    def show_failure(self, failure: Failure) -> None:
        """The pictures cannot be had."""


class SampleGrid:
    """Shows one kind of samples at a time; what was asked for last wins."""

    def __init__(self, link: Link, view: GridView) -> None:
        self._link = link
        self._view = view
        self._next: Iterator[Sample] = iter(())
        self._cells: list[Cell] = []
        self._turn = 0
        self._drawing = False

    def seeds(self, model: str, truncation_psi: float, first: int = 0) -> None:
        """One seed after the other, from `first` on."""
        seeds = (seed % (MAX_SEED + 1) for seed in itertools.count(first))
        self._begin(SampleSource(model, seed, truncation_psi) for seed in seeds)

    def like(self, sample: Sample) -> None:
        """More like this one, which is the first."""
        chance = random.Random(main_seed(sample))
        psi = sample.truncation_psi
        others = (
            SampleSource(sample.model, chance.randrange(MAX_SEED + 1), psi)
            for _ in itertools.count()
        )
        near = (mixed(sample, other, 1 - LIKENESS) for other in others)
        self._begin(itertools.chain((sample,), near))

    def between(self, one: Sample, other: Sample) -> None:
        """From one to the other, a page long."""
        shares = (place / (PAGE - 1) for place in range(PAGE))
        self._begin(mixed(one, other, share) for share in shares)

    def more(self) -> None:
        """Another page below. Nothing where there is none, and while one is being drawn."""
        if not self._drawing:
            self._cells += map(Cell, itertools.islice(self._next, PAGE))
            self._show()
            self._draw()

    def _begin(self, samples: Iterator[Sample]) -> None:
        self._turn += 1
        self._next, self._cells, self._drawing = samples, [], False
        self.more()

    def _draw(self) -> None:
        missing = [cell.sample for cell in self._cells if cell.picture is None][:ROW]
        self._drawing = bool(missing)
        if not missing:
            return
        turn = self._turn

        def drawn(event: Event) -> None:
            if turn == self._turn:
                self._take(event)

        self._link.request(DrawSamples(tuple(missing)), drawn)

    def _take(self, event: Event) -> None:
        if isinstance(event, SamplesDrawn):
            first = sum(cell.picture is not None for cell in self._cells)
            for index in range(event.count):
                sample = self._cells[first + index].sample
                self._cells[first + index] = Cell(sample, event.thumbnail(index))
            self._show()
            self._draw()
        elif isinstance(event, Failure):
            # What was not drawn is not to be picked; `more` asks for it again.
            missing = [cell.sample for cell in self._cells if cell.picture is None]
            self._cells = [cell for cell in self._cells if cell.picture is not None]
            self._next, self._drawing = itertools.chain(missing, self._next), False
            self._show()
            self._view.show_failure(event)

    def _show(self) -> None:
        self._view.show_cells(tuple(self._cells))
