"""Where a drag stands in its midst, so that another worker can go on from there."""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.wire.drag_record import Point


@dataclass(frozen=True, slots=True)
class Autosave:
    """What a drag has reached after `step` steps.

    `latent` is w+ as `EditState.start` holds it, in base64; `handle_points` are in the layer's
    pixels. Only a worker of the same release reads it.
    """

    step: int
    latent: str
    handle_points: tuple[Point, ...]
