"""The times of an animated layer's key frames as a file of Krita's, .kra.

Krita's scripts can write into a key frame, but add none to a layer; they can open a file. Its parts
are those that Krita 5.2 writes: `maindoc.xml`, which names the layer; the list of its key frames;
and for each of these a file of tiles, here of none.
"""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

_NO_TILES = b"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 4\nDATA 0\n"
_CLEAR = bytes(4)
_DOCUMENT = "http://www.calligra.org/DTD/krita"
_KEYS = "http://www.calligra.org/DTD/krita-keyframes"
_IMAGE = "image"
_LAYER = "frames"
_LISTED = f"{_LAYER}.keyframes.xml"


@contextlib.contextmanager
def key_file(name: str, times: Sequence[int]) -> Iterator[str]:
    """The path of a file, as long as it is needed, whose only layer has empty key frames at these
    times, sRGB of 8 bits. Krita wants one at 0."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.kra"
        _write(path, name, times)
        yield str(path)


def _write(path: Path, name: str, times: Sequence[int]) -> None:
    # As Krita names them: the first frame bears the layer's name.
    frames = [_LAYER, *(f"{_LAYER}.f{number}" for number in range(1, len(times)))]
    parts = {"maindoc.xml": _document(name), f"{_IMAGE}/layers/{_LISTED}": _list(frames, times)}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        for part, root in parts.items():
            kind = f"<!DOCTYPE {root.tag}>"  # without, Krita does not know it
            archive.writestr(part, kind.encode() + tostring(root, "utf-8", xml_declaration=False))
        for frame in frames:
            archive.writestr(f"{_IMAGE}/layers/{frame}", _NO_TILES)
            archive.writestr(f"{_IMAGE}/layers/{frame}.defaultpixel", _CLEAR)


def _document(name: str) -> Element:
    root = Element("DOC", xmlns=_DOCUMENT, editor="Krita", syntaxVersion="2.0")
    colours = {"colorspacename": "RGBA", "profile": "sRGB-elle-V2-srgbtrc.icc"}
    size = {"width": "1", "height": "1", "x-res": "72", "y-res": "72"}
    image = SubElement(
        root, "IMAGE", {"name": _IMAGE, "mime": "application/x-kra", **size, **colours}
    )
    SubElement(
        SubElement(image, "layers"),
        "layer",
        nodetype="paintlayer",
        name=name,
        filename=_LAYER,
        keyframes=_LISTED,
        colorspacename=colours["colorspacename"],
        compositeop="normal",
        opacity="255",
        visible="1",
        intimeline="1",
        x="0",
        y="0",
    )
    return root


def _list(frames: Sequence[str], times: Sequence[int]) -> Element:
    root = Element("keyframes", xmlns=_KEYS)
    channel = SubElement(root, "channel", name="content")
    for frame, time in zip(frames, times, strict=True):
        key = SubElement(channel, "keyframe", {"time": str(time), "frame": frame})
        SubElement(key, "offset", type="point", x="0", y="0")
    return root
