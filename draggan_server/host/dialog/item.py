"""What is asked of an editor's images and of the layers in them, where each layer keeps its notes.

Regions are in pixels of the layer. Positions in the image count from the corner of its first pixel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.results import Found
from draggan_server.wire.messages import Pixels


class Item(ABC):
    """A layer of an image, or one that is not in it yet: until it is put there, nothing that is
    done to it is a step of undo. It is its own `Notes`. All but `found` only while it is there."""

    key: str
    """The same as long as the layer is, also after undo and redo."""

    # -- what it is -------------------------------------------------------------------------------

    @property
    @abstractmethod
    def name(self) -> str: ...

    @abstractmethod
    def found(self) -> Found:
        """What became of it."""

    @abstractmethod
    def check_kind(self) -> None:
        """Raises `BadInput` for a layer that has no pixels of its own, or none in RGB or gray."""

    @property
    @abstractmethod
    def locked_by(self) -> str:
        """The name of what locks its pixels: itself, or a group that it is in; else empty."""

    @abstractmethod
    def size(self) -> tuple[int, int]: ...

    @property
    @abstractmethod
    def offset(self) -> tuple[int, int]:
        """Where its first pixel lies in the image."""

    @property
    @abstractmethod
    def is_plain(self) -> bool:
        """Whether its pixels are seen as they are, with nothing of what is below opaque ones."""

    @property
    @abstractmethod
    def has_alpha(self) -> bool: ...

    # -- what it shows, and what there is over it -------------------------------------------------

    @abstractmethod
    def rgba(self, region: Region) -> Pixels: ...

    @abstractmethod
    def selected_bounds(self) -> Region | None:
        """What is selected lies within, also beside the layer; None where nothing is."""

    @abstractmethod
    def selected(self, region: Region) -> Pixels | None:
        """How much of each pixel is selected; None where nothing is at all."""

    @abstractmethod
    def mask(self, region: Region) -> Pixels | None:
        """The mask that it has in the editor, a byte a pixel; None where it has none."""

    @abstractmethod
    def path_pairs(self) -> list[PointPair]:
        """Pairs that the user has drawn by other tools of the editor, in the image."""

    @property
    @abstractmethod
    def above(self: ItemT) -> ItemT | None:
        """What lies directly above it in its group, or in its image; None: nothing does."""

    # -- its notes --------------------------------------------------------------------------------

    @abstractmethod
    def read(self, name: str) -> str:
        """As `Notes` has it."""

    @abstractmethod
    def write(self, name: str, text: str, lasting: bool = True) -> None:
        """As `Notes` has it."""

    # -- what is done to it -----------------------------------------------------------------------

    @abstractmethod
    def one_step(self) -> AbstractContextManager[None]:
        """What is done to its image meanwhile is one step of undo, and seen after it."""

    @abstractmethod
    def copied(self: ItemT, name: str) -> ItemT:
        """A copy, seen, that is in no image yet."""

    @abstractmethod
    def blank(self: ItemT, name: str, width: int, height: int) -> ItemT:
        """A layer for the same image, with alpha, that is not in it yet. It may be called of a
        layer that was removed."""

    @abstractmethod
    def write_rgba(self, picture: Pixels, region: Region, movable_mask: Pixels | None) -> None:
        """Before it is put into its image, or after `keep_pixels`. What the mask holds keeps its
        own pixels, to the last bit of whatever depth they are."""

    @abstractmethod
    def keep_pixels(self) -> None:
        """Let undo bring back the pixels that it has now, in its image, as a part of the step."""

    @abstractmethod
    def move_to(self, offset: tuple[int, int]) -> None:
        """Before it is put into its image."""

    @abstractmethod
    def add_alpha(self) -> None:
        """Before it is put into its image, or as a part of the step."""

    @abstractmethod
    def put_above(self: ItemT, other: ItemT | None) -> bool:
        """Into its image, above another layer, or on top of all. False where that cannot be."""

    @abstractmethod
    def wrap(self, name: str) -> None:
        """Put a group in its place, with it inside, which shows what is inside as it was."""

    @abstractmethod
    def remove(self) -> None:
        """Out of its image."""

    @abstractmethod
    def add_path(self, name: str, pairs: Sequence[PointPair]) -> None:
        """Draw pairs, in its image, as `path_pairs` would read them, in one step of undo."""

    @abstractmethod
    def hide(self) -> None:
        """Let it be seen no more."""


ItemT = TypeVar("ItemT", bound=Item)
