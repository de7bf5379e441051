"""The sentences at the end of a drag."""

from __future__ import annotations

import re
import typing
from dataclasses import replace

import pytest

from draggan_server.host.endings import end_sentence
from draggan_server.host.sentences.said import PAINT_REPLACED
from draggan_server.wire.messages import DragFinished, Pixels, StopReason
from draggan_server.wire.state import Point

TARGETS = ((2.0, 0.0),)
"""1.25 pixels of the layer from the handle; the daemon's own figure is in the model's."""


def finished(steps: int, reason: str, paint_replaced: bool = False) -> DragFinished:
    layer = Pixels(1, 1, 4, bytes(4))
    return DragFinished(
        "edit", 1, steps, reason, 0.6, 0.5, ((0.75, 0.0),), "{}", layer, paint_replaced
    )


@pytest.mark.parametrize(
    ("steps", "reason", "sentence"),
    [
        (1, "arrived", "Arrived after 1 step (0.5 s), 1.2 px from the target."),
        (12, "max-steps", "The limit of steps is reached after 12 steps (0.5 s), 1.2 px to go."),
        (12, "stopped", "Stopped after 12 steps (0.5 s), 1.2 px to go."),
        (
            140,
            "stalled",
            "The points come no nearer after 140 steps (0.5 s), 1.2 px to go. Drag less far, or "
            "let more of the picture move.",
        ),
        (
            9,
            "lost",
            "A point was not found again after 9 steps (0.5 s), 1.2 px to go; the last picture "
            "that shows it is kept. Drag less far, or let more of the picture move.",
        ),
        (3, "from a newer daemon", "The drag ended after 3 steps (0.5 s), 1.2 px to go."),
    ],
)
def test_each_end_has_its_sentence(steps: int, reason: str, sentence: str) -> None:
    assert end_sentence(finished(steps, reason), TARGETS) == sentence
    assert end_sentence(finished(steps, reason, True), TARGETS) == f"{sentence} {PAINT_REPLACED}"


@pytest.mark.parametrize(
    ("handles", "targets", "against"),
    [
        (((9, 9), (60, 60), (63, 60)), ((9, 9), (50, 60), (73, 60)), (2, 3)),
        (((60, 50), (60, 90)), ((60, 40), (60, 100)), None),  # a mouth that opens no further
        (((60, 60), (63, 60)), ((20, 60), (25, 60)), None),
        (((60, 60), (60, 60)), ((60, 60), (70, 60)), None),  # one of them is there
    ],
)
def test_points_that_pull_against_each_other_are_named(
    handles: tuple[Point, ...], targets: tuple[Point, ...], against: tuple[int, int] | None
) -> None:
    end = replace(finished(4, "stalled"), handle_points=handles)
    found = re.findall(r"Points (\d) and (\d) pull against", end_sentence(end, targets))
    assert found == ([] if against is None else [tuple(map(str, against))])


@pytest.mark.parametrize("reason", typing.get_args(StopReason))
def test_a_drag_without_a_step_says_that_nothing_was_changed(reason: str) -> None:
    assert "nothing was changed" in end_sentence(finished(0, reason), TARGETS)
    expected = {
        "arrived": "at its target already",
        "stalled": "come no nearer",
        "lost": "not found again",
    }
    assert expected.get(reason, "before the first step") in end_sentence(
        finished(0, reason), TARGETS
    )
