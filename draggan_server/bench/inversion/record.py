"""What is measured of one picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One case by one method.

    `psnr` in dB against the picture without grain, where the model can explain it. `misplaced`:
    mean distance at the corners of the picture's middle, in the model's pixels. `latent_distance`:
    root mean square over w+, in units of W's spread. `explained` as the user sees it. `left` and
    `left_true`: pixels of the model between a landmark and where it was dragged to, with what was
    found and with the true latent; None where the lion has no such landmark.
    """

    case: str
    kind: str
    method: str
    psnr: float
    misplaced: float
    latent_distance: float
    explained: float
    mirrored: bool
    cpu_seconds: float
    left: float | None
    left_true: float | None
