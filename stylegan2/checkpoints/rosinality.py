"""State dictionaries of rosinality's stylegan2-pytorch, and of encoders built on it (e4e, pSp).

A file holds a table with `g_ema` (and perhaps `g`, `d`, `latent_avg`), or `state_dict` with the
generator below `decoder.`, or the generator's own state dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from stylegan2.checkpoints.arrays import Array
from stylegan2.checkpoints.contents import (
    MAX_TENSORS,
    NOT_AVERAGE,
    NOT_RUN,
    Contents,
    Tensors,
    Weights,
    check_shapes,
)
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
from stylegan2.geometry import Geometry

MEAN_SAMPLES = 4096
_AVERAGE = "mapping.w_avg"
_MOST_KEYS = 5000


def read_rosinality(root: Any, file_format: str) -> Contents | None:
    """The networks in `root`, None if that is not how such files look. Raises `CheckpointError`."""
    if type(root) is not dict:
        return None
    family = _other_family(root)
    if family is not None:
        return Contents(file_format, family, warnings=(f"It is {family}. {NOT_RUN}",))
    contents = Contents(file_format)
    for key, prefix in (("g_ema", ""), ("g", ""), ("state_dict", "decoder."), (None, "")):
        state = _arrays(root if key is None else root.get(key), prefix)
        if "input.input" in state and "conv1.conv.weight" in state:
            warnings = (NOT_AVERAGE,) if key == "g" else ()
            contents = replace(contents, warnings=warnings)
            contents = _generator(contents, state, root.get("latent_avg"))
            break
    discriminator = _arrays(root.get("d"))
    if "final_conv.0.weight" in discriminator:
        contents = _with_discriminator(contents, discriminator)
    return contents if contents.generator or contents.discriminator else None


def _other_family(root: Mapping[Any, Any]) -> str | None:
    keys = {
        key
        for table in (root, *list(root.values())[:_MOST_KEYS])
        if type(table) is dict
        for key in list(table)[:_MOST_KEYS]
        if type(key) is str
    }
    for part, family in (
        ("to_style1.", "a network of lucidrains' stylegan2_pytorch"),
        ("progression.", "StyleGAN1"),
        ("synthesis.input.", "StyleGAN3"),
    ):
        if any(part in key for key in keys):
            return family
    return None


def _arrays(state: Any, prefix: str = "") -> dict[str, Weights]:
    if type(state) is not dict:
        return {}
    if len(state) > MAX_TENSORS:
        raise CheckpointError(f"A network in it has more than {MAX_TENSORS} tensors.")
    return {
        key.removeprefix(prefix): value.numpy()
        for key, value in state.items()
        if type(key) is str
        and key.startswith(prefix)
        and type(value) is Array
        and value.storage.is_floating
    }


def _generator(contents: Contents, state: Tensors, average: Any) -> Contents:
    tensors = rename(state, _generator_table())
    warnings = []
    if type(average) is Array and average.shape and 0 not in average.shape:
        # Encoders keep a row for each layer, all equal.
        tensors[_AVERAGE] = average.numpy().reshape(-1, average.shape[-1])[0]
    geometry = generator_geometry(tensors, Hints())
    if not any(key.endswith(".noise_const") for key in tensors):
        tensors.update(_drawn_noise(geometry))
        warnings.append("It holds no noise maps: some are drawn, the same each time.")
    if _AVERAGE not in tensors:
        shapes = geometry.shapes()
        del shapes[_AVERAGE]
        check_shapes(shapes, tensors)
        tensors[_AVERAGE] = _mean_latent(geometry, tensors)
        warnings.append(
            f"It holds no average latent: the mean of {MEAN_SAMPLES} samples is taken, the same "
            "each time."
        )
    return replace(
        contents, generator=(geometry, tensors), warnings=(*contents.warnings, *warnings)
    )


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
    """Of a network with so many blocks above b4; the first to run is the largest."""
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


def _drawn_noise(geometry: Geometry) -> dict[str, Weights]:
    random = np.random.default_rng(0)
    return {
        key: random.standard_normal(shape, np.float32)
        for key, shape in geometry.shapes().items()
        if key.endswith(".noise_const")
    }


@np.errstate(all="ignore")  # what is not finite is refused when it is written
def _mean_latent(geometry: Geometry, tensors: Tensors) -> Weights:
    """The mean of w over seeded z."""
    z = np.random.default_rng(0).standard_normal((MEAN_SAMPLES, geometry.z_dim), np.float32)
    x = z / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 1e-8)
    gain = geometry.mapping_lr_multiplier
    for i in range(geometry.mapping_layers):
        weight, bias = tensors[f"mapping.fc{i}.weight"], tensors[f"mapping.fc{i}.bias"]
        x = x @ weight.T * (gain / np.sqrt(weight.shape[1])) + bias * gain
        x = np.where(x < 0, 0.2 * x, x) * np.float32(2**0.5)
    mean: Weights = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean
