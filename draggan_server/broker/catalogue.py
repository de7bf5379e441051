"""The models as clients are told of them, looked up anew each time: a new one is seen at once."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from draggan_server.models import installation, zoo
from draggan_server.models.errors import ModelError
from draggan_server.models.public_models import PUBLIC_MODELS, PublicModel
from draggan_server.models.zoo import Model
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    MAX_THUMBNAILS,
    THUMBNAIL_SIDE,
    AvailableModel,
    Catalogue,
    InstalledModel,
    ModelInfo,
    ModelList,
    Pixels,
)

logger = logging.getLogger(__name__)

_MAX_FILE_BYTES = 1 << 18
_NO_THUMBNAIL = bytes(THUMBNAIL_SIDE * THUMBNAIL_SIDE * 4)


def list_models() -> ModelList:
    """What is installed, and the recommended models that are not."""
    models = zoo.list_models()
    names = {model.name for model in models}
    missing = (public for public in PUBLIC_MODELS if public.recommended)
    return ModelList(
        tuple(_info(model, model.licence) for model in models),
        tuple(_info(public, public.licence.name) for public in missing if public.name not in names),
        _thumbnails(models),
        tuple(_info(model, model.licence) for model in zoo.list_diffusion()),
    )


def catalogue() -> Catalogue:
    """What is installed and what can be had, with all that there is to say of it."""
    models, folder = [*zoo.list_models(), *zoo.list_diffusion()], zoo.user_folder()
    names = {model.name for model in models}
    return Catalogue(
        str(folder),
        shutil.disk_usage(next(place for place in _up_from(folder) if place.exists())).free,
        tuple(_installed(model) for model in models),
        tuple(_available(public) for public in PUBLIC_MODELS if public.name not in names),
        _thumbnails(models),
    )


def remove(name: str) -> None:
    """Take a model of the user's away. Raises `BadInput`."""
    try:
        installation.remove(name)
    except ModelError as error:
        raise BadInput(error.sentence, **error.values) from None


def _up_from(folder: Path) -> tuple[Path, ...]:
    return (folder, *folder.parents)


def _installed(model: Model) -> InstalledModel:
    height, width = model.img_resolution
    return InstalledModel(
        name=model.name,
        subject=model.subject,
        width=width,
        height=height,
        licence=model.licence,
        licence_url=str(model.card.get("licence_url", "")),
        path=str(model.path),
        size=model.size,
        removable=installation.is_removable(model),
        learns=model.kind == "generator",
    )


def _available(public: PublicModel) -> AvailableModel:
    height, width = public.img_resolution
    return AvailableModel(
        name=public.name,
        subject=public.subject,
        width=width,
        height=height,
        licence=public.licence.name,
        terms=public.licence.terms,
        licence_url=public.licence.url,
        free=public.recommended,
        size=public.megabytes * 1_000_000,
        arrived=installation.arrived(public),
    )


def _info(model: Model | PublicModel, licence: str) -> ModelInfo:
    height, width = model.img_resolution
    face = model.face if isinstance(model, Model) else None
    return ModelInfo(model.name, model.subject, width, height, licence, face)


def _thumbnails(models: list[Model]) -> Pixels | None:
    if not 1 <= len(models) <= MAX_THUMBNAILS:
        return None
    squares = b"".join(map(_thumbnail, models))
    return Pixels(THUMBNAIL_SIDE, THUMBNAIL_SIDE * len(models), 4, squares)


def _thumbnail(model: Model) -> bytes:
    """RGBA of a square with the model's picture in its middle."""
    from PIL import Image, ImageOps  # takes long to load, for a daemon that starts at once

    try:
        if model.thumbnail.stat().st_size > _MAX_FILE_BYTES:
            raise ValueError("it is too large a file")
        with Image.open(model.thumbnail, formats=["PNG"]) as image:
            if max(image.size) > zoo.THUMBNAIL_SIDE:
                raise ValueError(f"it has {image.width} x {image.height} pixels")
            square = ImageOps.pad(
                image.convert("RGBA"), (THUMBNAIL_SIDE, THUMBNAIL_SIDE), color=(0, 0, 0, 0)
            )
        return square.tobytes()
    except FileNotFoundError:
        return _NO_THUMBNAIL
    except (OSError, ValueError, SyntaxError) as error:
        logger.warning("%s is not shown: %s", model.thumbnail, error)
        return _NO_THUMBNAIL
