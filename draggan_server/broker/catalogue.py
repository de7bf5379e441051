"""The models as `ListModels` tells of them, looked up anew each time: a new one is seen at once."""

from __future__ import annotations

import logging

from draggan_server.models import zoo
from draggan_server.models.public_models import PUBLIC_MODELS, PublicModel
from draggan_server.models.zoo import Model
from draggan_server.wire.messages import (
    MAX_THUMBNAILS,
    THUMBNAIL_SIDE,
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
        _thumbnails(models) if 1 <= len(models) <= MAX_THUMBNAILS else None,
    )


def _info(model: Model | PublicModel, licence: str) -> ModelInfo:
    height, width = model.img_resolution
    return ModelInfo(model.name, model.subject, width, height, licence)


def _thumbnails(models: list[Model]) -> Pixels:
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
