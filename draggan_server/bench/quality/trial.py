"""One drag by one variant: run, timed, and the picture before and after."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import torch

from draggan_server.bench.published.drag import published_drag
from draggan_server.bench.quality.picture_drag import drag_picture, shown_by
from draggan_server.bench.quality.variant import REFERENCE, Variant
from draggan_server.editing import drag
from draggan_server.wire.drag_config import DragdiffusionConfig
from stylegan2.generator import Generator

_NEAR = 0.12
"""What lies farther from every handle and target than this share of the picture is "elsewhere"."""


@dataclass(frozen=True, slots=True)
class Case:
    """A drag to be done. Points [P, 2] (x, y) in pixels; `movable_mask` [H, W] or None.

    Diffusion models begin with `picture` [3, H, W], where there is one, else with that of
    `w_plus`.
    """

    kind: str
    number: int
    w_plus: torch.Tensor
    handle_points: torch.Tensor
    target_points: torch.Tensor
    movable_mask: torch.Tensor | None = None
    picture: torch.Tensor | None = None

    def reversed_from(self, trial: Trial) -> Case:
        """The way back, from where a drag ended."""
        return replace(
            self,
            w_plus=trial.w_plus,
            picture=trial.picture,
            handle_points=self.target_points,
            target_points=self.handle_points,
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a drag. `picture` is [3, H, W] in [-1, 1]. `seconds` are of CPU time, all
    threads, without the last picture."""

    w_plus: torch.Tensor
    picture: torch.Tensor
    steps: int
    arrived: bool
    tracked_distance: float
    seconds: float

    def course(self) -> dict[str, float]:
        """The measures that the drag itself tells."""
        return {
            "tracked": self.tracked_distance,
            "arrived": float(self.arrived),
            "steps": self.steps,
            "seconds": self.seconds,
        }


def run(generator: Generator, case: Case, variant: Variant) -> Trial:
    """Do the drag to its end."""
    if variant.diffusion is not None:
        return _run_diffusion(generator, case, variant)
    steps = published_drag if variant.name == REFERENCE else drag
    start = time.process_time()
    for step in steps(
        generator,
        case.w_plus,
        case.handle_points,
        case.target_points,
        case.movable_mask,
        variant.config,
    ):
        last = step
    seconds = time.process_time() - start
    return Trial(
        w_plus=last.w_plus,
        picture=picture_of(generator, last.w_plus),
        steps=last.step,
        arrived=last.arrived,
        tracked_distance=last.mean_distance,
        seconds=seconds,
    )


def _run_diffusion(generator: Generator, case: Case, variant: Variant) -> Trial:
    """The same with a model that drags pictures. Its latent is none of the generator's."""
    assert variant.diffusion is not None
    assert isinstance(variant.config, DragdiffusionConfig)
    before = case.picture
    if before is None:
        before = picture_of(generator, case.w_plus)
    size = (before.shape[1], before.shape[2])
    start = time.process_time()
    last = drag_picture(
        variant.diffusion,
        before,
        case.handle_points,
        case.target_points,
        case.movable_mask,
        variant.config,
    )
    seconds = time.process_time() - start
    return Trial(
        w_plus=last.w_plus,
        picture=shown_by(variant.diffusion, last.w_plus, size),
        steps=last.step,
        arrived=last.arrived,
        tracked_distance=last.mean_distance * size[0] / variant.diffusion.img_resolution[0],
        seconds=seconds,
    )


@torch.no_grad()
def picture_of(generator: Generator, w_plus: torch.Tensor) -> torch.Tensor:
    """[3, H, W] in [-1, 1], clamped as it is shown."""
    return generator.synthesis(w_plus)[0].clamp(-1, 1)


def elsewhere(case: Case, height: int, width: int) -> torch.Tensor:
    """[H, W], true where nothing should change: outside the mask, or far from all points."""
    if case.movable_mask is not None:
        return case.movable_mask == 0
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    points = torch.cat([case.handle_points, case.target_points])
    square = (x[..., None] - points[:, 0]) ** 2 + (y[..., None] - points[:, 1]) ** 2
    return (square > (_NEAR * max(height, width)) ** 2).all(dim=2)


def change(before: torch.Tensor, after: torch.Tensor, where: torch.Tensor) -> float:
    """Mean absolute difference of two pictures [3, H, W] in [-1, 1], in levels of 255.

    0 where `where` [H, W] is nowhere true.
    """
    if not bool(where.any()):
        return 0.0
    return float((after - before).abs().mean(dim=0)[where].mean()) * 127.5


def mean_square(a: torch.Tensor, b: torch.Tensor) -> float:
    """Mean squared error of pictures [3, H, W] in [-1, 1], as of values in [0, 1]."""
    return float((a - b).square().mean()) / 4
