"""Pictures and masks from files, and the saved state of the edit that made a picture.

Any file that Pillow reads is read as 8-bit sRGB RGBA, see `read_image`. PNG and OpenRaster carry
states.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin, UnidentifiedImageError

from draggan_server.files import openraster
from draggan_server.files.region import Region
from draggan_server.files.writing import writing
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import MAX_SIDE, Pixels

logger = logging.getLogger(__name__)

STATE_KEY = "draggan-state"
"""The PNG text chunk that holds the saved state."""

REGION_KEY = "draggan-region"
"""The PNG text chunk that says which part of a photo the state is of, as `Region` writes it."""


@dataclass(frozen=True)
class Picture:
    """An RGBA image and the saved state that belongs to it, or to a region of it."""

    image: Image.Image
    saved_state: str
    region: Region | None = None

    @property
    def whole_state(self) -> str | None:
        """The state, where it is of all of the image: OpenRaster knows no regions."""
        whole = self.region in (None, Region.whole(self.image))
        return self.saved_state if whole else None


def read_picture(path: Path) -> Picture:
    """Read a picture that this program wrote. Raises `BadInput` for any other file."""
    if path.suffix.lower() == ".ora":
        layer = openraster.read_state_layer(path)
        return Picture(layer.image, layer.saved_state or "")
    with _open(path) as image:
        state = image.info.get(STATE_KEY)
        if not isinstance(state, str):
            raise BadInput(
                f"{path} carries no DragGAN state, so it is not a picture of a generator that "
                "could be dragged. Make one with 'draggan sample -o FILE.png'; for a photo, name "
                "the model that is to show it: --model NAME. Other programs lose the state when "
                "they save a PNG: keep the file that draggan wrote, or an .ora."
            )
        region = image.info.get(REGION_KEY)
        return Picture(
            _rgba(image, path), state, Region.parse(region) if isinstance(region, str) else None
        )


def write_png(path: Path, picture: Picture) -> None:
    """Write a PNG whose text chunk `STATE_KEY` holds the state. Raises `BadInput`."""
    info = PngImagePlugin.PngInfo()
    # Not packed: Pillow reads no packed text that becomes longer than 1 MiB.
    info.add_text(STATE_KEY, picture.saved_state)
    if picture.region is not None:
        info.add_text(REGION_KEY, str(picture.region))
    with writing(path) as unfinished:
        picture.image.save(unfinished, "PNG", pnginfo=info)


def read_mask(path: Path) -> Pixels:
    """A mask file, any image: what is not black may change; an alpha channel says nothing."""
    with _open(path) as image:
        colours = np.asarray(_rgba(image, path, darkest=1))[..., :3]
        return to_pixels(Image.fromarray(colours.max(axis=2)))


def read_image(path: Path) -> Image.Image:
    """Any image as upright, 8-bit sRGB RGBA. Raises `BadInput` for what cannot be read so.

    - Palettes and gray, with their transparency: as they look.
    - 16 bits a channel: the upper 8, as any viewer shows them.
    - CMYK: by the profile in the file, without one by Pillow's plain formula.
    - A camera's orientation (EXIF): the picture is turned as viewers do.
    - 32-bit and floating-point values: refused, since nothing says which value is white.
    """
    with _open(path) as image:
        return _rgba(image, path)


def to_pixels(image: Image.Image) -> Pixels:
    """An "RGBA" or "L" image as it goes over the wire."""
    return Pixels(image.width, image.height, len(image.getbands()), image.tobytes())


def to_image(pixels: Pixels) -> Image.Image:
    """Pixels from the wire as an image."""
    mode = {1: "L", 4: "RGBA"}[pixels.channels]
    return Image.frombytes(mode, (pixels.width, pixels.height), pixels.data)


def _rgba(image: Image.Image, path: Path, *, darkest: int = 0) -> Image.Image:
    """What `read_image` describes; of 16 bits what is not black is `darkest` at least."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        upper = np.where(values > 0, np.maximum(values >> 8, darkest), 0)
        image = Image.fromarray(upper.astype(np.uint8))
    elif image.mode in ("I", "F"):
        raise BadInput(
            f"{path} has 32 bits a channel, and nothing says which value is white: save it with 8 "
            "or 16 bits."
        )
    elif image.mode == "CMYK":
        image = _srgb_of_cmyk(image)
    return image.convert("RGBA")


def _srgb_of_cmyk(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source, target = ImageCms.getOpenProfile(io.BytesIO(profile)), _srgb_profile()
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            logger.warning("the profile of a CMYK image cannot be used")
        else:
            assert converted is not None
            return converted
    return image.convert("RGB")


def _srgb_profile() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _open(path: Path) -> Image.Image:
    try:
        image = Image.open(path)
        if max(image.size) > MAX_SIDE:
            raise BadInput(
                f"{path} has {image.width} x {image.height} pixels; the limit is {MAX_SIDE}."
            )
        image.load()
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise BadInput(f"{path} cannot be read as an image: {error}.") from None
    return image
