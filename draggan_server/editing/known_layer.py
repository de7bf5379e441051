"""A layer that carries a state, known again: as it was left, or where it is now."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch

from draggan_server.editing import latents
from draggan_server.editing.inversion.tone import GAINS
from draggan_server.editing.original import moved_original
from draggan_server.editing.photo_edit import in_tone_of, placement_of
from draggan_server.editing.picture_model import PictureModel
from draggan_server.editing.rendering import render
from draggan_server.layer import homography, pixels, warping
from draggan_server.layer.homography import Size
from draggan_server.layer.pixels import luminance
from draggan_server.layer.placement import AnyPlacement
from draggan_server.layer.recognition import Recognition
from draggan_server.layer.registration import Registration, register
from draggan_server.layer.resemblance import is_gray, shrink
from draggan_server.wire.drag_record import PackedMask
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels
from draggan_server.wire.photo_record import SHOWN_SIDE, TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState, LayerThumbnail


class KnownLayer(NamedTuple):
    """`state` says where the picture lies on the layer and in which tone, if not as it was left."""

    state: EditState
    placement: AnyPlacement
    recognition: Recognition


def know(
    state: EditState,
    layer: torch.Tensor,
    picture: torch.Tensor,
    resolution: Size,
    *,
    drawn: bool,
    anywhere: bool = False,
) -> KnownLayer:
    """`layer` [1, 4, H, W] of uint8 is to show `picture` [1, C, h, w] in [0, 1], as the state's
    generator of `resolution` makes it, or what the state's last drag left.

    A layer that was flipped, turned, scaled, cropped or recoloured is looked at for where the
    picture is now; `anywhere`: it may be a small part of it, see `register`. `drawn`: it is the
    picture itself, whatever a document shows. Raises `BadInput` where the layer does not show it.
    """
    size = (layer.shape[2], layer.shape[3])
    try:
        placement = placement_of(state, size, resolution)
        shown = in_tone_of(state, picture)
        return KnownLayer(
            state, placement, Recognition(layer, shown, None if drawn else state.left)
        )
    except BadInput:
        found = _registered(state, layer, picture, resolution, anywhere=anywhere)
        if found is None:
            raise
    placement = placement_of(found, size, resolution)
    return KnownLayer(found, placement, Recognition(layer, in_tone_of(found, picture), found.left))


def on_layer(model: PictureModel, state: EditState, layer: Pixels) -> EditState:
    """The state, which says where on the layer its picture lies, however small a part of that it
    is where the layer has another size than the photo had. Raises `BadInput` where the layer shows
    it nowhere, or the state belongs to another model.
    """
    picture, photo = render(model, latents.w_plus_of_state(model, state)), state.photo
    anywhere = photo is None or (photo.width, photo.height) != (layer.width, layer.height)
    seen = pixels.as_bytes(layer)
    return know(state, seen, picture, model.img_resolution, drawn=False, anywhere=anywhere).state


def _registered(
    state: EditState,
    layer: torch.Tensor,
    picture: torch.Tensor,
    resolution: Size,
    *,
    anywhere: bool,
) -> EditState | None:
    """The state with the place and the tone in which the picture is found on the layer."""
    if picture.shape[1] != 3:
        return None
    seen, photo = shrink(layer), state.photo
    shown = in_tone_of(state, picture)
    gray = is_gray(seen)

    def look(image: torch.Tensor, near: torch.Tensor | None = None) -> Registration | None:
        found = None
        if gray:
            found = register(layer, luminance(image), anywhere=anywhere, near=near)
        # else, or a gray that is no luminance
        return found or register(layer, image, anywhere=anywhere, near=near)

    found, left = look(shown), state.left
    if found is None and left is not None and photo is not None:
        # What the model does not show, another background, says as well where the photo is now.
        found = look(_colours(left))
        if found is not None:
            way = found.matrix @ torch.linalg.inv(_before(photo, left, resolution))
            found = look(shown, way) or found._replace(matrix=homography.normalised(way))
    if found is None:
        return None
    size = (layer.shape[2], layer.shape[3])
    rgba = pixels.from_tensor(torch.cat(seen, dim=1))
    painted = bytes(rgba.width * rgba.height)
    original = shown_part = None
    if photo is not None and photo.shown is not None:
        before = torch.tensor(photo.placement, dtype=torch.float64).view(3, 3)
        way = found.matrix @ torch.linalg.inv(before)
        shown_part = _carried(photo.shown, way, (photo.height, photo.width), size)
    if left is not None:
        way = found.matrix @ _before(photo, left, resolution)
        if photo is not None and photo.original is not None:
            # As the layer was moved, and not as the picture was found on it both times.
            same = look(_colours(left), way)
            motion = way if same is None else same.matrix
            region = homography.resized((photo.height, photo.width), (left.height, left.width))
            original = moved_original(photo.original, motion @ region, size)
        way = homography.resized(size, seen.size) @ way  # from one thumbnail to the other
        painted = _moved(left, way, seen.size)
    return replace(
        state,
        left=LayerThumbnail(rgba.width, rgba.height, rgba.data, painted),
        content=PhotoRecord(
            width=size[1],
            height=size[0],
            placement=tuple(found.matrix.flatten().tolist()),
            tone=_tone(state, found),
            explained=found.explained if photo is None else photo.explained,
            psnr=found.psnr if photo is None else photo.psnr,
            sample=state.sample,
            original=original,
            likeness=None if photo is None else photo.likeness,
            shown=shown_part,
        ),
    )


def _before(photo: PhotoRecord | None, left: LayerThumbnail, resolution: Size) -> torch.Tensor:
    """From the pixels of the layer's thumbnail as it was left to those of the picture."""
    thumbnail = (left.height, left.width)
    if photo is None:
        return homography.resized(thumbnail, resolution)
    placement = torch.tensor(photo.placement, dtype=torch.float64).view(3, 3)
    region = homography.resized(thumbnail, (photo.height, photo.width))
    way: torch.Tensor = torch.linalg.inv(placement) @ region
    return way


def _colours(left: LayerThumbnail) -> torch.Tensor:
    """[1, 3, h, w] in [0, 1]."""
    like = torch.zeros(1)
    return pixels.to_tensor(Pixels(left.width, left.height, 4, left.rgba), like)[:, :3]


def _carried(shown: PackedMask, motion: torch.Tensor, region: Size, to: Size) -> PackedMask | None:
    """What a model shows of a region, where `motion` takes that in another one."""
    before = (shown.height, shown.width)
    mask = pixels.to_tensor(Pixels(shown.width, shown.height, 1, shown.data()), torch.zeros(1))
    scale = min(1.0, SHOWN_SIDE / max(to))
    size = (max(1, round(to[0] * scale)), max(1, round(to[1] * scale)))
    way = homography.resized(to, size) @ motion @ homography.resized(before, region)
    back = torch.linalg.inv(way)
    there = warping.warp(mask, back, size) * warping.inside(back, size, before)
    return PackedMask.of(size[1], size[0], pixels.from_tensor(there).data)


def _moved(left: LayerThumbnail, way: torch.Tensor, size: Size) -> bytes:
    """What was paint, where `way` takes the thumbnail's pixels in one of `size`."""
    painted = pixels.to_tensor(Pixels(left.width, left.height, 1, left.painted), torch.zeros(1))
    back = torch.linalg.inv(way)
    inside = warping.inside(back, size, (left.height, left.width))
    there = warping.warp(painted, back, size) * inside
    return pixels.from_tensor((there > 0.5).float()).data


def _tone(state: EditState, found: Registration) -> bytes:
    """The state's tone and then what was found, as `PhotoRecord` keeps it."""
    before = torch.zeros(3, TONE_VALUES)
    if state.photo is not None:
        before += torch.tensor(state.photo.tone_values()).view(-1, TONE_VALUES)
    gain = found.gain.float()[:, None]
    after = before * gain
    after[:, :1] += gain - 1
    after[:, GAINS] += 2 * found.offset.float()  # of colours from -1 to 1
    return after.numpy().astype("<f4").tobytes()
