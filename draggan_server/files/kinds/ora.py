"""A layer of an OpenRaster file. A result becomes a new layer above it; everything else in the file
stays as it is, byte for byte, but for the merged picture and the thumbnail.

The merged picture shows layers of other modes as if they were normal: a paint program that saves
the file makes a right one.
"""

from __future__ import annotations

import copy
import io
import itertools
import zipfile
from collections.abc import Mapping
from typing import ClassVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from PIL import Image, UnidentifiedImageError

from draggan_server.files import openraster
from draggan_server.files.kinds.kind import REGION_KEY, STATE_KEY
from draggan_server.files.kinds.png import PngFile
from draggan_server.files.raster import Raster
from draggan_server.files.region import Region
from draggan_server.host.layer_names import dragged_name
from draggan_server.wire.errors import BadInput
from draggan_server.wire.state import MAX_STATE_CHARS

_KEPT = {STATE_KEY: openraster.STATE_ATTRIBUTE, REGION_KEY: openraster.REGION_ATTRIBUTE}


class OraFile:
    """See `Kind`. The layer called `name`; None: the topmost that carries a state.

    `place` is where the layer lies on the canvas, whose (width, height) is `canvas`. Raises
    `BadInput` where there is no such layer, and `ValueError` for what is no OpenRaster.
    """

    ENDINGS: ClassVar[tuple[str, ...]] = (".ora",)
    exif: bytes | None = None

    def __init__(self, data: bytes, name: str | None) -> None:
        self._data = data
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self._root = ElementTree.fromstring(openraster.member(archive, "stack.xml"))
                self._layer = _found(self._root, name)
                self._png = PngFile(openraster.member(archive, self._layer.get("src", "")))
                self.texts = _texts(archive, self._layer)
        except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, UnicodeError) as error:
            raise ValueError(f"it is no OpenRaster: {error}") from None
        self.raster = self._png.raster
        height, width, _ = self.raster.samples.shape
        x, y = (int(self._layer.get(key, "0")) for key in ("x", "y"))
        self.place = Region(x, y, width, height)
        self.canvas = int(self._root.get("w") or width), int(self._root.get("h") or height)

    @property
    def name(self) -> str:
        return self._layer.get("name", "")

    def encoded(self, raster: Raster, texts: Mapping[str, str]) -> bytes:
        """With a new layer above; where its pixels are the same, `texts` are the layer's own."""
        root = copy.deepcopy(self._root)
        layers, ours = list(root.iter("layer")), list(self._root.iter("layer"))
        layer = layers[ours.index(self._layer)]
        added: dict[str, bytes] = {}
        with zipfile.ZipFile(io.BytesIO(self._data)) as archive:
            used = archive.namelist()
            if raster is not self.raster:
                source = _unused(used, "data/draggan{}.png")
                added[source] = self._png.encoded(raster, {})
                layer = _above(root, layer, source, solid=_is_opaque(raster))
            state = _unused(used, "draggan/state{}.json")
            layer.set(openraster.STATE_ATTRIBUTE, state)
            added[state] = texts[STATE_KEY].encode("ascii")
            layer.attrib.pop(openraster.REGION_ATTRIBUTE, None)
            if REGION_KEY in texts:
                layer.set(openraster.REGION_ATTRIBUTE, texts[REGION_KEY])
            merged = Image.new("RGBA", self.canvas)
            _draw(merged, archive, added, root)
            added |= openraster.rendered(merged)
            added["stack.xml"] = ElementTree.tostring(root, "utf-8", xml_declaration=True)
            return _rewritten(archive, added)


def _found(root: Element, name: str | None) -> Element:
    layers = list(root.iter("layer"))
    if name is None:
        for layer in layers:
            if layer.get(openraster.STATE_ATTRIBUTE) is not None:
                return layer
        raise BadInput(
            "No layer of the file carries a DragGAN state. Make a picture with 'draggan sample -o "
            "FILE.ora'; of a photo, name its layer, --layer NAME, and the model, --model NAME."
        )
    named = [layer for layer in layers if layer.get("name") == name]
    if len(named) == 1:
        return named[0]
    if named:
        raise BadInput(f"{len(named)} layers are called {name!r}: give the one another name.")
    names = ", ".join(repr(layer.get("name", "")) for layer in layers)
    raise BadInput(f"No layer is called {name!r}. The layers are: {names}.")


def _texts(archive: zipfile.ZipFile, layer: Element) -> dict[str, str]:
    texts = {}
    for key, attribute in _KEPT.items():
        value = layer.get(attribute)
        if value is not None and key == STATE_KEY:
            value = openraster.member(archive, value, MAX_STATE_CHARS).decode("ascii")
        if value is not None:
            texts[key] = value
    return texts


def _above(root: Element, layer: Element, source: str, *, solid: bool) -> Element:
    """A new layer as that one, right above it; the lower is hidden where it would show through."""
    result = Element("layer", {**layer.attrib, "src": source, "visibility": "visible"})
    result.set("name", _free_name(root, dragged_name(layer.get("name", ""))))
    for parent in root.iter("stack"):
        if layer in list(parent):
            parent.insert(list(parent).index(layer), result)
    plain = layer.get("composite-op", "svg:src-over") == "svg:src-over"
    if not (solid and plain and _opacity(layer) == 1):
        layer.set("visibility", "hidden")
    return result


def _is_opaque(raster: Raster) -> bool:
    return raster.view().getchannel("A").getextrema() == (255, 255)


def _opacity(element: Element) -> float:
    try:
        return min(1.0, max(0.0, float(element.get("opacity", "1"))))
    except ValueError:
        return 1.0


def _draw(
    onto: Image.Image, archive: zipfile.ZipFile, added: Mapping[str, bytes], stack: Element
) -> None:
    """Draw the layers of a stack, the last of which is the lowest."""
    for element in reversed(stack):
        if element.get("visibility") == "hidden":
            continue
        image = Image.new("RGBA", onto.size)
        if element.tag == "stack":
            _draw(image, archive, added, element)
        else:
            name = element.get("src", "")
            try:
                data = added[name] if name in added else openraster.member(archive, name)
                with Image.open(io.BytesIO(data)) as layer:
                    place = int(element.get("x", "0")), int(element.get("y", "0"))
                    image.paste(layer.convert("RGBA"), place)
            except (KeyError, UnidentifiedImageError):
                continue  # of a kind that needs a paint program
        opacity = _opacity(element)
        if opacity < 1:
            image.putalpha(image.getchannel("A").point(lambda value, part=opacity: value * part))
        onto.alpha_composite(image)


def _free_name(root: Element, name: str) -> str:
    """That, or with a number behind it: layers are found by their names."""
    used = {layer.get("name") for layer in root.iter("layer")}
    numbered = (f"{name} {number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if each not in used)


def _unused(names: list[str], pattern: str) -> str:
    return next(name for name in map(pattern.format, itertools.count()) if name not in names)


def _rewritten(archive: zipfile.ZipFile, added: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as result:
        for info in archive.infolist():
            if info.filename not in added:
                result.writestr(info, openraster.member(archive, info.filename))
        for name, data in added.items():
            result.writestr(name, data)
    return stream.getvalue()
