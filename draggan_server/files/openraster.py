"""OpenRaster (.ora), the layered format that GIMP and Krita both open.

A layer's saved state lies in the archive as ``draggan/stateN.json``; the layer's element in
stack.xml names it in the attribute `STATE_ATTRIBUTE`, which other programs ignore.
Specification: https://www.openraster.org/baseline/file-layout-spec.html
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

from draggan_server.files.region import Region
from draggan_server.files.writing import writing
from draggan_server.wire.errors import BadInput

STATE_ATTRIBUTE = "draggan-state"
REGION_ATTRIBUTE = "draggan-region"
"""Which part of the layer the state is of, as `Region` writes it."""

_MIMETYPE = b"image/openraster"
_THUMBNAIL_SIDE = 256  # the specification's limit
_MAX_MEMBER_BYTES = 1 << 30


@dataclass(frozen=True)
class Layer:
    """A layer of the canvas's size, RGBA, with the saved state of its edit, or of a region of it,
    where it has one.
    """

    name: str
    image: Image.Image
    saved_state: str | None = None
    region: Region | None = None


def write(path: Path, layers: Sequence[Layer]) -> None:
    """Write layers of one size, the top one first. Raises `BadInput`."""
    width, height = layers[0].image.size
    root = ElementTree.Element("image", version="0.0.3", w=str(width), h=str(height))
    stack = ElementTree.SubElement(root, "stack")
    merged = Image.new("RGBA", (width, height))
    with writing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _MIMETYPE, zipfile.ZIP_STORED)  # first and stored, by the spec
        for number, layer in enumerate(layers):
            source = f"data/layer{number}.png"
            attributes = {"name": layer.name, "src": source, "x": "0", "y": "0"}
            if layer.saved_state is not None:
                attributes[STATE_ATTRIBUTE] = f"draggan/state{number}.json"
                archive.writestr(attributes[STATE_ATTRIBUTE], layer.saved_state)
            if layer.region is not None:
                attributes[REGION_ATTRIBUTE] = str(layer.region)
            ElementTree.SubElement(stack, "layer", attributes)
            archive.writestr(source, _png(layer.image), zipfile.ZIP_STORED)
        for layer in reversed(layers):
            merged.alpha_composite(layer.image)
        for name, data in rendered(merged).items():
            archive.writestr(name, data, zipfile.ZIP_STORED)
        document = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        archive.writestr("stack.xml", document)


def rendered(merged: Image.Image) -> dict[str, bytes]:
    """What shows the whole picture to programs that know no layers, by its names in the archive."""
    small = merged.copy()
    small.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    return {"mergedimage.png": _png(merged), "Thumbnails/thumbnail.png": _png(small)}


def member(archive: zipfile.ZipFile, name: str, limit: int = _MAX_MEMBER_BYTES) -> bytes:
    """Raises `KeyError` where there is none, and `BadInput` for one that is too large."""
    size = archive.getinfo(name).file_size
    if size > limit:
        raise BadInput(f"{name} in the file takes {size} bytes, more than {limit}.")
    return archive.read(name)


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
