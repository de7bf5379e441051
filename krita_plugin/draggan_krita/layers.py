"""The layer that is dragged: whether it can be, where its picture lies, and its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from krita import Krita

from draggan_server.wire.codec import MAX_FRAME_BYTES
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels, check_layer_size
from draggan_server.wire.sentences import STATE_IS_LOST

from . import annotation
from .annotation import DamagedAnnotation, LayerRecord, Region
from .colours import ColourSpace, from_rgba8, to_rgba8
from .pixels import keep_held
from .qt import QByteArray, QUuid

_KINDS = {
    "grouplayer": "a group",
    "vectorlayer": "a vector layer",
    "filelayer": "a file layer",
    "clonelayer": "a clone layer",
    "filllayer": "a fill layer",
    "filterlayer": "a filter layer",
}


@dataclass(frozen=True)
class SourceLayer:
    """A layer as it was when its drag began. `native` are its bytes in `space`, `region`'s rows."""

    node_id: str
    name: str
    saved_state: str
    region: Region
    offset: tuple[int, int]
    space: ColourSpace
    native: bytes
    pixels: Pixels
    movable_mask: Pixels | None


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


def records_of(document: Any) -> dict[str, LayerRecord]:
    """What the document remembers. Raises `BadInput` as `annotation.load` does."""
    return annotation.load(bytes(document.annotation(annotation.KEY)))


def read_source(document: Any) -> SourceLayer:
    """The active layer, ready to be dragged. Raises `BadInput` with a sentence where it is not."""
    node = active_layer(document)
    if node is None:
        raise BadInput("No layer is active: click the layer to be dragged in the Layers docker.")
    name = node.name()
    if node.type() != "paintlayer":
        kind = _KINDS.get(node.type(), f"a {node.type()}")
        raise BadInput(f"“{name}” is {kind}: choose a paint layer that DragGAN has made.")
    if node.locked():
        raise BadInput(f"The layer “{name}” is locked: unlock it in the Layers docker.")
    space = ColourSpace.of(node)
    space.check_usable(f"The layer “{name}”")
    record = records_of(document).get(node_id(node))
    if record is None:
        _check_not_tiny(node)
        raise BadInput(
            f"DragGAN does not know the picture on the layer “{name}”: it can drag the pictures "
            "it made itself, not yet photos or copies. Press New picture, or choose a layer that "
            f"came from it. {STATE_IS_LOST}"
        )
    region = picture_region(node, record)
    check_layer_size(region.width, region.height)
    _check_not_huge(region)
    native = bytes(node.pixelData(*_corners(region)))
    rgba = to_rgba8(native, region.width, region.height, space)
    return SourceLayer(
        node_id=node_id(node),
        name=name,
        saved_state=record.saved_state,
        region=region,
        offset=offset_of(node),
        space=space,
        native=native,
        pixels=Pixels(region.width, region.height, 4, rgba),
        movable_mask=_movable_mask(document, region),
    )


def picture_region(node: Any, record: LayerRecord) -> Region:
    """Where the picture of a layer lies now.

    It follows the layer when that is moved. What was painted beyond the picture does not belong
    to it. A layer that was scaled, or moved by the Transform tool, fills a rectangle of the same
    proportions, if the picture has no transparent borders. The daemon compares the picture in any
    case, and says so where it does not recognise it.
    """
    x, y = offset_of(node)
    expected = record.region.moved(x - record.offset[0], y - record.offset[1])
    content = _content(node)
    if min(content.width, content.height) < 1:
        raise BadInput(f"The layer “{node.name()}” is empty: choose one with its picture on it.")
    whole = record.filled and _is_whole_picture(node, expected, content)
    return content if whole else expected


def add_result(
    document: Any, source: SourceLayer, result: Pixels, saved_state: str
) -> tuple[Any, Region]:
    """Put the dragged picture on a new layer above its source, in one undo step.

    The layer is a copy of the source's, so it has the same opacity, blending mode, masks, locked
    channels and label. Returns it and where the picture lies: at the same place, also where the
    source was moved in the meantime. Raises `BadInput` where the source is gone.
    """
    above = find_layer(document, source.node_id)
    if above is None:
        raise BadInput(f"The layer “{source.name}” was removed, so its drag was discarded.")
    space = ColourSpace.of(above)
    native = from_rgba8(result.data, result.width, result.height, space)
    if source.movable_mask is not None and space == source.space:
        native = keep_held(native, source.native, source.movable_mask.data)
    x, y = offset_of(above)
    region = source.region.moved(x - source.offset[0], y - source.offset[1])
    node = above.clone()
    node.setName(source.name if source.name.startswith("Dragged: ") else f"Dragged: {source.name}")
    node.setLocked(False)
    node.setVisible(True)
    _clear(node, len(native) // (region.width * region.height))
    return _add(document, node, region, native, saved_state, above), region


def add_layer(
    document: Any, name: str, region: Region, native: bytes, saved_state: str, above: Any
) -> Any:
    """A new paint layer of `native` bytes above the node `above` (None: on top of all)."""
    node = document.createNode(name, "paintlayer")
    return _add(document, node, region, native, saved_state, above)


def _add(
    document: Any, node: Any, region: Region, native: bytes, saved_state: str, above: Any
) -> Any:
    # Pixels first: Krita records only the adding, which then brings the pixels with it.
    node.setPixelData(QByteArray(native), *_corners(region))
    parent = document.rootNode() if above is None else above.parentNode()
    parent.addChildNode(node, above)
    remember(document, node, saved_state, region)
    document.refreshProjection()
    return node


def _clear(node: Any, pixel_bytes: int) -> None:
    """Make all of a layer that is in no document transparent."""
    bounds = node.bounds()
    area = bounds.x(), bounds.y(), bounds.width(), bounds.height()
    node.setPixelData(QByteArray(bytes(pixel_bytes * area[2] * area[3])), *area)


def remember(document: Any, node: Any, saved_state: str, region: Region) -> None:
    """Add a layer that shows a picture in `region` to what the document remembers."""
    try:
        records = records_of(document)
    except DamagedAnnotation:
        records = {}
    filled = _content(node) == region
    records[node_id(node)] = LayerRecord(saved_state, region, offset_of(node), filled)
    data = QByteArray(annotation.dump(records))
    document.setAnnotation(annotation.KEY, annotation.DESCRIPTION, data)
    document.setModified(True)


def _content(node: Any) -> Region:
    """What of the layer is not transparent."""
    bounds = node.bounds()
    return Region(bounds.x(), bounds.y(), bounds.width(), bounds.height())


def _corners(region: Region) -> tuple[int, int, int, int]:
    return region.x, region.y, region.width, region.height


def _check_not_tiny(node: Any) -> None:
    bounds = node.bounds()
    if not bounds.isEmpty():
        check_layer_size(bounds.width(), bounds.height())


def _check_not_huge(region: Region) -> None:
    if region.width * region.height * 4 > MAX_FRAME_BYTES:
        raise BadInput(
            f"The picture is {region.width} x {region.height} pixels, more than the "
            f"{MAX_FRAME_BYTES // 4 // 10**6} megapixels that can be dragged: scale it down."
        )


def _movable_mask(document: Any, region: Region) -> Pixels | None:
    selection = document.selection()
    if selection is None:
        return None
    data = bytes(selection.pixelData(*_corners(region)))
    if data.count(0) == len(data):
        raise BadInput(
            "The selection does not touch the layer's picture, so nothing may move: select the "
            "part that may move, or deselect (Select > Deselect) to let all of it move."
        )
    return Pixels(region.width, region.height, 1, data)


def _is_whole_picture(node: Any, expected: Region, content: Region) -> bool:
    """Whether `content` has the picture's proportions, at whatever size, and opaque corners.

    The corners tell it from a picture that was turned or cut out, whose bounds may be square too.
    """
    ratio = expected.width / expected.height
    if abs(content.width - content.height * ratio) > max(1.0, ratio):
        return False
    left, top = content.x, content.y
    right, bottom = left + content.width - 1, top + content.height - 1
    corners = ((left, top), (right, top), (left, bottom), (right, bottom))
    return all(any(bytes(node.pixelData(x, y, 1, 1))[-1:]) for x, y in corners)
