"""The models that are there: those shipped with the program and those in the user's data folder.

Imports no torch and reads of each file only the header, so that a list costs milliseconds.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import platformdirs

from draggan_server.models.diffusion_folder import DiffusionFolder
from draggan_server.models.errors import ModelNotFoundError
from draggan_server.models.face import read_face
from draggan_server.models.public_models import ANY_PICTURE, find_public
from draggan_server.wire.face import Face
from stylegan2.checkpoints.safetensors_header import read_header
from stylegan2.digest import sha256_of
from stylegan2.errors import CheckpointError

logger = logging.getLogger(__name__)

DEFAULT_MODEL = "toy-lion"
SUFFIX = ".safetensors"
THUMBNAIL_SIDE = 128
"""Pixels of the longer side of a model's small picture."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model file, or of the `kind` "diffusion" a folder; `img_resolution` (height, width).

    The name of an installed one is that of the file, without the ending, or of the folder. Of
    another file or folder it is the whole path.
    """

    name: str
    path: Path
    subject: str
    licence: str
    img_resolution: tuple[int, int]
    card: dict[str, Any] = field(repr=False, compare=False)
    kind: Literal["generator", "diffusion"] = "generator"

    @property
    def thumbnail(self) -> Path:
        """A PNG of what the model shows, beside its file. It need not exist."""
        return self.path.with_suffix(".png")

    @property
    def face(self) -> Face | None:
        """Where eyes and mouths lie in its pictures, if that is known."""
        return read_face(self.path) if self.kind == "generator" else None

    @property
    def sha256(self) -> str:
        """Digest of the whole file, computed when first asked for and again if the file changes."""
        if self.kind == "diffusion":
            return DiffusionFolder(self.path).sha256
        return sha256_of(self.path)

    @property
    def size(self) -> int:
        """Bytes."""
        files = self.path.rglob("*") if self.kind == "diffusion" else (self.path,)
        return sum(file.stat().st_size for file in files if file.is_file())


def user_folder() -> Path:
    """Where a user's own models lie. It need not exist."""
    return platformdirs.user_data_path("draggan") / "models"


def list_models() -> list[Model]:
    """Every model that can be used, the default one first, the others by name.

    A packaged model hides a user's of the same name. A file that is no model is left out, with a
    warning in the log.
    """
    models: dict[str, Model] = {}
    for path in _files():
        if _name(path) in models:
            continue
        try:
            models[_name(path)] = _read(path, _name(path))
        except (CheckpointError, OSError) as error:
            logger.warning("%s is left out of the list of models: %s", path, error)
    return sorted(models.values(), key=lambda model: (model.name != DEFAULT_MODEL, model.name))


def list_diffusion() -> list[Model]:
    """Every folder of diffusers among the user's models, by name: they change any picture and draw
    none. One that is no model is left out, with a warning in the log."""
    models = []
    for path in _folders():
        try:
            models.append(_read_folder(path, _name(path)))
        except (CheckpointError, OSError) as error:
            logger.warning("%s is left out of the list of models: %s", path, error)
    return models


def find(name_or_path: str | Path) -> Model:
    """The installed model of that name, or the model in that file, or folder of diffusers.

    Raises `ModelNotFoundError`, or `CheckpointError` for a file that is no model.
    """
    if (model := _installed(str(name_or_path))) is not None:
        return model
    path = Path(name_or_path).expanduser()
    if path.is_file():
        if path.suffix.lower() != SUFFIX:
            raise CheckpointError(
                "{name} must be converted first: draggan models add '{path}'",
                name=path.name,
                path=path,
            )
        path = path.resolve()
        installed = _file_of(_name(path))
        is_installed = installed is not None and installed.resolve() == path
        return _read(path, _name(path) if is_installed else str(path))
    if path.is_dir():
        path = path.resolve()
        return _read_folder(path, str(path))
    if find_public(str(name_or_path)) is not None:
        raise ModelNotFoundError(
            "The model “{name}” is not installed. Get it with: draggan models pull {name}",
            name=name_or_path,
        )
    raise ModelNotFoundError(
        "There is no model “{name}”. Installed: {names}. Give one of these names or the path of a "
        "{suffix} file; 'draggan models list' says which others are available.",
        name=name_or_path,
        names=_names(),
        suffix=SUFFIX,
    )


def find_installed(name: str) -> Model:
    """The installed model of that name, whatever files there are besides.

    Raises as `find` does, and says nothing of those files.
    """
    if (model := _installed(name)) is not None:
        return model
    raise ModelNotFoundError(
        "There is no model “{name}” on the machine that computes. Installed there: {names}. Give "
        "one of these names, or ask who runs it for another model.",
        name=name,
        names=_names(),
    )


def _installed(name: str) -> Model | None:
    wanted = unicodedata.normalize("NFC", name)
    if (file := _file_of(wanted)) is not None:
        return _read(file, wanted)
    folder = next((path for path in _folders() if _name(path) == wanted), None)
    return None if folder is None else _read_folder(folder, wanted)


def _file_of(name: str) -> Path | None:
    """Of the installed generator of that name."""
    return next((path for path in _files() if _name(path) == name), None)


def _names() -> str:
    return ", ".join(model.name for model in (*list_models(), *list_diffusion()))


def _files() -> Iterator[Path]:
    for folder in (Path(__file__).parent / "shipped", user_folder()):
        if folder.is_dir():
            yield from sorted(folder.glob(f"*{SUFFIX}"))


def _folders() -> Iterator[Path]:
    """Those of diffusers among the user's models."""
    if user_folder().is_dir():
        yield from sorted(path.parent for path in user_folder().glob("[!.]*/unet"))


def _name(path: Path) -> str:
    """The name that a file or folder gives its model; some file systems take letters apart (Unicode
    NFD)."""
    return unicodedata.normalize("NFC", path.stem if path.suffix == SUFFIX else path.name)


def _read(path: Path, name: str) -> Model:
    header = read_header(path)
    return Model(
        name=name,
        path=path,
        subject=str(header.card.get("subject", "")),
        licence=str(header.card.get("licence", "unknown")),
        img_resolution=header.geometry.img_resolution,
        card=header.card,
    )


def _read_folder(path: Path, name: str) -> Model:
    folder = DiffusionFolder(path)
    return Model(
        name=name,
        path=path,
        subject=str(folder.card.get("subject", ANY_PICTURE if folder.told_by_text else "")),
        licence=str(folder.card.get("licence", "unknown")),
        img_resolution=folder.img_resolution,
        card=folder.card,
        kind="diffusion",
    )
