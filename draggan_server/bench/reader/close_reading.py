"""A lion's parameters, read as closely as can be: made to agree with the landmarks that are seen.

The reader finds a landmark to a pixel or two, but a turn only to some percent of its range, which
is more pixels at the nose. Both are measurements of the same lion with errors that are known, so
the lion in question is the most probable one: a weighted least squares fit, robust against
landmarks that were mistaken.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from draggan_server.bench.reader.reader import SIDE, Reader
from stylegan2.toy_lion import landmarks, parameters

_STEPS = 6
_DIFFERENCE = 0.01  # of a parameter's range, for derivatives
_MISTAKEN = 3.0  # standard errors: farther off a landmark begins to count less
_SEEN = 0.5
_RANGES = parameters.HIGH - parameters.LOW


def read_closely(reader: Reader, picture: torch.Tensor) -> NDArray[np.float64]:
    """[18]: the parameters of a square picture [3, H, H] in [-1, 1], inside their ranges."""
    side = picture.shape[1]
    reading = reader.read(picture[None])
    read = reading.parameters[0].double().numpy()
    read = np.clip(read, parameters.LOW, parameters.HIGH)
    points = reading.points[0].double().numpy()
    seen = reading.seen[0].numpy() > _SEEN
    card = reader.card
    marks = [k for k in reader.reliable() if seen[k]]
    shares, medians = card["parameters"]["generated"], card["landmarks"]["generated"]
    errors = np.array([shares[name]["mean_share_of_range"] for name in parameters.NAMES])
    pixels = np.array([medians[landmarks.NAMES[k]]["median"] for k in marks])
    pixels = np.repeat(pixels * side / SIDE, 2)
    row: NDArray[np.float64] = read.copy()
    for _ in range(_STEPS):
        here = landmarks.find_landmarks(row[None], side)
        off = (points - here.points[0])[marks].ravel() / pixels
        weight = np.minimum(1, _MISTAKEN / np.maximum(np.abs(off), 1e-9))
        weight *= np.repeat(here.visible[0, marks], 2)
        slopes = _slopes(row, side)[:, marks].reshape(len(row), -1) / pixels  # a range's
        normal = (slopes * weight) @ slopes.T + np.diag(errors**-2)
        pull = (slopes * weight) @ off + (read - row) / _RANGES / errors**2
        row = np.clip(
            row + np.linalg.solve(normal, pull) * _RANGES, parameters.LOW, parameters.HIGH
        )
    return row


def _slopes(row: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """[18, L, 2]: how landmarks move with each parameter, px a range."""
    moves = _DIFFERENCE / 2 * np.diag(_RANGES)
    ahead = landmarks.find_landmarks(row + moves, side).points
    behind = landmarks.find_landmarks(row - moves, side).points
    slopes: NDArray[np.float64] = (ahead - behind) / _DIFFERENCE
    return slopes
