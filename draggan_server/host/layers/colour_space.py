"""Colour spaces: a layer's own bytes as sRGB RGBA8 and back, by the editor's own conversion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from draggan_server.host.raw_pixels import swap_red_and_blue

SRGB_PROFILE = "sRGB-elle-V2-srgbtrc.icc"
_SAME_AS_SRGB = (SRGB_PROFILE, "sRGB built-in")


class Convert(Protocol):
    """The editor's conversion of a picture's bytes. Raises `BadInput` where it has none."""

    def __call__(
        self, data: bytes, width: int, height: int, source: ColourSpace, target: ColourSpace
    ) -> bytes: ...


@dataclass(frozen=True)
class ColourSpace:
    """A colour model, depth and profile, by Krita's names, whose integers are BGRA."""

    model: str
    depth: str
    profile: str
    convert: Convert = field(compare=False, repr=False)

    @property
    def names(self) -> tuple[str, str, str]:
        return self.model, self.depth, self.profile

    @property
    def is_rgba8(self) -> bool:
        return (self.model, self.depth) == ("RGBA", "U8")

    def to_rgba8(self, data: bytes, width: int, height: int) -> bytes:
        """The editor's bytes of a picture as sRGB RGBA8."""
        if not self._is_srgb8:
            data = self.convert(data, width, height, self, self._srgb8)
        return swap_red_and_blue(data)

    def from_rgba8(self, rgba: bytes, width: int, height: int) -> bytes:
        """The other way round."""
        data = swap_red_and_blue(rgba)
        if self._is_srgb8:
            return data
        return self.convert(data, width, height, self._srgb8, self)

    @property
    def _is_srgb8(self) -> bool:
        return self.is_rgba8 and self.profile in _SAME_AS_SRGB

    @property
    def _srgb8(self) -> ColourSpace:
        return srgb8(self.convert)


def srgb8(convert: Convert) -> ColourSpace:
    """The one that needs no conversion."""
    return ColourSpace("RGBA", "U8", SRGB_PROFILE, convert)
