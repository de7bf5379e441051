"""Valid files, slightly damaged."""

from __future__ import annotations

import random


def mutated(content: bytes, random_: random.Random) -> bytes:
    """One to three changes, each of a few bytes, or the end cut off."""
    changed = bytearray(content)
    for _ in range(random_.choice((1, 1, 1, 2, 3))):
        _change(changed, random_)
    return bytes(changed)


def _change(content: bytearray, random_: random.Random) -> None:
    kind = random_.randrange(8)
    at = random_.randrange(len(content) or 1)
    span = min(random_.choice((1, 1, 2, 4, 8, 40)), len(content) - at)
    if kind <= 1:  # one bit
        content[at : at + 1] = bytes(
            byte ^ 1 << random_.randrange(8) for byte in content[at : at + 1]
        )
    elif kind == 2:  # any byte, with those that sizes end at more often
        content[at : at + 1] = bytes(
            [random_.choice((0, 1, 127, 128, 255, random_.randrange(256)))]
        )
    elif kind == 3:
        del content[at : at + span]
    elif kind == 4:  # repeat
        content[at:at] = content[at : at + span]
    elif kind == 5:  # a part from elsewhere in its place
        source = random_.randrange(len(content) or 1)
        content[at : at + span] = content[source : source + span]
    elif kind == 6:  # an extreme number
        content[at : at + 8] = random_.choice(
            (bytes(8), b"\xff" * 8, b"\xff" * 7 + b"\x7f", b"\x00\x00\x00\x80" * 2)
        )[: random_.choice((4, 8))]
    else:
        del content[at:]
