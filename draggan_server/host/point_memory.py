"""The points of a document's layers, where the editor keeps them in one place."""

from __future__ import annotations

from collections.abc import Container, Sequence

from draggan_server.host.kept_pairs import KeptPairs
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.texts_by_layer import read_texts, with_text

KEY = "draggan-points"
DESCRIPTION = "DragGAN: the layers' points"


def read(annotation: bytes, key: str, place: Region, offset: tuple[int, int]) -> list[PointPair]:
    """The points kept of a layer of that offset whose picture lies in `place`, in the layer's
    pixels, also where the picture was scaled since. What is damaged is as good as none."""
    text = read_texts(annotation).get(key)
    kept = None if text is None else KeptPairs.from_json(text)
    if kept is None:
        return []
    back = place.way_from(offset).inverted()
    return [pair.mapped(back) for pair in kept.at_size(place.width, place.height)]


def keep(
    annotation: bytes,
    key: str,
    place: Region,
    offset: tuple[int, int],
    pairs: Sequence[PointPair],
    known: Container[str],
) -> bytes | None:
    """The annotation with a layer's points, in its pixels, and those of the layers that are
    `known`; None where that is what it says already."""
    if list(pairs) == read(annotation, key, place, offset):
        return None
    way = place.way_from(offset)
    in_picture = tuple(pair.mapped(way) for pair in pairs)
    text = KeptPairs(place.width, place.height, in_picture).to_json()
    return with_text(annotation, key, text, known)
