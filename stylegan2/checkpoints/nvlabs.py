"""NVIDIA's PyTorch networks, as `torch_utils.persistence` objects or as tensors by their names.

The repositories of stylegan2-ada-pytorch and stylegan3 (its StyleGAN2 networks), the self-distilled
models, StyleGAN-Human, and PTI's tuned generators. A file holds a table with `G_ema` and perhaps
`G` and `D`, or one network; people's own trainings and conversions keep state dictionaries there.
What an object carries of source code is never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stylegan2.checkpoints.completion import completed
from stylegan2.checkpoints.contents import NOT_AVERAGE, Contents
from stylegan2.checkpoints.networks import Network, discriminator_in, generators_in, one_number
from stylegan2.checkpoints.published_layout import (
    Hints,
    discriminator_geometry,
    generator_geometry,
)
from stylegan2.errors import CheckpointError

TENSORS_ONLY = (
    "It holds tensors only, which do not tell the mapping network's multiplier nor the clamp of "
    f"the convolutions: {Hints().mapping_lr_multiplier:g} and none are taken. If pictures look "
    "wrong, use the file that the training wrote."
)
_ACTIVATIONS = (None, "linear", "lrelu")
_NEVER_CLAMPED = (".skip.", "b4.fromrgb.")


def is_nvlabs_generator(network: Network) -> bool:
    return "synthesis.b4.const" in network.tensors


def read_nvlabs(root: Any, file_format: str) -> Contents | None:
    """The networks in `root`, None if that is not how NVIDIA's files look.

    Raises `CheckpointError`.
    """
    contents = Contents(file_format)
    for averaged, network in generators_in(root):
        if is_nvlabs_generator(network):
            contents = _with_generator(contents, network, averaged)
            break
    discriminator = discriminator_in(root)
    if discriminator is not None and _may_be_discriminator(discriminator):
        contents = _with_discriminator(contents, discriminator)
    return contents if contents.generator or contents.discriminator else None


def _may_be_discriminator(network: Network) -> bool:
    """Whether it has NVIDIA's blocks; one that lacks the rest is to be named as such."""
    return any(key.startswith("b") and ".fromrgb." in key for key in network.tensors)


def _with_generator(contents: Contents, network: Network, averaged: bool) -> Contents:
    geometry = generator_geometry(network.tensors, _generator_hints(network))
    tensors, warnings = completed(geometry, network.tensors)
    if network.class_name is None:
        warnings = (TENSORS_ONLY, *warnings)
    if not averaged:
        warnings = (NOT_AVERAGE, *warnings)
    return replace(contents, generator=(geometry, tensors), warnings=warnings)


def _with_discriminator(contents: Contents, network: Network) -> Contents:
    """Add the discriminator; one that cannot be run is a warning, since a generator is enough."""
    try:
        hints = _discriminator_hints(network)
        if contents.generator is not None:
            hints = replace(hints, img_resolution=contents.generator[0].img_resolution)
        geometry = discriminator_geometry(network.tensors, hints)
        return replace(contents, discriminator=(geometry, network.tensors))
    except CheckpointError as error:
        if contents.generator is None:
            raise
        warning = f"Its discriminator cannot be run and is left out: {error}"
        return replace(contents, warnings=(*contents.warnings, warning))


def _generator_hints(network: Network) -> Hints:
    options = network.attributes.get("", {}).get("_init_kwargs")
    options = options if type(options) is dict else {}
    nested = options.get("synthesis_kwargs")
    for activation in network.values("activation", ""):
        if activation not in _ACTIVATIONS:
            raise CheckpointError("Its layers are activated by something else than leaky ReLU.")
    return Hints(
        mapping_lr_multiplier=_mapping_gain(network, options),
        conv_clamp=_clamp(network, "synthesis.", nested if type(nested) is dict else options),
    )


def _discriminator_hints(network: Network) -> Hints:
    options = network.attributes.get("", {}).get("_init_kwargs")
    options = options if type(options) is dict else {}
    (group,) = network.values("group_size", "b4.mbstd.") or [4]
    if type(group) not in (int, type(None)):
        raise CheckpointError("Its minibatch statistics have no size of groups.")
    return Hints(
        mapping_lr_multiplier=_mapping_gain(network, options),
        conv_clamp=_clamp(network, "b", options),
        mbstd_group_size=group,
    )


def _mapping_gain(network: Network, options: Mapping[str, Any]) -> float:
    nested = options.get("mapping_kwargs")
    default = nested.get("lr_multiplier", 0.01) if type(nested) is dict else 0.01
    gains = network.values("bias_gain", "mapping.fc") or [default]
    return one_number("learning rate multiplier", gains)


def _clamp(network: Network, below: str, options: Mapping[str, Any]) -> float | None:
    """The clamp of the convolutions: layers remember it, options may leave it out."""
    clamps = [
        state["conv_clamp"]
        for prefix, state in network.attributes.items()
        if prefix.startswith(below)
        and "conv_clamp" in state
        and not prefix.endswith(_NEVER_CLAMPED)
    ] or [options.get("conv_clamp")]
    return (
        None
        if clamps[0] is None and set(map(type, clamps)) == {type(None)}
        else one_number("conv_clamp", clamps)
    )
