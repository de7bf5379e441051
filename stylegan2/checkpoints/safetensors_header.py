"""The JSON header of a safetensors file, read without torch and without touching the weights.

Layout: 8 bytes little endian length, then that many bytes of JSON: `__metadata__` (texts) and, for
each tensor, dtype, shape and offsets. Of the metadata of our models `Header` knows the keys.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylegan2.discriminator_geometry import DiscriminatorGeometry
from stylegan2.errors import CheckpointError
from stylegan2.geometry import Geometry

MAX_FILE_BYTES = 4 << 30  # the largest published generator (1024 px, float32) takes 0.13 GB
MAX_HEADER_BYTES = 4 << 20  # ours take 10 KB
MAX_CARD_CHARS = 1 << 20
DISCRIMINATOR_PREFIX = "discriminator."
"""Before the names of a discriminator's tensors, which else could be the generator's."""


_GEOMETRY, _CARD, _DISCRIMINATOR = "geometry", "model_card", "discriminator"


@dataclass(frozen=True, slots=True)
class Header:
    """What a checkpoint says about itself: its geometry and its model card (free-form JSON)."""

    geometry: Geometry
    card: dict[str, Any]
    discriminator: DiscriminatorGeometry | None = None

    def metadata(self) -> dict[str, str]:
        """What `read_header` reads: the texts to be written into a file."""
        texts = {_GEOMETRY: self.geometry.to_json(), _CARD: json.dumps(self.card)}
        if self.discriminator is not None:
            texts[_DISCRIMINATOR] = self.discriminator.to_json()
        return texts

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor that the networks need, by its name in the file."""
        shapes = self.geometry.shapes()
        if self.discriminator is not None:
            for key, shape in self.discriminator.shapes().items():
                shapes[DISCRIMINATOR_PREFIX + key] = shape
        return shapes


def read_header(path: Path) -> Header:
    """Read and check the header of one of our safetensors files.

    Raises `CheckpointError` with the reason, `OSError` where the file cannot be read at all.
    """
    metadata = _read_metadata(path)
    if _GEOMETRY not in metadata:
        raise CheckpointError(
            "{name} is a safetensors file without a StyleGAN2 geometry in its metadata, so "
            "it is not a generator for this program.",
            name=path.name,
        )
    discriminator = None
    if _DISCRIMINATOR in metadata:
        discriminator = DiscriminatorGeometry.from_json(metadata[_DISCRIMINATOR])
    return Header(
        Geometry.from_json(metadata[_GEOMETRY]),
        _card(metadata.get(_CARD, "{}")),
        discriminator,
    )


def _read_metadata(path: Path) -> dict[str, str]:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise CheckpointError(
            "{name} has {size} bytes, more than the limit of {most}.",
            name=path.name,
            size=size,
            most=MAX_FILE_BYTES,
        )
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
            raise CheckpointError(
                "{name} is not a safetensors file, or is cut short. Checkpoints of other "
                "formats must be converted first.",
                name=path.name,
            )
        text = file.read(length)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            "The header of {name} is not JSON: {error}.", name=path.name, error=error
        ) from None
    metadata = document.get("__metadata__", {}) if isinstance(document, dict) else None
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise CheckpointError("The metadata of {name} are not a table of texts.", name=path.name)
    return metadata


def _card(text: str) -> dict[str, Any]:
    if len(text) > MAX_CARD_CHARS:
        raise CheckpointError(
            "The model card is longer than {most} characters.",
            most=MAX_CARD_CHARS,
        )
    try:
        card = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError("The model card is not JSON: {error}.", error=error) from None
    if not isinstance(card, dict):
        raise CheckpointError("The model card is not a JSON object.")
    return card
