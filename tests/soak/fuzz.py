"""Bytes that somebody might send: noise, and good messages with something changed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgpack

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2**31, 2**63, -(2**63), 1e308, float("nan"), float("inf")),
    *("", "x" * 300, "\0", "é", b"", b"\xff" * 40, [], {}, [[]], {"frame": 1}, {"frame": 2**40}),
    *([0, 0], [2, 0], [1e9, -1e9], {"kind": "sample"}, {"kind": 3}, {1: 2}),
)


def changed_bytes(data: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, left out, doubled or cut off."""
    text = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5))):
        place = dice.randrange(len(text) + 1)
        kind = dice.randrange(5)
        if kind == 0 and place < len(text):
            text[place] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del text[place : place + dice.choice((1, 2, 8, 100))]
        elif kind == 2:
            text[place:place] = dice.randbytes(dice.choice((1, 2, 8, 100)))
        elif kind == 3:
            text[place:place] = text[place : place + 50]
        else:
            del text[place:]
    return bytes(text)


def changed_value(value: Any, dice: random.Random) -> Any:
    """A msgpack or JSON value with one thing in it replaced, left out or added."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        changed = dict(value)
        key = dice.choice(list(changed))
        if dice.random() < 0.1:
            del changed[key]
        elif dice.random() < 0.1:
            changed[dice.choice(("x", "frame", "kind", "version"))] = dice.choice(ODD)
        else:
            changed[key] = changed_value(changed[key], dice)
        return changed
    if isinstance(value, list) and value and dice.random() < 0.8:
        items = list(value)
        place = dice.randrange(len(items))
        items[place : place + dice.choice((0, 1, 1, 1))] = [changed_value(items[place], dice)]
        return items
    return dice.choice(ODD)


def changed_message(parts: Sequence[bytes], dice: random.Random) -> list[bytes]:
    """A message with its header changed, as bytes or as a value, or with other frames."""
    frames = list(parts)
    kind = dice.randrange(10)
    if kind < 6:
        header = changed_value(msgpack.unpackb(frames[0]), dice)
        frames[0] = msgpack.packb(header)
    elif kind < 8:
        frames[0] = changed_bytes(frames[0], dice)
    elif kind == 8:
        frames.insert(dice.randrange(len(frames) + 1), dice.randbytes(dice.randrange(20)))
    else:
        del frames[dice.randrange(len(frames))]
    return frames
