"""NVIDIA's TensorFlow pickles of StyleGAN2: a tuple (G, D, Gs) of `dnnlib.tflib.network.Network`.

Kernels lie as [height, width, in, out]; those of up-convolutions are mirrored; styles are stored
less 1. Noise maps are numbered through: 2 log2(r) - 5 for conv0 and - 4 for conv1 of resolution r.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from stylegan2.checkpoints.arrays import Array
from stylegan2.checkpoints.contents import MAX_TENSORS, NOT_RUN, Contents, Weights
from stylegan2.checkpoints.published_layout import (
    Hints,
    discriminator_geometry,
    generator_geometry,
)
from stylegan2.checkpoints.records import NumpyArray, Stub
from stylegan2.checkpoints.renaming import (
    MAPPING_LAYERS,
    RESOLUTIONS,
    Change,
    Rename,
    first,
    layer,
    rename,
    same,
    scalar,
    single_map,
)
from stylegan2.errors import CheckpointError
from stylegan2.geometry import RESAMPLE_FILTER

FORMAT = "NVIDIA's TensorFlow pickle"
KIND = "dnnlib.tflib.network.Network"
_MAX_COMPONENTS = 16


def _kernel(x: Weights) -> Weights:
    return x.transpose(3, 2, 0, 1)


def _mirrored_kernel(x: Weights) -> Weights:
    return _kernel(x[::-1, ::-1])


def _matrix(x: Weights) -> Weights:
    return x.transpose(1, 0)


def _style_bias(x: Weights) -> Weights:
    return x + 1


def _layer(theirs: str, ours: str, change: Change) -> list[Rename]:
    return layer(f"{theirs}/", ours, change)


def _styled(theirs: str, ours: str, change: Change, noise: int | None = None) -> list[Rename]:
    return [
        *_layer(theirs, ours, change),
        (f"{theirs}/mod_weight", f"{ours}.affine.weight", _matrix),
        (f"{theirs}/mod_bias", f"{ours}.affine.bias", _style_bias),
        (f"{theirs}/noise_strength", f"{ours}.noise_strength", scalar),
        (f"synthesis/noise{noise}", f"{ours}.noise_const", single_map),
    ]


def _generator_table() -> Iterator[Rename]:
    yield "dlatent_avg", "mapping.w_avg", same
    yield from _layer("mapping/LabelEmbed", "mapping.embed", _matrix)
    for i in MAPPING_LAYERS:
        yield from _layer(f"mapping/Dense{i}", f"mapping.fc{i}", _matrix)
    yield "synthesis/4x4/Const/const", "synthesis.b4.const", first
    yield from _styled("synthesis/4x4/Conv", "synthesis.b4.conv1", _kernel, 0)
    for index, r in enumerate(RESOLUTIONS):
        theirs, ours = f"synthesis/{r}x{r}", f"synthesis.b{r}"
        if index:
            yield from _styled(
                f"{theirs}/Conv0_up", f"{ours}.conv0", _mirrored_kernel, 2 * index - 1
            )
            yield from _styled(f"{theirs}/Conv1", f"{ours}.conv1", _kernel, 2 * index)
        yield from _styled(f"{theirs}/ToRGB", f"{ours}.torgb", _kernel)
        yield f"{theirs}/Skip/weight", f"{ours}.skip.weight", _kernel


def _discriminator_table() -> Iterator[Rename]:
    for r in RESOLUTIONS:
        yield from _layer(f"{r}x{r}/FromRGB", f"b{r}.fromrgb", _kernel)
        yield from _layer(f"{r}x{r}/Conv0", f"b{r}.conv0", _kernel)
        yield from _layer(f"{r}x{r}/Conv1_down", f"b{r}.conv1", _kernel)
        yield f"{r}x{r}/Skip/weight", f"b{r}.skip.weight", _kernel
    yield from _layer("LabelEmbed", "mapping.embed", _matrix)
    for i in MAPPING_LAYERS:
        yield from _layer(f"Mapping{i}", f"mapping.fc{i}", _matrix)
    yield from _layer("4x4/Conv", "b4.conv", _kernel)
    yield from _layer("4x4/Dense0", "b4.fc", _matrix)
    yield from _layer("Output", "b4.out", _matrix)


def read_tensorflow(root: Any) -> Contents | None:
    """The networks in `root`, None if that is not how NVIDIA's TensorFlow files look.

    Raises `CheckpointError`.
    """
    if type(root) is Stub:
        root = (root,)
    if type(root) is not tuple or not root or not all(_is_network(item) for item in root):
        return None
    variables = _variables(root[-1])  # the average of the generator's weights comes last
    if any("/StyleMod/" in name for name in variables):
        return Contents(FORMAT, "StyleGAN1", warnings=(f"It is StyleGAN1. {NOT_RUN}",))
    if not any(name.startswith("synthesis/") for name in variables):
        family = "a TensorFlow network without a synthesis part (ProGAN or older)"
        return Contents(FORMAT, family, warnings=(f"It is {family}. {NOT_RUN}",))
    if "mapping/LabelConcat/weight" in variables:
        raise CheckpointError(
            "It is conditional in the way of the first TensorFlow StyleGAN2, where the label is "
            "appended before the latent is normalised; only the later way can be run."
        )
    tensors = rename(variables, _generator_table())
    options = _options(root[-1])
    hints = Hints(
        mapping_lr_multiplier=_number(options, "mapping_lrmul", 0.01),
        conv_clamp=_number(options, "conv_clamp", 0.0) or None,
    )
    contents = Contents(FORMAT, generator=(generator_geometry(tensors, hints), tensors))
    if len(root) == 3:
        contents = _with_discriminator(contents, root[1])
    return contents


def _with_discriminator(contents: Contents, network: Stub) -> Contents:
    try:
        options = _options(network)
        hints = Hints(
            mapping_lr_multiplier=_number(options, "mapping_lrmul", 0.1),
            conv_clamp=_number(options, "conv_clamp", 0.0) or None,
            mbstd_group_size=round(_number(options, "mbstd_group_size", 4)),
        )
        tensors = rename(_variables(network), _discriminator_table())
        geometry = discriminator_geometry(tensors, hints)
        return replace(contents, discriminator=(geometry, tensors))
    except CheckpointError as error:
        warning = f"Its discriminator cannot be run and is left out: {error}"
        return replace(contents, warnings=(warning,))


def _is_network(value: Any) -> bool:
    return type(value) is Stub and value.kind == KIND


def _parts(network: Stub, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Stub]]:
    """The network and its components, each with the prefix of its variables."""
    yield prefix, network
    components = network.state.get("components")
    if depth < 2 and type(components) is dict:
        for name, part in list(components.items())[:_MAX_COMPONENTS]:
            if _is_network(part):
                yield from _parts(part, f"{prefix}{str(name)[:60]}/", depth + 1)


def _variables(network: Stub) -> dict[str, Weights]:
    found: dict[str, Weights] = {}
    for prefix, part in _parts(network):
        variables = part.state.get("variables", [])
        if type(variables) is not list:
            raise CheckpointError("A network in it has damaged variables.")
        for variable in variables:
            if type(variable) is not tuple or len(variable) != 2:
                raise CheckpointError("A network in it has damaged variables.")
            if len(found) == MAX_TENSORS:
                raise CheckpointError(
                    "A network in it has more than {most} variables.", most=MAX_TENSORS
                )
            name, value = variable
            array = value.array if type(value) is NumpyArray else value
            if type(name) is str and type(array) is Array and array.storage.is_floating:
                found[prefix + name] = array.numpy()
    return found


def _options(network: Stub) -> dict[str, Any]:
    options = network.state.get("static_kwargs")
    if type(options) is not dict:
        return {}
    if options.get("nonlinearity", "lrelu") != "lrelu":
        raise CheckpointError("Its layers are activated by something else than leaky ReLU.")
    if options.get("resample_kernel") not in (None, list(RESAMPLE_FILTER)):
        raise CheckpointError("Its low-pass is not [1, 3, 3, 1], the only one run.")
    return options


def _number(options: dict[str, Any], name: str, default: float) -> float:
    value = options.get(name)
    value = default if value is None else value
    if type(value) not in (int, float) or not math.isfinite(value):
        raise CheckpointError("Its option {name} is no number.", name=repr(name))
    return float(value)
