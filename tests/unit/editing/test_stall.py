"""A drag that no longer moves ends, at the nearest that it came."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
import torch

from draggan_server.editing.problem import DragStep
from draggan_server.editing.stall import WINDOW, until_stalled


def steps(distances: Iterable[float]) -> Iterable[DragStep]:
    for number, distance in enumerate(distances):
        yield DragStep(
            step=number,
            w_plus=torch.full((1, 2, 3), distance),
            handle_points=torch.tensor([[distance, 0.0], [distance, 1.0]]),
            distances=(distance, distance),
            points_arrived=(distance < 1, distance < 2),
            loss=distance,
        )


def end_of(distances: Iterable[float]) -> DragStep:
    *_, last = until_stalled(iter(steps(distances)))
    return last


COURSES = {
    "it stays": [9.0] * 500,
    "it trembles": [9 + math.sin(k) for k in range(500)],
    "it goes away": [9 + k / 10 for k in range(500)],
    "it comes and goes": [9 + 3 * math.sin(k / 20) for k in range(500)],
    "it came near once": [4.0 if k == 17 else 9.0 for k in range(500)],
}


@pytest.mark.parametrize("course", COURSES)
def test_what_comes_no_nearer_ends(course: str) -> None:
    distances = COURSES[course]
    last = end_of(distances)
    assert last.stalled
    assert last.step >= 2 * WINDOW - 1
    seen = distances[: last.step + 1]
    assert last.distances[0] == min(seen)
    # All of the last state is that of the nearest step.
    assert (last.w_plus == min(seen)).all()
    assert (last.handle_points[:, 0] == torch.tensor(min(seen))).all()
    assert last.loss == min(seen)


@pytest.mark.parametrize("speed", [0.3, 0.01])
def test_what_comes_nearer_goes_on(speed: float) -> None:
    distances = [50 + math.cos(k) - speed * k for k in range(150)]
    seen = list(until_stalled(iter(steps(distances))))
    assert len(seen) == 150
    assert not any(step.stalled for step in seen)


def test_a_rest_shorter_than_the_window_is_no_stall() -> None:
    distances = [20.0] * (WINDOW // 2) + [20 - k / 20 for k in range(200)] + [10.0] * (WINDOW - 1)
    assert not end_of(distances).stalled


def test_arriving_is_no_stall() -> None:
    last = end_of([1.5] * (2 * WINDOW - 1) + [0.5])
    assert last.arrived
    assert not last.stalled
    mixed = end_of([1.5])
    assert mixed.points_arrived == (False, True)
    assert not mixed.arrived
