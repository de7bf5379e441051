"""Means with the confidence that the number of drags allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

_RESAMPLES = 4000
_SEED = 20


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, its bootstrapped 95% interval (percentiles of resampled means), and the median."""

    mean: float
    low: float
    high: float
    median: float

    def __str__(self) -> str:
        digits = 2 if abs(self.mean) < 100 else 0
        mean, low, high = (f"{value:.{digits}f}" for value in (self.mean, self.low, self.high))
        return f"{mean} ({low} to {high})"


def estimate(values: ArrayLike) -> Estimate:
    """The mean of values, one a drag. Raises `ValueError` where there are none."""
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not sample.size:
        raise ValueError(f"Values have the shape {sample.shape}; give at least one in a row.")
    picks = np.random.default_rng(_SEED).integers(0, sample.size, (_RESAMPLES, sample.size))
    low, high = np.percentile(sample[picks].mean(axis=1), (2.5, 97.5))
    return Estimate(float(sample.mean()), float(low), float(high), float(np.median(sample)))
