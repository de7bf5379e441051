"""The layer that an edit is shown on: what it showed before, and what it is to show."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import NamedTuple

import torch

from draggan_server.editing import latents
from draggan_server.editing.history import pack_mask
from draggan_server.editing.known_layer import know
from draggan_server.editing.original import keep_original
from draggan_server.editing.photo_edit import in_tone_of
from draggan_server.editing.picture_model import PictureModel
from draggan_server.editing.picture_motion import picture_motion
from draggan_server.editing.problem import DragStep
from draggan_server.editing.rendering import render, render_blocks
from draggan_server.layer import pixels
from draggan_server.layer.compositing import Composite
from draggan_server.layer.motion import Motion
from draggan_server.wire.drag_record import DragRecord
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, StopReason
from draggan_server.wire.photo_record import PhotoRecord
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState, Point

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


class Dragged(NamedTuple):
    """What a drag did: its last step, and the points [P, 2] of the picture that it began with."""

    last: DragStep
    handle_points: torch.Tensor
    target_points: torch.Tensor
    method: str


class Canvas:
    """A layer, or where there is none the picture itself, that shows the picture of `state`.

    `movable` [h, w] is the movable mask on the picture, None where all may change. Raises
    `BadInput` if the state belongs to another model, the layer has another shape than the picture
    or does not show it, or the mask another size than the layer.
    """

    def __init__(
        self,
        generator: PictureModel,
        state: EditState,
        layer: Pixels | None,
        movable_mask: Pixels | None,
    ) -> None:
        self.generator = generator
        self.w_plus = latents.w_plus_of_state(generator, state)
        self.before = render_blocks(generator, self.w_plus)
        before = self.before.picture
        if state.photo is not None and layer is None:
            raise BadInput("This drags a photo: give the photo itself, as the layer.")
        self.layer = pixels.as_bytes(layer or pixels.from_tensor(pixels.with_alpha(before)))
        self.mask: torch.Tensor | None = None
        self.movable: torch.Tensor | None = None
        self._state, self.placement, self.recognition = know(
            state, self.layer, before, generator.img_resolution, drawn=layer is None
        )
        before = self.recognition.in_its_colours(in_tone_of(self._state, before))
        if movable_mask is not None:
            self.mask = pixels.as_bytes(movable_mask)
            self.placement.check_mask(_size(self.mask))
            movable = self.placement.image_to_picture(self.mask.to(before) / 255)
            self.movable = movable[0, 0].clamp(0, 1)
        self._composite = Composite(self.placement, self.layer, before, self.mask)

    def show(self, w_plus: torch.Tensor) -> Pixels:
        """The layer with the picture of w_plus [1, num_ws, w_dim], as a state would keep it."""
        kept = latents.as_kept(self.w_plus, w_plus)
        return pixels.from_bytes(self._composite.apply(self._picture(kept), self._motion(kept)))

    def outcome(self, dragged: Dragged, reason: StopReason) -> DragOutcome:
        """The layer and the state after a drag; `reason` is for the log."""
        last = dragged.last
        logger.info(
            "drag of %d points ended (%s) after %d steps, %.2f px from the targets",
            len(last.handle_points),
            reason,
            last.step,
            last.mean_distance,
        )
        record = DragRecord(
            handle_points=_pairs(dragged.handle_points),
            target_points=_pairs(dragged.target_points),
            final_points=_pairs(last.handle_points),
            method=dragged.method,
            steps=last.step,
            change=latents.change_between(self.w_plus, last.w_plus),
            mask=None if self.movable is None else pack_mask(self.movable),
        )
        state = self._state.with_drag(record)
        kept = latents.w_plus_of_state(self.generator, state)
        after, motion = self._picture(kept), self._motion(kept)
        layer = self._composite.apply(after, motion)
        fate = self._composite.fate(after, motion)
        left = self.recognition.left(layer, fate)
        return DragOutcome(
            layer=pixels.from_bytes(layer),
            state=replace(state, left=left, content=self._content(state, layer)),
            handle_points=self.placement.to_layer(last.handle_points),
            mean_distance=last.mean_distance,
            paint_replaced=self.recognition.paint_replaced(fate),
        )

    def _content(self, state: EditState, after: torch.Tensor) -> SampleRecord | PhotoRecord | None:
        """What the edit began with, once a drag has made `after` of the layer."""
        photo = state.photo
        if photo is None:
            return state.content
        original = None
        if not state.forgotten and (photo.original is not None or self._state.position == 0):
            original = keep_original(photo.original, self.layer, after)
        return replace(photo, original=original)

    def _motion(self, w_plus: torch.Tensor) -> Motion | None:
        """From the picture before to that of w_plus, where there is detail to be carried along."""
        if not self._composite.has_detail or torch.equal(w_plus, self.w_plus):
            return None
        return picture_motion(self.generator, self.w_plus, w_plus)

    def _picture(self, w_plus: torch.Tensor) -> torch.Tensor:
        """[1, 3, h, w] in the layer's colours."""
        shown = in_tone_of(self._state, render(self.generator, w_plus))
        return self.recognition.in_its_colours(shown)


def _pairs(points: torch.Tensor) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in points.tolist())


def _size(image: torch.Tensor) -> tuple[int, int]:
    return image.shape[2], image.shape[3]
