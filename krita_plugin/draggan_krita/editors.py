"""The points of each layer: the same in all windows, for as long as Krita runs."""

from __future__ import annotations

from typing import Any

from draggan_server.host.pair_editor import PairEditor

from .kept_points import read_points
from .nodes import node_id

_editors: dict[str, PairEditor] = {}
"""By the layers' unique ids."""


def editor_of(document: Any, node: Any) -> PairEditor:
    """The points of a layer, in the beginning those that the document keeps."""
    key = node_id(node)
    if key not in _editors:
        _editors[key] = PairEditor(read_points(document, node))
    return _editors[key]


def known_editor(layer_id: str) -> PairEditor:
    """The points of a layer that may be gone."""
    return _editors.setdefault(layer_id, PairEditor())
