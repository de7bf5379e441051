"""Samples to pick from, in the form of a new picture."""

from __future__ import annotations

from typing import Any

import pytest

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.grid import BETWEEN, LIKE, PICK, SAMPLES, SEEDS
from draggan_server.host.forms.parts import Item
from draggan_server.host.forms.sample import SEED, TRUNCATION, SampleForm
from draggan_server.host.link import Link
from draggan_server.host.mixing import main_seed, parts_of
from draggan_server.host.sample_grid import PAGE, ROW
from draggan_server.host.settings import Settings
from draggan_server.wire.messages import (
    THUMBNAIL_SIDE,
    BlendSource,
    Pixels,
    SamplesDrawn,
    SampleSource,
)
from draggan_server.worker.messages import JobSamples, RunOpen, RunSamples
from tests.protocol.linked import House, opened
from tests.protocol.test_drag_job import Connectors
from tests.scripted_host import Timer


class View:
    def __init__(self) -> None:
        self.unfolded: list[str] = []

    def show(self, item: Item, look: Any) -> None:
        pass

    def unfold(self, item: Item) -> None:
        self.unfolded.append(item.key)


class Stage:
    """A form of which the samples are drawn as soon as they are asked for."""

    def __init__(self) -> None:
        self.house = House()
        self.house.ready()
        self.timer = Timer()
        self.form = Form()
        self.view = View()
        self.form.show_in(self.view)
        link = Link(self.timer.every, "the log", Connectors(self.house))
        self.sample = SampleForm(
            self.form, link, Settings(), lambda _picture: None, lambda _sentence, _warns: None
        )
        self._done = 0

    def run(self) -> None:
        for _ in range(30):
            self.timer.tick()
            for task in self.house.worker.tasks[self._done :]:
                self._done += 1
                if isinstance(task, RunSamples):
                    count, side = len(task.samples), THUMBNAIL_SIDE
                    sheet = Pixels(side, side * count, 4, bytes([9]) * (side * side * count * 4))
                    self.house.say(JobSamples(task.job, SamplesDrawn(count, sheet)))
                elif isinstance(task, RunOpen):
                    self.house.say(opened(task.job))

    def unfold(self) -> None:
        self.form.act(PICK, True)
        self.run()

    def click(self, place: int) -> None:
        self.form.act(SAMPLES, self.form.look(SAMPLES).entries[place].name)

    @property
    def tips(self) -> list[str]:
        return [entry.tip for entry in self.form.look(SAMPLES).entries]

    @property
    def drawn(self) -> list[RunSamples]:
        return [task for task in self.house.worker.tasks if isinstance(task, RunSamples)]


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.sample.samples.draw()
    stage.run()
    return stage


def test_nothing_is_drawn_until_it_is_to_be_seen(stage: Stage) -> None:
    assert stage.drawn == []
    stage.unfold()
    assert stage.tips == [f"Seed {seed}" for seed in range(PAGE)]
    assert {sample.truncation_psi for task in stage.drawn for sample in task.samples} == {0.7}
    stage.form.act(PICK, False)
    stage.form.act(PICK, True)
    stage.run()
    assert len(stage.drawn) == PAGE // ROW


def test_the_models_are_asked_for_where_they_are_not_known() -> None:
    stage = Stage()
    stage.unfold()
    assert len(stage.tips) == PAGE


def test_at_the_end_more_is_asked_for(stage: Stage) -> None:
    stage.unfold()
    for pages in (2, 3):
        stage.form.open(SAMPLES)
        stage.form.open(SAMPLES)  # the end is still to be seen
        stage.run()
        assert len(stage.tips) == pages * PAGE
    assert stage.view.unfolded == []


def test_a_click_sets_the_seed_and_draws_the_picture(stage: Stage) -> None:
    stage.unfold()
    stage.click(5)
    stage.run()
    assert stage.form.value(SEED) == 5
    assert stage.form.value(SAMPLES) == "5"
    assert stage.sample.samples.current is not None
    assert stage.sample.samples.current[0] == SampleSource("lion", 5, 0.7)


def test_more_like_one_and_between_two(stage: Stage) -> None:
    stage.unfold()
    assert not stage.form.look(LIKE).enabled
    stage.click(5)
    assert stage.form.look(LIKE).enabled
    assert not stage.form.look(BETWEEN).enabled
    stage.form.act(LIKE)
    stage.run()
    assert stage.tips[0] == "Seed 5"
    assert stage.tips[1] == "65% of seed 5, and others: 1"
    assert stage.form.value(SAMPLES) == "0"
    stage.click(3)
    stage.run()
    assert stage.sample.samples.current is not None
    liked = stage.sample.samples.current[0]
    assert isinstance(liked, BlendSource)
    assert main_seed(liked) == 5 == stage.form.value(SEED)
    assert stage.form.look(BETWEEN).enabled
    stage.form.act(BETWEEN)
    stage.run()
    assert len(stage.tips) == PAGE
    first, *_, last = [sample for task in stage.drawn[-PAGE // ROW :] for sample in task.samples]
    assert (first, last) == (SampleSource("lion", 5, 0.7), liked)
    stage.form.open(SAMPLES)
    stage.run()
    assert len(stage.tips) == PAGE
    stage.form.act(SEEDS)
    stage.run()
    assert stage.tips == [f"Seed {seed}" for seed in range(PAGE)]


def test_a_seed_that_is_typed_is_no_mixture_any_more(stage: Stage) -> None:
    stage.unfold()
    stage.click(5)
    stage.form.act(LIKE)
    stage.run()
    stage.click(2)
    stage.form.act(SEED, 7)
    stage.run()
    assert stage.sample.samples.current is not None
    assert parts_of(stage.sample.samples.current[0]) == {7: 1.0}


def test_another_truncation_is_that_of_all(stage: Stage) -> None:
    stage.unfold()
    stage.click(5)
    stage.form.act(TRUNCATION, 1.0)
    stage.run()
    assert {sample.truncation_psi for sample in stage.drawn[-1].samples} == {1.0}
    assert len(stage.tips) == PAGE
    assert not stage.form.look(LIKE).enabled
