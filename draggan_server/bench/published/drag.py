"""DragGAN as published: the reference step, run with the published code's own settings.

What a drag of ours is held against. The method `draggan` differs from it in how its step is
computed, and in settings that suit any model: its learning rate follows the spread of w, radii that
would be but a pixel of a small picture are larger, and the features may be another block's.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from draggan_server.bench.published.reference import ReferenceDrag, ReferenceGenerator
from draggan_server.editing.problem import DragStep
from draggan_server.wire.drag_config import DragConfig, DragganConfig
from stylegan2.generator import DEFAULT_FEATURE_RESOLUTION, Generator

LEARNING_RATE = 2e-3  # paper sec. 4, of its two the faster
ABOUT = (
    "DragGAN as published: each step draws the whole picture, the learning rate is "
    f"{LEARNING_RATE:g}, radii are the paper's, rounded to pixels"
)
"""For the legend of the tables."""

_SIDE = 512  # pixels of the picture that radii and distances are given for
_STOP = 2.0  # px: code, max(2 / 512 * h, 2)


def published_drag(
    generator: Generator,
    w_plus: torch.Tensor,
    handle_points: torch.Tensor,
    target_points: torch.Tensor,
    movable_mask: torch.Tensor | None,
    config: DragConfig,
) -> Iterator[DragStep]:
    """The paper's loop, with the arguments of `drag`.

    Of the configuration it takes `max_steps`, `mask_weight`, radii and `optimised_rows`, and
    `learning_rate` and `feature_resolution` where they are given.
    """
    assert isinstance(config, DragganConfig)
    side = max(generator.img_resolution)
    weights = generator.synthesis_network.state_dict(prefix="synthesis.")
    loop = ReferenceDrag(
        generator=ReferenceGenerator(generator.geometry, weights),
        w_plus=w_plus,
        handle_points=handle_points.clone(),
        target_points=target_points,
        movable_mask=movable_mask,
        resolution=config.feature_resolution
        or min(DEFAULT_FEATURE_RESOLUTION, generator.geometry.resolutions[-1]),
        r1=round(config.r1 / _SIDE * side),
        r2=round(config.r2 / _SIDE * side),
        rows=config.optimised_rows,
        mask_weight=config.mask_weight,
        learning_rate=config.learning_rate or LEARNING_RATE,
    )
    near = max(_STOP / _SIDE * side, _STOP)
    for step in range(config.max_steps + 1):
        features = loop.look(track=step > 0)
        loss = loop.loss(features)
        distances = (target_points - loop.handle_points).norm(dim=1).tolist()
        state = DragStep(
            step=step,
            w_plus=loop.latent().detach().clone(),
            handle_points=loop.handle_points.clone(),
            distances=tuple(distances),
            points_arrived=tuple(distance <= near for distance in distances),
            loss=float(loss.detach()),
        )
        yield state
        if state.arrived:
            return
        loop.update(loss)
