"""New picture: a sample of a model on a new layer, or in a new document."""

from __future__ import annotations

from typing import Any

from krita import Krita

from draggan_server.host.layer_names import sample_name
from draggan_server.host.mixing import main_seed
from draggan_server.host.region import Region
from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import EditOpened, Sample

from .colours import SRGB8, ColourSpace, from_rgba8
from .layers import add_layer
from .memory import remember
from .nodes import active_layer, is_open
from .qt import QByteArray

_DPI = 72.0


def check_document(document: Any) -> None:
    """Raises `BadInput` where a picture cannot be put into the document (None: a new one)."""
    if document is not None:
        ColourSpace.of(document).check_usable()


def place_sample(window: Any, document: Any, sample: Sample, opened: EditOpened) -> tuple[Any, Any]:
    """Put the picture above the active layer, in the middle of the image; (document, node).

    With `document` None it becomes the only layer of a new document of its size, shown in `window`.
    Raises `BadInput` where the document was closed in the meantime.
    """
    name = sample_name(opened.model, main_seed(sample))
    if document is None:
        return _new_document(window, name, opened)
    if not is_open(document):
        raise BadInput(refusals.CLOSED_BEFORE_PICTURE)
    width, height = opened.picture.width, opened.picture.height
    x, y = (document.width() - width) // 2, (document.height() - height) // 2
    native = from_rgba8(opened.picture.data, width, height, ColourSpace.of(document))
    region = Region(x, y, width, height)
    above = active_layer(document)
    return document, add_layer(document, name, region, native, opened.saved_state, above)


def _new_document(window: Any, name: str, opened: EditOpened) -> tuple[Any, Any]:
    width, height = opened.picture.width, opened.picture.height
    document = Krita.instance().createDocument(width, height, name, *SRGB8, _DPI)
    node = document.topLevelNodes()[0]
    node.setName(name)
    native = from_rgba8(opened.picture.data, width, height, SRGB8)
    node.setPixelData(QByteArray(native), 0, 0, width, height)
    region = Region(0, 0, width, height)
    remember(document, node, opened.saved_state, region)
    window.addView(document)
    document.refreshProjection()
    return document, node
