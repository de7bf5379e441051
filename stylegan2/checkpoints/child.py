"""The process in which files are parsed: reads one request, answers, ends.

Run by `conversion`. The request is a JSON object with `source` and `destination` (null: only look),
the answer one with `description`, or with `error`, a sentence,
and the `values` for it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import sys
from pathlib import Path

from stylegan2.checkpoints.reading import read
from stylegan2.checkpoints.writing import write_safetensors
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
    try:
        _limit(source.stat().st_size)
        contents = read(source)
    except OSError as error:
        raise CheckpointError("It cannot be read: {reason}.", reason=error.strerror) from None
    if destination is not None:
        contents = dataclasses.replace(contents, card={"converted_from": contents.format})
        try:
            write_safetensors(contents, Path(destination))
        except OSError as error:
            raise _cannot_write(Path(destination).parent, error) from None
    return contents.describe().to_json()


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
