"""The drags of an edit that are over: what the layer showed after each, and going there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch.nn import functional

from draggan_server.editing import latents
from draggan_server.editing.known_layer import know
from draggan_server.editing.original import before_drags
from draggan_server.editing.photo_edit import in_tone_of
from draggan_server.editing.picture_model import PictureModel
from draggan_server.editing.picture_motion import picture_motion
from draggan_server.editing.rendering import render
from draggan_server.editing.thumbnails import sheet_of
from draggan_server.layer import pixels
from draggan_server.layer.compositing import Composite, keep_held
from draggan_server.layer.placement import AnyPlacement, Placement
from draggan_server.layer.resemblance import resize
from draggan_server.wire.drag_record import DragRecord, PackedMask
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import EditState


class Moment(NamedTuple):
    """A layer as it was after another number of drags, and the state to keep with it.

    `paint_replaced`: paint that the generator knows nothing of was where the layer changed.
    """

    layer: Pixels
    state: EditState
    paint_replaced: bool


def go_to(generator: PictureModel, state: EditState, position: int, layer: Pixels | None) -> Moment:
    """The layer as it was after the first `position` drags: what they did not touch is as it is,
    and so is all of it where that is what the layer shows.

    Raises `BadInput` if there is no such drag, the state belongs to another model, or the layer
    does not show the state's picture.
    """
    if not 0 <= position <= len(state.drags):
        raise BadInput(
            "There is no drag {position}. Give a number from 0, how the picture was before all "
            "drags, to {count}.",
            position=position,
            count=len(state.drags),
        )
    if state.photo is not None and layer is None:
        raise BadInput("This goes back on a photo: give the photo itself, as the layer.")
    now, then = (shown_at(generator, state, number) for number in (state.position, position))
    shown = pixels.as_bytes(layer or pixels.from_tensor(pixels.with_alpha(now)))
    state, placement, recognition = know(
        state, shown, now, generator.img_resolution, drawn=layer is None
    )
    if position == state.position:
        return Moment(pixels.from_bytes(shown), state, paint_replaced=False)
    now, then = (recognition.in_its_colours(in_tone_of(state, picture)) for picture in (now, then))
    composite = Composite(placement, shown, now, None)
    motion = None
    if composite.has_detail:
        ways = (latents.w_plus_of_state(generator, state, n) for n in (state.position, position))
        motion = picture_motion(generator, *ways).where(now, then)
    result, fate = composite.apply(then, motion), composite.fate(then, motion)
    between = state.drags[slice(*sorted((position, state.position)))]
    movable = _movable_by_any(between, generator.img_resolution)
    if movable is not None:
        result = keep_held(placement, shown, result, movable)
    original = None if state.photo is None else state.photo.original
    if original is not None:
        before = before_drags(original, shown)
        again = _dragged_to(generator, state, position, placement, before.layer)
        whole = torch.where(before.changed, again, shown)
        result = torch.where(recognition.paint_on(fate, shown), result, whole)
    return Moment(
        layer=pixels.from_bytes(result),
        state=replace(state, position=position, left=recognition.left(result, fate)),
        paint_replaced=recognition.paint_replaced(fate),
    )


def _dragged_to(
    generator: PictureModel,
    state: EditState,
    position: int,
    placement: AnyPlacement,
    layer: torch.Tensor,
) -> torch.Tensor:
    """The layer [1, 4, H, W] of uint8 of before all drags -> that after `position` drags."""
    first = _first_mask(state, position)
    for number, after in [(0, first)] * (first > 0) + [(n, n + 1) for n in range(first, position)]:
        mask = state.drags[number].mask if number >= first else None
        movable = None
        if mask is not None:
            on_picture = _movable(mask, generator.img_resolution).float()
            scaled = placement.image_to_layer(on_picture).rows(slice(0, layer.shape[2]))
            movable = scaled.round().clamp(0, 255).to(torch.uint8)[None]
        latent = [latents.w_plus_of_state(generator, state, at) for at in (number, after)]
        shown = [in_tone_of(state, render(generator, w_plus)) for w_plus in latent]
        motion = picture_motion(generator, *latent)
        layer = Composite(placement, layer, shown[0], movable).apply(shown[1], motion)
    return layer


def _first_mask(state: EditState, position: int) -> int:
    """How many of the first `position` drags had no mask, before the first that had one."""
    masked = (number for number, drag in enumerate(state.drags[:position]) if drag.mask is not None)
    return next(masked, position)


def shown_at(generator: PictureModel, state: EditState, position: int) -> torch.Tensor:
    """[1, C, h, w] in [0, 1]: what a layer of the picture's size shows after `position` drags.

    That is the latent's picture, but for what masks have held since.
    """

    def latent_at(number: int) -> torch.Tensor:
        return latents.w_plus_of_state(generator, state, number)

    masks = [drag.mask for drag in state.drags[:position]]
    first = _first_mask(state, position)
    shown = before = render(generator, latent_at(first))
    placement = Placement(generator.img_resolution, generator.img_resolution)
    for number in range(first, position):
        mask, after = masks[number], render(generator, latent_at(number + 1))
        movable = None if mask is None else _movable(mask, generator.img_resolution)
        layer = pixels.as_bytes(pixels.from_tensor(pixels.with_alpha(shown)))
        composite = Composite(placement, layer, before, movable)
        motion = None
        if composite.has_detail:
            motion = picture_motion(generator, latent_at(number), latent_at(number + 1))
        shown, before = composite.apply(after, motion)[:, : before.shape[1]].to(before) / 255, after
    return shown


def thumbnails(generator: PictureModel, state: EditState) -> Pixels:
    """The picture before and after each drag, see `sheet_of`."""
    positions = range(len(state.drags) + 1)
    return sheet_of(generator, (latents.w_plus_of_state(generator, state, n) for n in positions))


def pack_mask(movable: torch.Tensor) -> PackedMask:
    """movable [h, w] in [0, 1], as a state keeps it: smaller where it takes too much room."""
    data = pixels.from_tensor(movable[None, None])
    packed = PackedMask.of(data.width, data.height, data.data)
    if packed is not None:
        return packed
    half = max(1, data.height // 2), max(1, data.width // 2)
    return pack_mask(resize(movable[None, None], half)[0, 0])


def _movable_by_any(drags: Sequence[DragRecord], size: tuple[int, int]) -> torch.Tensor | None:
    """[1, 1, h, w]: above 0 where one of the drags could change the picture, None if everywhere."""
    masks = [drag.mask for drag in drags if drag.mask is not None]
    if not masks or len(masks) < len(drags):
        return None
    return torch.stack([_movable(mask, size) for mask in masks]).amax(dim=0)


def _movable(mask: PackedMask, size: tuple[int, int]) -> torch.Tensor:
    """[1, 1, h, w] of uint8, of the picture's size."""
    stored = pixels.as_bytes(Pixels(mask.width, mask.height, 1, mask.data()))
    if stored.shape[2:] == size:
        return stored
    larger = functional.interpolate(stored.float(), size, mode="bilinear", align_corners=False)
    return larger.round().to(torch.uint8)
