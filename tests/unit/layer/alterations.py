"""What people do to a layer before they drag it: some of it a drag can live with, some not.

Each takes and gives an array [height, width, 4], RGBA of 8 bits, of a square picture of 256 pixels.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Alteration = Callable[[np.ndarray], np.ndarray]

_SIDE = 256
_SMOOTH = Image.Resampling.BICUBIC
_RESAMPLINGS = {
    "nearest": Image.Resampling.NEAREST,
    "linear": Image.Resampling.BILINEAR,
    "cubic": _SMOOTH,
    "lanczos": Image.Resampling.LANCZOS,
}
_SIDES = (48, 64, 100, 128, 192, 230, 255, 257, 300, 384, 512, 700, 1024)


def scaled(side: int, resampling: Image.Resampling) -> Alteration:
    return lambda a: np.asarray(Image.fromarray(a).resize((side, side), resampling))


def turned(degrees: float, *, grow: bool) -> Alteration:
    return lambda a: np.asarray(Image.fromarray(a).rotate(degrees, _SMOOTH, expand=grow))


ASIDE = np.array([[0.79, 0.03, 24.0], [0.07, 0.83, 9.0], [-4e-4, -2e-4, 1.0]])
"""Takes pixels of the picture to those of the layer, where that is seen from aside."""


def seen_from_aside(a: np.ndarray) -> np.ndarray:
    """Where nothing is seen it is transparent."""
    half = np.array([[1.0, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])  # Pillow counts from corners
    back = np.linalg.inv(np.linalg.inv(half) @ ASIDE @ half)
    coefficients = (back / back[2, 2]).flatten()[:8]
    image = Image.fromarray(a).transform(
        (_SIDE, _SIDE), Image.Transform.PERSPECTIVE, tuple(coefficients), _SMOOTH
    )
    return np.asarray(image)


def grown(by: int, fill: int = 0) -> Alteration:
    return lambda a: np.pad(a, ((by, by), (by, by), (0, 0)), constant_values=fill)


def cropped(by: int) -> Alteration:
    return lambda a: a[by:-by, by:-by]


def painted(left: int, top: int, right: int, bottom: int, *colour: int) -> Alteration:
    def paint(a: np.ndarray) -> np.ndarray:
        a = a.copy()
        a[top:bottom, left:right, :3] = colour
        return a

    return paint


def drawn(draw: Callable[[ImageDraw.ImageDraw], None]) -> Alteration:
    def paint(a: np.ndarray) -> np.ndarray:
        image = Image.fromarray(a.copy())
        draw(ImageDraw.Draw(image))
        return np.asarray(image)

    return paint


def toned(tone: Callable[[np.ndarray], np.ndarray]) -> Alteration:
    """By a function of the colours [height, width, 3] in [0, 1]; it may give [height, width, 1]."""

    def change(a: np.ndarray) -> np.ndarray:
        colours = np.broadcast_to(tone(a[..., :3] / 255), (*a.shape[:2], 3))
        return np.dstack([(colours.clip(0, 1) * 255).round().astype(np.uint8), a[..., 3]])

    return change


def recoloured(hue: int = 0, saturation: float = 1.0) -> Alteration:
    """`hue` in 256ths of the circle."""

    def change(a: np.ndarray) -> np.ndarray:
        hsv = np.asarray(Image.fromarray(a[..., :3]).convert("HSV")).astype(int)
        hsv[..., 0] = (hsv[..., 0] + hue) % 256
        hsv[..., 1] = (hsv[..., 1] * saturation).clip(0, 255)
        rgb = Image.fromarray(hsv.astype(np.uint8), "HSV").convert("RGB")
        return np.dstack([np.asarray(rgb), a[..., 3]])

    return change


def with_alpha(alpha: Callable[[np.ndarray, np.ndarray], np.ndarray], *, wiped: bool) -> Alteration:
    """Alpha as a function of x and y; `wiped`: no colour is kept where it is 0."""

    def change(a: np.ndarray) -> np.ndarray:
        y, x = np.mgrid[:_SIDE, :_SIDE]
        values = np.broadcast_to(alpha(x, y), a.shape[:2]).astype(np.uint8)
        colours = a[..., :3] * ((values > 0) | (not wiped))[..., None]
        return np.dstack([colours, values]).astype(np.uint8)

    return change


def around_the_face(a: np.ndarray) -> np.ndarray:
    """All but the face and the mane painted over."""
    y, x = np.mgrid[:_SIDE, :_SIDE]
    a = a.copy()
    a[((x - 125) / 75) ** 2 + ((y - 130) / 95) ** 2 > 1, :3] = 240
    return a


def as_jpeg(a: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(a[..., :3]).save(file, "JPEG", quality=90)
    return np.dstack([np.asarray(Image.open(file)), a[..., 3]])


def linear(colours: np.ndarray) -> np.ndarray:
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def encoded(light: np.ndarray) -> np.ndarray:
    power = 1.055 * np.maximum(light, 1e-6) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, light * 12.92, power)


def luminance(colours: np.ndarray) -> np.ndarray:
    return encoded(linear(colours) @ np.array([[0.2126], [0.7152], [0.0722]]))


def gamma(value: float) -> Alteration:
    return toned(lambda c: c ** (1 / value))


def _text(draw: ImageDraw.ImageDraw) -> None:
    draw.text((20, 100), "HELLO LION", fill=(255, 0, 0, 255), font_size=36)


def _strokes(draw: ImageDraw.ImageDraw) -> None:
    for number in range(6):
        line = [(20 * number + 30, 60), (20 * number + 60, 200)]
        draw.line(line, fill=(20, 60, 220, 255), width=5)


PAINT: dict[str, Alteration] = {
    "an eye": painted(80, 110, 110, 135, 30, 60, 220),
    "the lower third": painted(0, 170, 256, 256, 250, 250, 250),
    "the lower half": painted(0, 128, 256, 256, 10, 120, 30),
    "the left half": painted(0, 0, 128, 256, 200, 20, 30),
    "the upper half": painted(0, 0, 256, 128, 20, 20, 30),
    "around the face": around_the_face,
    "text": drawn(_text),
    "strokes": drawn(_strokes),
}

HARMLESS: dict[str, Alteration] = {
    "nothing": lambda a: a,
    **{
        f"scaled to {side}, {name}": scaled(side, resampling)
        for side in _SIDES
        for name, resampling in _RESAMPLINGS.items()
    },
    "scaled up and down": lambda a: scaled(256, _SMOOTH)(scaled(512, _SMOOTH)(a)),
    "scaled down and up": lambda a: scaled(256, _SMOOTH)(scaled(128, _SMOOTH)(a)),
    "8 bits of light": toned(lambda c: encoded((linear(c) * 255).round() / 255)),
    "noise of two steps": toned(lambda c: c + np.random.default_rng(0).normal(0, 2 / 255, c.shape)),
    "JPEG": as_jpeg,
    "in a gray image": toned(luminance),
    "half of it erased": with_alpha(lambda x, y: 255 * (x < 128), wiped=False),
    "half of it erased and wiped": with_alpha(lambda x, y: 255 * (y < 128), wiped=True),
    "translucent": with_alpha(lambda x, y: x // 4 + 100, wiped=False),
    **PAINT,
}

RUINED: dict[str, Alteration] = {
    "flipped": lambda a: a[:, ::-1],
    "upside down": lambda a: a[::-1],
    "turned by 90 degrees": lambda a: np.rot90(a),
    "turned by 180 degrees": lambda a: np.rot90(a, 2),
    "turned by 1 degree": turned(1, grow=False),
    "turned by 3 degrees": turned(-3, grow=False),
    "turned by 3 degrees, grown": turned(3, grow=True),
    "turned by 6 degrees": turned(6, grow=False),
    "turned by 6 degrees, grown": turned(6, grow=True),
    "bounds grown by 4": grown(4),
    "bounds grown by 22": grown(22),
    "bounds grown by 22, white": grown(22, fill=255),
    "cropped by 4": cropped(4),
    "cropped by 22": cropped(22),
    "seen from aside": seen_from_aside,
    "moved by 3": lambda a: np.roll(a, 3, axis=1),
    "moved by 16": lambda a: np.roll(a, 16, axis=0),
    "gamma 1.6": gamma(1.6),
    "gamma 0.6": gamma(0.6),
    "gamma 1.1": gamma(1.1),
    "brighter": toned(lambda c: c + 0.15),
    "more contrast": toned(lambda c: (c - 0.5) * 1.4 + 0.5),
    "inverted": toned(lambda c: 1 - c),
    "colorized": toned(lambda c: c.mean(axis=2, keepdims=True) * [0.35, 0.6, 1.0]),
    "gray by value": toned(lambda c: c.max(axis=2, keepdims=True)),
    "hue by 180 degrees": recoloured(hue=128),
    "hue by 30 degrees": recoloured(hue=21),
    "hue by 15 degrees": recoloured(hue=10),
    "half the saturation": recoloured(saturation=0.5),
    "more saturation": recoloured(saturation=1.5),
    "posterized": toned(lambda c: (c * 3).round() / 3),
    "edges": lambda a: np.dstack(
        [np.asarray(Image.fromarray(a[..., :3]).filter(ImageFilter.FIND_EDGES)), a[..., 3]]
    ),
    "flipped, gamma 1.6": lambda a: gamma(1.6)(a[:, ::-1]),
    "most of it painted over": painted(0, 50, 256, 256, 10, 10, 10),
    "white": painted(0, 0, 256, 256, 255, 255, 255),
}
