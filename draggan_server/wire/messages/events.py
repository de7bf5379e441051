"""What the daemon says while a request is under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from draggan_server.wire.messages.pixels import Pixels
from draggan_server.wire.state import Point


@dataclass(frozen=True, slots=True)
class OpenProgress:
    """A photo is being looked at: `share` of the work is done, 0 to 1.

    `preview` is what the model shows of it so far: RGBA, small, of the photo's shape.
    """

    share: float
    preview: Pixels | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The process that computed was lost, and another one begins again, from the edit as it was
    saved last and to the newest targets. `times`: how often that was so."""

    times: int


@dataclass(frozen=True, slots=True)
class DragProgress:
    """One step done; step 0 is the state before the first.

    Points in the layer's pixels, `mean_distance` in the model's pixels. `arrived` says of each
    handle whether it is near enough to its target. `prepared` is below 1 while a model is
    prepared for its first drag, once. `preview` is of an earlier step: it was rendered while the
    drag went on.
    """

    step: int
    max_steps: int
    handle_points: tuple[Point, ...]
    arrived: tuple[bool, ...]
    mean_distance: float
    loss: float
    prepared: float = 1.0
    preview: Pixels | None = None


Grip = Literal["held", "lost", "flat"]
"""How a live drag has hold of a point: it follows; it was not found again where it should be now;
it was pressed where nothing tells it from its surroundings, as on an even background."""


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """A live drag as it is now, on its way to the targets that `MoveTargets` `number` named.

    Points in the layer's pixels, in the order of the targets' message: `handle_points` where they
    are, `target_points` where they go, inside of the picture. `grips` has one for each.
    `mean_distance` in the model's pixels. `picture` shows the layer, RGBA, in its size or a smaller
    one of the same shape, to be scaled up. `resting`: nothing more comes until a target moves.
    `prepared` is below 1, and there is no picture, while a model is prepared for its first drag.
    """

    number: int
    step: int
    handle_points: tuple[Point, ...]
    target_points: tuple[Point, ...]
    arrived: tuple[bool, ...]
    grips: tuple[Grip, ...]
    mean_distance: float
    resting: bool = False
    prepared: float = 1.0
    picture: Pixels | None = None


@dataclass(frozen=True, slots=True)
class DragFrame:
    """Picture `number`, from 1, of those that were asked for of a drag that has ended.

    `layer` is the layer so far on the way, which is a straight one between its latents: a drag
    takes a few large steps. The pictures are evenly spaced in time, and slow at both ends. Each but
    the first is sent only after the client said `NextPreview`.
    """

    number: int
    layer: Pixels
