"""JPEG: gray, RGB and CMYK. What changed is encoded again as the source was: with its tables of
quantisation, its subsampling and, if so, progressively. All segments of metadata stay as they are.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from PIL import ExifTags, Image, JpegImagePlugin

from draggan_server.files.raster import Raster, raster_of

_MARKERS = {**{f"APP{number}": 0xE0 + number for number in range(16)}, "COM": 0xFE}
_OF_THE_ENCODER = (
    ("APP0", b"JFIF\0"),
    ("APP0", b"JFXX\0"),
    ("APP14", b"Adobe"),
    ("APP2", b"MPF\0"),
)
"""It writes the like itself, or they say where other pictures of the file are."""


class JpegFile:
    """See `Kind`."""

    texts: Mapping[str, str] = MappingProxyType({})
    ENDINGS: ClassVar[tuple[str, ...]] = (".jpg", ".jpeg")

    def __init__(self, data: bytes) -> None:
        with Image.open(io.BytesIO(data)) as image:
            assert isinstance(image, JpegImagePlugin.JpegImageFile)
            image.load()
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
            self.raster = raster_of(image, image.info.get("icc_profile"), orientation)
            self.exif: bytes | None = image.info.get("exif")
            self._mode = image.mode
            self._options = {
                "qtables": image.quantization,
                "subsampling": JpegImagePlugin.get_sampling(image),
                "progressive": bool(image.info.get("progressive")),
                "dpi": image.info.get("dpi", (0, 0)),
                "extra": b"".join(_segment(name, content) for name, content in image.applist),
            }

    def encoded(self, raster: Raster, texts: Mapping[str, str]) -> bytes:
        height, width, _ = raster.samples.shape
        pixels = np.ascontiguousarray(raster.samples).tobytes()
        image = Image.frombytes(self._mode, (width, height), pixels)
        stream = io.BytesIO()
        image.save(stream, "JPEG", **self._options)
        return stream.getvalue()


def _segment(name: str, content: bytes) -> bytes:
    if any(name == other and content.startswith(begin) for other, begin in _OF_THE_ENCODER):
        return b""
    return struct.pack(">BBH", 0xFF, _MARKERS[name], len(content) + 2) + content
