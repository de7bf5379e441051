"""Texts of a document's layers, where the editor keeps them in one place: an annotation of ASCII
JSON by the layers' keys."""

from __future__ import annotations

import json
from collections.abc import Container

from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse


def read_texts(annotation: bytes) -> dict[str, str]:
    """By the layers' keys. What is damaged is as good as none."""
    try:
        return from_document(dict[str, str], parse(annotation or b"{}"))
    except ProtocolError:
        return {}


def with_text(annotation: bytes, key: str, text: str, known: Container[str]) -> bytes:
    """The annotation with a layer's text, and those of the layers that are `known`; an empty text
    is not kept."""
    texts = {one: there for one, there in read_texts(annotation).items() if one in known}
    texts[key] = text
    kept = {one: there for one, there in texts.items() if there}
    return json.dumps(kept, separators=(",", ":")).encode("ascii")
