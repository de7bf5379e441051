"""Dragging points of a generated picture: the door to all methods."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from draggan_server.editing import preparation
from draggan_server.editing.methods import METHODS, needs_preparation
from draggan_server.editing.problem import DragProblem, DragStep
from draggan_server.editing.stall import until_stalled
from draggan_server.editing.trackers.choice import check_tracker
from draggan_server.wire.drag_config import DragConfig, drag_config
from stylegan2.generator import Generator


def prepare(generator: Generator, config: DragConfig) -> Iterator[float]:
    """Learn what the method has to know of the model, yielding how much is done, 0 to 1.

    A drag does so by itself; this is for those who want to show it. Done once a model, see
    `preparation.prepare`; where it is done already nothing is yielded.
    """
    if needs_preparation(config):
        yield from preparation.prepare(generator)


def drag(
    generator: Generator,
    w_plus: torch.Tensor,
    handle_points: torch.Tensor,
    target_points: torch.Tensor,
    movable_mask: torch.Tensor | None = None,
    config: DragConfig | None = None,
) -> Iterator[DragStep]:
    """Move the content at `handle_points` to `target_points` by changing the latent.

    `w_plus` `[1, num_ws, w_dim]`; points `[P, 2]` (x, y) in pixels of the generator's picture, 0 =
    the centre of the first pixel; `movable_mask` `[H, W]`, 1 may change and 0 is held. Yields the
    state before the first update (step 0) and after each one, the last of them arrived, stalled or
    at `config.max_steps`. The same arguments give the same steps. Whoever iterates may stop at any
    time. Raises `BadInput` at once, before anything is computed.
    """
    config = config or drag_config()
    problem = DragProblem.check(
        generator, w_plus, handle_points, target_points, movable_mask, config
    )
    check_tracker(generator, problem.config)
    return until_stalled(METHODS[problem.config.method](problem))
