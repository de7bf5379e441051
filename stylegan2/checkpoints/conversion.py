"""Inspecting and converting files, in a child process that may be killed without harm."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from stylegan2.checkpoints.description import Description
from stylegan2.checkpoints.safetensors_header import read_header
from stylegan2.errors import CheckpointError
from stylegan2.whole_file import written_whole

logger = logging.getLogger(__name__)

MAX_SECONDS = 1800
"""For slow disks; what the child may compute is limited in `child`."""


def inspect(path: str | Path) -> Description:
    """What the file at `path` is and what is in it. Nothing is written.

    A family that cannot be run is described with `geometry` None and a warning. Raises
    `CheckpointError` for a file that is damaged, dangerous or of no known format, and
    `FileNotFoundError`.
    """
    path = Path(path)
    if not is_safetensors(path):
        return Description.from_json(_run_child(path, {"destination": None}))
    header = read_header(path)
    return Description(
        format="safetensors of this program",
        family="StyleGAN2",
        geometry=header.geometry,
        has_generator=True,
        has_discriminator=header.discriminator is not None,
        card=header.card,
        tensor_count=len(header.shapes()),
    )


def convert(source: str | Path, destination: str | Path) -> Description:
    """Write the networks of the file `source` to the safetensors file `destination`.

    `destination` appears at once and whole, or not at all; one that is there is replaced. Raises
    `CheckpointError` with the reason, that of a full disk included, and `FileNotFoundError`.
    """
    source, destination = Path(source), Path(destination)
    if is_safetensors(source):
        raise CheckpointError("{file} is a safetensors file already: copy it.", file=source.name)
    with _written(destination) as part:
        answer = _run_child(source, {"destination": str(part.absolute())})
        read_header(part)  # what the child made is a model
    description = Description.from_json(answer)
    logger.info("converted %s to %s", source, destination)
    return description


def convert_tensors(
    source: str | Path,
    destination: str | Path,
    shapes: Mapping[str, tuple[int, ...]],
    card: Mapping[str, str],
) -> None:
    """Write tensors of these names and shapes, of PyTorch's file `source`, to a safetensors file
    with a card, float32; for networks that are none of StyleGAN2. It appears and raises as
    `convert` does."""
    source, destination = Path(source), Path(destination)
    is_safetensors(source)  # it can be read
    with _written(destination) as part:
        more = {"shapes": dict(shapes), "card": dict(card), "destination": str(part.absolute())}
        _run_child(source, more)
    logger.info("converted %s to %s", source, destination)


@contextlib.contextmanager
def _written(destination: Path) -> Iterator[Path]:
    try:
        with written_whole(destination) as part:
            yield part
    except OSError as error:
        raise CheckpointError(
            "{path} cannot be written: {reason}.", path=destination, reason=error.strerror
        ) from None


def is_safetensors(path: Path) -> bool:
    """Whether the file looks like safetensors: a header's length, then JSON.

    Raises `CheckpointError` for what cannot be read, and `FileNotFoundError`.
    """
    if path.exists() and not path.is_file():
        raise CheckpointError("{path} is no file.", path=path)
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except PermissionError as error:
        raise CheckpointError(
            "{path} cannot be read: {reason}.", path=path, reason=error.strerror
        ) from None
    return start[8:] == b"{"


def _run_child(source: Path, more: Mapping[str, object]) -> str:
    request = {"source": str(source.absolute()), **more}
    # Linear algebra's threads would each reserve address space, which is limited.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        child = subprocess.run(
            # -P: not the modules of the folder that the user happens to be in.
            [sys.executable, "-P", "-m", "stylegan2.checkpoints.child"],
            input=json.dumps(request).encode(),
            capture_output=True,
            env=environment,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CheckpointError(
            "{file} could not be read in {most} seconds: the disk is too slow, "
            "or the file is made to take long.",
            file=source.name,
            most=MAX_SECONDS,
        ) from None
    try:
        answer = json.loads(child.stdout)
    except ValueError:
        logger.error("reading %s failed: %s", source, child.stderr.decode(errors="replace"))
        raise _death(source, child) from None
    if "error" in answer:
        raise CheckpointError("{file} is refused.", file=source.name).followed_by(
            CheckpointError(answer["error"], **answer["values"])
        )
    return str(answer["description"])


def _death(source: Path, child: subprocess.CompletedProcess[bytes]) -> CheckpointError:
    if child.returncode == -getattr(signal, "SIGXCPU", 0):
        return CheckpointError(
            "{file} could not be read: reading it took more time than any checkpoint needs.",
            file=source.name,
        )
    if child.returncode < 0:
        return CheckpointError(
            "{file} could not be read: the process that read it was ended by {signal}, perhaps for "
            "want of memory; close other programs and try again.",
            file=source.name,
            signal=signal.Signals(-child.returncode).name,
        )
    return CheckpointError(
        "{file} could not be read: the process that read it failed with {code}; the log says more.",
        file=source.name,
        code=child.returncode,
    )
