"""The dark veil over the part of a layer's picture that the selection holds."""

from __future__ import annotations

from typing import Any

from draggan_server.host.raw_pixels import veil_over_held
from draggan_server.host.region import Region
from draggan_server.wire.errors import BadInput

from .layers import active_picture, selection_mask
from .qt import QImage

NOWHERE = Region(0, 0, 1, 1)


class Veil:
    """What `look` has found: `image` (None: nothing is held), to be drawn over `region`."""

    def __init__(self) -> None:
        self.image: QImage | None = None
        self.region = NOWHERE
        self._mask: bytes | None = None

    def look(self, document: Any) -> None:
        """Find out what is held of the active layer's picture; None of a layer without one."""
        try:
            _layer, region = active_picture(document)
        except BadInput:
            mask, region = None, NOWHERE
        else:
            mask = selection_mask(document, region)
        if mask != self._mask or region != self.region:
            self._mask, self.region = mask, region
            self.image = None if mask is None else _image(mask, region)


def _image(mask: bytes, region: Region) -> QImage:
    shade = veil_over_held(mask)
    shared = QImage(shade, region.width, region.height, region.width, QImage.Format.Format_Alpha8)
    return shared.copy()  # the first one only borrows the bytes
