"""The process in which files are parsed: reads one request, answers, ends.

Run by `conversion`. The request is a JSON object with `source` and `destination` (null: only look),
and for a network that is none of StyleGAN2 the `shapes` of its tensors and its `card`. The answer
is one with `description`, or with `error`, a sentence, and the `values` for it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stylegan2.checkpoints.reading import read, read_tensors
from stylegan2.checkpoints.writing import write_safetensors, write_tensors
from stylegan2.errors import CheckpointError

_MEMORY = 2 << 30
"""Address space besides the file: numpy and Python take 0.5 GB of it, little of that used."""

_SECONDS = 120
_BYTES_A_SECOND = 10 << 20


def main() -> None:
    request = json.load(sys.stdin)
    source = Path(request["source"])
    answer: dict[str, object]
    try:
        if "shapes" in request:
            _write_tensors(source, request)
            answer = {"description": ""}
        else:
            answer = {"description": _answer(source, request["destination"])}
    except CheckpointError as error:
        answer = _told(error)
    except MemoryError:
        answer = _told(
            CheckpointError("Reading it takes more memory than there is: close other programs.")
        )
    json.dump(answer, sys.stdout)


def _told(error: CheckpointError) -> dict[str, object]:
    values = {name: str(value) for name, value in error.values.items()}
    return {"error": error.sentence, "values": values}


def _answer(source: Path, destination: str | None) -> str:
    with _reading(source):
        contents = read(source)
    if destination is not None:
        contents = dataclasses.replace(contents, card={"converted_from": contents.format})
        with _writing(Path(destination)):
            write_safetensors(contents, Path(destination))
    return contents.describe().to_json()


def _write_tensors(source: Path, request: dict[str, Any]) -> None:
    with _reading(source):
        shapes = {key: tuple(shape) for key, shape in request["shapes"].items()}
        tensors = read_tensors(source, shapes)
    destination = Path(request["destination"])
    with _writing(destination):
        write_tensors(tensors, {"card": json.dumps(request["card"])}, destination)


@contextlib.contextmanager
def _reading(source: Path) -> Iterator[None]:
    try:
        _limit(source.stat().st_size)
        yield
    except OSError as error:
        raise CheckpointError("It cannot be read: {reason}.", reason=error.strerror) from None


@contextlib.contextmanager
def _writing(destination: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _cannot_write(destination.parent, error) from None


def _cannot_write(folder: Path, error: OSError) -> CheckpointError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CheckpointError(
            "The disk of {folder} is full: make room and try again.", folder=folder
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CheckpointError(
            "The folder {folder} may not be written to: choose another, or change its rights.",
            folder=folder,
        )
    return CheckpointError(
        "The converted file cannot be written to {folder}: {reason}.",
        folder=folder,
        reason=error.strerror,
    )


def _limit(size: int) -> None:
    """Limit what this process may take, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows
        return
    seconds = _SECONDS + size // _BYTES_A_SECOND
    for kind, limit in (
        (resource.RLIMIT_AS, _MEMORY + 2 * size),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, (64 << 20) + 2 * size),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(kind)
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        with contextlib.suppress(ValueError):  # macOS knows some limits but sets none
            resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    main()
