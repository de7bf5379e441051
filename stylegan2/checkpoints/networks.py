"""The networks that a file's root object may hold: whole modules, or tables of tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stylegan2.checkpoints.arrays import Array
from stylegan2.checkpoints.contents import MAX_TENSORS, Tensors, Weights
from stylegan2.checkpoints.records import Module
from stylegan2.errors import CheckpointError

MAX_MODULES = 5000  # a generator for 1024 pixels has about 70
MAX_NAME = 200
_AVERAGED = ("G_ema", "g_ema", "state_dict", None)  # None: the root itself
_TRAINING = ("G", "g")
_DISCRIMINATORS = ("D", "d")
_ANY = ("model_state_dict", "state_dict", "model", None)
_DECODER = "decoder."
"""Encoders (e4e, pSp) keep the generator below it."""

_WRAPPERS = ("module", "_orig_mod")
"""What DataParallel and `torch.compile` put into the names of what they wrap."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network taken apart: its tensors by name, and the attributes of each of its modules.

    Of a table of tensors there are no attributes, and `class_name` is None.
    """

    class_name: str | None
    tensors: Tensors
    attributes: Mapping[str, Mapping[str, Any]]

    def values(self, name: str, below: str) -> list[Any]:
        """The attribute `name` of every module below `below` that has it."""
        return [
            state[name]
            for prefix, state in self.attributes.items()
            if prefix.startswith(below) and name in state
        ]


def generators_in(root: Any) -> Iterator[tuple[bool, Network]]:
    """What may be a generator, those averaged over training first, and whether they are.

    Raises `CheckpointError`.
    """
    for key in (*_AVERAGED, *_TRAINING):
        network = _network_of(_value(root, key))
        if network is not None:
            yield key in _AVERAGED, network


def networks_in(root: Any) -> Iterator[Network]:
    """Whatever is a network, the root itself or in it. Raises `CheckpointError`."""
    for key in _ANY:
        network = _network_of(_value(root, key))
        if network is not None:
            yield network


def discriminator_in(root: Any) -> Network | None:
    """What may be the discriminator. Raises `CheckpointError`."""
    networks = [_network_of(_value(root, key)) for key in _DISCRIMINATORS]
    return next(filter(None, networks), None)


def one_number(name: str, values: list[Any]) -> float:
    """The one number that all `values` are. Raises `CheckpointError`."""
    if not all(type(value) in (int, float) for value in values) or len(set(values)) != 1:
        raise CheckpointError("Its layers do not agree on one {name}.", name=name)
    return float(values[0])


def _value(root: Any, key: str | None) -> Any:
    if key is None:
        return root
    return root.get(key) if type(root) is dict else None


def _network_of(value: Any) -> Network | None:
    if type(value) is Module:
        return _take_apart(value)
    tensors = _state_dict(value) if type(value) is dict else {}
    return Network(None, tensors, {}) if tensors else None


def _state_dict(table: dict[Any, Any]) -> dict[str, Weights]:
    if len(table) > MAX_TENSORS:
        raise CheckpointError("A network in it has more than {most} tensors.", most=MAX_TENSORS)
    arrays = {
        key: value
        for key, value in table.items()
        if type(key) is str and type(value) is Array and value.storage.is_floating
    }
    inside = [key for key in arrays if _unwrapped(key).startswith(_DECODER)]
    tensors: dict[str, Weights] = {}
    for key in inside or arrays:
        _add(tensors, _unwrapped(key).removeprefix(_DECODER), arrays[key])
    return tensors


def _take_apart(root: Module) -> Network:
    """Walk the modules of a network."""
    tensors: dict[str, Weights] = {}
    attributes: dict[str, Mapping[str, Any]] = {}
    pending = [("", root)]
    count = 0
    while pending:
        prefix, module = pending.pop()
        count += 1
        if count + len(pending) > MAX_MODULES or len(prefix) > MAX_NAME:
            raise CheckpointError(
                "A network in it has more than {most} modules, or they are nested "
                "without end: it is no StyleGAN2 network.",
                most=MAX_MODULES,
            )
        attributes[_unwrapped(prefix)] = module.state
        for kind in ("_parameters", "_buffers"):
            for name, value in _entries(module, kind):
                if len(tensors) == MAX_TENSORS:
                    raise CheckpointError(
                        "A network in it has more than {most} tensors.", most=MAX_TENSORS
                    )
                if type(value) is Array and value.storage.is_floating:
                    _add(tensors, _unwrapped(prefix + name), value)
        pending += [
            (f"{prefix}{name}.", value)
            for name, value in _entries(module, "_modules")
            if type(value) is Module
        ]
    return Network(root.class_name, tensors, attributes)


def _entries(module: Module, kind: str) -> Iterator[tuple[str, Any]]:
    table = module.state.get(kind, {})
    if type(table) is not dict:
        raise CheckpointError("A network in it has damaged {kind}.", kind=kind.strip("_"))
    for name, value in table.items():
        if type(name) is not str or len(name) > MAX_NAME:
            raise CheckpointError(
                "A network in it has {kind} without a proper name.", kind=kind.strip("_")
            )
        yield name, value


def _unwrapped(name: str) -> str:
    """`name` without the parts that wrappers add, at its beginning or within."""
    return ".".join(part for part in name.split(".") if part not in _WRAPPERS)


def _add(tensors: dict[str, Weights], name: str, value: Array) -> None:
    if name in tensors:
        raise CheckpointError(
            "It has the tensor {name} twice, with and without a wrapper's "
            "prefix: it is not clear which one counts.",
            name=repr(name[:MAX_NAME]),
        )
    tensors[name] = value.numpy()
