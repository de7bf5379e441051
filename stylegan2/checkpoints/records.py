"""What the pickles of checkpoints describe, as inert data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stylegan2.checkpoints.arrays import ITEM_SIZES, Array, Storage
from stylegan2.checkpoints.budget import Budget
from stylegan2.checkpoints.module_classes import MODULE_CLASSES
from stylegan2.checkpoints.pickle_machine import Functions, key_of, table
from stylegan2.errors import CheckpointError

NUMPY_TYPES = {
    "f2": "float16",
    "f4": "float32",
    "f8": "float64",
    "u1": "uint8",
    "i1": "int8",
    "i2": "int16",
    "i4": "int32",
    "i8": "int64",
    "b1": "bool",
}
TORCH_TYPES = {
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "ByteStorage": "uint8",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "IntStorage": "int32",
    "LongStorage": "int64",
    "BoolStorage": "bool",
}


@dataclass(slots=True, eq=False)
class Module:
    """A module of a network, without its code: `torch_utils.persistence`'s objects carry theirs."""

    class_name: str
    state: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_persistence(cls, meta: Any) -> Module:
        if type(meta) is not dict:
            raise TypeError
        name, state = meta.get("class_name"), meta.get("state")
        if type(name) is not str or type(state) is not dict:
            raise CheckpointError("A network in it has no class or no state: the file is damaged.")
        return cls(name, state)

    def set_state(self, state: Any) -> None:
        if type(state) is not dict:
            raise TypeError
        self.state = state


@dataclass(slots=True, eq=False)
class Stub:
    """An object of which only the attributes matter, if any."""

    kind: str
    arguments: tuple[Any, ...] = ()
    state: dict[str, Any] = field(default_factory=dict)

    def set_state(self, state: Any) -> None:
        if type(state) is dict:
            self.state = state


@dataclass(slots=True, eq=False)
class NumpyType:
    code: str
    big_endian: bool = False

    def set_state(self, state: Any) -> None:
        self.big_endian = type(state) is tuple and len(state) > 1 and state[1] == ">"

    def array(self, shape: Any, data: Any, *, fortran: bool) -> Array:
        if self.big_endian:
            raise CheckpointError("An array is stored with the highest byte first.")
        dtype = NUMPY_TYPES.get(self.code.lstrip("<|="))
        if dtype is None or type(shape) is not tuple:
            raise TypeError
        return Array.contiguous(dtype, shape, memoryview(data), fortran=fortran)


@dataclass(slots=True, eq=False)
class NumpyArray:
    """An array of numpy: None until its state comes, and for types that hold no weights."""

    array: Array | None = None

    def set_state(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        if type(dtype) is NumpyType and dtype.code.lstrip("<|=") in NUMPY_TYPES:
            self.array = dtype.array(shape, data, fortran=fortran is True)


def torch_functions(budget: Budget) -> dict[str, Callable[..., Any] | None]:
    """What PyTorch's own files mention."""
    return {
        **{f"torch.{name}": None for name in (*TORCH_TYPES, *ITEM_SIZES)},
        "collections.OrderedDict": _table,
        "torch._utils._rebuild_tensor": _tensor,
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_parameter": _parameter,
        "torch._utils._rebuild_parameter_with_state": _parameter,
        "torch.Size": _stub("torch.Size"),
        "torch.device": _stub("torch.device"),
        "argparse.Namespace": _stub("argparse.Namespace"),
        "pathlib.PosixPath": _stub("pathlib.PosixPath"),
        **{name: _module(name) for name in MODULE_CLASSES},
        **_numpy_functions(budget),
    }


def nvlabs_functions(
    budget: Budget, load_from_bytes: Callable[[Any], Storage]
) -> dict[str, Callable[..., Any] | None]:
    """What NVIDIA's files mention, the TensorFlow ones included."""
    return {
        **torch_functions(budget),
        "torch_utils.persistence._reconstruct_persistent_obj": Module.of_persistence,
        "torch.storage._load_from_bytes": load_from_bytes,
        "dnnlib.util.EasyDict": _table,
        "dnnlib.EasyDict": _table,
        "dnnlib.tflib.network.Network": _stub("dnnlib.tflib.network.Network"),
    }


def storage_functions() -> Functions:
    """What the pickle of a single storage mentions."""
    return {f"torch.{name}": None for name in TORCH_TYPES}


def _numpy_functions(budget: Budget) -> dict[str, Callable[..., Any] | None]:
    def encode(text: Any, encoding: Any) -> bytes:
        # Bytes, as the pickle protocol 2 has them.
        if type(text) is not str or encoding not in ("latin1", "latin-1"):
            raise TypeError
        budget.spend_text(len(text))
        return text.encode("latin-1")

    functions: dict[str, Callable[..., Any] | None] = {
        "_codecs.encode": encode,
        "numpy.dtype": _numpy_type,
        "numpy.ndarray": None,
    }
    for name in ("builtins", "__builtin__"):
        functions[f"{name}.set"] = _set
        functions[f"{name}.frozenset"] = _set
    for core in ("numpy.core", "numpy._core"):
        functions[f"{core}.multiarray._reconstruct"] = lambda *_: NumpyArray()
        functions[f"{core}.multiarray.scalar"] = _scalar
        functions[f"{core}.numeric._frombuffer"] = _from_buffer
    return functions


def _stub(kind: str) -> Callable[..., Stub]:
    return lambda *arguments: Stub(kind, arguments)


def _module(name: str) -> Callable[[], Module]:
    return lambda: Module(name.rpartition(".")[2])


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Array:
    if type(storage) is not Storage:
        raise TypeError
    return Array(storage, offset, shape, strides)


def _parameter(tensor: Any, *_: Any) -> Array:
    if type(tensor) is not Array:
        raise TypeError
    return tensor


def _numpy_type(code: Any, *_: Any) -> NumpyType:
    if type(code) is not str:
        raise TypeError
    return NumpyType(code)


def _scalar(dtype: Any, data: Any) -> Any:
    if type(dtype) is not NumpyType:
        raise TypeError
    return dtype.array((), data, fortran=False)


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> NumpyArray:
    if type(dtype) is not NumpyType:
        raise TypeError
    return NumpyArray(dtype.array(shape, data, fortran=order == "F"))


def _table(pairs: Any = None) -> dict[Any, Any]:
    if type(pairs) not in (list, dict, type(None)):
        raise TypeError
    return table(pairs.items() if type(pairs) is dict else pairs or ())


def _set(items: Any = None) -> set[Any]:
    if type(items) not in (list, type(None)):
        raise TypeError
    return set(map(key_of, items or ()))
