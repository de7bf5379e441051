"""Reads landmarks and parameters back from a picture of the toy lion: a small convolution network.

It is the evaluation's own eye, independent of the features and the tracker of the drag engine. Its
weights lie beside this file with, in their metadata, its errors on pictures that it never saw;
`fitting` made them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional

from stylegan2.toy_lion import landmarks, parameters

WEIGHTS = Path(__file__).parent / "lion_reader.safetensors"
SIDE = 128
"""Pictures are brought to this size before they are read."""

CELL = 4  # pixels of SIDE that a cell of the heat maps is wide
_WINDOW = 3  # cells about the peak that its position is averaged over

RELIABLE_MEDIAN = 1.5
RELIABLE_P90 = 4.0
"""Pixels at SIDE: a landmark whose error on unseen generated pictures is larger is not measured."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from N pictures.

    `points` `[N, L, 2]`, (x, y) in pixels of the pictures given, in the order of
    `landmarks.NAMES`; `seen` `[N, L]`, probability that the landmark is visible; `parameters`
    `[N, P]` in the order of `parameters.NAMES` and in their own units.
    """

    points: torch.Tensor
    seen: torch.Tensor
    parameters: torch.Tensor


def _stage(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class ReaderNetwork(nn.Module):
    """Pictures [N, 3, 128, 128] in [-1, 1] to heat maps and to what the whole picture says."""

    def __init__(self) -> None:
        super().__init__()
        self.down64 = _stage(3, 24, 2)
        self.down32 = nn.Sequential(_stage(24, 40, 2), _stage(40, 40))
        self.down16 = nn.Sequential(_stage(40, 48, 2), _stage(48, 48))
        self.down8 = nn.Sequential(_stage(48, 64, 2), _stage(64, 64))
        self.up16 = _stage(64 + 48, 40)
        self.up32 = nn.Sequential(_stage(40 + 40, 36), nn.Conv2d(36, len(landmarks.NAMES), 1))
        self.whole = nn.Sequential(
            _stage(64, 32, 2),
            nn.Flatten(),
            nn.Linear(32 * 4 * 4, 64),
            nn.ReLU(inplace=True),
            nn.Linear(64, len(landmarks.NAMES) + len(parameters.NAMES)),
        )

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of the cells [N, L, 32, 32], of visibility [N, L], and parameters [N, P], 0..1."""
        at32 = self.down32(self.down64(pictures))
        at16 = self.down16(at32)
        at8 = self.down8(at16)
        x = self.up16(torch.cat([functional.interpolate(at8, scale_factor=2), at16], 1))
        cells = self.up32(torch.cat([functional.interpolate(x, scale_factor=2), at32], 1))
        seen, shares = self.whole(at8).split([len(landmarks.NAMES), len(parameters.NAMES)], 1)
        return cells, seen, shares


class Reader:
    """Reads pictures of the toy lion. `card` is what is known of its errors."""

    def __init__(self, network: ReaderNetwork, card: dict[str, Any]) -> None:
        self.network = network.eval()
        self.card = card

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Reader:
        """The reader that is shipped with this package."""
        network = ReaderNetwork()
        with safe_open(path, framework="pt") as file:
            card = json.loads(file.metadata()["card"])
            state = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
        network.load_state_dict(state, strict=False)  # batch counters are not kept
        return cls(network, card)

    @torch.no_grad()
    def read(self, pictures: torch.Tensor) -> Reading:
        """Read pictures [N, 3, H, W] in [-1, 1]."""
        height, width = pictures.shape[2:]
        small = pictures.clamp(-1, 1)
        if (height, width) != (SIDE, SIDE):
            small = functional.interpolate(
                small, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False
            )
        cells, seen, shares = self.network(small)
        scale = torch.tensor([width / SIDE, height / SIDE])
        points = (peaks(cells) + 0.5) * scale - 0.5
        low, high = torch.from_numpy(parameters.LOW), torch.from_numpy(parameters.HIGH)
        values = low + (high - low) * shares.double()
        return Reading(points, seen.sigmoid(), values.float())

    def reliable(self) -> list[int]:
        """The landmarks that it finds well enough in generated pictures to be measured by."""
        errors = self.card["landmarks"]["generated"]
        return [
            k
            for k, name in enumerate(landmarks.NAMES)
            if errors[name]["median"] <= RELIABLE_MEDIAN and errors[name]["p90"] <= RELIABLE_P90
        ]


def cell_centres(count: int) -> torch.Tensor:
    """[count]: pixel coordinates of the centres of a heat map's cells."""
    return (torch.arange(count) + 0.5) * CELL - 0.5


def peaks(cells: torch.Tensor) -> torch.Tensor:
    """Logits [N, L, h, w] -> points [N, L, 2] (x, y): each map's mean about its highest cell."""
    height, width = cells.shape[2:]
    highest = cells.flatten(2).argmax(dim=2)
    row, column = highest // width, highest % width
    near_row = (torch.arange(height) - row[..., None]).abs() <= _WINDOW  # [N, L, h]
    near_column = (torch.arange(width) - column[..., None]).abs() <= _WINDOW
    near = near_row[..., :, None] & near_column[..., None, :]
    share = cells.masked_fill(~near, -torch.inf).flatten(2).softmax(dim=2).view_as(cells)
    x = (share.sum(dim=2) * cell_centres(width)).sum(dim=2)
    y = (share.sum(dim=3) * cell_centres(height)).sum(dim=2)
    return torch.stack([x, y], dim=2)
