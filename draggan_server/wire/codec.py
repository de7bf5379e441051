"""Envelopes to frames and back. Pure: no socket, no zmq.

The first frame is the header, a msgpack map of at most 64 KiB; raw frames follow it, one for each
image and for each text too long for the header. What may stand in a header follows from the message
classes' own fields: the tables here are built from them. `PROTOCOL.md` says it in words.

Decoding is strict. Whatever the bytes, `Codec.header` and `Codec.message` return or raise
`ProtocolError` (not a message) or `BadInput` (a message whose values cannot be right).
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgpack

from draggan_server.wire import versions
from draggan_server.wire.errors import BadInput, ForeignVersion, ProtocolError
from draggan_server.wire.messages import Event, Pixels, Request
from draggan_server.wire.readers import Body, Kind, read_int, record_reader
from draggan_server.wire.versions import PROTOCOL_VERSION, TIMELESS, Side, Version, is_spoken

MAX_HEADER_BYTES = 64 * 1024
MAX_PARTS = 8
MAX_FRAME_BYTES = 256 * 1024 * 1024
"""An RGBA layer of 8192 x 8192 pixels."""

MAX_INLINE_TEXT_BYTES = 16 * 1024
"""A longer text, such as a saved state, travels as a frame of its own (UTF-8)."""

MAX_CLIENT_CHARS = 64
_MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message and whose it is.

    `client` is the identity that the client chose for itself. A request has its number `id`, from
    1 upwards; an event has the number of the request it answers as `parent` (0: no request could be
    made out) and its own number `seq`, from 1 upwards for each client.
    """

    message: Any
    client: str
    id: int = 0
    parent: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """What an envelope says before its message is looked at."""

    version: Version
    type: str
    client: str
    id: int
    parent: int
    seq: int
    body: Mapping[Any, Any]
    frames: tuple[bytes, ...]


class Codec:
    """Encodes and decodes the given message classes, and no others.

    `foreign` says what is wrong with a sender whose version is not spoken here.
    """

    def __init__(
        self, messages: Iterable[type], foreign: Callable[[Version], ForeignVersion]
    ) -> None:
        self._foreign = foreign
        self._classes = {cls.__name__: cls for cls in messages}
        self._readers = {
            name: record_reader(cls, {Pixels: _read_pixels}) for name, cls in self._classes.items()
        }

    def encode(self, envelope: Envelope, version: Version = PROTOCOL_VERSION) -> list[bytes]:
        """The frames of an envelope. Raises `BadInput` or `ProtocolError` where there are none.

        `version` is another one for a peer that reads no other, which one of the `TIMELESS`
        messages can be said in.
        """
        name = type(envelope.message).__name__
        if self._classes.get(name) is not type(envelope.message):
            raise ProtocolError(f"{name} is not a message that can be sent here.")
        frames: list[bytes] = []
        header = {
            "version": version,
            "type": name,
            "client": envelope.client,
            "id": envelope.id,
            "parent": envelope.parent,
            "seq": envelope.seq,
            "body": _pack(envelope.message, name, frames),
        }
        try:
            packed = msgpack.packb(header)
        except (ValueError, OverflowError) as error:  # lone surrogates; whole numbers above 64 bit
            raise ProtocolError(f"{name} holds a value that cannot be sent: {error}.") from None
        if len(packed) > MAX_HEADER_BYTES:
            raise ProtocolError(
                f"The header of {name} has {len(packed)} bytes, more than {MAX_HEADER_BYTES}."
            )
        if len(frames) + 1 > MAX_PARTS:
            raise ProtocolError(f"{name} needs {len(frames) + 1} frames, more than {MAX_PARTS}.")
        return [packed, *frames]

    def decode(self, parts: Sequence[bytes]) -> Envelope:
        """The envelope in `parts`. Raises `ProtocolError`, or `BadInput` from the message."""
        header = read_header(parts)
        return Envelope(self.message(header), header.client, header.id, header.parent, header.seq)

    def message(self, header: Header) -> Any:
        """The message of a header. Raises `ProtocolError`, or `BadInput` from the message."""
        if not is_spoken(header.version) and header.type not in TIMELESS:
            raise self._foreign(header.version)
        read = self._readers.get(header.type)
        if read is None:
            raise ProtocolError(f"Unknown message {header.type!r:.60}.")
        body = Body(header.frames, header.version > PROTOCOL_VERSION)
        message = read(header.body, body, header.type)
        if len(body.used) != len(header.frames):
            raise ProtocolError(
                f"{header.type} came with {len(header.frames)} frames and uses {len(body.used)}."
            )
        return message


def read_header(parts: Sequence[bytes]) -> Header:
    """The header in `parts`, its message unread. Raises `ProtocolError`."""
    if not 1 <= len(parts) <= MAX_PARTS:
        raise ProtocolError(f"A message of {len(parts)} frames; 1 to {MAX_PARTS} are allowed.")
    if len(parts[0]) > MAX_HEADER_BYTES:
        raise ProtocolError(
            f"A header of {len(parts[0])} bytes; at most {MAX_HEADER_BYTES} are allowed."
        )
    try:
        document = msgpack.unpackb(parts[0])
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise ProtocolError(f"The header is not msgpack ({error!r:.80}).") from None
    if not isinstance(document, dict):
        raise ProtocolError("The header is not a map.")
    version = document.pop("version", None)
    if (
        not isinstance(version, list)
        or len(version) != 2
        or not all(type(number) is int and 0 <= number < 2**31 for number in version)
    ):
        raise ProtocolError("The header has no version [major, minor].")
    header = Header(
        version=(version[0], version[1]),
        type=_take(document, "type", str),
        client=_take(document, "client", str),
        id=_take_number(document, "id"),
        parent=_take_number(document, "parent"),
        seq=_take_number(document, "seq"),
        body=_take(document, "body", dict),
        frames=tuple(parts[1:]),
    )
    if not 1 <= len(header.client) <= MAX_CLIENT_CHARS:
        raise ProtocolError(f"A client's name has 1 to {MAX_CLIENT_CHARS} characters.")
    if document and header.version <= PROTOCOL_VERSION:
        raise ProtocolError(f"The header has unknown keys: {sorted(map(str, document))!r:.80}.")
    return header


def _take(document: dict[Any, Any], key: str, kind: type) -> Any:
    value = document.pop(key, None)
    if type(value) is not kind:
        raise ProtocolError(f"The header's {key} is missing or not a {kind.__name__}.")
    return value


def _take_number(document: dict[Any, Any], key: str) -> int:
    value: int = _take(document, key, int)
    if not 0 <= value <= _MAX_NUMBER:
        raise ProtocolError(f"The header's {key} is {value}; 0 to {_MAX_NUMBER} are allowed.")
    return value


def _read_pixels(value: Any, body: Body, where: str) -> Pixels:
    if not isinstance(value, dict):
        raise ProtocolError(f"{where} is not an image.")
    body.check_keys(value, ("frame", "width", "height", "channels"), where)
    width, height, channels = (
        read_int(value.get(key), body, f"{where}.{key}") for key in ("width", "height", "channels")
    )
    return Pixels(width, height, channels, body.frame(value.get("frame"), where))


# -- packing ------------------------------------------------------------------------------------


def _pack(value: Any, where: str, frames: list[bytes]) -> Any:
    """`value` as msgpack can hold it; images and long texts go to `frames`."""
    if isinstance(value, Pixels):
        if len(value.data) > MAX_FRAME_BYTES:
            raise BadInput(
                "An image of {width} x {height} pixels is too large to be sent: the limit is "
                "{most} MiB. Use a smaller layer.",
                width=value.width,
                height=value.height,
                most=MAX_FRAME_BYTES // 2**20,
            )
        frames.append(value.data)
        return {
            "frame": len(frames),
            "width": value.width,
            "height": value.height,
            "channels": value.channels,
        }
    if dataclasses.is_dataclass(value):
        fields = {
            field.name: _pack(getattr(value, field.name), f"{where}.{field.name}", frames)
            for field in dataclasses.fields(value)
        }
        return {"kind": value.KIND, **fields} if isinstance(value, Kind) else fields
    if isinstance(value, tuple):
        return [_pack(item, where, frames) for item in value]
    if isinstance(value, str) and len(value) > MAX_INLINE_TEXT_BYTES // 4:
        text = _utf8(value, where)
        if len(text) > MAX_INLINE_TEXT_BYTES:
            frames.append(text)
            return {"frame": len(frames)}
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise ProtocolError(f"{where} is {value}, which is not a finite number.")
    return value


def _utf8(value: str, where: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise ProtocolError(f"{where} is not text that can be sent: {error.reason}.") from None


def _foreign_daemon(version: Version) -> ForeignVersion:
    told = versions.of_daemon(Side("", version, version))
    return ForeignVersion(told.sentence, **told.values)


REQUEST_CODEC = Codec(typing.get_args(Request), versions.of_client)
"""What clients send."""

EVENT_CODEC = Codec(typing.get_args(Event), _foreign_daemon)
"""What the broker sends."""
