"""Photo files of every kind, made anew: pixels by chance, a profile, metadata."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

HEIGHT, WIDTH = 41, 60
ADOBE_RGB = imagecodecs.cms_profile("adobergb")

Make = Callable[[Path], None]


def values(channels: int, dtype: Any = np.uint8, seed: int = 0) -> Any:
    """[HEIGHT, WIDTH, channels], neighbours alike as in a photo, with grain in the last bits; of
    floating point some are whiter than white.
    """
    random = np.random.default_rng(seed)
    coarse = random.uniform(0.2, 0.8, (5, 7, channels))
    rows, columns = (np.linspace(0, n - 1.001, m) for n, m in ((5, HEIGHT), (7, WIDTH)))
    whole = coarse[rows.astype(int)][:, columns.astype(int)]
    noisy = whole + random.normal(0, 0.02, whole.shape)
    if np.dtype(dtype).kind == "f":
        samples = (1.4 * noisy).astype(dtype)
        samples[..., 3:] = noisy[..., 3:].clip(0, 1)
        return samples
    return (noisy.clip(0, 1) * np.iinfo(dtype).max).round().astype(dtype)


def exif(orientation: int = 1) -> Image.Exif:
    record = Image.Exif()
    record[ExifTags.Base.Make] = "Camera"
    record[ExifTags.Base.Orientation] = orientation
    record[ExifTags.Base.Copyright] = "Someone"
    return record


def png(path: Path, samples: Any, **extra: bytes) -> None:
    """By libpng, with further chunks before the pixels."""
    flat = samples[..., 0] if samples.shape[2] == 1 else samples
    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(flat)))
    head, tail = data[:33], data[33:]
    chunks = b""
    for name, content in extra.items():
        body = name.encode() + content
        chunks += struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(head + chunks + tail)


def png_with_everything(path: Path, samples: Any, orientation: int = 1) -> None:
    png(
        path,
        samples,
        gAMA=struct.pack(">I", 45455),
        iCCP=b"Adobe\0\0" + zlib.compress(ADOBE_RGB),
        pHYs=struct.pack(">IIB", 11811, 11811, 1),
        tEXt=b"Author\0Someone",
        eXIf=exif(orientation).tobytes().removeprefix(b"Exif\0\0"),
        prVt=b"a program's own, safe to copy",
    )


def palette_png(path: Path, bits: int = 8) -> None:
    image = Image.fromarray(values(3)).quantize(1 << bits if bits < 8 else 200)
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Someone")
    image.save(path, bits=bits, transparency=b"\x80" + b"\xff" * 3, pnginfo=info)


def keyed_png(path: Path, dtype: Any) -> None:
    samples = values(3, dtype)
    samples[5:9, 5:20] = key = np.array([7, 300 % np.iinfo(dtype).max, 9], dtype)
    png(path, samples, tRNS=struct.pack(">3H", *map(int, key)))


def jpeg(path: Path, mode: str = "RGB", **options: Any) -> None:
    image = Image.fromarray(values(3)).convert(mode)
    image.save(path, "JPEG", exif=exif(options.pop("orientation", 1)), comment=b"hello", **options)


def cmyk_tiff(path: Path, dtype: Any = np.uint8, **options: Any) -> None:
    samples = values(4, dtype)
    tifffile.imwrite(path, samples, photometric="separated", metadata=None, **options)


def tiff(path: Path, samples: Any, **options: Any) -> None:
    """With a profile and tags that are no program's, and a second page."""
    flat = samples[..., 0] if samples.shape[2] == 1 else samples
    options.setdefault("photometric", "rgb" if samples.shape[2] >= 3 else "minisblack")
    options.setdefault("iccprofile", ADOBE_RGB if samples.shape[2] >= 3 else None)
    tags = [(315, "s", 0, "Someone", True), (65000, "I", 3, (1, 2, 3), True)]
    with tifffile.TiffWriter(path, byteorder=options.pop("byteorder", "<")) as writer:
        writer.write(flat, metadata=None, extratags=tags, description="hello", **options)
        writer.write(values(1)[..., 0], metadata=None, photometric="minisblack")


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Read without the code that is tested."""
    stream, chunks = io.BytesIO(data[8:]), []
    while head := stream.read(8):
        size, name = struct.unpack(">I4s", head)
        chunks.append((name, stream.read(size)))
        assert struct.unpack(">I", stream.read(4))[0] == zlib.crc32(chunks[-1][1], zlib.crc32(name))
    return chunks
