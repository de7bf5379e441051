"""What was learned of a model, beside it: the default model's in the program, that of others in the
user's cache folder. What it is that is learned, `draggan_server.editing.preparation` knows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from draggan_server.models.learned import cache_folder as cache_folder
from draggan_server.wire.whole_file import written_whole

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "shipped" / "surveys"

_Survey = TypeVar("_Survey")


class Part(NamedTuple):
    """One thing that is learned of a model, by itself. `version` is raised when what is learned
    becomes another: files of an older one are not read any more, those of other parts are.
    """

    name: str
    version: int

    def file_name(self, sha256: str) -> str:
        """Of what was learned of the model whose file has this digest."""
        return "-".join(filter(None, (sha256, self.name, str(self.version)))) + ".safetensors"


class Stored(NamedTuple):
    """A survey as it is kept: tensors and texts, both by name."""

    tensors: dict[str, torch.Tensor]
    texts: dict[str, str]


def find(sha256: str, part: Part, read: Callable[[Stored], _Survey]) -> _Survey | None:
    """What `read` makes of the part that lies in one of the folders, whole or begun.

    `read` raises `ValueError` for one of another model; then, and where the file is damaged, there
    is none.
    """
    for folder in (SHIPPED, cache_folder()):
        path = folder / part.file_name(sha256)
        if not path.is_file():
            continue
        try:
            return read(load(path))
        except (OSError, SafetensorError, ValueError) as error:
            logger.warning("%s cannot be read and is made again: %s", path, error)
    return None


def keep(sha256: str, part: Part, survey: Stored) -> None:
    """Write what `find` finds; a folder that cannot be written to is only logged.

    Nothing is kept of a model of no file, whose digest is "".
    """
    if sha256:
        path = cache_folder() / part.file_name(sha256)
        try:
            save(survey, path)
        except OSError as error:
            # It costs the next start some time, and this drag nothing.
            logger.warning("%s cannot be written: %s", path, error)


def save(survey: Stored, path: Path) -> None:
    """Write a survey, to half precision of the largest value of each tensor. Raises `OSError`."""
    stored: dict[str, torch.Tensor] = {}
    for name, tensor in survey.tensors.items():
        scale = tensor.abs().amax().float().clamp(min=torch.finfo(torch.float32).tiny)
        stored |= {name: (tensor / scale).half(), f"{name}{_SCALE}": scale}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as unfinished:
        save_file(stored, unfinished, metadata=survey.texts)


def load(path: Path) -> Stored:
    """Read a survey. Raises `OSError`, or `SafetensorError` or `ValueError` for any other file."""
    with safe_open(path, framework="pt") as file:
        names = {name for name in file.keys() if not name.endswith(_SCALE)}  # noqa: SIM118
        tensors = {
            name: file.get_tensor(name).float() * file.get_tensor(f"{name}{_SCALE}").float()
            for name in sorted(names)
        }
        for name, tensor in tensors.items():
            if not bool(tensor.isfinite().all()):
                raise ValueError(f"{name} holds values that are not finite")
        return Stored(tensors, dict(file.metadata() or {}))


_SCALE = ".scale"
"""After a tensor's name: what its values are to be multiplied with."""
