"""What a desk asks of an editor: its layers, and what it shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol

from draggan_server.host.affine import Affine
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import LayerT, Request
from draggan_server.host.results import Found, Result
from draggan_server.wire.messages import Pixels


@dataclass(frozen=True)
class Reading(Generic[LayerT]):
    """A layer as it is now: its saved state, empty where it has none, and what it shows."""

    layer: LayerT
    saved_state: str
    pixels: Pixels


class Editor(Protocol[LayerT]):
    """What a desk asks of an editor. *The layer* is the one that the user works on.

    Methods that read raise `BadInput` where that cannot be done, and with what is wrong.
    """

    @property
    def how_to_edit(self) -> str:
        """The sentence about how points are set, where the view does not say so all the time."""

    def points(self) -> PairEditor:
        """The layer's points, in its pixels; some without any where there is no layer."""

    def points_of(self, layer: LayerT) -> PairEditor:
        """The points of a layer that may be gone."""

    def looked_at(self) -> tuple[str, str]:
        """The layer's key, and the saved state whose drags are to be shown; empty without any."""

    def to_picture(self) -> Affine:
        """From the layer's pixels to those of its picture. Raises as `read` does."""

    def check_place(self, *, carries: bool = False) -> None:
        """Raises `MovedPicture` where the picture seems not to lie where it was kept; the layer's
        points go with it where it `carries` them. Else as `read` does."""

    def movable_mask(self, layer: LayerT | None = None) -> Pixels | None:
        """What of the picture of a layer, or the layer, is selected to move; None: all of it."""

    def layer_mask(self) -> Pixels | None:
        """The mask that the layer has in the editor, of its picture; None where it has none.
        Raises as `read` does."""

    def read(self) -> Reading[LayerT]:
        """The layer, which has a state. Raises `UnknownPicture` where it has none."""

    def read_photo(self) -> Reading[LayerT]:
        """What of the layer a model is to show, whether it has a state or not."""

    def find(self, layer: LayerT) -> Found:
        """Whether a layer is still there; asked several times a second."""

    def keep_state(self, layer: LayerT, saved_state: str) -> None:
        """Keep the state of a photo with its layer."""

    def place(
        self,
        request: Request[LayerT],
        picture: Pixels,
        saved_state: str,
        pairs: Sequence[PointPair],
    ) -> LayerT:
        """Put a picture on a new layer above the request's, in one undo step. `pairs` are in the
        picture's pixels."""

    def result_changed(self, result: Result[LayerT]) -> None:
        """The editor's undo has removed a result, or its redo has brought it back."""

    def go_to(self, layer: LayerT) -> None:
        """Make it the layer; its points are loaded already."""

    def show_work(self, layer: LayerT | None, held: bool) -> None:
        """Something is under way with that layer, or nothing (None) any more; `held`: the hand
        pulls at one of its points."""

    def show_frame(self, layer: LayerT, frame: Pixels) -> None:
        """Show what its picture looks like meanwhile; the points are moved already."""

    def compare(self, result: Result[LayerT] | None, at: float | None = None) -> None:
        """Show what a result came from in its place, or no more (None); `at` that part of its
        width, if any, only what lies left of it."""

    def darken(self, shown: Pixels | None) -> None:
        """Lay a veil over what of the layer's picture is not `shown`, a mask of its shape; None: no
        more."""

    def points_edited(self) -> None:
        """The layer's points were edited."""

    def mask_painted(self) -> None:
        """What of the layer's picture may move was painted, as its points have it."""

    def may_begin(self) -> bool:
        """Whether a press may set or take a point of the layer; sets the bounds of its points."""

    def alert(self, sentence: str) -> None:
        """Something is wrong that the user should see; the form says it already."""

    def leave(self) -> None:
        """Escape was pressed with nothing left to give up: leave the setting of points."""
