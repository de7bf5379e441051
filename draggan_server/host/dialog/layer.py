"""A layer that is shown in a dialog of its own, as its editor has it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Layer, Request
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels


@dataclass(frozen=True)
class DialogLayer(Layer):
    """A layer as it was when it was looked at, and the picture on it, which may be a part of it.
    Without a `saved_state` nothing is known of that yet. Points are in pixels of the picture."""

    saved_state: str
    is_photo: bool

    @abstractmethod
    def found(self) -> Found:
        """What became of it."""

    @abstractmethod
    def now(self: DialogLayerT) -> DialogLayerT:
        """The layer as it is now. Raises `BadInput` where it cannot be dragged."""

    @abstractmethod
    def as_photo(self: DialogLayerT) -> DialogLayerT:
        """What is selected of it, or all of it, whether it has a state or not. Raises `BadInput` as
        `now` does, and for a selection beside it."""

    @abstractmethod
    def whole(self: DialogLayerT) -> DialogLayerT:
        """The same with all of the layer for its picture."""

    @abstractmethod
    def fills_same(self: DialogLayerT, other: DialogLayerT) -> bool:
        """Whether the pictures of both are the same part of the layer."""

    @abstractmethod
    def pixels(self) -> Pixels:
        """Its picture."""

    @abstractmethod
    def selected(self) -> Pixels | None:
        """What is selected of the picture; None where nothing is at all."""

    @abstractmethod
    def path_pairs(self) -> list[PointPair]:
        """Pairs that the user has drawn by other tools of the editor."""

    @abstractmethod
    def kept_pairs(self) -> list[PointPair]:
        """The pairs that are kept with it."""

    @abstractmethod
    def keep_pairs(self, pairs: Sequence[PointPair], *, lasting: bool) -> None:
        """Keep them; where that is not to be `lasting`, without a step of the editor's undo."""

    @abstractmethod
    def keep_state(self, saved_state: str) -> None:
        """Keep the state of its picture, in one undo step."""

    @abstractmethod
    def add_result(
        self: DialogLayerT,
        request: Request[DialogLayerT],
        picture: Pixels,
        saved_state: str,
        pairs: Sequence[PointPair],
    ) -> DialogLayerT:
        """Put a picture on a new layer above it, in one undo step."""

    @property
    def is_there(self) -> bool:
        return self.found() is Found.THERE

    def movable_mask(self) -> Pixels | None:
        """What of its picture may move; None: all of it. Raises `BadInput` where nothing may."""
        mask = self.selected()
        if mask is not None and not any(mask.data):
            raise BadInput(refusals.SELECTION_MISSES)
        return mask

    def check_there(self) -> None:
        """Raises `BadInput` where it was removed."""
        if not self.is_there:
            raise BadInput(refusals.LAYER_DELETED)

    def check_known(self) -> None:
        """Raises `UnknownPicture` where its document knows nothing of its picture."""

        whole = self.whole()

        def keep(saved_state: str) -> None:
            if self.is_there:
                whole.keep_state(saved_state)

        if not self.saved_state:
            raise UnknownPicture(self.name, lambda: whole.pixels().fingerprint(), keep)


DialogLayerT = TypeVar("DialogLayerT", bound=DialogLayer)
