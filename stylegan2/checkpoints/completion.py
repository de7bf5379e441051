"""What a generator needs and its file may leave out: noise maps and the average latent."""

from __future__ import annotations

import numpy as np

from stylegan2.checkpoints.contents import Tensors, Weights, check_shapes
from stylegan2.geometry import Geometry

MEAN_SAMPLES = 4096
AVERAGE = "mapping.w_avg"


def completed(geometry: Geometry, tensors: Tensors) -> tuple[Tensors, tuple[str, ...]]:
    """All tensors of the generator, and a sentence for what was made up.

    Raises `CheckpointError` where other tensors are missing.
    """
    whole = dict(tensors)
    warnings = []
    noise = [key for key in geometry.shapes() if key.endswith(".noise_const")]
    if noise and not any(key in whole for key in noise):
        whole.update(_drawn_noise(geometry))
        warnings.append("It holds no noise maps: some are drawn, the same each time.")
    if AVERAGE not in whole and not geometry.c_dim:
        shapes = geometry.shapes()
        del shapes[AVERAGE]
        check_shapes(shapes, whole)
        whole[AVERAGE] = _mean_latent(geometry, whole)
        warnings.append(
            f"It holds no average latent: the mean of {MEAN_SAMPLES} samples is taken, the same "
            "each time."
        )
    return whole, tuple(warnings)


def _drawn_noise(geometry: Geometry) -> dict[str, Weights]:
    random = np.random.default_rng(0)
    return {
        key: random.standard_normal(shape, np.float32)
        for key, shape in geometry.shapes().items()
        if key.endswith(".noise_const")
    }


@np.errstate(all="ignore")  # what is not finite is refused when it is written
def _mean_latent(geometry: Geometry, tensors: Tensors) -> Weights:
    """The mean of w over seeded z."""
    z = np.random.default_rng(0).standard_normal((MEAN_SAMPLES, geometry.z_dim), np.float32)
    x = z / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 1e-8)
    gain = geometry.mapping_lr_multiplier
    for i in range(geometry.mapping_layers):
        weight, bias = tensors[f"mapping.fc{i}.weight"], tensors[f"mapping.fc{i}.bias"]
        x = x @ weight.T * (gain / np.sqrt(weight.shape[1])) + bias * gain
        x = np.where(x < 0, 0.2 * x, x) * np.float32(2**0.5)
    mean: Weights = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean
