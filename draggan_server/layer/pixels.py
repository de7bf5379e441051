"""Images of the wire as tensors and back."""

from __future__ import annotations

import numpy as np
import torch

from draggan_server.wire.messages import Pixels


def as_bytes(pixels: Pixels) -> torch.Tensor:
    """[1, C, H, W] of uint8, C 1 or 4: a view of rows of whole pixels, as they came."""
    array = np.frombuffer(bytearray(pixels.data), np.uint8)
    return torch.from_numpy(array).view(pixels.height, pixels.width, -1).permute(2, 0, 1)[None]


def from_bytes(image: torch.Tensor) -> Pixels:
    """The inverse of `as_bytes`."""
    array = image[0].permute(1, 2, 0)
    height, width, channels = array.shape
    return Pixels(width, height, channels, array.contiguous().numpy().tobytes())


def to_tensor(pixels: Pixels, like: torch.Tensor) -> torch.Tensor:
    """[1, C, H, W] in [0, 1], of the type and on the device of `like`."""
    return as_bytes(pixels).to(like) / 255


def from_tensor(image: torch.Tensor) -> Pixels:
    """[1, C, H, W] in [0, 1], C 1 or 4, rounded to 8 bits: `to_tensor` read back is the same."""
    return from_bytes((image * 255).round().clamp(0, 255).to(torch.uint8).cpu())


def from_picture(picture: torch.Tensor) -> torch.Tensor:
    """A generator's picture [1, C, H, W] in [-1, 1] -> RGB, or RGBA of 4 channels, in [0, 1].

    Gray becomes three equal colours. At the steps of 8 bits: rounded here already, so that a change
    between two pictures is one between what a layer can hold, and a layer made from the picture
    equals it.
    """
    if picture.shape[1] == 1:
        picture = picture.expand(-1, 3, -1, -1)
    return ((picture + 1) * 127.5).clamp(0, 255).round() / 255


def luminance(colours: torch.Tensor) -> torch.Tensor:
    """sRGB [1, 3 or 4, H, W] in [0, 1] -> the grays of the same luminance, at steps of 8 bits.

    What a host makes of a picture in a gray image. Alpha stays.
    """
    colours, alpha = colours[:, :3], colours[:, 3:]
    weights = colours.new_tensor([0.2126, 0.7152, 0.0722]).view(1, 3, 1, 1)
    gray = _encoded((_light(colours) * weights).sum(dim=1, keepdim=True))
    return torch.cat([((gray * 255).round() / 255).expand_as(colours), alpha], dim=1)


def with_alpha(colours: torch.Tensor) -> torch.Tensor:
    """RGB or RGBA [1, 3 or 4, H, W] -> RGBA [1, 4, H, W]; what has no alpha is opaque."""
    if colours.shape[1] == 4:
        return colours
    return torch.cat([colours, torch.ones_like(colours[:, :1])], dim=1)


def as_seen(image: torch.Tensor) -> torch.Tensor:
    """RGB as it is; RGBA in [0, 1] with its colours premultiplied, so that none is under alpha 0.

    [1, 3 or 4, H, W]. Two such images differ only where they look different, and their mean is
    what lies between them.
    """
    if image.shape[1] == 3:
        return image
    alpha = image[:, 3:]
    return torch.cat([image[:, :3] * alpha, alpha], dim=1)


def mixed_in_light(a: torch.Tensor, b: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """From a [C, h, w] to b by weight [1, h, w], 0 to 1, as lights add up: no edge gets darker.

    sRGB, and premultiplied where C is 4. Exactly `a` where the weight is 0 and `b` where it is 1.
    """
    mixed = torch.where(weight < 1, a, b)
    between = ((weight > 0) & (weight < 1))[0]
    if bool(between.any()):
        here, there, share = (image[:, between] for image in (a, b, weight))
        mixed[:, between] = _shown(torch.lerp(_seen_light(here), _seen_light(there), share))
    return mixed


def _seen_light(seen: torch.Tensor) -> torch.Tensor:
    """[3 or 4, N], as seen -> the light of it, and its alpha."""
    seen = seen.clamp(0, 1)
    if len(seen) == 3:
        return _light(seen)
    alpha = seen[3:]
    return torch.cat([_light(seen[:3] / alpha.clamp(min=1e-6)) * alpha, alpha])


def _shown(light: torch.Tensor) -> torch.Tensor:
    """The inverse of `_seen_light`."""
    if len(light) == 3:
        return _encoded(light)
    alpha = light[3:]
    return torch.cat([_encoded(light[:3] / alpha.clamp(min=1e-6)) * alpha, alpha])


def _light(colours: torch.Tensor) -> torch.Tensor:
    """sRGB's transfer function, IEC 61966-2-1, from codes to light."""
    return torch.where(
        colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055).clamp(min=0) ** 2.4
    )


def _encoded(light: torch.Tensor) -> torch.Tensor:
    """The inverse of `_light`."""
    return torch.where(
        light <= 0.0031308, light * 12.92, 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    )
