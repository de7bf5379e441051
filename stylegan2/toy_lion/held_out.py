"""Pictures that the fit never sees, and what they say of it: overall, and by group of parameters.

For each group there are pairs of pictures that differ in that group alone. How much of that
difference the generator makes tells whether it has learned the group at all, which the PSNR of
whole pictures hides: an eye is small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from stylegan2.generator import Generator
from stylegan2.toy_lion.character import Character
from stylegan2.toy_lion.pictures import draw_latents, render_smooth

_SEED = 987654
_CHANGED = 8  # levels of 255: pixels that a group changes by more are counted as its own
_BATCH = 4  # 32 at once take half as long again on a processor


@dataclass(frozen=True, slots=True)
class GroupScore:
    """What was learned of a group of parameters.

    `psnr` in dB over the pixels that the group changes; `learned` is the share of the change that
    the generator makes: 1 all of it, 0 no better than no change at all.
    """

    psnr: float
    learned: float


@dataclass(frozen=True, slots=True)
class Score:
    """PSNR in dB over all held-out pictures, and the groups' scores."""

    psnr: float
    groups: dict[str, GroupScore]


class HeldOut:
    """`count` pictures of a character, and pairs of the first `pairs` of them for each group."""

    def __init__(self, character: Character, resolution: int, count: int, pairs: int) -> None:
        self.groups = list(dict.fromkeys(parameter.group for parameter in character.parameters))
        base = draw_latents(character, count, (_SEED,))
        random = np.random.default_rng((_SEED, 1))
        self._z = {"": base}
        for group in self.groups:
            columns = [i for i, p in enumerate(character.parameters) if p.group == group]
            self._z[group] = _redrawn(base[:pairs], columns, random)
        self._truth = {
            group: render_smooth(character, character.from_latent(z), resolution)
            for group, z in self._z.items()
        }

    def score(self, generator: Generator) -> Score:
        """Compare the generator's pictures with the renderings."""
        made = {group: _pictures(generator, z) for group, z in self._z.items()}
        truth = {group: pixels.astype(np.float32) for group, pixels in self._truth.items()}
        groups = {}
        for group in self.groups:
            pairs = slice(len(truth[group]))
            wanted, got = truth[group] - truth[""][pairs], made[group] - made[""][pairs]
            changed = np.abs(wanted).max(axis=3) > _CHANGED
            groups[group] = GroupScore(
                psnr=_psnr((made[group] - truth[group])[changed]),
                learned=float(1 - np.square(wanted - got).sum() / np.square(wanted).sum()),
            )
        return Score(_psnr(made[""] - truth[""]), groups)

    def sheet(self, generator: Generator, columns: int = 8) -> NDArray[np.uint8]:
        """Rows of renderings, each with the generated pictures below: [H, W, 3], 8-bit."""
        count = min(2 * columns, len(self._truth[""]) // columns * columns)
        truth = self._truth[""][:count]
        made = _pictures(generator, self._z[""][:count]).round().astype(np.uint8)
        rows = []
        for start in range(0, count, columns):
            some = slice(start, start + columns)
            rows += [np.concatenate(list(truth[some]), 1), np.concatenate(list(made[some]), 1)]
        return np.concatenate(rows, 0)


def _redrawn(
    z: NDArray[np.float32], columns: list[int], random: np.random.Generator
) -> NDArray[np.float32]:
    """z [N, P] with some columns drawn anew, of the same length, so that the others keep meaning
    what they meant (parameters depend on a z's direction).
    """
    changed = z.copy()
    length = np.linalg.norm(z[:, columns], axis=1, keepdims=True)
    drawn = random.standard_normal((len(z), len(columns)), dtype=np.float32)
    drawn = drawn * (length / np.linalg.norm(drawn, axis=1, keepdims=True))
    # One column alone has but one other value of that length: its negative.
    changed[:, columns] = drawn if len(columns) > 1 else -z[:, columns]
    return changed


@torch.no_grad()
def _pictures(generator: Generator, z: NDArray[np.float32]) -> NDArray[np.float32]:
    """[N, r, r, 3], 0 to 255."""
    made = [
        generator.synthesis(generator.mapping(part)).clamp(-1, 1)
        for part in torch.split(torch.from_numpy(z), _BATCH)
    ]
    return ((torch.cat(made).permute(0, 2, 3, 1) + 1) * 127.5).cpu().numpy()


def _psnr(error: NDArray[np.float32]) -> float:
    return float(10 * np.log10(255**2 / np.square(error).mean()))
