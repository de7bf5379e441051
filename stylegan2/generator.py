"""The generator of StyleGAN2: mapping network and synthesis network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stylegan2 import ops
from stylegan2.geometry import Geometry
from stylegan2.layers import (
    NOISE_MODES,
    FullyConnected,
    SkipConvolution,
    StyledConvolution,
    ToRGB,
)

DEFAULT_FEATURE_RESOLUTION = 128


class MappingNetwork(nn.Module):
    """z and, for a conditional model, the label c to w."""

    w_avg: torch.Tensor

    def __init__(self, geometry: Geometry) -> None:
        super().__init__()
        if geometry.c_dim:
            embed = geometry.embed_features or geometry.w_dim
            self.embed = FullyConnected(geometry.c_dim, embed)
        self.layers = geometry.mapping_layers
        for i, (inputs, outputs) in enumerate(pairwise(geometry.mapping_sizes())):
            layer = FullyConnected(inputs, outputs, geometry.mapping_lr_multiplier, activate=True)
            self.add_module(f"fc{i}", layer)
        self.register_buffer("w_avg", torch.empty(geometry.w_dim))

    def forward(self, z: torch.Tensor, c: torch.Tensor | None) -> torch.Tensor:
        """z [N, z_dim], c [N, c_dim] or None -> w [N, w_dim], not truncated."""
        x = ops.normalise_second_moment(z)
        if c is not None:
            x = torch.cat([x, ops.normalise_second_moment(self.embed(c))], dim=1)
        for i in range(self.layers):
            x = self.get_submodule(f"fc{i}")(x)
        return x


class SynthesisBlock(nn.Module):
    """One resolution: up to two convolutions and the colours it adds, if any. b4 has no conv0."""

    const: nn.Parameter
    conv0: StyledConvolution
    conv1: StyledConvolution
    skip: SkipConvolution | None
    torgb: ToRGB | None

    def __init__(self, geometry: Geometry, index: int) -> None:
        super().__init__()
        outputs, size = geometry.channels[index], geometry.block_size(index)
        self.index = index
        if index == 0:
            self.const = nn.Parameter(torch.empty(outputs, *size), requires_grad=False)
        for name, inputs in (
            *([("conv0", geometry.channels[index - 1])] if index else []),
            ("conv1", outputs),
        ):
            layer = StyledConvolution(
                inputs,
                outputs,
                geometry.w_dim,
                size,
                up=name == "conv0",
                conv_clamp=geometry.conv_clamp,
                use_noise=geometry.use_noise,
            )
            self.add_module(name, layer)
        self.skip = None
        if index and geometry.architecture == "resnet":
            self.skip = SkipConvolution(geometry.channels[index - 1], outputs)
        self.torgb = None
        if geometry.makes_colours(index):
            self.torgb = ToRGB(
                outputs, geometry.img_channels, geometry.w_dim, conv_clamp=geometry.conv_clamp
            )

    def convolutions(self) -> Iterator[tuple[int, StyledConvolution]]:
        """The convolutions in order, each with the row of w+ that styles it."""
        if self.index:
            yield 2 * self.index - 1, self.conv0
        yield 2 * self.index, self.conv1

    @property
    def colour_row(self) -> int:
        """The row of w+ that styles the colours: shared with the next block's first layer."""
        return 2 * self.index + 1


class SynthesisNetwork(nn.Module):
    """w+ to features and pictures."""

    def __init__(self, geometry: Geometry) -> None:
        super().__init__()
        for index, resolution in enumerate(geometry.resolutions):
            self.add_module(f"b{resolution}", SynthesisBlock(geometry, index))

    def blocks(self) -> Iterator[SynthesisBlock]:
        yield from self.children()  # type: ignore[misc]  # every child is a SynthesisBlock


@dataclass(frozen=True, slots=True)
class BlockOutput:
    """What a block leaves: `features` [N, C, h, w], and the colours of all blocks so far.

    `picture` [N, img_channels, h, w] of the block's own size is a coarse version of the whole one;
    None before the last block of an architecture other than "skip".
    """

    index: int
    features: torch.Tensor
    picture: torch.Tensor | None


class Generator(nn.Module):
    """A StyleGAN2 generator with frozen weights, numerically the published function.

    Latents: z `[N, z_dim]` (normal), w+ `[N, num_ws, w_dim]`, a row for each layer. Pictures
    `[N, C, H, W]`, nominally in [-1, 1] and not clamped; C is 1 (gray), 3 (RGB), or 4 (RGB with
    alpha, not premultiplied). `geometry` says the shapes, `card` is the
    model card of the checkpoint, `path` the file that it came from, if any, and `sha256` that
    file's digest, else "". Another file may lie there since.
    """

    def __init__(self, geometry: Geometry, card: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.geometry = geometry
        self.card = dict(card or {})
        self.path: Path | None = None
        self.sha256 = ""
        self._w_spread: float | None = None
        self.mapping_network = MappingNetwork(geometry)
        self.synthesis_network = SynthesisNetwork(geometry)

    @classmethod
    def from_tensors(
        cls,
        geometry: Geometry,
        tensors: Mapping[str, torch.Tensor],
        card: Mapping[str, Any] | None = None,
    ) -> Generator:
        """Build from tensors named as in the published layout (`Geometry.shapes`), not copied."""
        with torch.device("meta"):
            generator = cls(geometry, card)
        for network, prefix in (
            (generator.mapping_network, "mapping."),
            (generator.synthesis_network, "synthesis."),
        ):
            own = [key for key in tensors if key.startswith(prefix)]
            state = {key.removeprefix(prefix): tensors[key] for key in own}
            network.load_state_dict(state, strict=True, assign=True)
        return generator.requires_grad_(False).eval()

    @property
    def z_dim(self) -> int:
        return self.geometry.z_dim

    @property
    def c_dim(self) -> int:
        return self.geometry.c_dim

    @property
    def w_dim(self) -> int:
        return self.geometry.w_dim

    @property
    def num_ws(self) -> int:
        return self.geometry.num_ws

    @property
    def img_resolution(self) -> tuple[int, int]:
        """(height, width)."""
        return self.geometry.img_resolution

    @property
    def w_avg(self) -> torch.Tensor:
        """[w_dim]: the mean of w over z."""
        return self.mapping_network.w_avg

    def w_spread(self) -> float:
        """Root mean square, over the coordinates of w, of their standard deviation over z.

        The scale on which this model's latents live: that of 1,000 seeded z, drawn once.
        """
        if self._w_spread is None:
            w_plus = self.draw(1000, torch.Generator().manual_seed(0))
            self._w_spread = float(w_plus[:, 0].var(dim=0).mean().sqrt())
        return self._w_spread

    @torch.no_grad()
    def draw(self, count: int, random: torch.Generator) -> torch.Tensor:
        """w+ [count, num_ws, w_dim] of z, and labels, drawn from `random`, a CPU generator."""
        z = torch.randn(count, self.z_dim, generator=random)
        labels = None
        if self.c_dim:
            drawn = torch.randint(self.c_dim, (count,), generator=random)
            labels = torch.nn.functional.one_hot(drawn, self.c_dim)
        return self.mapping(z, labels)

    @property
    def device(self) -> torch.device:
        return self.w_avg.device

    @property
    def dtype(self) -> torch.dtype:
        return self.w_avg.dtype

    def mapping(
        self,
        z: torch.Tensor,
        c: torch.Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> torch.Tensor:
        """z [N, z_dim], c [N, c_dim] -> w+ [N, num_ws, w_dim], all rows equal before truncation.

        The first `truncation_cutoff` rows (None: all) are moved to w_avg + psi * (w - w_avg).
        """
        if z.ndim != 2 or z.shape[1] != self.z_dim:
            raise ValueError(f"z has the shape {list(z.shape)}; expected [N, {self.z_dim}].")
        if self.c_dim:
            if c is None or c.shape != (len(z), self.c_dim):
                raise ValueError(f"This model is conditional: give c as [{len(z)}, {self.c_dim}].")
            c = c.to(self.w_avg)
        elif c is not None:
            raise ValueError("This model is not conditional: leave c out.")
        w: torch.Tensor = self.mapping_network(z.to(self.w_avg), c)
        w_plus = w[:, None].expand(-1, self.num_ws, -1)
        if truncation_psi == 1:
            return w_plus.clone()
        cutoff = self.num_ws if truncation_cutoff is None else truncation_cutoff
        truncated = self.w_avg.lerp(w_plus[:, :cutoff], truncation_psi)
        return torch.cat([truncated, w_plus[:, cutoff:]], dim=1)

    def synthesis(
        self,
        w_plus: torch.Tensor,
        noise_mode: str = "const",
        random: torch.Generator | None = None,
    ) -> torch.Tensor:
        """w+ [N, num_ws, w_dim] -> pictures [N, C, H, W].

        `noise_mode` is "const" (the checkpoint's maps), "none", or "random": drawn from `random`, a
        CPU generator, so that equal seeds give equal pictures.
        """
        picture = None
        for output in self.outputs(w_plus, noise_mode, random):
            picture = output.picture
        assert picture is not None
        return picture

    def features(
        self,
        w_plus: torch.Tensor,
        resolution: int = DEFAULT_FEATURE_RESOLUTION,
        noise_mode: str = "const",
        random: torch.Generator | None = None,
    ) -> torch.Tensor:
        """Output of block b{resolution}, [N, C, h, w]; nothing after it is computed.

        Raises `ValueError` if the model has no such block.
        """
        wanted = self.geometry.block_index(resolution)
        outputs = self.outputs(w_plus, noise_mode, random)
        return next(output.features for output in outputs if output.index == wanted)

    def outputs(
        self,
        w_plus: torch.Tensor,
        noise_mode: str = "const",
        random: torch.Generator | None = None,
    ) -> Iterator[BlockOutput]:
        """What each block in turn makes of w+ [N, num_ws, w_dim]; computed as it is asked for."""
        self._check(w_plus, noise_mode, random)
        x = self._constant(len(w_plus))
        picture: torch.Tensor | None = None
        for block in self.synthesis_network.blocks():
            x = self._run_block(block, x, w_plus, noise_mode, random)
            if block.torgb is not None:
                colours = block.torgb(x, w_plus[:, block.colour_row])
                picture = colours if picture is None else ops.upsample(picture) + colours
            yield BlockOutput(block.index, x, picture)

    def convolutions(self, resolution: int | None = None) -> list[tuple[int, StyledConvolution]]:
        """Every convolution up to block b{resolution} (None: the last), with its row of w+."""
        geometry = self.geometry
        last = geometry.block_index(resolution or geometry.resolutions[-1])
        return [
            pair
            for block in self.synthesis_network.blocks()
            if block.index <= last
            for pair in block.convolutions()
        ]

    def skip_convolutions(self, resolution: int) -> list[SkipConvolution]:
        """The skips of blocks b8 to b{resolution}; only residual generators have any."""
        last = self.geometry.block_index(resolution)
        return [
            block.skip
            for block in self.synthesis_network.blocks()
            if block.skip is not None and block.index <= last
        ]

    @property
    def const(self) -> torch.Tensor:
        """[C, h, w]: the constant input of the first block."""
        return next(self.synthesis_network.blocks()).const

    def _constant(self, batch: int) -> torch.Tensor:
        return self.const.expand(batch, -1, -1, -1)

    def _run_block(
        self,
        block: SynthesisBlock,
        x: torch.Tensor,
        w_plus: torch.Tensor,
        noise_mode: str,
        random: torch.Generator | None,
    ) -> torch.Tensor:
        skipped = None if block.skip is None else block.skip.upsampled(x)
        for row, layer in block.convolutions():
            x = layer(x, w_plus[:, row], layer.noise(noise_mode, len(x), random))
        return x if skipped is None else (x + skipped) * ops.RESIDUAL_GAIN

    def _check(self, w_plus: torch.Tensor, noise_mode: str, random: torch.Generator | None) -> None:
        if w_plus.ndim != 3 or w_plus.shape[1:] != (self.num_ws, self.w_dim):
            raise ValueError(
                f"w_plus has the shape {list(w_plus.shape)}; expected "
                f"[N, {self.num_ws}, {self.w_dim}]."
            )
        if noise_mode not in NOISE_MODES:
            raise ValueError(f"Unknown noise mode {noise_mode!r}: one of {', '.join(NOISE_MODES)}.")
        if noise_mode == "random" and random is None:
            raise ValueError("Random noise needs a torch.Generator, so that it can be repeated.")
