"""A drag of a picture by a diffusion model, without any layer: what the bench measures of it."""

from __future__ import annotations

import torch
from torch.nn import functional

from draggan_server.diffusion.method import DiffusionProblem, NoisyStep
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.diffusion.reference import denoised
from draggan_server.editing.problem import DragStep
from draggan_server.editing.rendering import render
from draggan_server.editing.stall import until_stalled
from draggan_server.wire.drag_config import DragdiffusionConfig


def drag_picture(
    model: DiffusionModel,
    picture: torch.Tensor,
    handle_points: torch.Tensor,
    target_points: torch.Tensor,
    movable_mask: torch.Tensor | None,
    config: DragdiffusionConfig,
) -> DragStep:
    """The last step; its `w_plus` is the model's clean latent, its distances are in px of the
    model's picture.

    The picture [3, H, W] in [-1, 1], square as the model's, is brought to the model's size.
    `handle_points` and `target_points` [P, 2] and `movable_mask` [H, W] are of the picture given.
    """
    size = model.img_resolution
    scale = size[0] / picture.shape[1]
    handles, targets = ((points + 0.5) * scale - 0.5 for points in (handle_points, target_points))
    movable = None
    if movable_mask is not None:
        movable = _resized(movable_mask[None], size)[0].round()
    w_plus = model.encode((_resized(picture, size)[None] + 1) / 2)
    problem = DiffusionProblem(model, w_plus, handles, targets, movable, config)
    *_, (_, lora) = model.fitted(w_plus, config.lora_steps)
    with lora.on():
        *_, start = problem.raised()
        begun = problem.handles.to(start)
        *_, last = until_stalled(problem.steps(start, start, begun, config.max_steps))
        assert isinstance(last, NoisyStep)
        clean = denoised(problem.denoiser, model.schedule, start, last.noisy, problem.rung)
        last = problem.checked(last, model.flat(clean))
    return DragStep(
        step=last.step,
        w_plus=model.flat(clean),
        handle_points=last.handle_points,
        distances=last.distances,
        points_arrived=last.points_arrived,
        loss=last.loss,
        stalled=last.stalled,
        lost=last.lost,
    )


@torch.no_grad()
def shown_by(model: DiffusionModel, w_plus: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """[3, H, W] in [-1, 1], clamped, of a `size` (H, W)."""
    return _resized(render(model, w_plus)[0] * 2 - 1, size).clamp(-1, 1)


def _resized(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return functional.interpolate(
        picture[None], size, mode="bicubic", antialias=True, align_corners=False
    )[0]
