"""Krita's colour spaces, and its own conversion between them."""

from __future__ import annotations

from typing import Any

from krita import Krita

from draggan_server.host.layers.colour_space import ColourSpace, srgb8
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput

from .qt import QByteArray


def space_of(thing: Any) -> ColourSpace:
    """The colour space of a Krita document or node."""
    return ColourSpace(thing.colorModel(), thing.colorDepth(), thing.colorProfile(), _converted)


def _converted(
    data: bytes, width: int, height: int, source: ColourSpace, target: ColourSpace
) -> bytes:
    # By way of a document that nobody sees: converting a node by itself crashes Krita, and
    # converting a clone of the user's document would convert every layer in it.
    document = Krita.instance().createDocument(width, height, "DragGAN", *source.names, 72.0)
    if document is None:
        raise BadInput(refusals.NO_CONVERSION, profile=source.profile)
    try:
        document.setBatchmode(True)
        document.topLevelNodes()[0].setPixelData(QByteArray(data), 0, 0, width, height)
        document.setColorSpace(*target.names)
        document.waitForDone()
        return bytes(document.topLevelNodes()[0].pixelData(0, 0, width, height))
    finally:
        document.close()


SRGB8 = srgb8(_converted)
