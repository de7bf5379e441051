"""Latents of saved states and of seeds."""

from __future__ import annotations

import numpy as np
import torch

from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import SampleSource
from draggan_server.wire.state import EditState
from stylegan2.generator import Generator


def w_plus_of_seed(generator: Generator, source: SampleSource) -> torch.Tensor:
    """[1, num_ws, w_dim]. Draws z as the published tools do, so that a seed means the same there.

    A conditional model gets its first label.
    """
    z = torch.from_numpy(np.random.RandomState(source.seed).randn(1, generator.z_dim))
    label = None
    if generator.c_dim:
        label = torch.eye(generator.c_dim)[:1]
    with torch.no_grad():
        return generator.mapping(z, label, truncation_psi=source.truncation_psi)


def w_plus_of_state(generator: Generator, state: EditState) -> torch.Tensor:
    """[1, num_ws, w_dim]. Raises `BadInput` if the state belongs to another model."""
    if state.model_sha256 != generator.sha256:
        raise BadInput(
            f"This picture was made with another version of the model {state.model!r} than the one "
            "installed here. Install the model that it was made with, or make a new sample."
        )
    if (state.num_ws, state.w_dim) != (generator.num_ws, generator.w_dim):
        raise BadInput(
            f"The saved latent has {state.num_ws} x {state.w_dim} values and the model "
            f"{generator.num_ws} x {generator.w_dim}: the saved state is damaged."
        )
    values = np.frombuffer(state.w_plus, "<f4").astype(np.float32)
    return torch.from_numpy(values).view(1, state.num_ws, state.w_dim).to(generator.w_avg)


def to_bytes(w_plus: torch.Tensor) -> bytes:
    """What `EditState.w_plus` holds: float32 little endian, row by row."""
    return w_plus.detach().cpu().numpy().astype("<f4").tobytes()
