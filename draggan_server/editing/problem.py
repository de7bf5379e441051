"""A drag as the methods see it: everything checked, on the device, in pixels of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean

import torch

from draggan_server.editing.picture_model import PictureModel
from draggan_server.wire.drag_config import (
    MAX_POINTS,
    METHODS,
    DescentConfig,
    DragConfig,
    DragdiffusionConfig,
    DragganConfig,
    GeneratorConfig,
    NewtonConfig,
)
from draggan_server.wire.errors import BadInput
from stylegan2.generator import DEFAULT_FEATURE_RESOLUTION, Generator

REFERENCE_SIDE = 512
"""Settings give radii and distances for such a picture; others scale by the longer side."""

MIN_STOP_DISTANCE = 2.0  # FIELD: max(2 / 512 * h, 2) pixels
SUPERVISED_DISTANCE = 1.0  # code: a handle this near to its target is not pushed any more
SPREAD_PER_STEP = 0.0075
"""Learning rate over the spread of w. Measured on the toy lion, see `learning_rate`."""


@dataclass(frozen=True, slots=True)
class DragStep:
    """Where a drag stands after `step` updates of the latent.

    `handle_points` `[P, 2]` (x, y) are the handles as tracked in the picture of `w_plus`
    `[1, num_ws, w_dim]`, in its pixels, `distances` are theirs to the targets, and `loss` is that
    of motion supervision and mask there (0 where nothing is pushed), for `newton` how unlike what
    the handles showed first is what they show. `points_arrived` says of each handle whether it is
    near enough to its target, `stalled` that the drag ends here because they come no nearer, `lost`
    that they do not because a handle was not found again beyond here. Methods make steps by
    `DragProblem.state`.
    """

    step: int
    w_plus: torch.Tensor
    handle_points: torch.Tensor
    distances: tuple[float, ...]
    points_arrived: tuple[bool, ...]
    loss: float
    stalled: bool = False
    lost: bool = False

    @property
    def mean_distance(self) -> float:
        return fmean(self.distances)

    @property
    def arrived(self) -> bool:
        return all(self.points_arrived)


@dataclass(frozen=True, slots=True)
class DragProblem:
    """A checked drag. Points `[P, 2]` (x, y) in pixels of the picture, 0 = centre of the first.

    `movable_mask` `[H, W]` in [0, 1] or None where all may change; `arrival_distance` `[P]`.
    """

    generator: Generator
    w_plus: torch.Tensor
    handle_points: torch.Tensor
    target_points: torch.Tensor
    movable_mask: torch.Tensor | None
    config: GeneratorConfig
    feature_resolution: int
    rows: int
    arrival_distance: torch.Tensor

    @classmethod
    def check(
        cls,
        generator: Generator,
        w_plus: torch.Tensor,
        handle_points: torch.Tensor,
        target_points: torch.Tensor,
        movable_mask: torch.Tensor | None,
        config: DragConfig,
        *,
        live: bool = False,
    ) -> DragProblem:
        """Raises `BadInput` with a sentence for whatever cannot be dragged.

        A point whose target lies at its handle is held there. All may, of a `live` drag: they are
        to move yet.
        """
        if isinstance(config, DragdiffusionConfig):
            raise BadInput(
                "The method {method} is for diffusion models, and this is none. Choose one of: "
                "{known}.",
                method=config.method,
                known=", ".join(METHODS),
            )
        scale = max(generator.img_resolution) / REFERENCE_SIDE
        handles, targets = checked_points(handle_points, target_points, generator, live=live)
        way = (targets - handles).norm(dim=1)
        return cls(
            generator=generator,
            w_plus=_latent(w_plus, generator),
            handle_points=handles,
            target_points=targets,
            movable_mask=checked_mask(movable_mask, generator),
            config=config,
            feature_resolution=feature_resolution(generator, config),
            rows=min(config.optimised_rows, generator.num_ws),
            arrival_distance=arrival_distance(way, config.stop_distance, scale),
        )

    @property
    def farthest_way(self) -> float:
        """Pixels from handle to target where the drag began, of the point that goes farthest."""
        return float(self.distances(self.handle_points).max())

    def aimed_at(self, target_points: torch.Tensor) -> DragProblem:
        """The same drag with other targets [P, 2], moved inside of the picture."""
        targets = self.inside(target_points.to(self.handle_points))
        way = (targets - self.handle_points).norm(dim=1)
        scale = max(self.generator.img_resolution) / REFERENCE_SIDE
        near = arrival_distance(way, self.config.stop_distance, scale)
        return replace(self, target_points=targets, arrival_distance=near)

    def at_hand(self) -> DragProblem:
        """The same drag with its points on the processor, where what they are costs no waiting."""
        return replace(
            self,
            handle_points=self.handle_points.cpu(),
            target_points=self.target_points.cpu(),
            arrival_distance=self.arrival_distance.cpu(),
        )

    def inside(self, points: torch.Tensor) -> torch.Tensor:
        """Points [P, 2], those outside of the picture moved to its border."""
        return _inside(points, self.generator)

    # One pixel of a small picture shows too little to push by or to find again.

    @property
    def r1(self) -> int:
        """In pixels of the picture; of methods that descend along a gradient."""
        return self._pixels(self._descent.r1, least=2)

    @property
    def r2(self) -> int:
        """In pixels of the picture; of `draggan`, which tracks points by it."""
        assert isinstance(self.config, DragganConfig)
        return self._pixels(self.config.r2, least=3)

    @property
    def learning_rate(self) -> float:
        """The learning rate of methods that descend along a gradient."""
        return learning_rate(self.generator, self._descent)

    @property
    def holds_exactly(self) -> bool:
        """Whether what the mask holds is held on the whole feature map, as in the paper."""
        return not isinstance(self.config, NewtonConfig) and self.config.mask_term == "exact"

    @property
    def _descent(self) -> DescentConfig:
        assert not isinstance(self.config, NewtonConfig)
        return self.config

    def _pixels(self, length: float, least: int) -> int:
        scale = max(self.generator.img_resolution) / REFERENCE_SIDE
        return max(least, math.floor(length * scale + 0.5))

    def state(
        self, step: int, free: torch.Tensor, handle_points: torch.Tensor, loss: torch.Tensor
    ) -> DragStep:
        """What `step` updates have led to: first rows free `[1, N, w_dim]`, handles `[P, 2]`.

        The tensors may change afterwards. A device is waited for once.
        """
        distances = self.distances(handle_points)
        arrived = distances <= self.arrival_distance
        count = len(distances)
        figures = torch.cat([distances, arrived.to(distances), loss.to(distances)[None]]).tolist()
        return DragStep(
            step=step,
            w_plus=torch.cat([free, self.w_plus[:, free.shape[1] :]], dim=1),
            handle_points=handle_points.clone(),
            distances=tuple(figures[:count]),
            points_arrived=tuple(map(bool, figures[count:-1])),
            loss=figures[-1],
        )

    def distances(self, handle_points: torch.Tensor) -> torch.Tensor:
        """[P]: how far the handles `[P, 2]` are from their targets."""
        distances: torch.Tensor = (self.target_points - handle_points).norm(dim=1)
        return distances


def feature_resolution(generator: Generator, config: GeneratorConfig) -> int:
    """The block to look at: what the configuration or the model's card says, else 128.

    A picture below 256 is looked at in half its size, as far as there is a block of it: on the toy
    lion drags then arrive more often and in fewer steps than with the last block. Raises `BadInput`
    if the one asked for does not exist.
    """
    resolutions = generator.geometry.resolutions
    asked = config.feature_resolution or generator.card.get("feature_resolution")
    if asked is None:
        return min(DEFAULT_FEATURE_RESOLUTION, resolutions[max(len(resolutions) - 2, 0)])
    if asked not in resolutions:
        raise BadInput(
            "The feature resolution is {asked}, but this model has blocks {known} only.",
            asked=asked,
            known=", ".join(map(str, resolutions)),
        )
    return int(asked)


def learning_rate(generator: Generator, config: DescentConfig) -> float:
    """What the configuration or the model's card says, else a fixed part of w's own spread.

    One step of Adam moves each coordinate by about the learning rate, so a rate that suits one
    model suits another in proportion to how widely its latents are spread.
    """
    if config.learning_rate is not None:
        return config.learning_rate
    card = generator.card.get("learning_rate")
    if isinstance(card, int | float) and math.isfinite(card) and card > 0:
        return float(card)
    return SPREAD_PER_STEP * generator.w_spread()


def arrival_distance(way: torch.Tensor, stop_distance: float, scale: float) -> torch.Tensor:
    """[P]: near enough for a point with `way` [P] to go."""
    near = max(stop_distance * scale, min(stop_distance, MIN_STOP_DISTANCE))
    # A short drag must still move: half of it is the most that may be missing.
    return (way / 2).clamp(max=near).clamp(min=min(near, SUPERVISED_DISTANCE))


def _latent(w_plus: torch.Tensor, generator: Generator) -> torch.Tensor:
    expected = (1, generator.num_ws, generator.w_dim)
    if tuple(w_plus.shape) != expected:
        raise BadInput(
            "The latent has the shape {shape}, not {expected}.",
            shape=list(w_plus.shape),
            expected=list(expected),
        )
    if not bool(w_plus.isfinite().all()):
        raise BadInput("The latent holds values that are not finite: the saved state is damaged.")
    return w_plus.detach().to(generator.w_avg)


def checked_points(
    handle_points: torch.Tensor,
    target_points: torch.Tensor,
    generator: PictureModel,
    *,
    live: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both [P, 2], inside of the picture and where the model is. Raises `BadInput` for points that
    cannot be dragged."""
    handles = _points("handle", handle_points, generator)
    targets = _points("target", target_points, generator)
    if len(handles) != len(targets):
        raise BadInput(
            "{count} handle points but {others} target points.",
            count=len(handles),
            others=len(targets),
        )
    if not live and not bool((targets != handles).any()):
        raise BadInput("Point {number} is already at its target: move the target.", number=1)
    return handles, targets


def _points(name: str, points: torch.Tensor, generator: PictureModel) -> torch.Tensor:
    if points.ndim != 2 or points.shape[1] != 2:
        raise BadInput(
            "The {name} points have the shape {shape}; give [P, 2].",
            name=name,
            shape=list(points.shape),
        )
    if not 1 <= len(points) <= MAX_POINTS:
        raise BadInput(
            "There are {count} {name} points; give 1 to {most}.",
            count=len(points),
            name=name,
            most=MAX_POINTS,
        )
    points = points.detach().to(generator.w_avg)
    if not bool(points.isfinite().all()):
        raise BadInput("A {name} point has a coordinate that is not a finite number.", name=name)
    height, width = generator.img_resolution
    last = points.new_tensor([width - 1, height - 1])
    outside = ((points < -0.5) | (points > last + 0.5)).any(dim=1)
    if bool(outside.any()):
        number = int(outside.nonzero()[0])
        x, y = points[number].tolist()
        raise BadInput(
            "The {name} of point {number} at ({x}, {y}) lies outside the picture of {width} "
            "x {height} pixels: move it inside.",
            name=name,
            number=number + 1,
            x=f"{x:g}",
            y=f"{y:g}",
            width=width,
            height=height,
        )
    return _inside(points, generator)


def _inside(points: torch.Tensor, generator: PictureModel) -> torch.Tensor:
    height, width = generator.img_resolution
    last = points.new_tensor([width - 1, height - 1])
    return points.clamp(min=torch.zeros_like(last), max=last)


def checked_mask(movable_mask: torch.Tensor | None, generator: PictureModel) -> torch.Tensor | None:
    """[H, W] where the model is, None where all may change. Raises `BadInput`."""
    if movable_mask is None:
        return None
    if tuple(movable_mask.shape) != generator.img_resolution:
        raise BadInput(
            "The movable mask has the shape {shape}; give {img_resolution}, the picture's "
            "height and width.",
            shape=list(movable_mask.shape),
            img_resolution=list(generator.img_resolution),
        )
    mask = movable_mask.detach().to(generator.w_avg)
    if not bool(((mask >= 0) & (mask <= 1)).all()):
        raise BadInput("The movable mask has values outside 0 (held) to 1 (may change).")
    if not bool((mask > 0).any()):
        raise BadInput("The movable mask is empty, so nothing may change: mark what may move.")
    return None if bool((mask == 1).all()) else mask
