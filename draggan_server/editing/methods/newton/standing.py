"""What is told of where a search stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from draggan_server.editing.problem import DragStep


def either(*each: tuple[bool, ...]) -> tuple[bool, ...]:
    """For each handle, whether any of these say so."""
    return tuple(any(one) for one in zip(*each, strict=True))


def merit(step: DragStep) -> tuple[int, float]:
    """Greater for a better place to end at."""
    return sum(step.points_arrived), -step.mean_distance


def not_arrived(step: DragStep, lost: Sequence[bool]) -> DragStep:
    """The step, with those of its handles that are lost or doubtful not arrived."""
    arrived = tuple(a and not gone for a, gone in zip(step.points_arrived, lost, strict=True))
    return replace(step, points_arrived=arrived)
