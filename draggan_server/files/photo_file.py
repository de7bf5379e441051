"""A picture file: how it looks, and the same file with other pixels."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError

from draggan_server.files.kinds import png
from draggan_server.files.kinds.jpeg import JpegFile
from draggan_server.files.kinds.kind import Kind, NotInKind
from draggan_server.files.kinds.ora import OraFile
from draggan_server.files.kinds.png import PngFile
from draggan_server.files.kinds.tiff import SIGNATURES, TiffFile
from draggan_server.files.kinds.webp import WebpFile
from draggan_server.files.raster import Raster, raster_of
from draggan_server.files.region import Region
from draggan_server.files.writing import writing
from draggan_server.wire.errors import BadInput

logger = logging.getLogger(__name__)

MAX_FILE_SIDE = 20_000
"""Pixels. What of it a model is to show is a region, which may have `MAX_SIDE`."""

_KINDS: dict[str, Callable[[bytes], Kind]] = {
    "PNG": PngFile,
    "JPEG": JpegFile,
    "MPO": JpegFile,
    "WEBP": WebpFile,
    "TIFF": TiffFile,
}
"""By Pillow's names of formats."""


@dataclass(frozen=True)
class PhotoFile:
    """`image` is how the file looks: upright sRGB RGBA of 8 bits. `kind` is None where it can only
    be shown, for a reason that `endings` tells.
    """

    path: Path
    image: Image.Image
    raster: Raster
    kind: Kind | None
    why_not: str = ""

    @classmethod
    def read(cls, path: Path, layer: str | None = None) -> PhotoFile:
        """Any file that Pillow reads, TIFF of 16 bits, and of an OpenRaster file the layer of that
        name; None: the topmost that carries a state. Raises `BadInput`.

        - Palettes and gray, with their transparency: as they look.
        - Profiles: colours become those of sRGB. CMYK without one: by the plain formula.
        - 16 bits a channel: what is seen are 8 of them; all are kept.
        - A camera's orientation (EXIF): the picture is turned as viewers do.
        - TIFF of floating point: 0 is black and 1 white, of sRGB where there is no profile; what is
          beyond is kept, too.
        - 32-bit integers: refused, since nothing says which value is white.
        """
        if path.is_char_device() or path.is_block_device():
            raise BadInput(f"{path} is a device, which may have no end: give a file.")
        try:
            return cls._of_bytes(path, path.read_bytes(), layer)
        except FileNotFoundError:
            raise BadInput(f"There is no file {path}.") from None
        except Image.DecompressionBombError:
            most = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6
            raise BadInput(
                f"{path} has more than {most} million pixels, which take too much memory. Cut the "
                "part that is to be dragged out of it first."
            ) from None
        except UnidentifiedImageError:
            raise BadInput(
                f"{path} cannot be read as an image: it is damaged, or of a kind that is not known "
                "here. PNG, JPEG, WebP, TIFF and .ora are."
            ) from None
        except IsADirectoryError:
            raise BadInput(f"{path} is a folder: give a file in it.") from None
        except (
            OSError,
            SyntaxError,
            ValueError,
            RuntimeError,
        ) as error:
            raise BadInput(f"{path} cannot be read as an image: {error}.") from None

    @classmethod
    def _of_bytes(cls, path: Path, data: bytes, layer: str | None) -> PhotoFile:
        kind: Kind | None = None
        why_not = ""
        try:
            if path.suffix.lower() == ".ora":
                kind = OraFile(data, layer)
            elif layer is not None:
                raise BadInput(
                    f"{path} has no layers that can be named: --layer is for .ora files."
                )
            else:
                make = _KINDS.get(_format(path, data))
                kind = None if make is None else make(data)
        except NotInKind as reason:
            why_not = str(reason)
        raster = _shown(path, data) if kind is None else kind.raster
        height, width, _ = raster.samples.shape
        _check_sides(path, width, height)
        return cls(path, raster.view(), raster, kind, why_not)

    @property
    def place(self) -> Region:
        """Where it lies on its canvas; one that is no layer is its own."""
        return self.kind.place if isinstance(self.kind, OraFile) else Region.whole(self.image)

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of what it is a layer of, or its own."""
        return self.kind.canvas if isinstance(self.kind, OraFile) else self.image.size

    @property
    def endings(self) -> tuple[str, ...]:
        """Of files in which the picture can be written so that all of it stays."""
        return () if self.kind is None else self.kind.ENDINGS

    def check_writable(self, path: Path) -> None:
        """Raises `BadInput` where `path` is of the file's kind and that cannot be written again."""
        if self.why_not and path.suffix.lower() == self.path.suffix.lower() != ".png":
            raise BadInput(
                f"{self.path} can be read, but not be written again as {path.suffix}, since "
                f"{self.why_not}. Give an output that ends in .png."
            )

    def write(self, path: Path, after: Image.Image, texts: Mapping[str, str]) -> bool:
        """Write the file as it looks like `after`, in its own kind or as PNG.

        Returns False, and writes nothing, where its pixels cannot look so. Raises `BadInput`.
        """
        if self.kind is None or not self.raster.holds(self.image, after):
            return False
        raster = self.raster.seen_as(self.image, after)
        if path.suffix.lower() in self.endings:
            data = self.kind.encoded(raster, texts)
        else:
            data = png.png_of(self.kind, raster, texts)
        with writing(path) as unfinished:
            unfinished.write_bytes(data)
        return True


def _format(path: Path, data: bytes) -> str:
    if data.startswith(SIGNATURES):
        return "TIFF"  # Pillow does not know all of them
    with Image.open(io.BytesIO(data)) as image:
        _check_sides(path, *image.size)
        return image.format or ""


def _check_sides(path: Path, width: int, height: int) -> None:
    if max(width, height) > MAX_FILE_SIDE:
        raise BadInput(
            f"{path} has {width} x {height} pixels; the limit is {MAX_FILE_SIDE} a side. Cut the "
            "part that is to be dragged out of it first."
        )


def _shown(path: Path, data: bytes) -> Raster:
    """What Pillow makes of a file whose kind is not known."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        if image.mode in ("I", "F"):
            raise BadInput(
                f"{path} has 32 bits a channel, and nothing says which value is white: save it "
                "with 8 or 16 bits, or as a TIFF of floating point."
            )
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        profile = image.info.get("icc_profile")
        try:
            return raster_of(image, profile, orientation)
        except ValueError:
            return raster_of(image.convert("RGBA"), None, orientation)
