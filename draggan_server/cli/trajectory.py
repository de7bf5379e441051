"""The trajectory of a drag as pictures, for animations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from draggan_server.files.picture import to_image
from draggan_server.wire.client import Client
from draggan_server.wire.messages import OpenEdit, Pixels, SavedState
from draggan_server.wire.state import EditState

FRAMES = 24


def between(
    client: Client, before: str, after: str, layer: Pixels, movable_mask: Pixels | None
) -> list[Image.Image]:
    """What lies between the saved states before and after a drag of `layer`, its ends left out.

    The latent goes straight from one to the other: a drag itself takes a few large steps. A frame
    is the layer and what has changed of the picture, nothing of it outside the mask.
    """
    start = EditState.from_json(before)
    shown = _values(_show(client, start))
    still = to_image(layer)
    mask = None
    if movable_mask is not None:
        mask = to_image(movable_mask).point(lambda value: 255 if value else 0)
    frames = []
    for number in range(1, FRAMES):
        latent = _lerp(before, after, number / FRAMES)
        state = replace(start, start=latent, drags=(), position=0)
        change = _values(_show(client, state)) - shown
        moved = np.asarray(still, np.float32) + _resized(change, still.size)
        frame = Image.fromarray(moved.round().clip(0, 255).astype(np.uint8))
        frames.append(frame if mask is None else Image.composite(frame, still, mask))
    return frames


def _show(client: Client, state: EditState) -> Image.Image:
    with client.edit(OpenEdit(SavedState(state.to_json()))) as opened:
        return to_image(opened.picture)


def _values(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float32)


def _resized(change: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A change of RGBA [h, w, 4] at another size (width, height)."""
    channels = [Image.fromarray(change[..., c]) for c in range(change.shape[2])]
    resized = [c.resize(size, Image.Resampling.BICUBIC) for c in channels]
    return np.stack([np.asarray(c) for c in resized], axis=2)


def _lerp(before: str, after: str, share: float) -> bytes:
    start, end = (
        np.frombuffer(EditState.from_json(state).w_plus, "<f4") for state in (before, after)
    )
    values: np.ndarray = start + (end - start) * np.float32(share)
    return values.astype("<f4").tobytes()
