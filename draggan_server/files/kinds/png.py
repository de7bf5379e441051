"""PNG: pixels of 8 and 16 bits, gray, RGB, with alpha and with palettes. Chunks stay as they are.

Pillow reads and writes no RGB of 16 bits: libpng does, through imagecodecs.
Specification: https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import ClassVar

import imagecodecs
import numpy as np
from PIL import ExifTags, Image

from draggan_server.files.colour_space import ColourSpace
from draggan_server.files.kinds.kind import Kind, NotInKind
from draggan_server.files.raster import Raster, raster_of

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEVEL = 4
_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_OF_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"hIST")
_COPIED = frozenset(b"gAMA cHRM iCCP sRGB sBIT cICP mDCV cLLI bKGD pHYs sPLT eXIf tIME".split())
_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt"))

Chunk = tuple[bytes, bytes]


class PngFile:
    """See `Kind`."""

    ENDINGS: ClassVar[tuple[str, ...]] = (".png",)

    def __init__(self, data: bytes) -> None:
        self._chunks = list(chunks_of(data))
        names = [name for name, _ in self._chunks]
        if b"acTL" in names:
            raise NotInKind("it is an animation")
        header = dict(self._chunks)[b"IHDR"]
        self._bits, self._colours = header[8], header[9]
        with Image.open(io.BytesIO(data)) as image:
            self.raster = self._read(data, image)
            self.exif: bytes | None = image.info.get("exif")
            texts = {str(key): text for key, text in image.info.items() if isinstance(text, str)}
        self.texts: dict[str, str] = texts

    def _read(self, data: bytes, image: Image.Image) -> Raster:
        profile = image.info.get("icc_profile")
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        if self._colours == _PALETTE or self._bits < 8:
            raster = raster_of(image, profile, orientation)
            if raster.palette is None:
                return raster
            room = raster.palette[: 1 << self._bits]
            return Raster(raster.samples, raster.space, "none", room, None, orientation)
        plain = _assembled(chunk for chunk in self._chunks if chunk[0] != b"tRNS")
        samples = imagecodecs.png_decode(plain)
        samples = samples.reshape(*samples.shape[:2], -1)
        space = ColourSpace("rgb" if self._colours & _RGB else "gray", profile)
        key = dict(self._chunks).get(b"tRNS")
        transparent = None if key is None else struct.unpack(f">{len(key) // 2}H", key)
        alpha = samples.shape[2] > space.channels
        return Raster(
            samples, space, "straight" if alpha else "none", None, transparent, orientation
        )

    def encoded(self, raster: Raster, texts: Mapping[str, str]) -> bytes:
        pixels = list(_pixels(raster, self._bits))
        return _assembled(_joined(self._chunks, pixels, texts))


def png_of(kind: Kind, raster: Raster, texts: Mapping[str, str]) -> bytes:
    """The pixels of a file of another kind, upright, as a PNG of their mode, depth and profile."""
    raster = raster.of_16_bits().upright()
    if raster.palette is None and (
        raster.space.model == "cmyk"
        or raster.alpha == "associated"
        or raster.samples.shape[2] > raster.space.channels + (raster.alpha == "straight")
    ):
        raster = raster_of(raster.view())
    chunks: list[Chunk] = [(b"IHDR", b""), (b"IDAT", b""), (b"IEND", b"")]
    if raster.palette is not None:
        chunks.insert(1, (b"PLTE", b""))
    if raster.space.profile is not None:
        chunks.insert(1, (b"iCCP", b"ICC\0\0" + zlib.compress(raster.space.profile)))
    if kind.exif is not None:
        exif = Image.Exif()
        exif.load(kind.exif)
        exif[ExifTags.Base.Orientation] = 1
        chunks.insert(-1, (b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    return _assembled(_joined(chunks, list(_pixels(raster, 8)), texts))


def chunks_of(data: bytes) -> Iterator[Chunk]:
    """Raises `ValueError` for what is no PNG, or but a part of one."""
    if not data.startswith(SIGNATURE):
        raise ValueError("it is no PNG")
    at, name = len(SIGNATURE), b""
    while name != b"IEND":
        try:
            size, name = struct.unpack_from(">I4s", data, at)
        except struct.error:
            raise ValueError("the file ends too early") from None
        yield name, data[at + 8 : at + 8 + size]
        at += size + 12


def _joined(chunks: list[Chunk], pixels: list[Chunk], texts: Mapping[str, str]) -> Iterator[Chunk]:
    """`chunks` with other pixels, and `texts` beside theirs."""
    new = dict(pixels)
    data_follows = False
    for name, content in chunks:
        if name == b"IDAT" and not data_follows:
            data_follows = True
            for key, text in texts.items():
                yield b"tEXt", f"{key}\0{text}".encode("latin-1")
            yield from (chunk for chunk in pixels if chunk[0] == b"IDAT")
        elif name in (b"IHDR", b"IEND"):
            yield name, new[name]
        elif name == b"PLTE":
            yield from (chunk for chunk in pixels if chunk[0] in (b"PLTE", b"tRNS"))
        elif name == b"tRNS" and b"PLTE" not in new:
            yield name, content
        elif name in _TEXTS:
            if content.partition(b"\0")[0].decode("latin-1") not in texts:
                yield name, content
        elif name in _COPIED or (name not in _OF_PIXELS and name[3:].islower()):
            yield name, content


def _pixels(raster: Raster, bits: int) -> Iterator[Chunk]:
    """The chunks that a palette and pixels make; of palettes and single bits with `bits` each."""
    if raster.palette is None and bits >= 8:
        samples = raster.samples
        flat = samples[..., 0] if samples.shape[2] == 1 else samples
        encoded = bytes(imagecodecs.png_encode(np.ascontiguousarray(flat), level=_LEVEL))
    else:
        stream = io.BytesIO()
        image = Image.fromarray(np.ascontiguousarray(raster.samples[..., 0]))
        if raster.palette is not None:
            image = image.copy()
            image.putpalette(raster.palette[:, :3].tobytes())
            image.save(stream, "PNG", bits=bits, transparency=_transparency(raster))
        elif bits == 1:
            image.point(lambda value: 255 * (value > 127)).convert("1").save(stream, "PNG")
        else:
            image.save(stream, "PNG")
        encoded = stream.getvalue()
    wanted = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
    return (chunk for chunk in chunks_of(encoded) if chunk[0] in wanted)


def _transparency(raster: Raster) -> bytes | None:
    assert raster.palette is not None
    alpha = raster.palette[:, 3].tobytes().rstrip(b"\xff")
    return alpha or None


def _assembled(chunks: Iterator[Chunk]) -> bytes:
    parts = [SIGNATURE]
    for name, content in chunks:
        check = zlib.crc32(content, zlib.crc32(name))
        parts += [struct.pack(">I", len(content)), name, content, struct.pack(">I", check)]
    return b"".join(parts)
