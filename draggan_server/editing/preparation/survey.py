"""What is learned of a model from its own pictures, one sample after the other.

Every sample tells how its picture changes with the latent (`picture_metric`) and adds to the
statistics of the features that handles are tracked in (`feature_statistics`). Its pass ends at a
picture of `SIDE` pixels, as the model makes it on the way to the whole one: what comes after takes
most of the time, and is the smaller part of the change. Finer features are of the first `LOOKED_AT`
samples only.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from draggan_server.editing.features.levels import near_levels
from draggan_server.editing.preparation.feature_statistics import FeatureSums
from draggan_server.editing.preparation.picture_metric import PictureMetric
from draggan_server.models.surveys import Part, Stored
from draggan_server.wire.drag_config import NewtonConfig
from stylegan2.generator import Generator

PART = Part("", 2)
SIDE = 64
"""Pixels of the longer side of the pictures whose change is learned, in models that make them."""
LOOKED_AT = 64
"""Samples that the statistics of a block are made of which is finer than `SIDE`, or which a drag
asks for of its own accord."""
SEED = 3 << 32


class Survey:
    """What is known of one generator: its `metric`, and of some blocks the `sums` of features.

    Sample n is the same whenever it is drawn, so a survey that goes on another day ends alike.
    """

    def __init__(self, metric: PictureMetric, sums: Mapping[int, FeatureSums]) -> None:
        self.metric = metric
        self.sums = dict(sums)

    @classmethod
    def of_nothing(cls, generator: Generator) -> Survey:
        """A survey that will look at the blocks that drags use unless told otherwise."""
        blocks = [level.resolution for level in near_levels(generator, NewtonConfig())]
        metric = PictureMetric(torch.empty(0, generator.num_ws, generator.w_dim))
        return cls(metric, {block: FeatureSums() for block in blocks})

    @classmethod
    def of_stored(cls, stored: Stored, generator: Generator) -> Survey:
        """What `stored` gave. Raises `ValueError` where it is of another model."""
        geometry = generator.geometry

        def read(name: str, *shape: int) -> torch.Tensor:
            tensor = stored.tensors.get(name)
            if tensor is None or tensor.shape[-len(shape) :] != shape:
                raise ValueError(f"{name} is not this model's")
            return tensor

        metric = PictureMetric(read("probes", generator.num_ws, generator.w_dim))
        sums = {}
        for key, count in stored.texts.items():
            index = geometry.block_index(int(key))
            channels = geometry.channels[index]
            mean = read(f"mean.{key}", 1, *geometry.block_size(index), channels)
            sums[int(key)] = FeatureSums(int(count), mean, read(f"square.{key}", channels))
        return cls(metric, sums)

    def stored(self) -> Stored:
        """All of it, to be kept."""
        tensors, counts = {"probes": self.metric.probes}, {}
        for block, sums in self.sums.items():
            if sums.count:
                tensors |= {f"mean.{block}": sums.mean, f"square.{block}": sums.square}
                counts[str(block)] = str(sums.count)
        return Stored(tensors, counts)

    @property
    def count(self) -> int:
        return self.metric.count

    def take(self, generator: Generator) -> None:
        """Learn from one more sample."""
        random = _random(self.count)
        w_plus = generator.draw(1, random).requires_grad_(True)
        picture: torch.Tensor | None = None
        looked_at = [b for b in self.sums if b <= SIDE or self.count < LOOKED_AT]
        with torch.enable_grad():
            for output in generator.outputs(w_plus):
                block = generator.geometry.resolutions[output.index]
                if block in looked_at:
                    self.sums[block].add(output.features)
                if picture is None or block <= SIDE:
                    picture = output.picture
                if picture is not None and block >= max(SIDE, *looked_at):
                    break
            assert picture is not None
            self.metric.add(picture, w_plus, random)

    def look_at(self, generator: Generator, block: int) -> None:
        """Learn the statistics of one more block, from samples that were taken."""
        self.sums[block] = FeatureSums()
        for number in range(min(self.count, LOOKED_AT)):
            w_plus = generator.draw(1, _random(number))
            self.sums[block].add(generator.features(w_plus, block))


def _random(number: int) -> torch.Generator:
    return torch.Generator().manual_seed(SEED + number)
