"""The larger or the smaller of two bytes, of many pairs of bytes at once.

A host's Python may have no numpy, and a call a byte takes 80 ns. So rows of bytes are taken as one
whole number each, of which every byte is a lane: some ten operations on whole numbers do for all.
"""

from __future__ import annotations

import functools


def larger(first: bytes | bytearray, second: bytes) -> bytes:
    """Both have the same length."""
    one, other = int.from_bytes(first, "little"), int.from_bytes(second, "little")
    unlike = one ^ other
    chosen = other ^ (unlike & _where_not_less(one, other, len(first)))
    return chosen.to_bytes(len(first), "little")


def smaller(first: bytes | bytearray, second: bytes) -> bytes:
    """Both have the same length."""
    one, other = int.from_bytes(first, "little"), int.from_bytes(second, "little")
    unlike = one ^ other
    chosen = one ^ (unlike & _where_not_less(one, other, len(first)))
    return chosen.to_bytes(len(first), "little")


def _where_not_less(one: int, other: int, count: int) -> int:
    """All bits of the lanes in which `one` is not less than `other`, and none of the others."""
    high = _high_bits(count)
    # Lane by lane, as no lane borrows from the next: its high bit stays where the lower seven of
    # `one` are not less. Where the high bits are unlike, those themselves decide.
    lower = (one | high) - (other & (high - (high >> 7)))
    decided = (lower ^ ((lower ^ one) & (one ^ other))) & high
    return (decided << 1) - (decided >> 7)


@functools.lru_cache(maxsize=2048)
def _high_bits(count: int) -> int:
    return int.from_bytes(b"\x80" * count, "little")
