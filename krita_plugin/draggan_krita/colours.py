"""Colour spaces: a layer's own bytes as sRGB RGBA8 and back, by Krita's own conversion."""

from __future__ import annotations

from typing import Any, NamedTuple

from krita import Krita

from draggan_server.host.raw_pixels import swap_red_and_blue
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput

from .qt import QByteArray

_SRGB_PROFILE = "sRGB-elle-V2-srgbtrc.icc"
_SAME_AS_SRGB = (_SRGB_PROFILE, "sRGB built-in")


class ColourSpace(NamedTuple):
    """A colour model, depth and profile, by Krita's names."""

    model: str
    depth: str
    profile: str

    @classmethod
    def of(cls, thing: Any) -> ColourSpace:
        """The colour space of a Krita document or node."""
        return cls(thing.colorModel(), thing.colorDepth(), thing.colorProfile())

    @property
    def is_srgb8(self) -> bool:
        """Whether the bytes need no conversion."""
        return self.is_rgba8 and self.profile in _SAME_AS_SRGB

    @property
    def is_rgba8(self) -> bool:
        return (self.model, self.depth) == ("RGBA", "U8")

    def to_rgba8(self, data: bytes, width: int, height: int) -> bytes:
        """Krita's bytes of a picture as sRGB RGBA8."""
        if not self.is_srgb8:
            data = _converted(data, width, height, self, SRGB8)
        return swap_red_and_blue(data)

    def from_rgba8(self, rgba: bytes, width: int, height: int) -> bytes:
        """The other way round."""
        data = swap_red_and_blue(rgba)
        return data if self.is_srgb8 else _converted(data, width, height, SRGB8, self)


SRGB8 = ColourSpace("RGBA", "U8", _SRGB_PROFILE)


def _converted(
    data: bytes, width: int, height: int, source: ColourSpace, target: ColourSpace
) -> bytes:
    # By way of a document that nobody sees: converting a node by itself crashes Krita, and
    # converting a clone of the user's document would convert every layer in it.
    document = Krita.instance().createDocument(width, height, "DragGAN", *source, 72.0)
    if document is None:
        raise BadInput(refusals.NO_CONVERSION, profile=source.profile)
    try:
        document.setBatchmode(True)
        document.topLevelNodes()[0].setPixelData(QByteArray(data), 0, 0, width, height)
        document.setColorSpace(*target)
        document.waitForDone()
        return bytes(document.topLevelNodes()[0].pixelData(0, 0, width, height))
    finally:
        document.close()
