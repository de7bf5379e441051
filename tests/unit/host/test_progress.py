from __future__ import annotations

import dataclasses

import pytest

from draggan_server.host.progress import DragMeter, mean_distance
from draggan_server.host.sentences import said
from draggan_server.wire.messages import DragProgress, Grip, LiveFrame

TARGETS = ((100.0, 0.0),)


def progress(step: int, distance: float) -> DragProgress:
    """The handle is so far from its target, in pixels of a layer of twice the model's size."""
    return DragProgress(step, 100, ((100.0 - distance, 0.0),), (False,), distance / 2, 0.1)


def test_the_fraction_follows_the_way_that_is_done_and_never_goes_back() -> None:
    meter = DragMeter(TARGETS)
    fractions = []
    for step, distance in enumerate([20.0, 10.0, 15.0, 5.0, 0.0], start=1):
        meter.take(progress(step, distance))
        fractions.append(meter.fraction)
    assert fractions == [0.01, 0.5, 0.5, 0.75, 1.0]


def test_a_drag_that_stays_away_fills_the_bar_by_its_steps() -> None:
    meter = DragMeter(TARGETS)
    meter.take(progress(1, 20.0))
    meter.take(progress(50, 40.0))
    assert meter.fraction == 0.5


def test_a_model_that_is_prepared_is_no_step() -> None:
    meter = DragMeter(TARGETS)
    event = dataclasses.replace(progress(0, 20.0), prepared=0.25)
    assert meter.take(event) == "Preparing the model, once: 25%"
    assert meter.fraction == 0.25
    meter.take(progress(0, 20.0))
    assert meter.fraction == 0


def test_the_words_give_step_and_distance_in_the_layer_s_pixels() -> None:
    assert DragMeter(TARGETS).take(progress(7, 3.14)) == "Step 7: 3.1 px to go"


@pytest.mark.parametrize(
    ("grips", "prepared", "words"),
    [
        (("held", "held"), 0.25, "Preparing the model, once: 25%"),
        (("held", "held"), 1.0, "5.0 px to go"),
        (("held", "lost"), 1.0, said.HOLD_IS_LOST),
        (("flat", "held"), 1.0, said.NOTHING_TO_HOLD),
    ],
)
def test_while_it_is_pulled_what_is_held_is_said(
    grips: tuple[Grip, ...], prepared: float, words: str
) -> None:
    handles, targets = ((0.0, 0.0), (9.0, 9.0)), ((6.0, 8.0), (9.0, 9.0))
    frame = LiveFrame(1, 1, handles, targets, (False, True), grips, 1.0, prepared=prepared)
    meter = DragMeter(())
    assert meter.take_live(frame) == words
    assert meter.fraction == (prepared if prepared < 1 else 1)


def test_the_mean_distance_is_that_of_all_points() -> None:
    assert mean_distance(((0.0, 0.0), (1.0, 1.0)), ((3.0, 4.0), (1.0, 2.0))) == 3.0
