"""Sources of results that would show through them.

Krita's undo does not record whether a layer is visible. So a source that shows through its result
is hidden for as long as the result is there.
"""

from __future__ import annotations

from draggan_server.host.layers.document import Node, PictureLayer
from draggan_server.host.raw_pixels import is_opaque
from draggan_server.wire.messages import Pixels


class Hiding:
    """Of all documents, for as long as the editor runs."""

    def __init__(self) -> None:
        self._results: set[str] = set()

    def note(self, source: PictureLayer, result: PictureLayer, picture: Pixels) -> None:
        """Hide the source of a new result, where it would be seen through its picture."""
        node = result.node
        assert node is not None, "the result is there"
        opaque = is_opaque(picture) and _is_opaque_around(node, result)
        if not (opaque and node.is_plain):
            self._results.add(result.key)
        self.show_source(source, result, there=True)

    def show_source(self, source: PictureLayer, result: PictureLayer, there: bool) -> None:
        """The result is there, or was taken away by the editor's undo."""
        node = source.node
        if result.key in self._results and node is not None:
            node.show(not there)


def _is_opaque_around(node: Node, result: PictureLayer) -> bool:
    """Whether nothing shows through a layer around its picture. Of layers whose
    pixels have not four bytes it is not looked for: they are hidden."""
    content = node.content
    if content == result.region:
        return True
    if not node.space.is_rgba8:
        return False
    return is_opaque(Pixels(content.width, content.height, 4, node.pixels(content)))
