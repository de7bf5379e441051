"""TIFF: pixels of 8 and 16 bits and of floating point, gray, RGB, CMYK, with palettes and alpha.

Only the strips or tiles that changed are encoded again, as they were; every other byte of the file
stays, and with it all tags, profiles, layers and further pages.
Specification: TIFF 6.0, Adobe 1992.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, cast

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from draggan_server.files.colour_space import ColourSpace, Model, Samples, most
from draggan_server.files.kinds.kind import NotInKind
from draggan_server.files.raster import Alpha, Raster

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_MODELS: dict[int, Model] = {0: "gray", 1: "gray", 2: "rgb", 3: "rgb", 5: "cmyk"}
_WHITE_IS_ZERO, _PALETTE, _CMYK = 0, 3, 5
_ALPHAS: dict[int, Alpha] = {1: "associated", 2: "straight"}
_LOSSLESS = (
    tifffile.COMPRESSION.NONE,
    tifffile.COMPRESSION.LZW,
    tifffile.COMPRESSION.ADOBE_DEFLATE,
    tifffile.COMPRESSION.DEFLATE,
    tifffile.COMPRESSION.PACKBITS,
    tifffile.COMPRESSION.LZMA,
    tifffile.COMPRESSION.ZSTD,
)
_PREDICTORS = (1, 2, 3)
"""None, horizontal differences, and those of the bytes of floating-point values (Adobe's technical
note 3, 2005)."""
_DEPTHS = tuple(np.dtype(kind) for kind in ("u1", "u2", "f2", "f4", "f8"))


class TiffFile:
    """See `Kind`. The first page."""

    texts: Mapping[str, str] = MappingProxyType({})
    ENDINGS: ClassVar[tuple[str, ...]] = (".tif", ".tiff")
    exif: bytes | None = None

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            with tifffile.TiffFile(io.BytesIO(data)) as tiff:
                page = cast(tifffile.TiffPage, tiff.pages[0])
                _check(page)
                self._samples = _pixels(page)
                self.raster = _raster(page, self._samples)
        except tifffile.TiffFileError as error:
            raise ValueError(str(error)) from None

    def encoded(self, raster: Raster, texts: Mapping[str, str]) -> bytes:
        stream = io.BytesIO(self._data)
        with tifffile.TiffFile(stream) as tiff:
            page = cast(tifffile.TiffPage, tiff.pages[0])
            samples = raster.samples
            if page.photometric == _WHITE_IS_ZERO:
                samples = samples.copy()
                samples[..., 0] = most(samples.dtype) - samples[..., 0]
            if raster.palette is not None and raster.palette is not self.raster.palette:
                colours = raster.palette[:, :3].T.astype(np.uint16) * 257
                kept = (raster.palette == self.raster.palette).all(axis=1)
                colours[:, kept] = np.asarray(page.colormap).reshape(3, -1)[:, kept]
                page.tags["ColorMap"].overwrite(tuple(colours.reshape(-1).tolist()))
            _write(page, stream, self._samples, samples)
        return stream.getvalue()


@dataclass(frozen=True)
class _Segment:
    """A strip or tile: its place in the samples, and its own size in samples, padding included."""

    index: int
    place: tuple[slice, slice, slice]
    shape: tuple[int, int, int]


def _check(page: tifffile.TiffPage) -> None:
    """Raises `NotInKind`."""
    photometric = int(page.photometric)
    if photometric not in _MODELS:
        raise NotInKind(f"its colours are of the kind {tifffile.PHOTOMETRIC(photometric).name}")
    if page.dtype not in _DEPTHS:
        raise NotInKind(f"its samples are of the kind {page.dtype}")
    if page.bitspersample != page.dtype.itemsize * 8:
        raise NotInKind(f"it has {page.bitspersample} bits a sample")
    if photometric == _PALETTE and page.dtype != np.uint8:
        raise NotInKind("its palette has more than 256 colours")
    if page.dtype.kind == "f" and photometric in (_WHITE_IS_ZERO, _PALETTE, _CMYK):
        raise NotInKind("nothing says which of its values is white")
    if page.compression not in _LOSSLESS:
        raise NotInKind(f"it is compressed by {tifffile.COMPRESSION(page.compression).name}")
    if page.predictor not in _PREDICTORS or page.fillorder != 1 or page.imagedepth != 1:
        raise NotInKind("its pixels are packed in a rare way")


def _raster(page: tifffile.TiffPage, samples: Samples) -> Raster:
    photometric = int(page.photometric)
    space = ColourSpace(_MODELS[photometric], _profile(page))
    orientation = int(page.tags.valueof("Orientation", 1))
    if photometric == _PALETTE:
        palette = np.full((256, 4), 255, np.uint8)
        palette[:, :3] = (np.asarray(page.colormap).reshape(3, -1) >> 8).T
        return Raster(samples, space, "none", palette, None, orientation)
    if photometric == _WHITE_IS_ZERO:
        samples = samples.copy()
        samples[..., 0] = most(samples.dtype) - samples[..., 0]
    extra = [int(kind) for kind in page.extrasamples]
    alpha = _ALPHAS.get(extra[0], "none") if extra else "none"
    return Raster(samples, space, alpha, None, None, orientation)


def _profile(page: tifffile.TiffPage) -> bytes | None:
    profile = page.tags.valueof("InterColorProfile")
    return None if profile is None else bytes(profile)


def _pixels(page: tifffile.TiffPage) -> Samples:
    """[H, W, S]."""
    separate, _, height, width, count = page.shaped
    planes = page.asarray().reshape(separate, height, width, count)
    return np.moveaxis(planes, 0, 2).reshape(height, width, separate * count)


def _segments(page: tifffile.TiffPage, samples: Samples) -> Iterator[_Segment]:
    height, width, count = samples.shape
    separate = int(page.planarconfig) == 2
    if page.is_tiled:
        step = page.tilelength, page.tilewidth
    else:
        step = min(page.rowsperstrip, height), width
    index = 0
    for plane in range(count) if separate else (None,):
        channels = slice(0, count) if plane is None else slice(plane, plane + 1)
        for top in range(0, height, step[0]):
            for left in range(0, width, step[1]):
                rows = slice(top, min(top + step[0], height))
                columns = slice(left, min(left + step[1], width))
                size = step if page.is_tiled else (rows.stop - rows.start, width)
                shape = (*size, channels.stop - channels.start)
                yield _Segment(index, (rows, columns, channels), shape)
                index += 1


def _write(page: tifffile.TiffPage, stream: io.BytesIO, old: Samples, new: Samples) -> None:
    offsets, counts = list(page.dataoffsets), list(page.databytecounts)
    for segment in _segments(page, old):
        if np.array_equal(old[segment.place], new[segment.place]):
            continue
        encoded = _encoded(page, new[segment.place], segment.shape)
        if len(encoded) > counts[segment.index]:
            end = stream.seek(0, io.SEEK_END)
            stream.write(b"\0" * (end % 2))  # offsets are even
            offsets[segment.index] = stream.tell()
        stream.seek(offsets[segment.index])
        stream.write(encoded)
        counts[segment.index] = len(encoded)
    kind = "Tile" if page.is_tiled else "Strip"
    for name, values in ((f"{kind}Offsets", offsets), (f"{kind}ByteCounts", counts)):
        if name in page.tags and list(np.atleast_1d(page.tags[name].value)) != values:
            wide = "Q" if page.parent.is_bigtiff else "I"
            page.tags[name].overwrite(tuple(values), dtype=wide)


def _encoded(page: tifffile.TiffPage, block: Samples, shape: tuple[int, int, int]) -> bytes:
    """A strip or tile as the file has them."""
    missing = [(0, full - part) for full, part in zip(shape, block.shape, strict=True)]
    whole: NDArray[Any] = np.pad(block, missing, mode="edge")
    if page.predictor == 2:
        whole = imagecodecs.delta_encode(np.ascontiguousarray(whole), axis=1)
    ordered = np.ascontiguousarray(whole.astype(whole.dtype.newbyteorder(page.parent.byteorder)))
    if page.predictor == 3:
        ordered = imagecodecs.floatpred_encode(ordered, axis=1)
    if page.compression == tifffile.COMPRESSION.NONE:
        return ordered.tobytes()
    return bytes(tifffile.TIFF.COMPRESSORS[page.compression](ordered))
