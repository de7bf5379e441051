"""NVIDIA's PyTorch networks: `torch_utils.persistence` objects, in pickles or in PyTorch's files.

The repositories of stylegan2-ada-pytorch and stylegan3 (its StyleGAN2 networks), the self-distilled
models, StyleGAN-Human, and PTI's tuned generators. A file holds a table with `G_ema` and perhaps
`G` and `D`, or one network. What an object carries of source code is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stylegan2.checkpoints.arrays import Array
from stylegan2.checkpoints.contents import MAX_TENSORS, NOT_AVERAGE, NOT_RUN, Contents, Tensors
from stylegan2.checkpoints.published_layout import (
    Hints,
    discriminator_geometry,
    generator_geometry,
)
from stylegan2.checkpoints.records import PersistentObject
from stylegan2.errors import CheckpointError

MAX_MODULES = 5000  # a generator for 1024 pixels has about 70
MAX_NAME = 200
_ACTIVATIONS = (None, "linear", "lrelu")
_NEVER_CLAMPED = (".skip.", "b4.fromrgb.")
_FAMILIES = {
    "synthesis.input.": "StyleGAN3",
    "backbone.": "EG3D",
}


@dataclass(frozen=True, slots=True)
class Network:
    """A network taken apart: its tensors by name, and the attributes of each of its modules."""

    class_name: str
    tensors: Tensors
    attributes: Mapping[str, Mapping[str, Any]]

    def values(self, name: str, below: str) -> list[Any]:
        """The attribute `name` of every module below `below` that has it."""
        return [
            state[name]
            for prefix, state in self.attributes.items()
            if prefix.startswith(below) and name in state
        ]


def read_nvlabs(root: Any, file_format: str) -> Contents | None:
    """The networks in `root`, None if that is not how NVIDIA's files look.

    Raises `CheckpointError`.
    """
    if type(root) is PersistentObject:
        root = {"G_ema": root}
    if type(root) is not dict:
        return None
    found = {key: root[key] for key in ("G_ema", "G", "D") if _is_network(root.get(key))}
    if not found:
        return None
    name = "G_ema" if "G_ema" in found else "G"
    contents = Contents(file_format)
    if name in found:
        network = take_apart(found[name])
        family = _family(network)
        if family is not None:
            return Contents(file_format, family, warnings=(f"It is {family}. {NOT_RUN}",))
        geometry = generator_geometry(network.tensors, _generator_hints(network))
        warnings = (NOT_AVERAGE,) if name == "G" else ()
        contents = replace(contents, generator=(geometry, network.tensors), warnings=warnings)
    if "D" in found:
        contents = _with_discriminator(contents, take_apart(found["D"]))
    return contents


def take_apart(root: PersistentObject) -> Network:
    """Walk the modules of a network. Raises `CheckpointError`."""
    tensors: dict[str, Any] = {}
    attributes: dict[str, Mapping[str, Any]] = {}
    pending = [("", root)]
    while pending:
        prefix, module = pending.pop()
        if len(attributes) + len(pending) >= MAX_MODULES or len(prefix) > MAX_NAME:
            raise CheckpointError(
                f"A network in it has more than {MAX_MODULES} modules, or they are nested without "
                "end: it is no StyleGAN2 network."
            )
        attributes[prefix] = module.state
        for kind in ("_parameters", "_buffers"):
            for name, value in _entries(module, kind):
                if len(tensors) == MAX_TENSORS:
                    raise CheckpointError(f"A network in it has more than {MAX_TENSORS} tensors.")
                if type(value) is Array and value.storage.is_floating:
                    tensors[prefix + name] = value.numpy()
        pending += [
            (f"{prefix}{name}.", value)
            for name, value in _entries(module, "_modules")
            if type(value) is PersistentObject
        ]
    return Network(root.class_name, tensors, attributes)


def _entries(module: PersistentObject, kind: str) -> Iterator[tuple[str, Any]]:
    table = module.state.get(kind, {})
    if type(table) is not dict:
        raise CheckpointError(f"A network in it has damaged {kind.strip('_')}.")
    for name, value in table.items():
        if type(name) is not str or len(name) > MAX_NAME:
            raise CheckpointError(f"A network in it has {kind.strip('_')} without a proper name.")
        yield name, value


def _is_network(value: Any) -> bool:
    return type(value) is PersistentObject


def _family(network: Network) -> str | None:
    """The name of what is no StyleGAN2 generator."""
    for prefix, family in _FAMILIES.items():
        if any(key.startswith(prefix) for key in network.tensors):
            return family
    if "synthesis.b4.const" not in network.tensors:
        return f"a network of the class {network.class_name[:60]!r}"
    return None


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
    options = network.attributes[""].get("_init_kwargs")
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
    options = network.attributes[""].get("_init_kwargs")
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
    return _number("learning rate multiplier", gains)


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
        else _number("conv_clamp", clamps)
    )


def _number(name: str, values: list[Any]) -> float:
    """The one number that all `values` are."""
    if not all(type(value) in (int, float) for value in values) or len(set(values)) != 1:
        raise CheckpointError(f"Its layers do not agree on one {name}.")
    return float(values[0])
