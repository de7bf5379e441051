from __future__ import annotations

import dataclasses

from draggan_server.wire.messages import DragFinished, DragProgress, Pixels
from gimp_plugin.draggan.draggan_gimp.progress import DragMeter, describe_end


def progress(step: int, distance: float) -> DragProgress:
    return DragProgress(step, 100, ((0.0, 0.0),), (False,), distance, 0.1)


def test_the_fraction_follows_the_way_that_is_done_and_never_goes_back() -> None:
    meter = DragMeter()
    fractions = []
    for step, distance in enumerate([20.0, 10.0, 15.0, 5.0, 0.0], start=1):
        meter.take(progress(step, distance))
        fractions.append(meter.fraction)
    assert fractions == [0.01, 0.5, 0.5, 0.75, 1.0]


def test_a_drag_that_stays_away_fills_the_bar_by_its_steps() -> None:
    meter = DragMeter()
    meter.take(progress(1, 20.0))
    meter.take(progress(50, 40.0))
    assert meter.fraction == 0.5


def test_a_model_that_is_prepared_is_no_step() -> None:
    meter = DragMeter()
    event = dataclasses.replace(progress(0, 20.0), prepared=0.25)
    assert meter.take(event) == "Preparing the model, once: 25%"
    assert meter.fraction == 0


def test_the_words_give_step_limit_and_distance() -> None:
    assert DragMeter().take(progress(7, 3.14)) == "Step 7 of at most 100: 3.1 px to go"


def finished(steps: int, reason: str) -> DragFinished:
    layer = Pixels(1, 1, 4, bytes(4))
    return DragFinished("edit", 1, steps, reason, 1.25, 0.5, ((0.0, 0.0),), "{}", layer)


def test_each_end_has_its_sentence() -> None:
    assert describe_end(finished(1, "arrived")).startswith("Arrived after 1 step (")
    stalled = describe_end(finished(140, "stalled"))
    assert stalled.startswith("Came no nearer any more after 140 steps: 1.2 px to go")
    assert "Drag less far" in stalled
    assert describe_end(finished(12, "max-steps")).startswith("Not there after 12 steps")
    assert describe_end(finished(12, "stopped")).startswith("Stopped after 12 steps")


def test_a_drag_without_a_step_says_that_nothing_was_changed() -> None:
    assert describe_end(finished(0, "arrived")).startswith("Every point is at its target already")
    assert describe_end(finished(0, "stopped")).startswith("Stopped before the first step")
    assert "nothing was changed" in describe_end(finished(0, "stopped"))
