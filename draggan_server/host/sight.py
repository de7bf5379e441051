"""What is seen of a layer while its points are set, something is under way, or a drag compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.request import LayerT
from draggan_server.host.results import Result
from draggan_server.host.split import left_part
from draggan_server.wire.messages import Pixels


class Sight(Generic[LayerT]):
    """A view keeps one, and draws what it says. `points_of` has the points of a layer that may be
    gone; they are put back to where they were set once nothing is under way with it."""

    def __init__(self, points_of: Callable[[LayerT], PairEditor]) -> None:
        self._points_of = points_of
        self._editing = False
        self._layer: LayerT | None = None
        self._held = False
        self._frame: Pixels | None = None
        self._before: tuple[Pixels, LayerT] | None = None
        self._part = 1.0
        self._split = False
        self._mask: Pixels | None = None
        self._veiled = True
        self._shown: Pixels | None = None

    @property
    def editing(self) -> bool:
        """Whether points are set."""
        return self._editing

    @property
    def layer(self) -> LayerT | None:
        """What something is under way with."""
        return self._layer

    @property
    def busy(self) -> bool:
        return self._layer is not None

    @property
    def editable(self) -> bool:
        """Whether the hand may set or pull points: in a work only the one that it pulls at."""
        return self._held if self.busy else self._editing

    @property
    def wanted(self) -> bool:
        """Whether there is anything to be seen at all."""
        return self._editing or self.busy or self._before is not None

    @property
    def picture(self) -> tuple[Pixels, LayerT] | None:
        """What is shown in the place of a layer's picture; None: the layer itself."""
        if self._layer is None:
            return self._before
        return None if self._frame is None else (self._frame, self._layer)

    @property
    def part(self) -> float:
        """How much of the layer's width, from the left, that picture is shown in the place of."""
        return self._part if self._layer is None else 1.0

    @property
    def split(self) -> bool:
        """Whether a part of the picture is shown as it was before, beside a line."""
        return self._split and not self.busy

    @property
    def veil(self) -> Pixels | None:
        """The mask over whose held parts a veil lies; None: none does. Nor in a work, nor after
        one: its result wants to be seen, until points or the selection are edited again."""
        if self._shown is not None and self._editing and not self.busy:
            return self._shown
        veiled = self._editing and self._veiled and not self.busy and not self._split
        return self._mask if veiled else None

    def edit(self, editing: bool) -> None:
        """Points are set from now on, or not any more."""
        self._editing = self._veiled = editing

    def points_edited(self) -> None:
        self._veiled = True

    def select(self, movable_mask: Pixels | None) -> None:
        """What of the layer's picture may move now; None: all of it."""
        if movable_mask != self._mask:
            self._mask, self._veiled = movable_mask, True

    def darken(self, shown: Pixels | None) -> None:
        """The veil is to lie over what a model does not show, or no more (None)."""
        self._shown = shown

    def show_work(self, layer: LayerT | None, held: bool) -> bool:
        """Something is under way with a layer, or nothing (None) any more; `held`: the hand pulls
        at one of its points. True where that is another work than before."""
        self._held = held
        if layer is self._layer:
            return False
        if self._layer is not None:
            self._points_of(self._layer).forget_drag()
        self._layer, self._frame, self._veiled = layer, None, False
        return True

    def show_frame(self, frame: Pixels) -> None:
        """What the picture of the layer under way looks like meanwhile."""
        if self._layer is not None:
            self._frame = frame

    def compare(self, result: Result[LayerT] | None, at: float | None = None) -> None:
        """Show what a result came from in its place, or no more (None); `at` that part of its
        width, if any, only what lies left of it."""
        self._before, self._part = None, 1.0
        if result is not None:
            picture = result.request.pixels
            seen = picture if at is None else left_part(picture, at)
            self._before, self._part = (seen, result.layer), seen.width / picture.width
        self._split = result is not None and at is not None
