"""What a drag is asked with, read from a layer of GIMP's and the selection."""

from __future__ import annotations

from collections.abc import Sequence

from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Request
from draggan_server.host.sentences import refusals
from draggan_server.wire.drag_config import DragConfig
from draggan_server.wire.errors import BadInput

from .layers import SourceLayer
from .pixels import read_rgba, read_selection


def layer_request(
    source: SourceLayer, pairs: Sequence[PointPair], config: DragConfig, live: bool = False
) -> Request[SourceLayer]:
    """The request for pairs in the layer's pixels. Raises `UnknownPicture` as `check_known` does,
    and `BadInput` for what cannot be dragged."""
    source.check_known()
    mask = read_selection(source.image, source.layer)
    if mask is not None and not any(mask.data):
        raise BadInput(refusals.SELECTION_MISSES)
    picture = read_rgba(source.layer)
    return Request(source, source.saved_state, picture, mask, tuple(pairs), config, live)
