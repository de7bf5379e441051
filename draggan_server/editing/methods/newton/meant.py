"""Which of the moves that bring the handles to their targets is meant.

One point says little of that. Where a lid opens or a pupil rolls, what the disc about an eye's
corner shows changes as if the corner had moved, and that changes so little of the picture that a
near drag finds it first; where a lid is dragged that is wide open, nothing shows yet that it could
close, and the head nods. So what was found is asked two questions, and another search answers:
could the whole have moved instead, with the handles looking like what they were? And where it was
the whole, could it have been a part? Of two moves that one is meant for which

    log p + SHARE log s + LOOK log m

is less: p and s are its costs as in `thrift`, m is how unlike the handles look to what they were.

A part may be where nothing near shows that it could move: a lid that is wide open has hardly a
derivative by what closes it, neither at the press nor where the head has nodded. Far away it has.
So of all moves that cost as much, p = `FAR` and s weighed most, that one is taken which brings the
handle farthest by the derivative, and from the derivative there the next one, until the handle
looks changed (Frank and Wolfe 1956, "An algorithm for quadratic programming": each step goes to
where the linear model is best among all that is allowed). From there a search finds its end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from draggan_server.editing.methods.newton.thrift import Cost

OWN = 0.05
"""Of a unit of each row's own move in the search, what is one where the whole moves: rows hardly
part."""
STEPS = 8
"""At most: each goes 2% of the picture's side."""
LOOK = 2.0
"""What the look counts. From 1.5 to 3 the same drags are told apart."""
SURE = 0.08
"""Handles that look no more unlike are what they were. The whole is not tried then."""
ALIKE = 0.15
"""Handles that look more unlike where the whole has moved are no part of it: a jaw that is still
shut, an eye that is still open. What goes with the whole differs by 0.04 to 0.12."""
DEAR = 0.0
"""A move whose sum is no more is not asked whether a part would do: corners of eyes mostly have
-9 to -2, a head that nods for a lid 1 to 4."""

LOOK_OF_A_PART = 1.0
"""What the look counts where a part is asked about: it looks changed because it has moved."""
HIDDEN = 0.4
"""A handle that looks no more unlike has gone with the whole: that a part could have moved may not
show where it is. Where a part has begun to move discs differ by 0.46 and more."""
FAR = 160.0
"""p of moves by which a part is looked for from far away: what right ones end with is 30 to 60, and
such moves have other directions besides."""
BEGUN = 0.3
"""Handles that look more unlike there have begun to move by a part."""
LESS = 0.7
"""Of what has changed of the picture: where a part is meant less changes so far away, 0.1 to 0.5 of
it, and where the whole is as much or more."""
FAR_STEPS = 2
"""At most: what has not begun by then does not."""
STEPS_BACK = 5
"""At most, from there to where the handles have come: right ones take 2 to 5."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a move costs, and how unlike the handles look after it, above 0."""

    cost: Cost
    misfit: float

    @property
    def sum(self) -> float:
        """What is less for what is meant."""
        return self._sum(LOOK)

    @property
    def may_be_the_whole(self) -> bool:
        """Whether the whole could have moved instead."""
        return self.misfit > SURE

    @property
    def may_be_a_part(self) -> bool:
        """Whether a part could have moved instead."""
        return self.sum > DEAR

    @property
    def may_hide_a_part(self) -> bool:
        """Whether a part that could have moved instead may not show where this has led to."""
        return self.misfit <= HIDDEN

    def after_the_way(self, share: float) -> Move:
        """What is to be expected of it where its handles have gone `share` of their way from the
        press: costs grow with the square of the way, and the look with the way."""
        square = share**2
        cost = Cost(self.cost.far / square, self.cost.change / square)
        return Move(cost, self.misfit / share)

    def is_rather_meant_than(self, other: Move, *, whole: bool) -> bool:
        """Whether it is this one; `whole` if it moves the whole."""
        if whole:
            return self.sum < other.sum and self.misfit <= ALIKE
        return self._sum(LOOK_OF_A_PART) < other._sum(LOOK_OF_A_PART)

    def _sum(self, look: float) -> float:
        return self.cost.log + look * math.log(self.misfit)
