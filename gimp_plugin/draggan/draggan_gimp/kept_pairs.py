"""Point pairs kept with their layer as a parasite, so that they are there again the next time.

They are in pixels of the layer's picture, which may be a part of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp

from draggan_server.host.kept_pairs import KeptPairs
from draggan_server.host.pairs import PointPair

from .state import read_region

PARASITE = "draggan-points"
_LASTING, _PASSING = 3, 0
"""PERSISTENT | UNDOABLE, as for the saved state; or only as long as the image is open."""


def read_pairs(layer: Gimp.Layer) -> list[PointPair]:
    """The pairs kept with a layer, also where it was scaled since. Damaged: none."""
    parasite = layer.get_parasite(PARASITE)
    if parasite is None:
        return []
    kept = KeptPairs.from_json(bytes(parasite.get_data()).decode("ascii", errors="replace"))
    place = read_region(layer)
    return [] if kept is None else kept.at_size(place.width, place.height)


def write_pairs(layer: Gimp.Layer, pairs: Sequence[PointPair], *, lasting: bool = True) -> None:
    """Keep pairs with the layer, where they are not kept already.

    In an image, what is `lasting` is saved with it and is an undo step of its own.
    """
    if list(pairs) == read_pairs(layer):
        return
    if not pairs:
        layer.detach_parasite(PARASITE)
        return
    place = read_region(layer)
    text = KeptPairs(place.width, place.height, tuple(pairs)).to_json()
    flags = _LASTING if lasting else _PASSING
    layer.attach_parasite(Gimp.Parasite.new(PARASITE, flags, text.encode("ascii")))
