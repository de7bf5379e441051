"""rosinality's stylegan2-pytorch, and encoders built on it (e4e, pSp).

A file holds a table with `g_ema` (and perhaps `g`, `d`, `latent_avg`), or `state_dict` with the
generator below `decoder.`, or the generator alone; each as tensors, or as a whole module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from stylegan2.checkpoints.arrays import Array
from stylegan2.checkpoints.completion import AVERAGE, completed
from stylegan2.checkpoints.contents import NOT_AVERAGE, Contents, Tensors
from stylegan2.checkpoints.networks import Network, discriminator_in, generators_in, one_number
from stylegan2.checkpoints.published_layout import (
    Hints,
    discriminator_geometry,
    generator_geometry,
)
from stylegan2.checkpoints.renaming import (
    MAPPING_LAYERS,
    RESOLUTIONS,
    Rename,
    first,
    layer,
    rename,
    same,
    scalar,
    single_map,
)
from stylegan2.errors import CheckpointError


def is_rosinality_generator(network: Network) -> bool:
    return "input.input" in network.tensors and "conv1.conv.weight" in network.tensors


def read_rosinality(root: Any, file_format: str) -> Contents | None:
    """The networks in `root`, None if that is not how such files look. Raises `CheckpointError`."""
    contents = Contents(file_format)
    for averaged, network in generators_in(root):
        if is_rosinality_generator(network):
            contents = replace(contents, warnings=() if averaged else (NOT_AVERAGE,))
            average = root.get("latent_avg") if type(root) is dict else None
            contents = _generator(contents, network, average)
            break
    discriminator = discriminator_in(root)
    if discriminator is not None and "final_conv.0.weight" in discriminator.tensors:
        contents = _with_discriminator(contents, discriminator.tensors)
    return contents if contents.generator or contents.discriminator else None


def _generator(contents: Contents, network: Network, average: Any) -> Contents:
    tensors = rename(network.tensors, _generator_table())
    if type(average) is Array and average.shape and 0 not in average.shape:
        # Encoders keep a row for each layer, all equal.
        tensors[AVERAGE] = average.numpy().reshape(-1, average.shape[-1])[0]
    gains = network.values("lr_mul", "style.") or [Hints().mapping_lr_multiplier]
    gain = one_number("learning rate multiplier", gains)
    geometry = generator_geometry(tensors, Hints(mapping_lr_multiplier=gain))
    whole, warnings = completed(geometry, tensors)
    return replace(contents, generator=(geometry, whole), warnings=(*contents.warnings, *warnings))


def _with_discriminator(contents: Contents, state: Tensors) -> Contents:
    blocks = sum(f"convs.{i}.conv1.0.weight" in state for i in range(1, len(RESOLUTIONS)))
    tensors = rename(state, _discriminator_table(blocks))
    resolution = contents.generator[0].img_resolution if contents.generator else None
    try:
        geometry = discriminator_geometry(tensors, Hints(img_resolution=resolution))
        return replace(contents, discriminator=(geometry, tensors))
    except CheckpointError as error:
        if contents.generator is None:
            raise
        warning = f"Its discriminator cannot be run and is left out: {error}"
        return replace(contents, warnings=(*contents.warnings, warning))


def _generator_table() -> Iterator[Rename]:
    yield "input.input", "synthesis.b4.const", first
    for i in MAPPING_LAYERS:
        yield from layer(f"style.{i + 1}.", f"mapping.fc{i}", same)
    layers = [("conv1", "b4.conv1"), ("to_rgb1", "b4.torgb")]
    for index, r in enumerate(RESOLUTIONS[1:]):
        layers += [(f"convs.{2 * index + i}", f"b{r}.conv{i}") for i in (0, 1)]
        layers.append((f"to_rgbs.{index}", f"b{r}.torgb"))
    for theirs, short in layers:
        ours = f"synthesis.{short}"
        bias = "bias" if short.endswith("torgb") else "activate.bias"
        yield from layer(f"{theirs}.", ours, first, ("conv.weight", bias))
        yield from layer(f"{theirs}.conv.modulation.", f"{ours}.affine", same)
        yield f"{theirs}.noise.weight", f"{ours}.noise_strength", scalar
        for kernel in ("conv.blur", "upsample"):
            yield f"{theirs}.{kernel}.kernel", f"{ours}.{kernel}.resample_filter", same
    convolutions = [short for _, short in layers if not short.endswith("torgb")]
    for number, short in enumerate(convolutions):
        yield f"noises.noise_{number}", f"synthesis.{short}.noise_const", single_map


def _discriminator_table(blocks: int) -> Iterator[Rename]:
    """Names in a network with `blocks` blocks above b4, of which the largest runs first."""
    yield from layer("convs.0.", f"b{4 << blocks}.fromrgb", same, ("0.weight", "1.bias"))
    for i in range(1, blocks + 1):
        ours = f"b{4 << (blocks + 1 - i)}"
        yield from layer(f"convs.{i}.conv1.", f"{ours}.conv0", same, ("0.weight", "1.bias"))
        yield from layer(f"convs.{i}.conv2.", f"{ours}.conv1", same, ("1.weight", "2.bias"))
        yield f"convs.{i}.skip.1.weight", f"{ours}.skip.weight", same
        for name in ("conv2", "skip"):
            yield f"convs.{i}.{name}.0.kernel", f"{ours}.{name}.resample_filter", same
    yield from layer("final_conv.", "b4.conv", same, ("0.weight", "1.bias"))
    yield from layer("final_linear.0.", "b4.fc", same)
    yield from layer("final_linear.1.", "b4.out", same)
