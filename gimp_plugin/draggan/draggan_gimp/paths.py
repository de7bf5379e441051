"""Point pairs from and to GIMP's own paths: each stroke goes from a handle to its target.

The user draws them with the Path tool: click both places; Shift+click begins the next stroke.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gi.repository import Gimp

from draggan_server.host.pairs import PointPair


def selected_pairs(image: Gimp.Image) -> list[PointPair]:
    """The pairs of all selected paths, in image coordinates."""
    return [pair for path in image.get_selected_paths() for pair in path_pairs(path)]


def path_pairs(path: Gimp.Path) -> Iterator[PointPair]:
    """A pair for each stroke with two anchors or more: from its first to its last, pinned where
    these lie together."""
    for stroke in path.get_strokes():
        _kind, floats, _closed = path.stroke_get_points(stroke)
        # Each anchor is six: an incoming control point, itself, an outgoing control point.
        anchors = list(zip(floats[2::6], floats[3::6], strict=True))
        if len(anchors) >= 2:
            yield PointPair(anchors[0], anchors[-1], anchors[0] == anchors[-1])


def add_path(image: Gimp.Image, name: str, pairs: Iterable[PointPair]) -> None:
    """A path of such strokes, which is then the selected one. One whose ends lie together stays."""
    path = Gimp.Path.new(image, name)
    for pair in pairs:
        path.bezier_stroke_lineto(path.bezier_stroke_new_moveto(*pair.handle), *pair.target)
    image.insert_path(path, None, 0)
    image.set_selected_paths([path])
