"""Fits a diffusion model that works on pixels to pictures, from nothing.

The network sees a picture with noise, and learns what of both it is: `v_prediction` (arXiv
2202.00512) on a cosine schedule (2102.09672). Matrices are moved by Muon, all else by Adam. A fit
stops at any step and goes on from its checkpoint as if nothing had happened.
"""

from __future__ import annotations

import copy
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from torch import nn

from draggan_server.diffusion.denoiser import Denoiser
from draggan_server.diffusion.schedule import RUNGS, Schedule
from stylegan2.toy_lion.muon import Muon, for_muon
from stylegan2.whole_file import written_whole

TIMESTEPS = 1000
PREDICTION = "v_prediction"
SAMPLE_RUNGS = tuple(range(RUNGS - 1, 0, -2))
"""From where on a sample is taken down; the rung above has no picture in it at all."""


@dataclass(frozen=True, slots=True)
class FitConfig:
    """Steps, and how they are done. The rates are reached after `warm_up` steps, and fall to 0 in
    the last of them, of which `cooling` is the share."""

    steps: int = 3000
    channels: tuple[int, ...] = (16, 32, 64, 96)
    """Of each resolution, from the picture's own on; the last two have attention."""
    batch: int = 16
    matrix_rate: float = 1e-3  # of Muon: how far a weight of a matrix moves in a step
    learning_rate: float = 2e-3  # of Adam
    warm_up: int = 100
    cooling: float = 0.35
    average_steps: float = 200.0  # the average forgets over so many steps
    seed: int = 0


def new_network(side: int, config: FitConfig) -> nn.Module:
    """For pictures of `side` pixels."""
    count = len(config.channels)
    attention = [number >= count - 2 for number in range(count)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        unet: Any = diffusers.UNet2DModel
        network: nn.Module = unet(
            sample_size=side,
            in_channels=3,
            out_channels=3,
            layers_per_block=1,
            block_out_channels=config.channels,
            down_block_types=tuple("AttnDownBlock2D" if a else "DownBlock2D" for a in attention),
            up_block_types=tuple(
                "AttnUpBlock2D" if a else "UpBlock2D" for a in reversed(attention)
            ),
            norm_num_groups=8,
            attention_head_dim=16,
        )
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def new_scheduler() -> Any:
    """Of diffusers."""
    ddim: Any = diffusers.DDIMScheduler
    return ddim(
        num_train_timesteps=TIMESTEPS,
        beta_schedule="squaredcos_cap_v2",
        prediction_type=PREDICTION,
    )


class Fit:
    """To `pictures` [N, s, s, 3], 8-bit, and their mirror images. `average` is the network to
    keep."""

    def __init__(self, pictures: torch.Tensor, config: FitConfig) -> None:
        self.config = config
        self.step = 0
        self.seconds = 0.0
        self._pictures = pictures
        self._shares: torch.Tensor = new_scheduler().alphas_cumprod.float()
        self.network = new_network(pictures.shape[1], config)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        weights = list(self.network.parameters())
        self._optimisers: list[torch.optim.Optimizer] = [
            Muon([_group([w for w in weights if for_muon(w)], config.matrix_rate)]),
            torch.optim.Adam(
                [_group([w for w in weights if not for_muon(w)], config.learning_rate)],
                betas=(0.9, 0.99),
            ),
        ]

    @property
    def done(self) -> bool:
        return self.step >= self.config.steps

    def advance(self) -> float:
        """One step; its loss."""
        start = time.process_time()
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["full_rate"] * self._rate
        random = torch.Generator().manual_seed(self.config.seed + self.step)
        chosen = torch.randint(len(self._pictures), (self.config.batch,), generator=random)
        value = self._loss(self.network, as_network_takes(self._pictures[chosen]), random)
        for optimiser in self._optimisers:
            optimiser.zero_grad()
        torch.autograd.backward(value)
        for optimiser in self._optimisers:
            optimiser.step()
        self.step += 1
        self._follow()
        self.seconds += time.process_time() - start
        return float(value.detach())

    @torch.no_grad()
    def held_out(self, pictures: torch.Tensor) -> float:
        """The average's loss on pictures [N, s, s, 3] that it never saw, by the same noise each
        time."""
        random = torch.Generator().manual_seed(self.config.seed)
        parts = torch.split(as_network_takes(pictures), self.config.batch)
        losses = [self._loss(self.average, part, random) * len(part) for part in parts]
        return float(torch.stack(losses).sum()) / len(pictures)

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on at the very next step."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.step, self.seconds = state["step"], state["seconds"]
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        for optimiser, kept in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)

    @property
    def _rate(self) -> float:
        left = (self.config.steps - self.step) / (self.config.cooling * self.config.steps)
        return min(1.0, (self.step + 1) / self.config.warm_up, left)

    def _loss(
        self, network: nn.Module, clean: torch.Tensor, random: torch.Generator
    ) -> torch.Tensor:
        count = len(clean)
        mirrored = torch.rand(count, generator=random) < 0.5
        clean = torch.where(mirrored.view(-1, 1, 1, 1), clean.flip(3), clean)
        # One timestep from each of as many equal parts, so that a batch has of all of them.
        places = (torch.arange(count) + torch.rand(count, generator=random)) / count
        timesteps = (places * TIMESTEPS).long()
        share = self._shares[timesteps].view(-1, 1, 1, 1)
        noise = torch.randn(clean.shape, generator=random)
        noisy = share.sqrt() * clean + (1 - share).sqrt() * noise
        wanted = share.sqrt() * noise - (1 - share).sqrt() * clean
        noisy = noisy.contiguous(memory_format=torch.channels_last)
        given: torch.Tensor = network(noisy, timesteps, return_dict=False)[0]
        return (given - wanted).square().mean()

    @torch.no_grad()
    def _follow(self) -> None:
        keep = min(1 - 1 / self.config.average_steps, self.step / (self.step + 20))
        for slow, fast in zip(self.average.parameters(), self.network.parameters(), strict=True):
            slow.lerp_(fast, 1 - keep)


def _group(weights: list[nn.Parameter], rate: float) -> dict[str, Any]:
    return {"params": weights, "lr": rate, "full_rate": rate}


def as_network_takes(pictures: torch.Tensor) -> torch.Tensor:
    """[N, s, s, 3], 8-bit -> [N, 3, s, s] in [-1, 1]."""
    taken: torch.Tensor = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
    return taken


@torch.no_grad()
def samples(network: nn.Module, count: int, seed: int) -> torch.Tensor:
    """Pictures [count, s, s, 3], 8-bit, that the network makes of noise by DDIM."""
    shares: torch.Tensor = new_scheduler().alphas_cumprod.float()
    denoiser = Denoiser(copy.deepcopy(network), shares, PREDICTION)
    schedule = Schedule(shares)
    side: int = network.config.sample_size  # type: ignore[union-attr,assignment]
    z = torch.randn((count, 3, side, side), generator=torch.Generator().manual_seed(seed))
    for rung, below in zip(SAMPLE_RUNGS, (*SAMPLE_RUNGS[1:], 0), strict=True):
        z = schedule.moved(z, denoiser.noise(z, schedule.timestep(rung)), rung, below)
    made: torch.Tensor = ((z.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1)
    return made


def save_checkpoint(path: Path, fit: Fit) -> None:
    """The file is whole at any time."""
    with written_whole(path) as unfinished:
        torch.save(fit.state(), unfinished)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `save_checkpoint` wrote. Executes nothing that the file carries."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def export(fit: Fit, card: dict[str, Any], folder: Path) -> None:
    """The average as a folder of diffusers, safetensors, with a card.json."""
    fit.average.save_pretrained(folder / "unet")  # type: ignore[operator]
    new_scheduler().save_pretrained(folder / "scheduler")
    known = {**card, "fit": asdict(fit.config), "steps": fit.step}
    (folder / "card.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
