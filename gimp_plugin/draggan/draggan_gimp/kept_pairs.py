"""Point pairs kept with their layer as a parasite, so that they are there again the next time."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp

from draggan_server.host.kept_pairs import KeptPairs
from draggan_server.host.pairs import PointPair
from draggan_server.wire.errors import BadInput

PARASITE = "draggan-points"
_LASTING, _PASSING = 3, 0
"""PERSISTENT | UNDOABLE, as for the saved state; or only as long as the image is open."""


def read_pairs(layer: Gimp.Layer) -> list[PointPair]:
    """The pairs kept with a layer, in its pixels, also where it was scaled since. Damaged: none."""
    parasite = layer.get_parasite(PARASITE)
    if parasite is None:
        return []
    try:
        kept = KeptPairs.from_json(bytes(parasite.get_data()).decode("ascii", errors="replace"))
    except BadInput:
        return []
    return kept.at_size(layer.get_width(), layer.get_height())


def write_pairs(layer: Gimp.Layer, pairs: Sequence[PointPair], *, lasting: bool = True) -> None:
    """Keep pairs in the layer's pixels with it, where they are not kept already.

    In an image, what is `lasting` is saved with it and is an undo step of its own.
    """
    if list(pairs) == read_pairs(layer):
        return
    if not pairs:
        layer.detach_parasite(PARASITE)
        return
    text = KeptPairs(layer.get_width(), layer.get_height(), tuple(pairs)).to_json()
    flags = _LASTING if lasting else _PASSING
    layer.attach_parasite(Gimp.Parasite.new(PARASITE, flags, text.encode("ascii")))
