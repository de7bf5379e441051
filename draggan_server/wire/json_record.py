"""Records kept as JSON: a dataclass by its fields' names, read back strictly by their types.

Bytes are base64 texts, paths are texts, tuples are lists, mappings have texts for keys. Fields
that a record does not have are ignored: a newer version may have written them.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.readers import Body, Kind, reader

T = TypeVar("T")


def parse(text: str | bytes) -> dict[str, Any]:
    """The object that a JSON text is. Raises `ProtocolError` with what is wrong."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"It is not JSON ({error}).") from None
    if not isinstance(document, dict):
        raise ProtocolError("It is not a JSON object.")
    return document


def from_document(cls: type[T], document: dict[str, Any]) -> T:
    """The record, or the `dict`, in a parsed object.

    Raises `ProtocolError`, and what the class's check raises.
    """
    read = reader(cls, {bytes: _read_bytes, Path: _read_path})
    record: T = read(document, Body((), newer=True), cls.__name__)
    return record


def to_document(record: Any) -> Any:
    """A record as `json.dumps` takes it and `from_document` reads it back."""
    if isinstance(record, bytes):
        return base64.b64encode(record).decode("ascii")
    if isinstance(record, Path):
        return str(record)
    if isinstance(record, Mapping):
        return {key: to_document(item) for key, item in record.items()}
    if isinstance(record, tuple):
        return [to_document(item) for item in record]
    if dataclasses.is_dataclass(record):
        fields = {
            field.name: to_document(getattr(record, field.name))
            for field in dataclasses.fields(record)
        }
        return {"kind": record.KIND, **fields} if isinstance(record, Kind) else fields
    return record


def _read_bytes(value: Any, _body: Body, where: str) -> bytes:
    try:
        return base64.b64decode(_text(value, where), validate=True)
    except ValueError:
        raise ProtocolError(f"{where} is not base64.") from None


def _read_path(value: Any, _body: Body, where: str) -> Path:
    return Path(_text(value, where))


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ProtocolError(f"{where} is not a text.")
    return value
