"""Krita's colour spaces, and its own conversion between them."""

from __future__ import annotations

import functools
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
    if not (document := _blank().clone()).setColorSpace(*source.names):
        raise BadInput(refusals.NO_CONVERSION, profile=source.profile)
    layer = document.topLevelNodes()[0]
    layer.setPixelData(QByteArray(data), 0, 0, width, height)
    document.setColorSpace(*target.names)
    document.waitForDone()
    converted = bytes(layer.pixelData(0, 0, width, height))
    document.crop(0, 0, 1, 1)  # Krita never frees a layer that a script has seen
    return converted


@functools.cache
def _blank() -> Any:
    """Has no place among Krita's documents, nor have its clones: to get one takes Krita long."""
    document = Krita.instance().createDocument(1, 1, "DragGAN", *SRGB8.names, 72.0)
    blank = document.clone()
    document.close()
    return blank


SRGB8 = srgb8(_converted)
