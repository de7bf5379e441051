"""From a file of any known format to its networks. Runs nothing that the file carries."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from stylegan2.checkpoints.budget import Budget
from stylegan2.checkpoints.contents import NOT_RUN, Contents, Tensors
from stylegan2.checkpoints.families import other_family
from stylegan2.checkpoints.networks import networks_in
from stylegan2.checkpoints.nvlabs import read_nvlabs
from stylegan2.checkpoints.pickle_machine import PickleMachine
from stylegan2.checkpoints.records import nvlabs_functions
from stylegan2.checkpoints.rosinality import read_rosinality
from stylegan2.checkpoints.safetensors_header import MAX_FILE_BYTES
from stylegan2.checkpoints.tensorflow import read_tensorflow
from stylegan2.checkpoints.torch_stream import MAGIC_BYTES, read_nested_storage, read_stream
from stylegan2.checkpoints.torch_zip import read_zip
from stylegan2.errors import CheckpointError

PICKLE = "NVIDIA's PyTorch pickle"
TORCH = "PyTorch checkpoint"
_HTML = (b"<!doctype html", b"<html", b"<?xml", b"<head")


def read(path: Path) -> Contents:
    """The networks in a file. Raises `CheckpointError`, and `OSError` if it cannot be read."""
    with path.open("rb") as file:
        return read_bytes(_mapped(path, file), file)


def read_tensors(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Tensors:
    """The tensors of these names and shapes in PyTorch's file, whatever network they are of.

    They lie alone or in a table, with or without a wrapper's prefix. Raises `CheckpointError`, and
    `OSError` if it cannot be read.
    """
    with path.open("rb") as file:
        root, _ = _root(_mapped(path, file), file)
    found = [network.tensors for network in networks_in(root)]
    tensors = max(found, key=lambda tensors: len(tensors.keys() & shapes.keys()), default={})
    for key, shape in shapes.items():
        if key not in tensors:
            raise CheckpointError(
                "It holds other weights: the tensor {name} is missing.", name=repr(key)
            )
        if tensors[key].shape != shape:
            raise CheckpointError(
                "It holds other weights: the tensor {name} has the shape {shape} and not "
                "{expected}.",
                name=repr(key),
                shape=list(tensors[key].shape),
                expected=list(shape),
            )
    return {key: tensors[key] for key in shapes}


def read_bytes(data: memoryview, file: IO[bytes]) -> Contents:
    """The networks in `data`; `file` is the same bytes. Raises `CheckpointError`."""
    root, file_format = _root(data, file)
    family = other_family(root)
    if family is not None:
        return Contents(file_format, family, warnings=(f"It is {family}. {NOT_RUN}",))
    contents = (
        read_nvlabs(root, file_format)
        or read_tensorflow(root)
        or read_rosinality(root, file_format)
    )
    if contents is None:
        raise CheckpointError(
            "It is sound but holds no StyleGAN2 network in any known layout (NVIDIA's, "
            "rosinality's, e4e's, pSp's or PTI's)."
        )
    return contents


def _mapped(path: Path, file: IO[bytes]) -> memoryview:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise CheckpointError(
            "It has {size} bytes, more than the limit of {most}.",
            size=size,
            most=MAX_FILE_BYTES,
        )
    if size == 0:
        raise CheckpointError("It is empty: the download did not begin. Download it again.")
    # The arrays are views of the mapping, which lives as long as they do.
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _root(data: memoryview, file: IO[bytes]) -> tuple[Any, str]:
    """What the file holds, as inert data, and its format."""
    start = bytes(data[:512])
    _refuse_others(start)
    budget = Budget()

    def load_from_bytes(nested: Any) -> Any:
        return read_nested_storage(nested, budget)

    functions = nvlabs_functions(budget, load_from_bytes)
    if start.startswith(b"PK"):
        return read_zip(data, file, functions, budget), TORCH
    if start[2:14] == MAGIC_BYTES:
        return read_stream(data, functions, budget), TORCH
    return PickleMachine(data, functions, budget).load(), PICKLE


def _refuse_others(start: bytes) -> None:
    if start.lstrip().lower().startswith(_HTML):
        raise CheckpointError(
            "It is a web page, not a model: the download was answered by a page (a login, an "
            "error or a warning). Download the file itself."
        )
    if start.startswith(b"version https://git-lfs"):
        raise CheckpointError(
            "It is a Git LFS pointer, not the file itself: fetch it by `git lfs pull`, or download "
            "the model by its own link."
        )
    if start.startswith(b"\x1f\x8b"):
        raise CheckpointError("It is compressed by gzip: unpack it first.")
    if start.startswith((b"7z\xbc\xaf", b"Rar!")):
        raise CheckpointError("It is a 7z or RAR archive: unpack it first.")
    if start.startswith(b"\x89HDF"):
        raise CheckpointError(
            "It is an HDF5 file, which holds no StyleGAN2 network in any known layout."
        )
    if start.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        raise CheckpointError("It is a picture.")
    if not start.startswith((b"PK", b"\x80")):
        raise CheckpointError(
            "It is no checkpoint of a known format (.pkl, .pt, .pth or .safetensors)."
        )
