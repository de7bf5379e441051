"""Krita's documents and nodes: small questions about them."""

from __future__ import annotations

from typing import Any

from krita import Krita

from draggan_server.host.region import Region

from .qt import QUuid


def node_id(node: Any) -> str:
    return node.uniqueId().toString()


def is_open(document: Any) -> bool:
    """Whether the document is still there; asking a closed one for more may crash Krita."""
    return document is not None and document in Krita.instance().documents()


def active_layer(document: Any) -> Any:
    """The layer that the user works on, also where one of its masks is active; None if none."""
    node = document.activeNode()
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    # A mask of the whole image, such as the selection, hangs on the root, which is no layer.
    return None if node is None or node.parentNode() is None else node


def find_layer(document: Any, unique_id: str) -> Any:
    """The layer of that id, wherever it stands in the document, or None."""
    return document.nodeByUniqueID(QUuid(unique_id))


def offset_of(node: Any) -> tuple[int, int]:
    """How far the layer has been moved from where its pixels were first put."""
    position = node.position()
    return position.x(), position.y()


def bounds_of(node: Any) -> Region:
    """The smallest rectangle that holds all of a layer's pixels; of no size for an empty one."""
    bounds = node.bounds()
    return Region(bounds.x(), bounds.y(), bounds.width(), bounds.height())


def pixels_of(node: Any, region: Region) -> bytes:
    """The bytes of a layer or a selection in a region of the image, as Krita keeps them."""
    return bytes(node.pixelData(region.x, region.y, region.width, region.height))
