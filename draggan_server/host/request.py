"""What a drag is asked with: the layer as it was when Start was pressed, complete and checked."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Generic, TypeVar

from draggan_server.host.affine import Affine
from draggan_server.host.pairs import PointPair
from draggan_server.host.result_place import RESULT_PLACES, ResultPlace
from draggan_server.host.sentences import refusals
from draggan_server.wire.drag_config import DragConfig
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    MAX_FRAMES,
    EditOpened,
    Pixels,
    StartDrag,
    already_there,
    check_layer_size,
    check_movable_mask,
    check_point_pairs,
    check_points,
    check_points_inside,
)
from draggan_server.wire.state import Point


@dataclass(frozen=True)
class Layer:
    """A layer of a host, which adds what it needs to find it again and to put a result above it.

    `key` is the same as long as the layer is, also after the host's undo and redo.
    """

    key: str
    name: str

    @property
    def to_picture(self) -> Affine:
        """From pixels of the layer to those of the picture on it."""
        return Affine()


LayerT = TypeVar("LayerT", bound=Layer)


@dataclass(frozen=True)
class Request(Generic[LayerT]):
    """A picture on a layer, its saved state, and where its points shall go.

    Points are (x, y) float pixels of `pixels`, the picture as it is seen; `movable_mask` has its
    size, None: all of it may move. A `live` drag follows the hand: its targets may lie at the
    handles, and outside. `place`: where its result is to be put. Raises `BadInput` for what cannot
    be dragged.
    """

    layer: LayerT
    saved_state: str
    pixels: Pixels
    movable_mask: Pixels | None
    pairs: tuple[PointPair, ...]
    config: DragConfig
    live: bool = False
    place: ResultPlace = RESULT_PLACES[0]

    def __post_init__(self) -> None:
        check_layer_size(self.pixels.width, self.pixels.height)
        if self.live:
            check_points(self.handles, self.targets)
        else:
            check_point_pairs(self.handles, self.targets)
            for number, (handle, target, pinned) in enumerate(self.pairs, start=1):
                if handle == target and not pinned:
                    raise already_there(number, handle)
        inside = () if self.live else self.targets
        check_points_inside(self.handles, inside, self.pixels.width, self.pixels.height)
        if self.movable_mask is not None:
            check_movable_mask(self.movable_mask, self.handles)

    @property
    def handles(self) -> tuple[Point, ...]:
        return tuple(pair.handle for pair in self.pairs)

    @property
    def targets(self) -> tuple[Point, ...]:
        return tuple(pair.target for pair in self.pairs)

    def message(self, edit: EditOpened, preview_seconds: float = 0.0) -> StartDrag:
        """What begins the drag of its state, once that is open."""
        return StartDrag(
            edit_id=edit.edit_id,
            revision=edit.revision,
            handle_points=self.handles,
            target_points=self.targets,
            config=self.config,
            preview_seconds=preview_seconds,
            movable_mask=self.movable_mask,
            layer=self.pixels,
        )


@dataclass(frozen=True)
class Return(Request[LayerT]):
    """The same layer as it was after the first `position` of its drags; its points stay as they
    are, and need not be such as could be dragged."""

    position: int = 0

    def __post_init__(self) -> None:
        check_layer_size(self.pixels.width, self.pixels.height)


@dataclass(frozen=True)
class Spread(Request[LayerT]):
    """A drag whose way is spread over the frames `first` to `last` of an animation: the first shows
    the picture as it is, the last one the result. `way`: the pictures between that have come."""

    first: int = 0
    last: int = 1
    way: tuple[Pixels, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.first >= self.last:
            raise BadInput(refusals.NO_RANGE, first=self.first, last=self.last)
        if self.count > MAX_FRAMES:
            raise BadInput(refusals.LONG_RANGE, count=self.count + 2, most=MAX_FRAMES + 2)

    @classmethod
    def of(cls, request: Request[LayerT], frames: tuple[int, int]) -> Spread[LayerT]:
        """The same drag over the frames from the first to the last. Raises `BadInput` where these
        are no such, or too many."""
        given = {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}
        return cls(**given, first=frames[0], last=frames[1])

    @property
    def count(self) -> int:
        """So many frames lie between the first and the last."""
        return self.last - self.first - 1

    def keys(self, result: Pixels) -> list[tuple[int, Pixels]]:
        """Each frame with its picture, and where the first is not frame 0, that one, too."""
        before = [(0, self.pixels)] if self.first else []
        way = enumerate((self.pixels, *self.way), start=self.first)
        return [*before, *way, (self.last, result)]

    def message(self, edit: EditOpened, preview_seconds: float = 0.0) -> StartDrag:
        return dataclasses.replace(super().message(edit, preview_seconds), frames=self.count)
