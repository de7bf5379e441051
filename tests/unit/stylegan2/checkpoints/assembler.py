"""Pickles put together operation by operation, since `pickle` would not write what attacks hold."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

PROTOCOL = b"\x80\x02"
STOP = pickle.STOP


def text(value: str) -> bytes:
    raw = value.encode("utf-8", "surrogatepass")
    return pickle.BINUNICODE + struct.pack("<I", len(raw)) + raw


def data(value: bytes) -> bytes:
    return pickle.BINBYTES + struct.pack("<I", len(value)) + value


def integer(value: int) -> bytes:
    raw = pickle.encode_long(value)
    return pickle.LONG1 + bytes([len(raw)]) + raw


def name(full: str) -> bytes:
    """Mention "module.name"; the last dot divides them."""
    module, _, last = full.rpartition(".")
    return pickle.GLOBAL + f"{module}\n{last}\n".encode()


def name_from_stack(module: str, last: str) -> bytes:
    return text(module) + text(last) + pickle.STACK_GLOBAL


def tuple_of(*items: bytes) -> bytes:
    return pickle.MARK + b"".join(items) + pickle.TUPLE


def list_of(*items: bytes) -> bytes:
    return pickle.MARK + b"".join(items) + pickle.LIST


def table(**items: bytes) -> bytes:
    pairs = b"".join(text(key) + value for key, value in items.items())
    return pickle.MARK + pairs + pickle.DICT


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + tuple_of(*arguments) + pickle.REDUCE


def whole(value: bytes) -> bytes:
    return PROTOCOL + value + STOP


def stream(
    value: bytes,
    *,
    keys: bytes = list_of(),
    storages: bytes = b"",
    magic: bytes = integer(0x1950A86A20F9469CFC6C),
    system: bytes = table(little_endian=pickle.NEWTRUE),
) -> bytes:
    """PyTorch's first format: five pickles, then storages."""
    parts = (magic, integer(1001), system, value, keys)
    return b"".join(map(whole, parts)) + storages


def storage(kind: str = "FloatStorage", key: str = "0", count: int = 4) -> bytes:
    """A storage mentioned by its persistent id, as in a stream."""
    return (
        tuple_of(
            text("storage"), name(f"torch.{kind}"), text(key), text("cpu"), integer(count), b"N"
        )
        + pickle.BINPERSID
    )


def nested_storage(count: int = 4) -> bytes:
    """A storage of `count` numbers, as in NVIDIA's pickles."""
    raw = struct.pack("<q", count) + bytes(4 * count)
    inner = stream(storage(count=count), keys=list_of(text("0")), storages=raw)
    return call(name("torch.storage._load_from_bytes"), data(inner))


def tensor(storage_: bytes, *, offset: bytes, shape: bytes, strides: bytes) -> bytes:
    rebuild = name("torch._utils._rebuild_tensor_v2")
    hooks = call(name("collections.OrderedDict"))
    return call(rebuild, storage_, offset, shape, strides, pickle.NEWFALSE, hooks)


def archive(pickled: bytes, entries: dict[str, bytes] | None = None, compress: int = 0) -> bytes:
    """A zip file like those of PyTorch, `entries` besides the pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as zipped:
        zipped.writestr("archive/data.pkl", pickled)
        for key, value in (entries or {}).items():
            zipped.writestr(key, value)
    return file.getvalue()
