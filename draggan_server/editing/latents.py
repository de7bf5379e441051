"""Latents of saved states and of seeds."""

from __future__ import annotations

import numpy as np
import torch

from draggan_server.editing.picture_model import PictureModel
from draggan_server.wire.drag_record import LatentChange
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import BlendSource, Sample
from draggan_server.wire.state import EditState
from stylegan2.generator import Generator


def w_plus_of_sample(generator: Generator, source: Sample) -> torch.Tensor:
    """[1, num_ws, w_dim]: of a seed, or the weighted mean of those of several."""
    psi = source.truncation_psi
    if not isinstance(source, BlendSource):
        return _w_plus_of_seed(generator, source.seed, psi)
    parts = [weight * _w_plus_of_seed(generator, seed, psi) for seed, weight in source.parts]
    return torch.stack(parts).sum(dim=0)


def _w_plus_of_seed(generator: Generator, seed: int, truncation_psi: float) -> torch.Tensor:
    """Draws z as the published tools do, so that a seed means the same there.

    A conditional model gets its first label.
    """
    z = torch.from_numpy(np.random.RandomState(seed).randn(1, generator.z_dim))
    label = None
    if generator.c_dim:
        label = torch.eye(generator.c_dim)[:1]
    with torch.no_grad():
        return generator.mapping(z, label, truncation_psi=truncation_psi)


def w_plus_of_state(
    generator: PictureModel, state: EditState, position: int | None = None
) -> torch.Tensor:
    """[1, num_ws, w_dim] after the state's first `position` drags, where it stands if None.

    Raises `BadInput` if the state belongs to another model.
    """
    if state.model_sha256 != generator.sha256:
        raise BadInput(
            "This picture was made with another version of the model “{model}” than the one "
            "installed here. Install the model that it was made with, or make a new sample.",
            model=state.model,
        )
    if (state.num_ws, state.w_dim) != (generator.num_ws, generator.w_dim):
        raise BadInput(
            "The saved latent has {num_ws} x {w_dim} values and the model {model_ws} x "
            "{model_dim}: the saved state is damaged.",
            num_ws=state.num_ws,
            w_dim=state.w_dim,
            model_ws=generator.num_ws,
            model_dim=generator.w_dim,
        )
    w_plus = state.w_plus if position is None else state.w_plus_at(position)
    return from_bytes(w_plus, generator.w_avg.new_empty(1, state.num_ws, state.w_dim))


def to_bytes(w_plus: torch.Tensor) -> bytes:
    """What `EditState.start` holds: float32 little endian, row by row."""
    return w_plus.detach().cpu().numpy().astype("<f4").tobytes()


def from_bytes(data: bytes, like: torch.Tensor) -> torch.Tensor:
    """What `to_bytes` made of a latent with the shape, type and device of `like`."""
    values = np.frombuffer(data, "<f4").astype(np.float32)
    return torch.from_numpy(values).view(like.shape).to(like)


def change_between(before: torch.Tensor, after: torch.Tensor) -> LatentChange:
    """What takes `before` [1, num_ws, w_dim] to `after`, or so near that no picture shows it.

    Half floats do where they are as exact as they are for values of a usual size: to 1/2048 of the
    largest. What such an error changes of a picture is a fraction of a step of its 8 bits.
    """
    change = (after - before)[0].detach().cpu().numpy().astype(np.float32)
    rows = np.flatnonzero(change.any(axis=1))
    change = change[rows]
    with np.errstate(over="ignore"):
        half = change.astype("<f2")
    error, largest = np.abs(half - change).max(initial=0), np.abs(change).max(initial=0)
    if error <= largest / 2048:
        return LatentChange(tuple(rows.tolist()), 16, half.tobytes())
    return LatentChange(tuple(rows.tolist()), 32, change.astype("<f4").tobytes())


def as_kept(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """`after` [1, num_ws, w_dim] as a state says it that keeps the change from `before`."""
    values = before.detach().flatten().cpu().tolist()
    change_between(before, after).add_to(values, before.shape[2])
    return torch.tensor(values).view_as(before).to(before)
