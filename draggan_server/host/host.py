"""What a session asks of an editor, and what it lets it show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import LayerT, Request, Return
from draggan_server.host.results import Found, Result
from draggan_server.host.states import Cause, State, is_busy, may
from draggan_server.wire.messages import DragFinished, Pixels, WentToDrag


@dataclass(frozen=True)
class Shown:
    """What a view shows of a session. `fraction` is None where how far it is cannot be said."""

    state: State
    words: str = ""
    fraction: float | None = None

    @property
    def busy(self) -> bool:
        return is_busy(self.state)

    def may(self, cause: Cause) -> bool:
        """Whether what causes that may be pressed."""
        return may(self.state, cause)


class Host(Protocol[LayerT]):
    """What a session asks of an editor. Points are in pixels of the layer's picture."""

    def read(self, live: bool) -> Request[LayerT]:
        """What is asked for by Start, or by a press that the picture shall follow (`live`): the
        layer that the user works on, its points and settings. Raises `BadInput` where it cannot be
        dragged, `UnknownPicture` where the daemon is to be asked first."""

    def welcome(self) -> None:
        """Say how points are set on the layer that the user works on, if there is anything to be
        said. Raises as `read` does where it cannot be dragged."""

    def find(self, layer: LayerT) -> Found:
        """Whether a layer is still there; asked several times a second."""

    def read_return(self, position: int) -> Return[LayerT]:
        """The layer that the user works on, to be had as it was after the first `position` of its
        drags. Raises `BadInput` where that cannot be."""

    def place(
        self,
        request: Request[LayerT],
        result: DragFinished | WentToDrag,
        pairs: Sequence[PointPair],
    ) -> LayerT:
        """Put the result on a new layer above the request's, which keeps the pairs and the saved
        state, in one undo step. Raises `BadInput` where that cannot be."""

    def read_photo(self) -> PhotoRequest[LayerT]:
        """The layer that the user works on, for a model to show, whether it has a state or not.
        Raises `BadInput` where that cannot be."""

    def know(self, request: PhotoRequest[LayerT], saved_state: str) -> None:
        """Keep the state of a photo with its layer, so that it can be dragged. Raises `BadInput`
        where that cannot be."""

    def say(self, sentence: str, error: bool) -> None:
        """Say something to the user."""

    def show(self, shown: Shown) -> None:
        """Show what is under way and what may be pressed."""

    def show_step(
        self,
        request: Request[LayerT],
        pairs: Sequence[PointPair],
        arrived: Sequence[bool],
        frame: Pixels,
    ) -> None:
        """Show how far the points are, and what the picture looks like meanwhile."""

    def show_sight(self, request: PhotoRequest[LayerT], frame: Pixels) -> None:
        """Show what the model shows of a photo so far: of its shape, small, and transparent where
        the model shows nothing of it."""

    def show_layer(self, layer: LayerT, pairs: Sequence[PointPair], arrived: bool) -> None:
        """Go over to a layer: a result, or after an undo what it came from."""

    def result_changed(self, result: Result[LayerT]) -> None:
        """The host's undo has removed a result, or its redo has brought it back."""

    def give_up_pair(self) -> bool:
        """Give up the pair in the making; False where there is none."""

    def leave(self) -> None:
        """Escape was pressed with nothing left to give up: leave the setting of points."""
