"""Pictures that show drags: arrows on a transparent layer, before beside after, an animation, a
sheet of thumbnails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from draggan_server.files.writing import writing
from draggan_server.wire.state import Point

HANDLE_COLOUR = (220, 40, 40, 255)
TARGET_COLOUR = (40, 110, 230, 255)
_OUTLINE = (255, 255, 255, 230)
_SUPERSAMPLING = 4

_SHEET_COLUMNS = 8
_SHEET_GAP = 8  # pixels
_CAPTION_HEIGHT = 14


def draw_arrows(
    size: tuple[int, int],
    handle_points: Sequence[Point],
    target_points: Sequence[Point],
    scale: float = 1.0,
) -> Image.Image:
    """A transparent RGBA layer with an arrow from each handle point to its target point.

    `size` is the layer's; points are in pixels of a picture `scale` times smaller.
    """
    s = _SUPERSAMPLING
    layer = Image.new("RGBA", (size[0] * s, size[1] * s))
    draw = ImageDraw.Draw(layer)
    unit = max(size) * s / 256  # line widths grow with the picture
    for handle, target in zip(handle_points, target_points, strict=True):
        (hx, hy), (tx, ty) = (
            ((x + 0.5) * scale * s, (y + 0.5) * scale * s) for x, y in (handle, target)
        )
        angle = math.atan2(ty - hy, tx - hx)
        head = min(7 * unit, 0.6 * math.hypot(tx - hx, ty - hy))
        wings = [
            (tx - head * math.cos(angle + side), ty - head * math.sin(angle + side))
            for side in (0.5, -0.5)
        ]
        neck = (tx - 0.8 * head * math.cos(angle), ty - 0.8 * head * math.sin(angle))
        for colour, extra in ((_OUTLINE, 1.2 * unit), (TARGET_COLOUR, 0.0)):
            draw.line([(hx, hy), neck], fill=colour, width=round(1.8 * unit + 2 * extra))
            draw.polygon([(tx, ty), *wings], fill=colour, outline=colour, width=round(extra + 1))
        for colour, radius in ((_OUTLINE, 4.2 * unit), (HANDLE_COLOUR, 3 * unit)):
            draw.ellipse([hx - radius, hy - radius, hx + radius, hy + radius], fill=colour)
    return layer.resize(size, Image.Resampling.BOX)


def before_and_after(
    before: Image.Image,
    after: Image.Image,
    handle_points: Sequence[Point],
    target_points: Sequence[Point],
    scale: int = 3,
) -> Image.Image:
    """The picture with the arrows on the left and the dragged one on the right, enlarged."""
    width, height = before.width * scale, before.height * scale
    gap = max(width // 32, 4)
    sheet = Image.new("RGBA", (2 * width + gap, height), "white")
    left, right = (i.resize((width, height), Image.Resampling.LANCZOS) for i in (before, after))
    left.alpha_composite(draw_arrows((width, height), handle_points, target_points, scale))
    sheet.paste(left, (0, 0))
    sheet.paste(right, (width + gap, 0))
    return sheet


def contact_sheet(pictures: Sequence[Image.Image], captions: Sequence[str]) -> Image.Image:
    """RGBA pictures of one size in rows on white, each with a caption below it."""
    width, height = pictures[0].size
    columns = min(len(pictures), _SHEET_COLUMNS)
    cell = width + _SHEET_GAP, height + _CAPTION_HEIGHT + _SHEET_GAP
    rows = math.ceil(len(pictures) / columns)
    size = columns * cell[0] + _SHEET_GAP, rows * cell[1] + _SHEET_GAP
    sheet = Image.new("RGBA", size, "white")
    draw = ImageDraw.Draw(sheet)
    for number, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        row, column = divmod(number, columns)
        place = column * cell[0] + _SHEET_GAP, row * cell[1] + _SHEET_GAP
        sheet.alpha_composite(picture, place)
        draw.text((place[0], place[1] + height + 2), caption, fill="black")
    return sheet


def write_animation(path: Path, frames: Sequence[Image.Image], seconds: float = 2.5) -> None:
    """Write RGBA frames as an endless WebP or GIF of about `seconds`.

    The last frame is held for a second. In a GIF a pixel is transparent or opaque.
    Raises `BadInput`.
    """
    step = max(seconds / len(frames), 0.04)
    write_frames(path, frames, [step] * (len(frames) - 1) + [1.0])


def write_frames(path: Path, frames: Sequence[Image.Image], seconds: Sequence[float]) -> None:
    """As `write_animation`, each frame for so many seconds."""
    if all(frame.getchannel("A").getextrema() == (255, 255) for frame in frames):
        frames = [frame.convert("RGB") for frame in frames]
    elif path.suffix.lower() == ".gif":
        frames = [_hard_edged(frame) for frame in frames]
    with writing(path) as unfinished:
        frames[0].save(
            unfinished,
            path.suffix[1:].upper(),
            save_all=True,
            append_images=frames[1:],
            duration=[round(1000 * each) for each in seconds],
            loop=0,
            disposal=2,  # GIF: what is transparent shows no earlier frame
        )


def _hard_edged(image: Image.Image) -> Image.Image:
    image = image.copy()
    image.putalpha(image.getchannel("A").point(lambda value: 255 if value > 127 else 0))
    return image
