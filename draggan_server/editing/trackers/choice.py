"""The trackers that `draggan` can follow its handles by, by the names in its configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

import torch
from torch import nn

from draggan_server.editing.problem import DragProblem
from draggan_server.editing.trackers import Found, Seen, Tracker, flow, published
from draggan_server.editing.trackers.flow import FlowTracker, lion_raft, lion_raft_card
from draggan_server.editing.trackers.look import Look
from draggan_server.editing.trackers.particles import (
    ParticleTracker,
    lion_pips,
    lion_pips_card,
)
from draggan_server.editing.trackers.point_tracking import PointTracker
from draggan_server.wire.drag_config import TRACKERS, DragganConfig, GeneratorConfig, Tracking
from draggan_server.wire.errors import BadInput
from stylegan2.generator import Generator


def check_tracker(generator: Generator, config: GeneratorConfig) -> None:
    """Raises `BadInput` where the tracker that the configuration names knows nothing of a model."""
    if not isinstance(config, DragganConfig) or config.tracker not in _FITTED:
        return
    if not _knows(config.tracker, generator) and not published.is_here(config.tracker):
        raise BadInput(
            "The tracker {tracker} has learned from pictures of {subject} only. Choose one of: "
            "{known}. Or bring its published weights: draggan models tracker {tracker} FILE",
            tracker=config.tracker,
            subject=_FITTED[config.tracker].card()["subject"],
            known=", ".join(name for name in TRACKERS if name not in _FITTED),
        )


def _knows(tracker: Tracking, generator: Generator) -> bool:
    """Whether the tracker's own weights were fitted to what a model shows."""
    return bool(generator.card.get("subject") == _FITTED[tracker].card()["subject"])


def chosen_tracker(problem: DragProblem, first: Look) -> Tracker[Look]:
    """The tracker that the configuration names; `first` is the look at the first picture."""
    return _MAKERS[_named(problem)](problem, first)


def track_reach(problem: DragProblem) -> int:
    """How far from where a handle is expected the tracker reads features of the drag's own block,
    in pixels of the picture."""
    return problem.r2 if _named(problem) == "features" else 0


class _Seeing(Generic[Seen]):
    """A tracker that is shown, of each latent, what it reads pictures by."""

    def __init__(self, tracker: Tracker[Seen], shown: Callable[[Look, torch.Tensor], Seen]) -> None:
        self._tracker = tracker
        self._shown = shown

    def find(self, seen: Look, expected: torch.Tensor) -> Found:
        return self._tracker.find(self._shown(seen, expected), expected)


def _features(problem: DragProblem, first: Look) -> Tracker[Look]:
    field = first.field(problem.handle_points)
    return _Seeing(PointTracker(field, problem.handle_points, problem.r2), Look.field)


def _patches(problem: DragProblem, first: Look) -> Tracker[Look]:
    # Patches are part of `newton`, and methods import this module.
    from draggan_server.editing.features.levels import levels
    from draggan_server.editing.methods.newton import handle_tracker

    every = levels(problem.generator, problem.config)
    sight = handle_tracker.sight(problem, every, rows=problem.rows)
    tracker = handle_tracker.HandleTracker(
        problem, every, sight.at(first.rows, problem.handle_points)
    )
    return _Seeing(tracker, lambda look, expected: sight.at(look.rows, expected))


def _of_pictures(problem: DragProblem, first: Look) -> Tracker[Look]:
    name = _named(problem)
    fitted, shown = _FITTED[name], _pictures(problem)
    before = shown(first, problem.handle_points)
    if _knows(name, problem.generator):
        network, side = fitted.lion(), flow.SIDE
    else:
        network, side = published.network(name), published.SIDE
    network = network.to(before.device)
    return _Seeing(fitted.tracker(network, before, problem.handle_points, side), shown)


def _pictures(problem: DragProblem) -> Callable[[Look, torch.Tensor], torch.Tensor]:
    """What shows the picture of a look."""
    rest = problem.w_plus[:, problem.rows :]

    @torch.no_grad()
    def shown(look: Look, _expected: torch.Tensor) -> torch.Tensor:
        return problem.generator.synthesis(torch.cat([look.rows, rest], dim=1))

    return shown


_MAKERS: dict[Tracking, Callable[[DragProblem, Look], Tracker[Look]]] = {
    "features": _features,
    "patches": _patches,
    "raft": _of_pictures,
    "pips": _of_pictures,
}


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A tracker that has learned from pictures: its card, its network for the toy lion, and what
    follows points by such a network in pictures of that side."""

    card: Callable[[], dict[str, Any]]
    lion: Callable[[], nn.Module]
    tracker: Callable[[Any, torch.Tensor, torch.Tensor, int], Tracker[torch.Tensor]]


_FITTED: dict[Tracking, _Fitted] = {
    "raft": _Fitted(lion_raft_card, lion_raft, FlowTracker),
    "pips": _Fitted(lion_pips_card, lion_pips, ParticleTracker),
}


def _named(problem: DragProblem) -> Tracking:
    assert isinstance(problem.config, DragganConfig)
    return problem.config.tracker
