"""What is said while points are set."""

from __future__ import annotations

from collections.abc import Iterable

from draggan_server.host.affine import Affine
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.sentences import said
from draggan_server.host.translation import tr
from draggan_server.wire.messages import Pixels


def held_points(pairs: Iterable[PointPair], mask: Pixels | None) -> list[int]:
    """Numbers of the points that begin where nothing may change; pairs and mask are those of the
    picture."""
    if mask is None:
        return []
    held = []
    for number, pair in enumerate(pairs, start=1):
        handle = pair.handle
        x = min(max(round(handle[0]), 0), mask.width - 1)
        y = min(max(round(handle[1]), 0), mask.height - 1)
        if mask.data[y * mask.width + x] == 0:
            held.append(number)
    return held


def advice(editor: PairEditor, mask: Pixels | None, to_picture: Affine) -> tuple[str, bool]:
    """The sentence, and whether it warns; an empty one where points are as they should be."""
    held = held_points((pair.mapped(to_picture) for pair in editor.pairs), mask)
    if held:
        return tr(said.POINT_IS_HELD, number=held[0]), True
    return (tr(said.CLICK_TARGET) if editor.half_set else ""), False
