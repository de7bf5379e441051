"""What lies over the canvas that shows a document, as it changes."""

from __future__ import annotations

import pytest

from draggan_server.host.layers.editor import LayerBook
from draggan_server.host.layers.scene import CanvasSight, Placed
from draggan_server.host.region import Region
from draggan_server.wire.messages import Pixels
from tests.unit.host.paper import PaperDocument, PaperNode

PLACE = Region(4, 6, 32, 32)
FRAME = Pixels(16, 16, 4, bytes(16 * 16 * 4))


@pytest.fixture
def book() -> LayerBook:
    return LayerBook()


@pytest.fixture
def canvas(book: LayerBook) -> CanvasSight:
    return CanvasSight(book.points, book.pictures)


@pytest.fixture
def document() -> PaperDocument:
    return PaperDocument()


@pytest.fixture
def lion(book: LayerBook, document: PaperDocument) -> PaperNode:
    node = document.layer("lion", PLACE, offset=(3, 1))
    book.records.remember(document, node, "state", PLACE)
    return node


def test_the_active_layers_points_are_set_where_it_lies(
    book: LayerBook, canvas: CanvasSight, document: PaperDocument, lion: PaperNode
) -> None:
    scene = canvas.look(document)
    assert (scene.editable, scene.held_off, scene.placed) == (False, False, ())
    canvas.edit(True)
    scene = canvas.look(document)
    assert (scene.points, scene.origin) == (book.points.of(document, lion), (3, 1))
    assert (scene.editable, scene.held_off) == (True, False)
    other = document.layer("other", PLACE)
    assert canvas.look(document).points is book.points.of(document, other)


def test_without_a_layer_there_are_no_points_always_the_same(
    canvas: CanvasSight, document: PaperDocument
) -> None:
    canvas.edit(True)
    scene = canvas.look(document)
    assert (scene.points.pairs, scene.editable) == ([], False)
    assert canvas.look(document).points is scene.points


def test_a_work_is_seen_where_its_layer_lies_though_another_is_active(
    book: LayerBook, canvas: CanvasSight, document: PaperDocument, lion: PaperNode
) -> None:
    canvas.edit(True)
    layer = book.pictures.read(document).layer
    document.layer("other", PLACE)
    canvas.sight.show_work(layer, held=False)
    canvas.sight.show_frame(FRAME)
    scene = canvas.look(document)
    assert (scene.points, scene.origin) == (book.points.known("lion"), (3, 1))
    assert (scene.editable, scene.held_off) == (False, True)
    assert scene.placed == (Placed(FRAME, PLACE),)
    lion.move(2, 2)
    scene = canvas.look(document)
    assert (scene.origin, scene.placed[0].region) == ((5, 3), PLACE.moved(2, 2))
    canvas.sight.show_work(layer, held=True)
    assert canvas.look(document).editable


def test_of_a_work_in_another_document_nothing_is_seen_and_nothing_set(
    book: LayerBook, canvas: CanvasSight, document: PaperDocument, lion: PaperNode
) -> None:
    canvas.edit(True)
    canvas.sight.show_work(book.pictures.read(document).layer, held=True)
    canvas.sight.show_frame(FRAME)
    other = PaperDocument()
    other.layer("tiger", PLACE)
    scene = canvas.look(other)
    assert (scene.editable, scene.held_off, scene.placed) == (False, False, ())


def test_the_selection_is_looked_at_at_once_and_then_at_each_fifth_look(
    canvas: CanvasSight, document: PaperDocument, lion: PaperNode
) -> None:
    document.bounds = Region(4, 6, 32, 1)
    canvas.edit(True)
    (veil,) = canvas.look(document).placed
    assert (veil.region, veil.pixels.channels) == (PLACE, 1)
    document.bounds = None
    for _ in range(4):
        assert canvas.look(document).placed == (veil,)
    assert canvas.look(document).placed == ()


def test_a_frame_smaller_than_its_layer_is_always_smooth() -> None:
    assert Placed(FRAME, PLACE).is_smooth(8.0)
    whole = Placed(FRAME, Region(0, 0, 16, 16))
    assert [whole.is_smooth(scale) for scale in (1.0, 8.0)] == [True, False]
