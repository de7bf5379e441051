"""Pictures and masks from files, and the saved state of the edit that made a picture.

PNG and OpenRaster carry states.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from draggan_server.files.kinds.kind import REGION_KEY, STATE_KEY
from draggan_server.files.photo_file import PhotoFile
from draggan_server.files.region import Region
from draggan_server.files.writing import writing
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels


@dataclass(frozen=True)
class Picture:
    """An RGBA image and the saved state that belongs to it, or to a region of it.

    `file` is what it was read from, perhaps as it looked before a drag: None, if from none.
    """

    image: Image.Image
    saved_state: str
    region: Region | None = None
    file: PhotoFile | None = None


def read_picture(path: Path, layer: str | None = None) -> Picture:
    """Read a picture that this program wrote; of an OpenRaster file the layer of that name, or the
    topmost that carries a state. Raises `BadInput` for any other file.
    """
    file = PhotoFile.read(path, layer)
    texts = {} if file.kind is None else file.kind.texts
    if STATE_KEY not in texts:
        raise BadInput(
            f"{path} carries no DragGAN state, so it is not a picture of a generator that "
            "could be dragged. Make one with 'draggan sample -o FILE.png'; for a photo, name "
            "the model that is to show it: --model NAME. Other programs lose the state when "
            "they save a PNG: keep the file that draggan wrote, or an .ora."
        )
    region = Region.parse(texts[REGION_KEY]) if REGION_KEY in texts else None
    return Picture(file.image.copy(), texts[STATE_KEY], region, file)


def write_photo(path: Path, picture: Picture) -> None:
    """Write a picture as its file is, with the state where that kind of file holds one; as a plain
    PNG where it comes from no file. Raises `BadInput`.
    """
    texts = {STATE_KEY: picture.saved_state}
    if picture.region is not None:
        texts[REGION_KEY] = str(picture.region)
    if picture.file is not None and picture.file.write(path, picture.image, texts):
        return
    if path.suffix.lower() != ".png":
        raise BadInput(
            f"{path} cannot hold the picture as it is: give an output that ends in .png."
        )
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        # Not packed: Pillow reads no packed text that becomes longer than 1 MiB.
        info.add_text(key, text)
    with writing(path) as unfinished:
        picture.image.save(unfinished, "PNG", pnginfo=info)


@dataclass(frozen=True)
class MaskFile:
    """What of a picture may change, which may be larger than what is sent: an image of a byte a
    pixel, 0 where nothing may."""

    image: Image.Image

    @property
    def width(self) -> int:
        return self.image.width

    @property
    def height(self) -> int:
        return self.image.height

    @cached_property
    def data(self) -> bytes:
        return self.image.tobytes()


def read_mask(path: Path) -> MaskFile:
    """A mask file, any image: what is not black may change; an alpha channel says nothing."""
    file = PhotoFile.read(path)
    colours = np.asarray(file.image)[..., :3].max(axis=2)
    raster = file.raster.upright()
    if raster.palette is None and raster.space.model != "cmyk":  # 16 bits may be less than 1 of 8
        dark = (raster.samples[..., : raster.space.channels] > 0).any(axis=2)
        colours = np.maximum(colours, dark.astype(np.uint8))
    return MaskFile(Image.fromarray(colours))


def read_image(path: Path) -> Image.Image:
    """As `PhotoFile.read` shows it. Raises `BadInput`."""
    return PhotoFile.read(path).image


def to_pixels(image: Image.Image) -> Pixels:
    """An "RGBA" or "L" image as it goes over the wire."""
    return Pixels(image.width, image.height, len(image.getbands()), image.tobytes())


def to_image(pixels: Pixels) -> Image.Image:
    """Pixels from the wire as an image."""
    mode = {1: "L", 4: "RGBA"}[pixels.channels]
    return Image.frombytes(mode, (pixels.width, pixels.height), pixels.data)
