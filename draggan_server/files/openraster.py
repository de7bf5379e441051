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

from PIL import Image, UnidentifiedImageError

from draggan_server.files.writing import writing
from draggan_server.wire.errors import BadInput
from draggan_server.wire.state import MAX_STATE_CHARS

STATE_ATTRIBUTE = "draggan-state"
_MIMETYPE = b"image/openraster"
_THUMBNAIL_SIDE = 256  # the specification's limit
_MAX_MEMBER_BYTES = 1 << 30


@dataclass(frozen=True)
class Layer:
    """A layer of the canvas's size, RGBA, with the saved state of its edit where it has one."""

    name: str
    image: Image.Image
    saved_state: str | None = None


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
            ElementTree.SubElement(stack, "layer", attributes)
            archive.writestr(source, _png(layer.image), zipfile.ZIP_STORED)
        for layer in reversed(layers):
            merged.alpha_composite(layer.image)
        archive.writestr("mergedimage.png", _png(merged), zipfile.ZIP_STORED)
        merged.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
        archive.writestr("Thumbnails/thumbnail.png", _png(merged), zipfile.ZIP_STORED)
        document = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        archive.writestr("stack.xml", document)


def read_state_layer(path: Path) -> Layer:
    """The topmost layer that carries a saved state. Raises `BadInput` where there is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            stack = ElementTree.fromstring(_member(archive, "stack.xml"))
            for element in stack.iter("layer"):
                state = element.get(STATE_ATTRIBUTE)
                if state is not None:
                    text = _member(archive, state, MAX_STATE_CHARS).decode("ascii")
                    image = Image.open(io.BytesIO(_member(archive, element.get("src", ""))))
                    return Layer(element.get("name", ""), image.convert("RGBA"), text)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (
        zipfile.BadZipFile,
        ElementTree.ParseError,
        UnidentifiedImageError,
        KeyError,
        UnicodeDecodeError,
        OSError,
    ) as error:
        raise BadInput(f"{path} cannot be read as OpenRaster: {error}.") from None
    raise BadInput(
        f"No layer of {path} carries a DragGAN state. Make a picture with 'draggan sample -o "
        "FILE.ora'; give a photo as a picture file, not as OpenRaster."
    )


def _member(archive: zipfile.ZipFile, name: str, limit: int = _MAX_MEMBER_BYTES) -> bytes:
    size = archive.getinfo(name).file_size
    if size > limit:
        raise BadInput(f"{name} in the file takes {size} bytes, more than {limit}.")
    return archive.read(name)


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
