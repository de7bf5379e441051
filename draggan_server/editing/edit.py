"""An edit as a worker runs it: from a sample, through drags of a layer, to the next saved state."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import torch

from draggan_server.editing import latents, pixels
from draggan_server.editing.compositing import Composite
from draggan_server.editing.drag import drag, prepare
from draggan_server.editing.history import pack_mask
from draggan_server.editing.placement import Placement
from draggan_server.editing.problem import DragStep
from draggan_server.editing.recognition import Recognition
from draggan_server.editing.rendering import render
from draggan_server.wire.drag_record import DragRecord, PackedMask
from draggan_server.wire.messages import DragProgress, Pixels, SampleSource, StartDrag, StopReason
from draggan_server.wire.state import EditState, Point
from stylegan2.generator import Generator
from stylegan2.zoo import Model

logger = logging.getLogger(__name__)


class DragOutcome(NamedTuple):
    """What a drag leaves: the layer's new pixels, the state to keep with them, and how near it got.

    `handle_points` in the layer's pixels, `mean_distance` in the model's. `paint_replaced`: paint
    on the layer that the generator knows nothing of was in the part that moved, and is lost.
    """

    layer: Pixels
    state: EditState
    handle_points: tuple[Point, ...]
    mean_distance: float
    paint_replaced: bool


def open_sample(generator: Generator, model: Model, source: SampleSource) -> EditState:
    """The state of a picture drawn from `model`, which `generator` was loaded from."""
    w_plus = latents.w_plus_of_seed(generator, source)
    return EditState(
        model=model.name,
        model_sha256=model.sha256,
        num_ws=generator.num_ws,
        w_dim=generator.w_dim,
        start=latents.to_bytes(w_plus),
        seed=source.seed,
        truncation_psi=source.truncation_psi,
    )


def picture(generator: Generator, state: EditState) -> Pixels:
    """What the generator shows for a state: RGBA at the model's resolution.

    It is opaque unless the generator makes an alpha channel.

    Raises `BadInput` if the state belongs to another model.
    """
    colours = render(generator, latents.w_plus_of_state(generator, state))
    return pixels.from_tensor(pixels.with_alpha(colours))


class DragRun:
    """One drag of an edit, step by step: iterate, take snapshots, then `finish`.

    Raises `BadInput` at once if the state belongs to another model, the layer has another shape
    than the picture or does not show it, or something about points or mask is wrong.
    """

    def __init__(self, generator: Generator, state: EditState, request: StartDrag) -> None:
        self._generator = generator
        self._state = state
        w_plus = latents.w_plus_of_state(generator, state)
        before = render(generator, w_plus)
        shown = request.layer or pixels.from_tensor(pixels.with_alpha(before))
        layer, mask, movable = pixels.as_bytes(shown), None, None
        self._w_plus = w_plus
        self._mask: PackedMask | None = None
        self._placement = Placement(_size(layer), generator.img_resolution)
        # Without a layer, the picture is the layer, whatever a document shows.
        left = None if request.layer is None else state.left
        self._recognition = Recognition(layer, before, left)
        before = self._recognition.in_its_colours(before)
        if request.movable_mask is not None:
            mask = pixels.as_bytes(request.movable_mask)
            self._placement.check_mask(_size(mask))
            movable = self._placement.image_to_picture(mask.to(before) / 255)[0, 0].clamp(0, 1)
            self._mask = pack_mask(movable)
        self._composite = Composite(self._placement, layer, before, mask)
        self._handles = self._placement.to_picture(request.handle_points)
        self._targets = self._placement.to_picture(request.target_points)
        self._config = request.config
        self._steps = drag(
            generator,
            w_plus,
            self._handles,
            self._targets,
            movable,
            request.config,
        )
        distances = (self._targets - self._handles).norm(dim=1)
        self._last = DragStep(
            step=0,
            w_plus=w_plus,
            handle_points=self._handles,
            distances=tuple(distances.tolist()),
            points_arrived=(False,) * len(distances),
            loss=0.0,
        )

    def __iter__(self) -> Iterator[DragProgress]:
        """One `DragProgress` a step, handles in the layer's pixels.

        Before them some of step 0, if the model has to be prepared for the method.
        """
        for prepared in prepare(self._generator, self._config):
            yield self._progress(prepared)
        for step in self._steps:
            self._last = step
            yield self._progress()

    def _progress(self, prepared: float = 1.0) -> DragProgress:
        last = self._last
        return DragProgress(
            step=last.step,
            max_steps=self._config.max_steps,
            handle_points=self._placement.to_layer(last.handle_points),
            arrived=last.points_arrived,
            mean_distance=last.mean_distance,
            loss=last.loss,
            prepared=prepared,
        )

    @property
    def reason(self) -> StopReason:
        """Why the drag would end here."""
        if self._last.arrived:
            return "arrived"
        if self._last.stalled:
            return "lost" if self._last.lost else "stalled"
        return "max-steps" if self._last.step >= self._config.max_steps else "stopped"

    def snapshot(self) -> Callable[[], Pixels]:
        """What renders, also later and from another thread, the layer as the last step left it."""
        w_plus = self._last.w_plus
        return lambda: self._show(latents.as_kept(self._w_plus, w_plus))

    def finish(self, reason: StopReason) -> DragOutcome:
        """The layer and the state after the last step; `reason` is for the log."""
        last = self._last
        logger.info(
            "drag of %d points ended (%s) after %d steps, %.2f px from the targets",
            len(last.handle_points),
            reason,
            last.step,
            last.mean_distance,
        )
        record = DragRecord(
            handle_points=_pairs(self._handles),
            target_points=_pairs(self._targets),
            final_points=_pairs(last.handle_points),
            method=self._config.method,
            steps=last.step,
            change=latents.change_between(self._w_plus, last.w_plus),
            mask=self._mask,
        )
        state = self._state.with_drag(record)
        after = self._picture(latents.w_plus_of_state(self._generator, state))  # as it is kept
        layer = self._composite.apply(after)
        replaced = self._composite.replaced(after)
        return DragOutcome(
            layer=pixels.from_bytes(layer),
            state=replace(state, left=self._recognition.left(layer, replaced)),
            handle_points=self._placement.to_layer(last.handle_points),
            mean_distance=last.mean_distance,
            paint_replaced=self._recognition.paint_replaced(replaced),
        )

    def _show(self, w_plus: torch.Tensor) -> Pixels:
        """The layer with the picture of w_plus [1, num_ws, w_dim]."""
        return pixels.from_bytes(self._composite.apply(self._picture(w_plus)))

    def _picture(self, w_plus: torch.Tensor) -> torch.Tensor:
        """[1, 3, h, w] in the layer's colours."""
        return self._recognition.in_its_colours(render(self._generator, w_plus))


def _size(image: torch.Tensor) -> tuple[int, int]:
    return image.shape[2], image.shape[3]


def _pairs(points: torch.Tensor) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in points.tolist())
