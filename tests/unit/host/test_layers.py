"""Layers of documents that keep notes of them: records, copies, points, pictures, results."""

from __future__ import annotations

import pytest

from draggan_server.host import layer_records
from draggan_server.host.layers.document import Kind
from draggan_server.host.layers.editor import LayerBook
from draggan_server.host.layers.pictures import movable_mask
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.request import Request
from draggan_server.host.results import Found
from draggan_server.host.sentences import refusals
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import EditState
from tests.unit.host.paper import PaperDocument, PaperNode, PaperSpace, reopened

PLACE = Region(4, 6, 32, 32)
PAIR = PointPair((8.0, 8.0), (12.0, 8.0))
STATE = EditState("lion", "0" * 64, 1, 1, bytes(4)).to_json()


@pytest.fixture
def book() -> LayerBook:
    return LayerBook()


@pytest.fixture
def document() -> PaperDocument:
    return PaperDocument()


@pytest.fixture
def lion(book: LayerBook, document: PaperDocument) -> PaperNode:
    node = document.layer("lion", PLACE)
    book.records.remember(document, node, STATE, PLACE)
    return node


def result_of(book: LayerBook, document: PaperDocument, shade: int = 9) -> Request:
    read = book.pictures.read(document)
    mask = movable_mask(document, read.layer.region)
    return Request(read.layer, read.saved_state, read.pixels, mask, (PAIR,), drag_config())


# -- what is active -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"kind": Kind.GROUP}, refusals.GROUP),
        ({"kind": Kind.OTHER}, refusals.WRONG_KIND),
        ({"locked": True}, refusals.LOCKED),
    ],
)
def test_what_cannot_be_dragged_is_refused_by_its_name(
    book: LayerBook, document: PaperDocument, other: dict[str, object], refusal: str
) -> None:
    document.layer("odd", PLACE, **other)
    for read in (book.pictures.read, book.pictures.photo):
        with pytest.raises(BadInput) as refused:
            read(document)
        assert str(refused.value) == refusal.format(name="Odd")


def test_no_layer_is_refused(book: LayerBook, document: PaperDocument) -> None:
    with pytest.raises(BadInput, match="layer"):
        book.pictures.active(document)


def test_a_layer_and_its_picture_are_read_where_it_was_moved_to(
    book: LayerBook, document: PaperDocument, lion: PaperNode
) -> None:
    lion.move(3, -2)
    read = book.pictures.read(document)
    assert (read.saved_state, read.layer.region) == (STATE, PLACE.moved(3, -2))
    assert read.pixels.data == lion.data
    assert read.layer.to_picture.map((7.0, 6.0)) == (3.0, 0.0)  # from the layer's offset
    lion.move(1, 1)
    assert read.layer.place == PLACE.moved(4, -1)


def test_the_daemon_is_asked_of_a_layer_without_a_record_and_its_answer_kept(
    book: LayerBook, document: PaperDocument
) -> None:
    node = document.layer("photo", PLACE)
    with pytest.raises(UnknownPicture) as unknown:
        book.pictures.read(document)
    assert unknown.value.fingerprint() == Pixels(32, 32, 4, node.data).fingerprint()
    document.nodes.remove(node)
    unknown.value.keep(STATE)  # it was removed meanwhile
    assert book.records.of(document) == {}
    document.nodes.append(node)
    unknown.value.keep(STATE)
    assert book.pictures.read(document).saved_state == STATE


def test_of_a_photo_what_is_selected_or_seen_is_read(
    book: LayerBook, document: PaperDocument
) -> None:
    whole = Region(-16, 0, 64, 64)
    node = document.layer("photo", whole)
    assert book.pictures.photo(document) == (node, Region(0, 0, 48, 64), whole)
    document.bounds = Region(10, 10, 60, 20)
    assert book.pictures.photo(document) == (node, Region(10, 10, 38, 20), whole)
    document.bounds = Region(60, 60, 4, 4)
    with pytest.raises(BadInput, match="selection"):
        book.pictures.photo(document)
    part = Region(-4, 8, 32, 16)
    read = book.pictures.read_photo(document, part)
    assert (read.layer.region, read.saved_state) == (part, "")
    assert (read.pixels.width, read.pixels.height) == (32, 16)


def test_what_is_selected_may_move_and_a_selection_beside_the_picture_is_refused(
    document: PaperDocument,
) -> None:
    assert movable_mask(document, PLACE) is None
    document.bounds = Region(4, 6, 32, 1)
    mask = movable_mask(document, PLACE)
    assert mask is not None
    assert mask.data == b"\xff" * 32 + bytes(32 * 31)
    document.bounds = Region(0, 0, 2, 2)
    with pytest.raises(BadInput, match="selection"):
        movable_mask(document, PLACE)


# -- results --------------------------------------------------------------------------------------


def test_a_result_lies_above_its_source_and_is_known(
    book: LayerBook, document: PaperDocument, lion: PaperNode
) -> None:
    request = result_of(book, document)
    lion.move(2, 0)  # while it was dragged
    picture = Pixels(32, 32, 4, bytes([9, 9, 9, 255]) * 32**2)
    layer = book.pictures.add_result(request, picture, STATE)
    node = document.find(layer.key)
    assert node is not None
    assert (node.name, node.region, node.alone) == ("Dragged: Lion", PLACE.moved(2, 0), True)  # type: ignore[attr-defined]
    assert book.records.of(document)[layer.key].saved_state == STATE
    assert layer.found() is Found.THERE
    document.nodes.remove(node)
    assert layer.found() is Found.REMOVED
    document.is_open = False
    assert layer.found() is Found.CLOSED


def test_what_is_held_keeps_its_own_bytes_unless_they_mean_something_else_now(
    book: LayerBook, document: PaperDocument, lion: PaperNode
) -> None:
    document.bounds = Region(4, 6, 32, 16)  # the upper half may move
    request = result_of(book, document)
    new = bytes([9, 9, 9, 255]) * 32**2
    layer = book.pictures.add_result(request, Pixels(32, 32, 4, new), STATE)
    half = len(new) // 2
    assert layer.native == new[:half] + lion.data[half:]
    lion.space = PaperSpace("another")
    assert book.pictures.add_result(request, Pixels(32, 32, 4, new), STATE).native == new


@pytest.mark.parametrize(
    ("alpha", "plain", "is_hidden"), [(255, True, False), (255, False, True), (9, True, True)]
)
def test_a_source_that_would_show_through_its_result_is_hidden_as_long_as_that_is_there(
    book: LayerBook,
    document: PaperDocument,
    lion: PaperNode,
    alpha: int,
    plain: bool,
    is_hidden: bool,
) -> None:
    lion.plain = plain
    request = result_of(book, document)
    picture = Pixels(32, 32, 4, bytes([9, 9, 9, alpha]) * 32**2)
    layer = book.pictures.add_result(request, picture, STATE)
    book.hiding.note(request.layer, layer, picture)
    assert lion.visible is not is_hidden
    book.hiding.show_source(request.layer, layer, there=False)
    assert lion.visible
    book.hiding.show_source(request.layer, layer, there=True)
    assert lion.visible is not is_hidden


# -- copies and points ----------------------------------------------------------------------------


def test_a_copy_is_recognised_in_its_own_and_in_another_document(
    book: LayerBook, document: PaperDocument, lion: PaperNode
) -> None:
    for there in (document, PaperDocument(beside=[document])):
        copy = there.layer("copy", PLACE.moved(5, 5), offset=(5, 5))
        book.records.recognise(there, copy)
        record = book.records.of(there)["copy"]
        assert (record.saved_state, record.region) == (STATE, PLACE.moved(5, 5))
    other = document.layer("other", PLACE, shade=77)
    book.records.recognise(document, other)
    assert "other" not in book.records.of(document)


def test_a_document_whose_notes_are_damaged_lends_no_record(
    book: LayerBook, document: PaperDocument, lion: PaperNode
) -> None:
    document.annotations[layer_records.KEY] = b'{"a": 1, "b'
    there = PaperDocument(beside=[document])
    copy = there.layer("copy", PLACE)
    book.records.recognise(there, copy)
    assert book.records.of(there) == {}


def test_points_are_the_same_wherever_they_are_asked_for_and_there_when_it_is_opened_again(
    book: LayerBook, document: PaperDocument, lion: PaperNode
) -> None:
    book.points.of(document, lion).load([PAIR])
    assert book.points.known("lion") is book.points.of(document, lion)
    book.points.keep(document, lion)
    again = reopened(document)
    (node,) = again.nodes
    assert LayerBook().points.of(again, node).pairs == [PAIR]


def test_points_of_a_layer_without_a_picture_are_not_kept(
    book: LayerBook, document: PaperDocument
) -> None:
    node = document.layer("plain", PLACE)
    book.points.of(document, node).load([PAIR])
    book.points.keep(document, node)
    assert document.annotations == {}
