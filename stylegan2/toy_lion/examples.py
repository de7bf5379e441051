"""What a fit looks at: batches of pictures with their z, mirrored ones too, and where to look."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from stylegan2.toy_lion.character import Character
from stylegan2.toy_lion.loss import care_map
from stylegan2.toy_lion.pictures import Pictures


class Batch(NamedTuple):
    """z [N, P], pictures [N, 3, r, r] in [-1, 1], and how much each place counts [N, 1, r, r]."""

    z: torch.Tensor
    pictures: torch.Tensor
    care: torch.Tensor


class Examples:
    """Pictures of a character, and their mirror images, on a device."""

    def __init__(self, character: Character, pictures: Pictures, device: str = "cpu") -> None:
        z = np.concatenate([pictures.z, character.mirrored(pictures.z)])
        self._z = torch.from_numpy(z).to(device)
        self._pixels = torch.from_numpy(pictures.pixels).to(device).permute(0, 3, 1, 2)
        self._resolution = pictures.pixels.shape[1]
        found = character.find_landmarks(character.from_latent(z), self._resolution)
        self._points = torch.from_numpy(found.points).float().to(device)
        self._visible = torch.from_numpy(found.visible).to(device)
        self._care = torch.zeros(self._points.shape[1])
        for landmark, weight in character.care().items():
            self._care[landmark] = weight
        self._care = self._care.to(device)

    def draw(self, count: int, random: torch.Generator) -> Batch:
        """So many of them, with replacement; `random` is a CPU generator."""
        picks = torch.randint(len(self._z), (count,), generator=random).to(self._z.device)
        mirrored = picks >= len(self._pixels)
        pictures = self._pixels[picks % len(self._pixels)].float() / 127.5 - 1
        pictures = torch.where(mirrored[:, None, None, None], pictures.flip(3), pictures)
        care = care_map(self._points[picks], self._visible[picks], self._care, self._resolution)
        return Batch(self._z[picks], pictures, care)
