"""A photo's own pixels where drags change it: kept with the first drag, given back bit for bit."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from draggan_server.layer import homography, warping
from draggan_server.layer.homography import Size
from draggan_server.wire.drag_record import MAX_MASK_SIDE, PackedMask
from draggan_server.wire.errors import BadInput
from draggan_server.wire.photo_original import MAX_ORIGINAL_BYTES, PhotoOriginal

_FAST = 3  # of the levels of PNG's compression
_MOST_PIXELS = 4 * 1024 * 1024
"""More than this cannot be packed into `MAX_ORIGINAL_BYTES`."""
_NEARLY = 0.9
"""Pixels by which the fit of a motion by whole pixels may be off at a corner."""


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
    return _packed(layer, changed)


def moved_original(
    original: PhotoOriginal, motion: torch.Tensor, size: Size
) -> PhotoOriginal | None:
    """What is kept, on a layer of `size` (height, width) where `motion` [3, 3] takes the pixels of
    the one before: to the bit where that was flipped, turned by right angles, cropped or moved,
    else as far as it is told by the pixels' colours. None where nothing of it is there any more.
    """
    height, width = original.changed.height, original.changed.width
    colours = torch.from_numpy(_unpacked(original.png, (width, height))).permute(2, 0, 1)[None]
    mask = np.frombuffer(original.changed.data(), np.uint8).reshape(height, width) > 0
    known = torch.from_numpy(mask)[None, None].float()
    shift = homography.similarity(shift=(float(original.x), float(original.y)))
    way = homography.normalised(motion @ shift)
    exact = _whole_pixels(way, (height, width))
    back = torch.linalg.inv(way if exact is None else exact)
    mode = "bilinear" if exact is None else "nearest"
    there = warping.inside(back, size, (height, width))
    share = warping.warp(known, back, size, mode) * there
    if float(share.max()) == 0:
        return None
    moved = warping.warp(colours * known, back, size, mode) / share.clamp(min=1e-3)
    return _packed(moved.round().clamp(0, 255).to(torch.uint8), share > 0)


def _whole_pixels(way: torch.Tensor, size: Size) -> torch.Tensor | None:
    """The flip, turn by right angles and shift by whole pixels that `way` is meant to be: it is
    found by fitting, to a fraction of a pixel. None where it is none of these.
    """
    turned = way[:2, :2].round()
    if not torch.equal(turned.abs().sum(dim=0), torch.ones(2).double()):
        return None
    if not torch.equal(turned.abs().sum(dim=1), torch.ones(2).double()):
        return None
    middle = torch.tensor([[(size[1] - 1) / 2, (size[0] - 1) / 2]], dtype=torch.float64)
    exact = torch.eye(3, dtype=torch.float64)
    exact[:2, :2] = turned
    exact[:2, 2] = (homography.apply(way, middle)[0] - turned @ middle[0]).round()
    corners = homography.pixel_grid((2, 2)) * torch.tensor([size[1] - 1.0, size[0] - 1.0])
    off = homography.apply(way, corners) - homography.apply(exact, corners)
    return exact if float(off.norm(dim=-1).max()) < _NEARLY else None


def _packed(layer: torch.Tensor, changed: torch.Tensor) -> PhotoOriginal | None:
    """The part of a layer [1, 4, H, W] that is `changed` [1, 1, H, W]; None where that takes too
    much room."""
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
