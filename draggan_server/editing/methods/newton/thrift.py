"""What a near drag could spare, now that its handles have arrived.

Where a handle goes is linear in the latent for a few pixels only. An eye that is open does not
begin to close by the lid's way, and a chin goes down by a nod as well: so the first steps turn the
whole head, and where they have arrived the picture has changed as a whole. From there another way
may be seen that changes less. What a move costs is of two kinds, how far it leads from what the
model knows, p, and what it changes of the picture, s. Neither has a weight that suits all drags:
eyes close by what changes next to nothing, heads turn by what changes everything. So

    log p + SHARE log s

is what goes down: what is small of either kind counts most there, and what needs both is left as it
is. What rows do by themselves is dearer than on the way there: by that a picture becomes one that
the model does not make. A step minimises the sum of both in which s has the weight SHARE p / s of
where it begins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SHARE = 1.5
"""What the change of the picture counts over what leads away from what the model knows. With 2.2
landmarks end 0.1 px farther off."""
OWN = 0.5
"""Of a unit of each row's own move in the search, what is one here. A spike is pulled out of a mane
alone where rows part, which changes the least; no lion has such a mane. With 0.3 manes gain a
little more, but noses end 0.3 px farther off."""
STEPS = 4
"""At most: each is a look and two backward passes a handle."""
LEAST = 0.03
"""What a step must take off."""
UNLIKE = 1.5
"""Times the handles' misfit before a step: with more after it they are something else. Where a lid
closes by its own way it grows 1.4 times at most, where it comes down to a corner it is tripled."""
HEAVIEST, LIGHTEST = 240.0, 1.5
"""Weights of the change beyond these are taken for them."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a move: how far it goes, in units of what the model knows, and what it changes of the
    picture, over what such a unit does; both squared, above 0."""

    far: float
    change: float

    @property
    def weight(self) -> float:
        """That of the change in the next step."""
        return min(max(SHARE * self.far / self.change, LIGHTEST), HEAVIEST)

    @property
    def log(self) -> float:
        """What goes down."""
        return math.log(self.far) + SHARE * math.log(self.change)

    def is_less_than(self, other: Cost) -> bool:
        """Whether it is worth a step."""
        return other.log - self.log > LEAST
