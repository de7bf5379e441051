"""The sentences at the end of a drag."""

from __future__ import annotations

import typing

import pytest

from draggan_server.host.endings import end_sentence
from draggan_server.host.sentences.said import PAINT_REPLACED
from draggan_server.wire.messages import DragFinished, Pixels, StopReason

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
