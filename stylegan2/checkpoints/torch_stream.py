"""PyTorch's first file format: five pickles, then the raw bytes of each storage.

Files by themselves (until PyTorch 1.6), and nested in NVIDIA's pickles, one for each storage.
"""

from __future__ import annotations

from typing import Any

from stylegan2.checkpoints.arrays import Storage
from stylegan2.checkpoints.budget import Budget
from stylegan2.checkpoints.pickle_machine import Functions, Name, PickleMachine
from stylegan2.checkpoints.records import TORCH_TYPES, storage_functions
from stylegan2.errors import CheckpointError

MAGIC = 0x1950A86A20F9469CFC6C
MAGIC_BYTES = b"\x8a\x0a" + MAGIC.to_bytes(10, "little")
PROTOCOL = 1001


def read_stream(data: memoryview, functions: Functions, budget: Budget) -> Any:
    """The object of a stream, its storages filled. Raises `CheckpointError`."""
    storages: dict[str, Storage] = {}

    def persistent(identifier: Any) -> Storage | Name:
        if _is_class(identifier):
            return identifier[1]  # type: ignore[no-any-return]
        return storage_of(identifier, storages)

    machine = PickleMachine(data, {}, budget)
    magic, protocol, system = machine.load(), machine.load(), machine.load()
    if magic != MAGIC or protocol != PROTOCOL or type(system) is not dict:
        raise CheckpointError("It begins like a file of PyTorch but is none, or a damaged one.")
    if system.get("little_endian") is not True:
        raise CheckpointError("It was written on a machine that stores the highest byte first.")
    machine = PickleMachine(
        data, functions, budget, position=machine.position, persistent=persistent
    )
    value = machine.load()
    keys = PickleMachine(data, {}, budget, position=machine.position)
    order = keys.load()
    if type(order) is not list or not all(type(key) is str for key in order):
        raise CheckpointError("Its list of storages is damaged.")
    if len(order) != len(storages) or set(order) != storages.keys():
        raise CheckpointError("Its list of storages does not name those that its tensors use.")
    position = keys.position
    for key in order:
        storage = storages[key]
        count = int.from_bytes(data[position : position + 8], "little")
        start, end = position + 8, position + 8 + storage.size
        if end > len(data):
            raise CheckpointError(
                "The file is cut short: the data of its tensors go on where the file ends. "
                "Download it again."
            )
        if count != storage.numel:
            raise CheckpointError(
                "A storage is said to hold {count} items, and {there} where it lies.",
                count=storage.numel,
                there=count,
            )
        storage.fill(data[start:end])
        position = end
    return value


def read_nested_storage(data: Any, budget: Budget) -> Storage:
    """What `torch.storage._load_from_bytes` would have made of `data`: one storage."""
    value = read_stream(memoryview(data), storage_functions(), budget)
    if type(value) is not Storage:
        raise CheckpointError("A storage in it holds something else: it is refused.")
    return value


def _is_class(identifier: Any) -> bool:
    """Whether it is a class of a whole module: ("module", class, source file, source code)."""
    return (
        type(identifier) is tuple
        and len(identifier) == 4
        and identifier[0] == "module"
        and type(identifier[1]) is Name
    )


def storage_of(identifier: Any, storages: dict[str, Storage]) -> Storage:
    """The storage that a persistent id describes, one for each key.

    The id is ("storage", type, key, device, count), in streams followed by a view, always None.
    """
    if type(identifier) is not tuple or len(identifier) not in (5, 6):
        raise CheckpointError("Its pickle refers to something that is no storage.")
    kind, dtype, key, _, numel, *view = identifier
    if (
        kind != "storage"
        or type(dtype) is not Name
        or type(key) is not str
        or view not in ([], [None])
    ):
        raise CheckpointError("Its pickle refers to something that is no storage.")
    name = TORCH_TYPES.get(dtype.text.removeprefix("torch."))
    if name is None:
        raise CheckpointError(
            "A storage in it is of the type {kind}, which is not known.", kind=dtype.text
        )
    storage = Storage(name, numel)
    known = storages.setdefault(key, storage)
    if (known.dtype, known.numel) != (name, numel):
        raise CheckpointError("The storage {name} is described in two ways.", name=repr(key[:40]))
    return known
