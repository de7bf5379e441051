"""Readers of records, made from the type hints of their dataclasses.

A reader takes a value as msgpack or JSON gives it, the body that it stands in, and the field's name
for the sentence of an error. It returns the field's value or raises `ProtocolError`.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from draggan_server.wire.errors import ProtocolError


class Kind:
    """A record that stands where others may: its map has the key `kind`, which says which it is."""

    __slots__ = ()
    KIND: ClassVar[str]


@dataclass(slots=True)
class Body:
    """The frames behind a header, which of them were used, and whether its sender is newer."""

    frames: Sequence[bytes]
    newer: bool
    used: set[int] = dataclasses.field(default_factory=set)

    def frame(self, number: object, where: str) -> bytes:
        if type(number) is not int or not 1 <= number <= len(self.frames):
            raise ProtocolError(f"{where} names a frame that is not there.")
        if number in self.used:
            raise ProtocolError(f"{where} names a frame that is used already.")
        self.used.add(number)
        return self.frames[number - 1]

    def check_keys(self, document: Mapping[Any, Any], known: Iterable[str], where: str) -> None:
        unknown = document.keys() - set(known)
        if unknown and not self.newer:
            raise ProtocolError(f"{where} has unknown fields: {sorted(map(str, unknown))!r:.80}.")


Reader = Callable[[Any, Body, str], Any]
Special = Mapping[type, Reader]
"""Readers of types that are not the same everywhere."""


def reader(hint: Any, special: Special) -> Reader:
    """The reader of what a type hint says: numbers, texts, records, tuples, maps by text, unions of
    kinds."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        members = [argument for argument in arguments if argument is not types.NoneType]
        inner = _union_reader(members, special) if members[1:] else reader(members[0], special)
        return inner if members == list(arguments) else _optional_reader(inner)
    if origin is typing.Literal:
        return _word_reader(arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _sequence_reader(reader(arguments[0], special))
    if origin is tuple:
        return _fixed_reader([reader(argument, special) for argument in arguments])
    if origin is dict or origin is Mapping:
        return _map_reader(reader(arguments[1], special))
    if hint in special:
        return special[hint]
    if dataclasses.is_dataclass(hint):
        return record_reader(typing.cast("type", hint), special)
    return {int: read_int, float: _read_float, str: _read_text, bool: _read_bool}[hint]


def record_reader(cls: type, special: Special) -> Reader:
    """The reader of a dataclass, whose own check may raise `BadInput`."""
    hints = typing.get_type_hints(cls)
    readers = {field.name: reader(hints[field.name], special) for field in dataclasses.fields(cls)}
    required = {
        field.name
        for field in dataclasses.fields(cls)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }

    kind = cls.KIND if issubclass(cls, Kind) else None
    known = readers if kind is None else ("kind", *readers)

    def read(value: Any, body: Body, where: str) -> Any:
        if not isinstance(value, dict):
            raise ProtocolError(f"{where} is not a map of fields.")
        if kind is not None and value.get("kind") != kind:
            raise ProtocolError(f"{where} is of the kind {value.get('kind')!r:.40}, not {kind!r}.")
        body.check_keys(value, known, where)
        if missing := required - value.keys():
            raise ProtocolError(f"{where} lacks the fields {sorted(missing)}.")
        fields = {
            name: read_field(value[name], body, f"{where}.{name}")
            for name, read_field in readers.items()
            if name in value
        }
        return cls(**fields)

    return read


def _union_reader(members: Sequence[type[Kind]], special: Special) -> Reader:
    by_kind = {member.KIND: record_reader(member, special) for member in members}

    def read(value: Any, body: Body, where: str) -> Any:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in by_kind:
            raise ProtocolError(
                f"{where} is of the kind {kind!r:.40}; known are {', '.join(by_kind)}."
            )
        return by_kind[kind](value, body, where)

    return read


def _word_reader(words: Sequence[str]) -> Reader:
    def read(value: Any, body: Body, where: str) -> str:
        word = _read_text(value, body, where)
        if word not in words and not body.newer:
            raise ProtocolError(f"{where} is {word!r:.40}; it is one of {', '.join(words)}.")
        return word

    return read


def _optional_reader(inner: Reader) -> Reader:
    return lambda value, body, where: None if value is None else inner(value, body, where)


def _map_reader(inner: Reader) -> Reader:
    def read(value: Any, body: Body, where: str) -> Any:
        if not isinstance(value, dict):
            raise ProtocolError(f"{where} is not a map.")
        return {
            _read_text(key, body, where): inner(item, body, f"{where}.{key:.40}")
            for key, item in value.items()
        }

    return read


def _sequence_reader(inner: Reader) -> Reader:
    def read(value: Any, body: Body, where: str) -> Any:
        if not isinstance(value, list):
            raise ProtocolError(f"{where} is not a list.")
        return tuple(inner(item, body, where) for item in value)

    return read


def _fixed_reader(inner: list[Reader]) -> Reader:
    def read(value: Any, body: Body, where: str) -> Any:
        if not isinstance(value, list) or len(value) != len(inner):
            raise ProtocolError(f"{where} is not a list of {len(inner)}.")
        return tuple(one(item, body, where) for one, item in zip(inner, value, strict=True))

    return read


def read_int(value: Any, _body: Body, where: str) -> int:
    if type(value) is not int:
        raise ProtocolError(f"{where} is not a whole number.")
    return value


def _read_float(value: Any, _body: Body, where: str) -> float:
    if type(value) not in (int, float):
        raise ProtocolError(f"{where} is not a number.")
    try:
        number = float(value)
    except OverflowError:
        raise ProtocolError(f"{where} is too large a number.") from None
    if not math.isfinite(number):
        raise ProtocolError(f"{where} is {number}, which is not a finite number.")
    return number


def _read_text(value: Any, body: Body, where: str) -> str:
    if isinstance(value, dict):
        body.check_keys(value, ("frame",), where)
        try:
            return body.frame(value.get("frame"), where).decode()
        except UnicodeDecodeError:
            raise ProtocolError(f"{where} is not UTF-8 text.") from None
    if not isinstance(value, str):
        raise ProtocolError(f"{where} is not a text.")
    return value


def _read_bool(value: Any, _body: Body, where: str) -> bool:
    if type(value) is not bool:
        raise ProtocolError(f"{where} is not true or false.")
    return value
