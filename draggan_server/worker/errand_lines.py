"""What the broker and an errand's process say to each other: one JSON object a line."""

from __future__ import annotations

import json
import typing
from typing import Any

from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.wire.messages import (
    Errand,
    Failure,
    ModelProgress,
    ModelReady,
    ModelStopped,
)

ErrandEvent = ModelProgress | ModelReady | ModelStopped | Failure
ERRAND_ENDS = (ModelReady, ModelStopped, Failure)


_TYPES = {cls.__name__: cls for union in (Errand, ErrandEvent) for cls in typing.get_args(union)}


def to_line(message: Errand | ErrandEvent) -> bytes:
    text = json.dumps({"type": type(message).__name__, **to_document(message)})
    return f"{text}\n".encode()


def from_line(line: bytes) -> Any:
    """One of the same. Raises `ProtocolError`."""
    document = parse(line)
    kind = _TYPES.get(str(document.get("type")))
    if kind is None:
        raise ProtocolError(f"{document.get('type')!r} is nothing that is said here.")
    return from_document(kind, document)
