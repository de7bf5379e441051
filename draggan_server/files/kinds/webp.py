"""WebP: a still picture, lossless where the source is, else lossy and of a high quality."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from PIL import ExifTags, Image

from draggan_server.files.kinds.kind import NotInKind
from draggan_server.files.raster import Raster, raster_of

LOSSY_QUALITY = 95
"""WebP does not say which quality it was made with."""


class WebpFile:
    """See `Kind`."""

    texts: Mapping[str, str] = MappingProxyType({})
    ENDINGS: ClassVar[tuple[str, ...]] = (".webp",)

    def __init__(self, data: bytes) -> None:
        with Image.open(io.BytesIO(data)) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise NotInKind("it is an animation")
            image.load()
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
            self.raster = raster_of(image, image.info.get("icc_profile"), orientation)
            self.exif: bytes | None = image.info.get("exif")
            known = ("icc_profile", "exif", "xmp")
            self._options = {name: image.info[name] for name in known if name in image.info}
        self.lossless = _is_lossless(data)
        if self.lossless:
            self._options |= {"lossless": True, "exact": True}
        else:
            self._options |= {"quality": LOSSY_QUALITY}

    def encoded(self, raster: Raster, texts: Mapping[str, str]) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(raster.samples)).save(stream, "WEBP", **self._options)
        return stream.getvalue()


def _is_lossless(data: bytes) -> bool:
    """Whether the picture is in a chunk of the lossless kind, RFC 9649 section 2."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name in (b"VP8L", b"VP8 "):
            return bool(name == b"VP8L")
        at += 8 + size + size % 2
    return False
