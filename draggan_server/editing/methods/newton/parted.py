"""Rows that have parted farther in a near drag than the model knows, and how they come together.

A spike that is pulled comes out of a mane alone where rows part, and the mane on the other side
stays, since that changes the least. No lion has such a mane. What a move costs tells it, p of
`thrift`: mouths that are open have 16 to 23 where they have arrived, spikes mostly 30 to 110. There
rows' own moves become dearer than in thrift, and what changes of the picture counts less: all of
the mane grows. Jaws that go down and lids that close have parted as far, and rightly, since they
are parts that move: their discs show that, too.
"""

from __future__ import annotations

from draggan_server.editing.methods.newton.meant import Move

KNOWN = 30.0
"""What p is for each handle at most where rows have not parted. With 20 manes end as near."""
ALIKE = 0.5
"""Handles that look more unlike may be at a part that moves by itself: jaws that go down differ by
0.56 to 0.88 where p is more, lids by 0.67 to 0.99."""
OWN = 0.2
"""Of a unit of each row's own move in the search, what is one where rows come together."""
WEIGHT = 30.0
"""That of the change of the picture meanwhile. With 10 the head goes along farther than it should,
with 80 less of the mane grows."""
DEAREST = 1.0
"""What the sum of logarithms of `thrift` grows by at most: spikes have up to 0.7, a jaw for which
the head turns 2.3."""
STEPS = 4
"""Each is a look and two backward passes a handle."""


def have_parted(move: Move, handles: int) -> bool:
    """Whether the rows of that move have, in a near drag of so many handles."""
    return move.cost.far > KNOWN * handles and move.misfit <= ALIKE


def may_rejoin(before: Move, after: Move | None) -> bool:
    """Whether rows may have come together by going from one move to the other."""
    return after is not None and after.cost.log - before.cost.log <= DEAREST
