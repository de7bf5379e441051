"""What a masked drag has changed outside, where it has ended, and what of that can be taken back.

The search weighs what is held by how that changes where the drag began, and after a far way it
changes otherwise. So it is measured anew at the end: what it has changed by, r, and how that goes
on with the moves, J, of which J'J is a sketch and J'r exact. From there a step m with the handles
where they are minimises the costs of all moves and |r + J m|^2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.methods.newton.held_metric import Held
from draggan_server.editing.methods.newton.minimum_norm import MinimumNorm
from draggan_server.editing.methods.newton.place import Place

LEAST = 0.03
"""Of what has changed: what a step must take off."""
YIELDS = 0.1
"""Of its way that is left a handle which has not arrived gives up no more for that."""
BLURS = 1.15
"""Times that the handles' discs may become as unlike for that. With 1.7 a nose was a blur."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Where a masked drag stands: the `cost` of moves from there, and the moves `gone` [size] that
    it is as if it had made, by how much what is `held` has `changed`."""

    cost: MinimumNorm
    gone: torch.Tensor
    held: Held
    changed: float

    def is_less_in(self, view: PyramidView) -> bool:
        """Whether what `view` shows has changed less, and worth a step."""
        return self.held.change(view) < (1 - LEAST) * self.changed


def hardly_moved(first: Place, place: Place, left: torch.Tensor) -> bool:
    """Whether handles that had left [P] px to go at the first place are surely seen near to it."""
    off = (place.seen - first.seen).norm(dim=1)
    return bool((off <= YIELDS * left).all()) and not any(place.doubtful)
