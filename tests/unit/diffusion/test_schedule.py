"""DDIM against its formulas, and up and down again."""

from __future__ import annotations

import math

import pytest
import torch

from draggan_server.diffusion.model import DiffusionModel
from draggan_server.diffusion.schedule import RUNGS, Schedule

SHARES = torch.linspace(1, 0.01, 1000) ** 2


def test_rungs_are_spread_over_the_timesteps() -> None:
    schedule = Schedule(SHARES)
    assert schedule.timestep(RUNGS) == 999
    assert schedule.timestep(35) == 699
    assert schedule.share(0) == 1
    assert schedule.share(35) == pytest.approx(float(SHARES[699]))


def test_a_step_down_is_equation_12_of_ddim() -> None:
    schedule = Schedule(SHARES)
    random = torch.Generator().manual_seed(0)
    z, noise = torch.randn(2, 1, 3, 4, 4, generator=random)
    now, below = float(SHARES[699]), float(SHARES[679])
    clean = (z - math.sqrt(1 - now) * noise) / math.sqrt(now)
    expected = math.sqrt(below) * clean + math.sqrt(1 - below) * noise
    found = schedule.down(z, lambda seen, timestep: noise if timestep == 699 else seen, 35)
    assert torch.allclose(found, expected, atol=1e-6)


def test_the_last_step_down_leaves_no_noise() -> None:
    schedule = Schedule(SHARES)
    clean, noise = torch.randn(2, 1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    z = schedule.moved(clean, noise, 0, 1)
    assert torch.allclose(schedule.down(z, lambda *_: noise, 1), clean, atol=1e-5)


@torch.no_grad()
def test_what_was_taken_up_comes_down_as_it_was(pixel_model: DiffusionModel) -> None:
    schedule, network = pixel_model.schedule, pixel_model.denoiser.noise
    clean = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    z = clean
    for rung in range(20):
        below, z = z, schedule.up(z, network, rung)
        assert torch.allclose(schedule.down(z, network, rung + 1), below, atol=1e-4)
    assert float((z - clean).abs().max()) > 0.1
    for rung in range(20, 0, -1):
        z = schedule.down(z, network, rung)
    # A network of random weights makes what is off grow on its way down.
    assert torch.allclose(z, clean, atol=0.05)
