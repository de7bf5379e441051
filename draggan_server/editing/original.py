"""A photo's own pixels where drags change it: kept with the first drag, given back bit for bit."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from draggan_server.wire.drag_record import MAX_MASK_SIDE, PackedMask
from draggan_server.wire.errors import BadInput
from draggan_server.wire.photo_original import MAX_ORIGINAL_BYTES, PhotoOriginal

_FAST = 3  # of the levels of PNG's compression
_MOST_PIXELS = 4 * 1024 * 1024
"""More than this cannot be packed into `MAX_ORIGINAL_BYTES`."""


class Before(NamedTuple):
    """A layer [1, 4, H, W] of uint8 as it was before all drags, and [1, 1, H, W] of bools: where
    they changed it."""

    layer: torch.Tensor
    changed: torch.Tensor


def before_drags(original: PhotoOriginal, layer: torch.Tensor) -> Before:
    """The layer [1, 4, H, W] of uint8 without what drags have done. Raises `BadInput`."""
    height, width = original.changed.height, original.changed.width
    colours = _unpacked(original.png, (width, height))
    mask = np.frombuffer(original.changed.data(), np.uint8).reshape(height, width) > 0
    rows = slice(original.y, original.y + height)
    columns = slice(original.x, original.x + width)
    if original.y + height > layer.shape[2] or original.x + width > layer.shape[3]:
        raise BadInput("What the state keeps of the photo is damaged, and so is the state.")
    changed = torch.zeros_like(layer[:, :1], dtype=torch.bool)
    changed[0, 0, rows, columns] = torch.from_numpy(mask)
    whole = torch.zeros_like(layer)
    whole[0, :, rows, columns] = torch.from_numpy(colours).permute(2, 0, 1)
    return Before(torch.where(changed, whole, layer), changed)


def keep_original(
    known: PhotoOriginal | None, before: torch.Tensor, after: torch.Tensor
) -> PhotoOriginal | None:
    """What to keep when a drag turns the layer `before` [1, 4, H, W] of uint8 into `after`; `known`
    of the drags before, None where this is the first. None where it takes too much room.
    """
    changed = (before != after).any(dim=1, keepdim=True)
    layer = before
    if known is not None:
        layer, earlier = before_drags(known, before)
        changed |= earlier
    if int(changed.sum()) > _MOST_PIXELS:
        return None
    place = changed[0, 0].nonzero()
    if not len(place):
        place = torch.zeros(1, 2, dtype=torch.long)  # a drag that changed nothing
    (top, left), (bottom, right) = place.amin(dim=0).tolist(), (place.amax(dim=0) + 1).tolist()
    if max(bottom - top, right - left) > MAX_MASK_SIDE:
        return None
    rows, columns = slice(top, bottom), slice(left, right)
    mask = changed[0, :, rows, columns].to(torch.uint8) * 255
    packed = PackedMask.of(right - left, bottom - top, mask.numpy().tobytes())
    part = torch.where(mask > 0, layer[0, :, rows, columns], 0)
    stream = io.BytesIO()
    image = Image.fromarray(part.permute(1, 2, 0).contiguous().numpy())
    image.save(stream, "PNG", compress_level=_FAST)
    if packed is None or stream.tell() > MAX_ORIGINAL_BYTES:
        return None
    return PhotoOriginal(left, top, packed, stream.getvalue())


def _unpacked(png: bytes, size: tuple[int, int]) -> np.ndarray:
    """[h, w, 4]. Raises `BadInput` for anything but an RGBA PNG of `size` (width, height)."""
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            if image.size == size and image.mode == "RGBA":
                return np.array(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        pass
    raise BadInput("What the state keeps of the photo is damaged, and so is the state.")
