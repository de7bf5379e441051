"""What of a document's layers was painted to move, where the editor keeps it in one place."""

from __future__ import annotations

from collections.abc import Container

from draggan_server.host.kept_mask import mask_from_text, mask_to_text
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.texts_by_layer import read_texts, with_text

KEY = "draggan-masks"
DESCRIPTION = "DragGAN: what of the layers may move"


def read(annotation: bytes, key: str) -> MaskRows | None:
    """What is kept of a layer, in the pixels that its picture had when it was painted."""
    return mask_from_text(read_texts(annotation).get(key, ""))


def keep(annotation: bytes, key: str, mask: MaskRows | None, known: Container[str]) -> bytes:
    """The annotation with a layer's mask, and those of the layers that are `known`."""
    return with_text(annotation, key, mask_to_text(mask), known)
