"""What the daemon is asked with, read from a layer of GIMP's and the selection."""

from __future__ import annotations

from collections.abc import Sequence

from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import Request
from draggan_server.host.sentences import refusals
from draggan_server.wire.drag_config import DragConfig
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, Quality

from .layers import SourceLayer
from .pixels import read_rgba, read_selection


def layer_request(
    source: SourceLayer, pairs: Sequence[PointPair], config: DragConfig, live: bool = False
) -> Request[SourceLayer]:
    """The request for pairs in the picture's pixels. Raises `BadInput` for what cannot be
    dragged."""
    picture, mask = read_rgba(source.layer, source.region), _movable_mask(source)
    return Request(source, source.saved_state, picture, mask, tuple(pairs), config, live)


def photo_request(source: SourceLayer, model: str, quality: Quality) -> PhotoRequest[SourceLayer]:
    """The request for what `find_photo` has found. Raises `BadInput` for what no model can show."""
    picture, mask = read_rgba(source.layer, source.region), _movable_mask(source)
    return PhotoRequest(source, model, picture, mask, quality)


def _movable_mask(source: SourceLayer) -> Pixels | None:
    mask = read_selection(source.image, source.layer, source.region)
    if mask is not None and not any(mask.data):
        raise BadInput(refusals.SELECTION_MISSES)
    return mask
