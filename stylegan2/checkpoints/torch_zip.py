"""PyTorch's zip files: `<name>/data.pkl`, and `<name>/data/<key>` for each storage.

Nothing is unpacked: entries are looked up by name and read where they lie, and only entries that
are stored as they are, which is how PyTorch writes all of them.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from typing import IO, Any

from stylegan2.checkpoints.arrays import Storage
from stylegan2.checkpoints.budget import Budget
from stylegan2.checkpoints.pickle_machine import Functions, PickleMachine
from stylegan2.checkpoints.torch_stream import storage_of
from stylegan2.errors import CheckpointError

_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of name and of extra field


def read_zip(data: memoryview, file: IO[bytes], functions: Functions, budget: Budget) -> Any:
    """The object in a zip file, its storages filled; `file` is the same bytes as `data`.

    Raises `CheckpointError`.
    """
    entries = _entries(file)
    pickles = [name for name in entries if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(pickles) != 1:
        raise CheckpointError("It is a zip file, but not one of PyTorch.")
    folder = pickles[0].removesuffix("data.pkl")
    if f"{folder}constants.pkl" in entries:
        raise CheckpointError("It is a TorchScript program, not a checkpoint: it is refused.")
    order = entries.get(f"{folder}byteorder")
    if order is not None and bytes(_content(data, order)) != b"little":
        raise CheckpointError("It was written on a machine that stores the highest byte first.")
    storages: dict[str, Storage] = {}

    def persistent(identifier: Any) -> Storage:
        storage = storage_of(identifier, storages)
        if storage.data is None:
            entry = entries.get(f"{folder}data/{identifier[2]}")
            if entry is None:
                raise CheckpointError(
                    "It lacks the data of the storage {name}.", name=repr(identifier[2][:40])
                )
            storage.fill(_content(data, entry))
        return storage

    content = _content(data, entries[pickles[0]])
    return PickleMachine(content, functions, budget, persistent=persistent).load()


def _entries(file: IO[bytes]) -> Mapping[str, zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    # What zipfile raises for damaged files is wider than BadZipFile.
    except (
        zipfile.BadZipFile,
        struct.error,
        ValueError,
        LookupError,
        OverflowError,
        NotImplementedError,
    ) as error:
        raise CheckpointError(
            "It begins like a zip file of PyTorch but has no sound table of "
            "contents ({error}): it is cut short or damaged. Download it "
            "again.",
            error=error,
        ) from None
    entries = {info.filename: info for info in infos}
    if len(entries) != len(infos):
        raise CheckpointError("Its zip file has two entries of one name: it is refused.")
    return entries


def _content(data: memoryview, entry: zipfile.ZipInfo) -> memoryview:
    name = entry.filename[-60:]
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
        raise CheckpointError(
            "The entry {name} of its zip file is compressed, which PyTorch "
            "never does: it is refused, since it could unpack to any size.",
            name=repr(name),
        )
    if entry.flag_bits & 1:
        raise CheckpointError("The entry {name} of its zip file is encrypted.", name=repr(name))
    start = entry.header_offset
    header = data[start : start + _LOCAL_HEADER.size] if start >= 0 else b""
    if len(header) == _LOCAL_HEADER.size:
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start += _LOCAL_HEADER.size + name_length + extra_length
        if signature == b"PK\x03\x04" and start + entry.file_size <= len(data):
            return data[start : start + entry.file_size]
    raise CheckpointError(
        "The entry {name} of its zip file lies beyond the file's end or is "
        "damaged. Download the file again.",
        name=repr(name),
    )
