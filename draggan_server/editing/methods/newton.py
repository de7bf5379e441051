"""Our own method: the handles' motion is solved for, not descended to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import torch

from draggan_server.editing.methods.approach import approach
from draggan_server.editing.methods.handle_tracker import HandleTracker, Sight, parse
from draggan_server.editing.methods.held_metric import held_metric
from draggan_server.editing.methods.least_change import LeastChange
from draggan_server.editing.methods.moves import Moves, OverManifold, OwnRows, Combined
from draggan_server.editing.picture_metric import picture_metric
from draggan_server.editing.problem import DragProblem, DragStep

LONGEST = float(os.environ.get("X_LONGEST", "0.02"))
STILLNESS = float(os.environ.get("X_S", "6"))
NEAR = float(os.environ.get("X_NEAR", "0.1"))
POW = float(os.environ.get("X_POW", "1"))
SP = float(os.environ.get("X_SP", "2"))
STILLM = float(os.environ.get("X_STILL", "0"))
HELD = 9.0
DAMPING = 0.3 / 128**2
MROWS = int(os.environ.get("X_MROWS", "99"))
SEARCH = float(os.environ.get("X_SEARCH", "2.4"))
FINE = os.environ.get("X_FINE", "")
FINEN = int(os.environ.get("X_FINEN", "1"))
STAGES = os.environ.get("X_STAGES", "m32:1+64:2,r32:1+64:2")


def newton(problem: DragProblem) -> Iterator[DragStep]:
    side = max(problem.generator.img_resolution)
    longest = LONGEST * side
    first = problem
    far = float((problem.target_points - problem.handle_points).norm(dim=1).max()) / side
    near = min(1.0, NEAR / far)
    done = 0
    last = None
    names = STAGES.split(",")
    for stage in names:
        manifold = stage[0] == "m"
        found_levels = parse(stage[1:])
        moves: Moves = (
            OverManifold(problem, min(MROWS, problem.generator.num_ws) if problem.movable_mask is None else problem.rows)
            if manifold
            else OwnRows(problem) if stage[0] == "r" else
            Combined(problem, min(MROWS, problem.generator.num_ws) if problem.movable_mask is None else problem.rows, near ** POW)
        )
        options = dict(rows=moves.rows, search=longest * SEARCH, hold=problem.movable_mask is not None)
        views = Sight(first, found_levels, **options).at(first.w_plus[:, : moves.rows], first.handle_points)
        tracker = HandleTracker(first, found_levels, views, longest * SEARCH)
        sight = Sight(problem, found_levels, **options)
        change = _change(problem, moves, views, STILLM if manifold else STILLNESS * near ** SP)
        for step in approach(problem, moves, sight, tracker, change, longest=longest):
            if done and step.step == 0:
                continue
            last = replace(step, step=step.step + done)
            yield replace(last, stalled=False) if stage != names[-1] else last
        if last.arrived and (stage != "f"):
            if "f" not in FINE: return
            if stage == names[FINEN]: return
        done = last.step
        problem = replace(problem, w_plus=last.w_plus, handle_points=last.handle_points)


def _change(problem, moves, views, weight) -> LeastChange:
    side = max(problem.generator.img_resolution)
    factor = picture_metric(problem.generator)[:, : moves.rows]
    factor = moves.pull(factor.double())
    usual = factor.square().sum()
    parts = []
    if weight:
        parts.append(factor * (weight / usual) ** 0.5)
    if problem.movable_mask is not None:
        held = moves.pull(held_metric(views[-1], problem.movable_mask))
        parts.append(held * (HELD * problem.config.mask_weight / usual) ** 0.5)
    if not parts:
        parts.append(torch.zeros(1, moves.size, dtype=torch.float64))
    return LeastChange(torch.cat(parts), DAMPING * side**2)
