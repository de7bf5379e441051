"""Pictures of many latents, one after the other, by layers whose weights are prepared once.

The pictures are the generator's own. What is known of a latent's first layers, because features
were looked at, is not computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from stylegan2 import ops
from stylegan2.frozen_convolution import FrozenConvolution
from stylegan2.generator import Generator


class FrozenSynthesis:
    """The synthesis of a generator whose blocks add up colours: `Geometry.architecture` "skip".

    A layer is prepared when it is first needed, and takes a copy of its weights.
    """

    def __init__(self, generator: Generator) -> None:
        self._const = generator.const.permute(1, 2, 0)[None]
        self._colours = [block.torgb for block in generator.synthesis_network.blocks()]
        self._convolutions = [layer for _, layer in generator.convolutions()]
        self._layers: list[FrozenConvolution] = []

    @torch.no_grad()
    def pictures(
        self, w_plus: torch.Tensor, known: Sequence[torch.Tensor] = ()
    ) -> Iterator[torch.Tensor]:
        """[1, img_channels, h, w] after each block in turn, computed as it is asked for.

        `w_plus` is [1, num_ws, w_dim]; `known` are the outputs [1, h, w, C] of the first layers.
        """
        x, picture = self._const, None
        for index in range(len(self._convolutions)):
            if index < len(known):
                x = known[index]
            else:
                x = self._layer(index).forward(x, w_plus[:, index], None).output
            if index % 2:
                continue  # the first layer of a block
            to_colours = self._colours[index // 2]
            assert to_colours is not None
            colours = to_colours(x.permute(0, 3, 1, 2), w_plus[:, index + 1])
            picture = colours if picture is None else ops.upsample(picture) + colours
            yield picture

    def _layer(self, index: int) -> FrozenConvolution:
        for number in range(len(self._layers), index + 1):
            layer = self._convolutions[number]
            rows, columns = (self._convolutions[number - 1] if layer.up else layer).size
            self._layers.append(
                FrozenConvolution(layer, None, cells=rows * columns, windowed=False)
            )
        return self._layers[index]
