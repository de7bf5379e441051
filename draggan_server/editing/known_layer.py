"""A layer that carries a state, known again: as it was left, or where it is now."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch

from draggan_server.editing.inversion.tone import GAINS
from draggan_server.editing.photo_edit import in_tone_of, placement_of
from draggan_server.layer import pixels
from draggan_server.layer.homography import Size
from draggan_server.layer.pixels import luminance
from draggan_server.layer.placement import AnyPlacement
from draggan_server.layer.recognition import Recognition
from draggan_server.layer.registration import Registration, register
from draggan_server.layer.resemblance import is_gray, shrink
from draggan_server.wire.errors import BadInput
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState, LayerThumbnail


class KnownLayer(NamedTuple):
    """`state` says where the picture lies on the layer and in which tone, if not as it was left."""

    state: EditState
    placement: AnyPlacement
    recognition: Recognition


def know(
    state: EditState, layer: torch.Tensor, picture: torch.Tensor, resolution: Size, *, drawn: bool
) -> KnownLayer:
    """`layer` [1, 4, H, W] of uint8 is to show `picture` [1, C, h, w] in [0, 1], as the state's
    generator of `resolution` makes it, or what the state's last drag left.

    A layer that was flipped, turned, scaled, cropped or recoloured is looked at for where the
    picture is now. `drawn`: it is the picture itself, whatever a document shows. Raises `BadInput`
    where the layer does not show it.
    """
    size = (layer.shape[2], layer.shape[3])
    try:
        placement = placement_of(state, size, resolution)
        shown = in_tone_of(state, picture)
        return KnownLayer(
            state, placement, Recognition(layer, shown, None if drawn else state.left)
        )
    except BadInput:
        found = _registered(state, layer, picture)
        if found is None:
            raise
    placement = placement_of(found, size, resolution)
    return KnownLayer(found, placement, Recognition(layer, in_tone_of(found, picture), found.left))


def _registered(state: EditState, layer: torch.Tensor, picture: torch.Tensor) -> EditState | None:
    """The state with the place and the tone in which the picture is found on the layer."""
    if picture.shape[1] != 3:
        return None
    seen = shrink(layer)
    shown = in_tone_of(state, picture)
    found = register(layer, luminance(shown)) if is_gray(seen) else None
    found = found or register(layer, shown)  # a gray that is no luminance
    if found is None:
        return None
    rgba = pixels.from_tensor(torch.cat(seen, dim=1))
    return replace(
        state,
        left=LayerThumbnail(rgba.width, rgba.height, rgba.data, bytes(rgba.width * rgba.height)),
        content=PhotoRecord(
            width=layer.shape[3],
            height=layer.shape[2],
            placement=tuple(found.matrix.flatten().tolist()),
            tone=_tone(state, found),
            explained=found.explained,
            psnr=found.psnr,
            sample=state.sample,
            likeness=None if state.photo is None else state.photo.likeness,
        ),
    )


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
