"""What a layer keeps of its edit, where an editor keeps texts with each layer: its saved state,
where on the layer the picture lies, its points, and what of it was painted to move. All of it is
ASCII, since GIMP's parasites take nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from draggan_server.host.kept_mask import mask_from_text, mask_to_text
from draggan_server.host.kept_pairs import KeptPairs
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import KeptRegion, Region
from draggan_server.wire.messages import Pixels

STATE, REGION, POINTS = "draggan-state", "draggan-region", "draggan-points"
MASK, ARROWS = "draggan-mask", "draggan-arrows"


class Notes(Protocol):
    """The texts of a layer, by their names."""

    def size(self) -> tuple[int, int]:
        """Of the layer, in pixels."""

    def rgba(self, region: Region) -> Pixels:
        """What the layer shows there."""

    def read(self, name: str) -> str:
        """Empty where there is none."""

    def write(self, name: str, text: str, lasting: bool = True) -> None:
        """Keep a text, or none where it is empty. What is `lasting` is saved with the image, and an
        undo step of its own."""


def are_arrows(notes: Notes) -> bool:
    """Whether a layer shows the arrows of a drag."""
    return bool(notes.read(ARROWS))


def mark_arrows(notes: Notes) -> None:
    """The layer shows the arrows of a drag."""
    notes.write(ARROWS, "shown")


def read_state(notes: Notes) -> str:
    """The state kept with a layer, empty where there is none. The daemon checks what it says."""
    return notes.read(STATE)


def write_state(notes: Notes, state: str) -> None:
    """Keep a state with a layer."""
    notes.write(STATE, state)


def read_region(notes: Notes) -> Region:
    """Where the picture lies, in the layer's pixels, also where that was scaled since: all of the
    layer, unless it is a part of a photo."""
    kept = KeptRegion.from_json(notes.read(REGION))
    return Region(0, 0, *notes.size()) if kept is None else kept.at_size(*notes.size())


def read_fingerprint(notes: Notes) -> str:
    """Of the picture of a layer as it was kept; empty where that is not known."""
    kept = KeptRegion.from_json(notes.read(REGION))
    return "" if kept is None else kept.fingerprint


def write_region(notes: Notes, region: Region) -> None:
    """Keep where the picture lies, in the layer's pixels, and what tells it from others."""
    kept = KeptRegion(region, *notes.size(), notes.rgba(region).fingerprint())
    notes.write(REGION, kept.to_json())


def read_pairs(notes: Notes, size: tuple[int, int]) -> list[PointPair]:
    """The pairs kept with a layer whose picture has a width and a height now, in its pixels, also
    where it was scaled since. Damaged: none."""
    kept = KeptPairs.from_json(notes.read(POINTS))
    return [] if kept is None else kept.at_size(*size)


def write_pairs(
    notes: Notes, pairs: Sequence[PointPair], size: tuple[int, int], *, lasting: bool = True
) -> None:
    """Keep pairs in the pixels of a layer's picture, where they are not kept already."""
    if list(pairs) != read_pairs(notes, size):
        kept = KeptPairs(*size, tuple(pairs))
        notes.write(POINTS, kept.to_json() if pairs else "", lasting)


def read_mask(notes: Notes) -> MaskRows | None:
    """What of the layer's picture may move, in the pixels that it had when that was painted; None
    where nothing is, or it is damaged."""
    return mask_from_text(notes.read(MASK))


def write_mask(notes: Notes, mask: MaskRows | None, *, lasting: bool = True) -> None:
    """Keep it with a layer, where it is not kept already."""
    text = mask_to_text(mask)
    if text != notes.read(MASK):
        notes.write(MASK, text, lasting)
