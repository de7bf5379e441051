"""Samples to pick from: they come row by row, what was asked for last wins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from draggan_server.host.link import Link
from draggan_server.host.mixing import (
    format_mixture,
    main_seed,
    mixed,
    parts_of,
    sample_of,
    words_of,
)
from draggan_server.host.sample_grid import LIKENESS, PAGE, ROW, Cell, SampleGrid
from draggan_server.wire.messages import (
    MAX_SEED,
    THUMBNAIL_SIDE,
    BlendSource,
    Failure,
    Pixels,
    Sample,
    SamplesDrawn,
    SampleSource,
)
from draggan_server.wire.sample_record import MAX_PARTS
from draggan_server.worker.messages import JobFailed, JobSamples, RunSamples
from tests.protocol.linked import House
from tests.protocol.test_drag_job import Connectors
from tests.scripted_host import Timer

ONE, OTHER = SampleSource("lion", 5, 0.6), SampleSource("lion", 9, 0.6)


class View:
    def __init__(self) -> None:
        self.cells: tuple[Cell, ...] = ()
        self.failures: list[str] = []

    def show_cells(self, cells: tuple[Cell, ...]) -> None:
        self.cells = cells

    def show_failure(self, failure: Failure) -> None:
        self.failures.append(failure.code)

    @property
    def drawn(self) -> int:
        return sum(cell.picture is not None for cell in self.cells)


class Stage:
    def __init__(self) -> None:
        self.house = House()
        self.house.ready()
        self.timer = Timer()
        self.view = View()
        link = Link(self.timer.every, "the log", Connectors(self.house))
        self.grid = SampleGrid(link, self.view)

    def asked(self) -> RunSamples:
        self.timer.tick()
        task = self.house.worker.tasks[-1]
        assert isinstance(task, RunSamples)
        return task

    def draw_row(self) -> None:
        task = self.asked()
        count = len(task.samples)
        side = THUMBNAIL_SIDE
        inks = (bytes([main_seed(sample) % 256, 0, 0, 255]) for sample in task.samples)
        sheet = Pixels(side, side * count, 4, b"".join(ink * side * side for ink in inks))
        self.house.say(JobSamples(task.job, SamplesDrawn(count, sheet)))
        self.timer.tick()

    def draw_page(self) -> None:
        for _ in range(PAGE // ROW):
            self.draw_row()


@pytest.fixture
def stage() -> Stage:
    return Stage()


def seeds(stage: Stage) -> list[int]:
    return [main_seed(cell.sample) for cell in stage.view.cells]


def test_a_page_comes_row_by_row_and_another_one_below(stage: Stage) -> None:
    stage.grid.seeds("lion", 0.6, first=3)
    assert (len(stage.view.cells), stage.view.drawn) == (PAGE, 0)
    stage.draw_row()
    assert stage.view.drawn == ROW
    stage.grid.more()  # not while a page is being drawn
    assert len(stage.view.cells) == PAGE
    stage.draw_row()
    stage.draw_row()
    for cell in stage.view.cells:
        assert cell.picture is not None
        assert cell.picture.data[0] == main_seed(cell.sample)
    stage.grid.more()
    stage.draw_page()
    assert seeds(stage) == list(range(3, 3 + 2 * PAGE))
    assert stage.view.drawn == 2 * PAGE
    assert {cell.sample.truncation_psi for cell in stage.view.cells} == {0.6}


def test_behind_the_last_seed_comes_the_first(stage: Stage) -> None:
    stage.grid.seeds("lion", 0.6, first=MAX_SEED)
    assert seeds(stage)[:2] == [MAX_SEED, 0]


def test_what_was_asked_for_last_wins(stage: Stage) -> None:
    stage.grid.seeds("lion", 0.6)
    stage.asked()
    stage.grid.seeds("dog", 0.6, first=50)
    stage.draw_row()  # of lions
    assert stage.view.drawn == 0
    stage.draw_page()
    assert {cell.sample.model for cell in stage.view.cells} == {"dog"}
    assert stage.view.drawn == PAGE


def test_more_like_one(stage: Stage) -> None:
    stage.grid.like(ONE)
    first, *others = [cell.sample for cell in stage.view.cells]
    assert first == ONE
    for other in others:
        assert parts_of(other)[5] == pytest.approx(LIKENESS)
        assert len(parts_of(other)) == 2
    stage.draw_page()
    stage.grid.more()
    assert len({cell.sample for cell in stage.view.cells}) == 2 * PAGE


def test_from_one_to_another(stage: Stage) -> None:
    stage.grid.between(ONE, OTHER)
    samples = [cell.sample for cell in stage.view.cells]
    assert (samples[0], samples[-1]) == (ONE, OTHER)
    assert [parts_of(sample).get(9, 0.0) for sample in samples] == pytest.approx(
        [place / (PAGE - 1) for place in range(PAGE)]
    )
    stage.draw_page()
    stage.grid.more()
    assert len(stage.view.cells) == PAGE


def test_what_cannot_be_drawn_is_not_offered_and_asked_for_again(stage: Stage) -> None:
    stage.grid.seeds("lion", 0.6)
    stage.draw_row()
    stage.house.say(JobFailed(stage.asked().job, "out-of-memory", "No room."))
    stage.timer.tick()
    assert stage.view.failures == ["out-of-memory"]
    assert (len(stage.view.cells), stage.view.drawn) == (ROW, ROW)
    stage.grid.more()
    stage.draw_page()
    assert seeds(stage) == list(range(ROW + PAGE))


class TestMixing:
    def test_a_mixture_is_mixed_on(self) -> None:
        half = mixed(ONE, OTHER, 0.5)
        assert half == BlendSource("lion", ((5, 0.5), (9, 0.5)), 0.6)
        third = mixed(half, replace(ONE, seed=7), 0.2)
        assert parts_of(third) == pytest.approx({5: 0.4, 9: 0.4, 7: 0.2})
        assert mixed(half, OTHER, 1) == OTHER

    def test_it_is_of_the_heaviest_seeds_only(self) -> None:
        sample = mixed(ONE, OTHER, 0.5)
        for seed in range(100, 300):
            sample = mixed(sample, replace(ONE, seed=seed), 0.05)
        assert isinstance(sample, BlendSource)
        assert len(sample.parts) == MAX_PARTS
        assert main_seed(sample) == 299

    def test_words(self) -> None:
        assert words_of(ONE) == "Seed 5"
        assert words_of(mixed(ONE, OTHER, 0.25)) == "75% of seed 5, and others: 1"


@pytest.mark.parametrize("sample", [ONE, mixed(ONE, OTHER, 1 / 3)])
def test_a_mixture_as_text_is_the_same_sample(sample: Sample) -> None:
    text = format_mixture(sample)
    assert sample_of(sample.model, main_seed(sample), sample.truncation_psi, text) == sample
