"""A picture together with the saved state of the edit that made it, in PNG and OpenRaster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from draggan_server.files import openraster
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import MAX_SIDE, Pixels

STATE_KEY = "draggan-state"
"""The PNG text chunk that holds the saved state."""


@dataclass(frozen=True)
class Picture:
    """An RGBA image and the saved state that belongs to it."""

    image: Image.Image
    saved_state: str


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
                "could be dragged. Make one with 'draggan sample -o FILE.png'; photos cannot be "
                "dragged yet."
            )
        return Picture(image.convert("RGBA"), state)


def write_png(path: Path, picture: Picture) -> None:
    """Write a PNG whose text chunk `STATE_KEY` holds the state."""
    info = PngImagePlugin.PngInfo()
    info.add_text(STATE_KEY, picture.saved_state, zip=True)
    picture.image.save(path, pnginfo=info)


def read_mask(path: Path) -> Pixels:
    """A mask file, any image: what is not black may change."""
    with _open(path) as image:
        return to_pixels(image.convert("L"))


def to_pixels(image: Image.Image) -> Pixels:
    """An "RGBA" or "L" image as it goes over the wire."""
    return Pixels(image.width, image.height, len(image.getbands()), image.tobytes())


def to_image(pixels: Pixels) -> Image.Image:
    """Pixels from the wire as an image."""
    mode = {1: "L", 4: "RGBA"}[pixels.channels]
    return Image.frombytes(mode, (pixels.width, pixels.height), pixels.data)


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
