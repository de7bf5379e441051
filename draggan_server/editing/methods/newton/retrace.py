"""Whether what a search found at the end of a far way is what it was pressed on.

On a far way a handle may be taken for what looks like it, a spike of the mane for its neighbour. So
the latent is led from the press to the end once more, in small parts and through what the mapping
network makes, and the handle is followed through their pictures, each time from where it was. What
is the handle comes out where the search has it; what is not comes out elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from draggan_server.editing.methods.newton.trail import Known

PART = 0.03
"""How far handles go in a part at most, of the picture's longer side. With half of it and with one
and a half of it the same handles stray."""
ASTRAY = 0.05
"""Likewise: from where the search has it. Of 246 far drags of the toy lion five that are wrong come
out 15 to 63 px of 256 away, and of those that are right two."""


def parts(first: Known, last: Known, side: int) -> int:
    """In how many pictures the handles are followed from the one to the other. `side` is the
    picture's longer one, px."""
    way = float((last.seen - first.seen).norm(dim=1).max())
    return max(1, math.ceil(way / (PART * side)))


def strayed(
    look: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    way: Sequence[torch.Tensor],
    first: Known,
    last: Known,
    side: int,
) -> tuple[bool, ...]:
    """For each handle, whether it comes out elsewhere.

    `look` gives where handles are seen [P, 2] after a move x [size], near where they are expected
    [P, 2]; `way` are the moves that lead from the first to the last one.
    """
    before = first.seen - (last.seen - first.seen) / len(way)
    seen = first.seen
    for x in way:
        before, seen = seen, look(x, 2 * seen - before)
    return tuple(((seen - last.seen).norm(dim=1) > ASTRAY * side).tolist())
