"""Sources of results that would show through them.

Krita's undo does not record whether a layer is visible. So a source that shows through its result
is hidden for as long as the result is there.
"""

from __future__ import annotations

from typing import Any

from draggan_server.host.raw_pixels import is_opaque
from draggan_server.wire.messages import Pixels

from .layers import PictureLayer
from .nodes import bounds_of, pixels_of

_hiding: set[str] = set()
"""Ids of the results that hide their sources, for as long as Krita runs."""


def note_result(source: PictureLayer, result: PictureLayer, picture: Pixels) -> None:
    """Hide the source of a new result, where it would be seen through its picture."""
    opaque = is_opaque(picture) and _is_opaque_around(result)
    if not (opaque and _is_plain(result.node)):
        _hiding.add(result.key)
    show_source(source, result, there=True)


def show_source(source: PictureLayer, result: PictureLayer, there: bool) -> None:
    """The result is there, or was taken away by Krita's undo."""
    node = source.node
    if result.key in _hiding and node is not None:
        node.setVisible(not there)
        source.document.refreshProjection()


def _is_opaque_around(result: PictureLayer) -> bool:
    """Whether nothing shows through a layer around its picture. Of deep layers it is not looked
    for: they are hidden."""
    content = bounds_of(result.node)
    if content == result.region:
        return True
    if result.space.depth != "U8":
        return False
    return is_opaque(Pixels(content.width, content.height, 4, pixels_of(result.node, content)))


def _is_plain(node: Any) -> bool:
    """Whether the layer's pixels are seen as they are, with nothing of what is below them."""
    return (
        node.opacity() == 255
        and node.blendingMode() == "normal"
        and not node.inheritAlpha()
        and not node.childNodes()
        and all(channel.visible() for channel in node.channels())
    )
