"""New pictures: the newest settings win, and who takes one gets what the settings say."""

from __future__ import annotations

from typing import Any

import pytest

from draggan_server.host.link import Link
from draggan_server.host.samples import REST_MS, Samples
from draggan_server.wire.errors import BadInput, DaemonUnreachable
from draggan_server.wire.messages import EditOpened, Failure, ModelList, SampleSource
from draggan_server.worker.messages import JobFailed
from tests.protocol.linked import House, opened
from tests.protocol.test_drag_job import Connectors
from tests.scripted_host import Timer


class View:
    """Settings of a model `lion`, which has to be listed first."""

    def __init__(self) -> None:
        self.model: str | None = None
        self.seed = 1
        self.said: list[Any] = []

    def wanted(self) -> SampleSource | None:
        return None if self.model is None else SampleSource(self.model, self.seed)

    def show_models(self, listed: ModelList) -> None:
        self.model = listed.models[0].name

    def show_no_models(self) -> None:
        self.said.append("no models")

    def show_drawing(self) -> None:
        self.said.append("drawing")

    def show_sample(self, sample: SampleSource, opened: EditOpened) -> None:
        self.said.append(sample.seed)

    def show_failure(self, failure: Failure) -> None:
        self.said.append(failure.code)


class Stage:
    def __init__(self) -> None:
        self.house = House()
        self.house.ready()
        self.timer = Timer()
        self.connectors = Connectors(self.house)
        self.view = View()
        self.samples = Samples(Link(self.timer.every, "the log", self.connectors), self.view)
        self.taken: list[Any] = []

    def take(self) -> None:
        self.samples.take(
            lambda sample, _: self.taken.append(sample.seed),
            lambda failure: self.taken.append(failure.code),
        )

    def draw_next(self) -> None:
        """The worker draws what it was asked for last."""
        self.timer.tick()
        self.house.say(opened(self.house.worker.tasks[-1].job))
        self.timer.tick()
        self.timer.tick()


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_the_models_are_listed_before_the_first_picture_is_drawn(stage: Stage) -> None:
    stage.samples.draw()
    stage.timer.tick()
    assert stage.view.model == "lion"
    stage.draw_next()
    assert stage.view.said == ["drawing", 1]
    assert stage.samples.current is not None
    assert stage.house.store.count() == 0  # the edit is closed


def test_a_mere_list_draws_nothing(stage: Stage) -> None:
    stage.samples.list_models()
    stage.timer.tick()
    assert stage.view.model == "lion"
    assert stage.view.said == []


def test_the_newest_settings_win(stage: Stage) -> None:
    stage.view.model = "lion"
    stage.samples.draw()
    stage.view.seed = 2
    stage.samples.change()
    stage.view.seed = 3
    stage.samples.change()
    stage.draw_next()
    assert stage.samples.current is None
    stage.draw_next()
    assert stage.view.said == ["drawing", 1, "drawing", 3]
    assert stage.samples.current is not None


def test_settings_are_asked_about_once_they_rest(stage: Stage) -> None:
    stage.view.model = "lion"
    stage.samples.change()
    assert stage.view.said == []
    stage.timer.tick(REST_MS)
    assert stage.view.said == ["drawing"]
    stage.timer.tick(REST_MS)
    assert stage.view.said == ["drawing"]


def test_one_that_is_drawn_already_is_taken_at_once(stage: Stage) -> None:
    stage.view.model = "lion"
    stage.samples.draw()
    stage.draw_next()
    stage.take()
    assert stage.taken == [1]


def test_one_takes_what_the_settings_say_and_not_what_is_under_way(stage: Stage) -> None:
    stage.view.model = "lion"
    stage.samples.draw()
    stage.view.seed = 2
    stage.take()
    stage.draw_next()
    assert stage.taken == []
    stage.draw_next()
    assert stage.taken == [2]


def test_what_fails_is_told_to_who_takes_and_else_to_the_view(stage: Stage) -> None:
    stage.view.model = "lion"
    stage.take()
    stage.timer.tick()
    stage.house.say(JobFailed(stage.house.worker.tasks[-1].job, "out-of-memory", "full"))
    stage.timer.tick()
    assert stage.taken == ["out-of-memory"]
    assert stage.view.said == ["drawing"]
    stage.view.seed = -1
    stage.samples.draw()
    assert stage.view.said[-1] == BadInput.code


def test_without_a_daemon_the_reason_is_shown(stage: Stage) -> None:
    stage.connectors.error = DaemonUnreachable("None can be had.")
    stage.samples.draw()
    stage.timer.tick()
    assert stage.view.said == ["no models", "unreachable"]
    stage.connectors.error = None
    stage.samples.draw()
    stage.timer.tick()
    assert stage.view.model == "lion"
