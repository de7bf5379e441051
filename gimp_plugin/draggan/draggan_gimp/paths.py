"""Point pairs from GIMP's own paths: each stroke goes from a handle to its target.

The user draws them with the Path tool: click the handle, click the target, Shift+click begins the
next stroke.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gi.repository import Gimp

from draggan_server.host.pairs import PointPair

_FLOATS_PER_ANCHOR = 6  # incoming control point, the anchor itself, outgoing control point


def selected_pairs(image: Gimp.Image) -> list[PointPair]:
    """The pairs of all selected paths, in image coordinates."""
    return [pair for path in image.get_selected_paths() for pair in path_pairs(path)]


def path_pairs(path: Gimp.Path) -> Iterator[PointPair]:
    """A pair for each stroke with two anchors or more: from its first to its last."""
    for stroke in path.get_strokes():
        _kind, floats, _closed = path.stroke_get_points(stroke)
        anchors = list(_anchors(floats))
        if len(anchors) >= 2:
            yield PointPair(anchors[0], anchors[-1])


def _anchors(floats: list[float]) -> Iterable[tuple[float, float]]:
    for start in range(0, len(floats), _FLOATS_PER_ANCHOR):
        yield floats[start + 2], floats[start + 3]
