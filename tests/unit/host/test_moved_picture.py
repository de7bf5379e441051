"""A picture of which the daemon is asked where it lies on its layer, in a dialog and in a document:
a part of that, or all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.dialog.editor import DialogEditor
from draggan_server.host.dialog.layer import look
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.layer_notes import (
    read_mask,
    read_pairs,
    read_region,
    write_mask,
    write_region,
    write_state,
)
from draggan_server.host.layer_records import DESCRIPTION, KEY, LayerRecord, dump
from draggan_server.host.layers.editor import LayerBook, LayerEditor
from draggan_server.host.link import Link
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.settings import Settings
from draggan_server.host.unknown import MovedPicture
from draggan_server.host.whereabouts import Whereabouts
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState
from tests.unit.host.items import MemoryImage, MemoryItem, plain
from tests.unit.host.paper import PaperDocument

SIDE, LOW = 32, 24
KEPT, MOVED = Region(2, 4, 16, 16), Region(14, 4, 16, 16)
PAIR = PointPair((3.0, 5.0), (6.0, 5.0))
MIRRORED = PointPair((12.0, 5.0), (9.0, 5.0))
PAINTED = MaskRows(tuple(bytes([255] * (x + 1) + [0] * (15 - x)) for x in range(16)))
"""A byte a pixel of the picture: more of each row may move than of that before."""


def state(*placement: float) -> str:
    photo = PhotoRecord(16, 16, placement, bytes(4 * TONE_VALUES), 1.0, 30.0)
    return EditState("lion", "0" * 64, 1, 1, bytes(4), photo).to_json()


STATE = state(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
FLIPPED = state(-1.0, 0.0, 15.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


WHOLE, DRAWN = Region(0, 0, SIDE, LOW), EditState("lion", "0" * 64, 1, 1, bytes(4)).to_json()
DRAWN_SIZE = (SIDE // 4, LOW // 4)
"""Of the model's own picture, which is scaled to all of the layer."""
TURNED_OVER = state(-4.0, 0.0, SIDE - 2.5, 0.0, 4.0, 1.5, 0.0, 0.0, 1.0)


@dataclass
class Place:
    """A layer with a picture that was kept, and is another one now. `kept` are the points that are
    kept with it, in pixels of the picture, and what was painted."""

    editor: DialogEditor[MemoryItem] | LayerEditor
    region: Callable[[], Region]
    repaint: Callable[[int], None]
    remove: Callable[[], None]
    kept: Callable[[], tuple[list[PointPair], MaskRows | None]]

    def ask(self, *, carries: bool = True) -> None:
        self.editor.check_place(carries=carries)

    def question(self, *, carries: bool = True) -> MovedPicture:
        with pytest.raises(MovedPicture) as raised:
            self.ask(carries=carries)
        return raised.value

    def painted(self) -> MaskRows | None:
        return self.editor.points().painted.rows


class Widget:
    """Where a dialog would be."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_said: None


def dialog(state: str = STATE, kept_region: Region = KEPT) -> Place:
    image = MemoryImage(SIDE, LOW)
    item = MemoryItem(image, "Lion", plain(SIDE, LOW), False)
    image.items.append(item)
    write_state(item, state)
    write_region(item, kept_region)
    write_mask(item, PAINTED)
    host: Any = Widget()
    link = Link(lambda _milliseconds, _tick: lambda: None, "log")
    editor = DialogEditor(host, look(item), link, Form(), Settings())
    editor.canvas.show_in(host)
    editor.begin([PAIR])

    def repaint(shade: int) -> None:
        item.shown = plain(SIDE, LOW, shade)

    def kept() -> tuple[list[PointPair], MaskRows | None]:
        region = read_region(item)
        return read_pairs(item, (region.width, region.height)), read_mask(item)

    return Place(editor, lambda: read_region(item), repaint, image.items.clear, kept)


def document(state: str = STATE, kept_region: Region = KEPT) -> Place:
    paper, book, form = PaperDocument(), LayerBook(), Form()
    node = paper.layer("lion", Region(0, 0, SIDE, LOW))
    book.records.remember(paper, node, state, kept_region)
    window: Any = Widget()
    window.document = lambda: paper
    link = Link(lambda _milliseconds, _tick: lambda: None, "log")
    editor = LayerEditor(window, book, link, form, Models(form, "lion"), Settings())
    editor.points().load([PAIR.mapped(Affine(e=kept_region.x, f=kept_region.y))])
    editor.points().painted.load(PAINTED)

    def region() -> Region:
        record = book.records.of(paper).get(node.key)
        assert record is not None
        return record.region

    def repaint(shade: int) -> None:
        paper.nodes.clear()  # each look at an editor's layer is another object
        paper.layer("lion", Region(0, 0, SIDE, LOW), shade)

    def kept() -> tuple[list[PointPair], MaskRows | None]:
        (there,), x, y = paper.nodes, region().x, region().y
        points = LayerBook().points.of(paper, there)
        return [pair.mapped(Affine(e=-x, f=-y)) for pair in points.pairs], points.painted.rows

    return Place(editor, region, repaint, paper.nodes.clear, kept)


@pytest.fixture(params=[dialog, document])
def place(request: pytest.FixtureRequest) -> Place:
    return altered(request.param())


@pytest.fixture(params=[dialog, document])
def filled(request: pytest.FixtureRequest) -> Place:
    """What a model drew, which is all of its layer."""
    return altered(request.param(DRAWN, WHOLE))


def altered(place: Place) -> Place:
    place.ask()  # it lies where it was kept
    place.repaint(9)
    return place


def test_where_it_lies_now_is_kept_and_not_asked_for_again(place: Place) -> None:
    place.question().keep(Whereabouts(FLIPPED, MOVED, STATE, KEPT))
    assert place.region() == MOVED
    place.ask()


def test_points_and_what_is_painted_go_with_the_picture(place: Place) -> None:
    place.question().keep(Whereabouts(FLIPPED, MOVED, STATE, KEPT))
    mirrored = MaskRows(tuple(row[::-1] for row in PAINTED.rows))
    assert place.kept() == ([MIRRORED], mirrored)
    assert place.painted() == mirrored


def test_what_a_model_drew_on_all_of_a_layer_is_asked_for_and_followed_likewise(
    filled: Place,
) -> None:
    filled.question().keep(Whereabouts(TURNED_OVER, WHOLE, DRAWN, WHOLE, DRAWN_SIZE))
    assert filled.region() == WHOLE
    mirrored = PointPair((SIDE - 1 - 3.0, 5.0), (SIDE - 1 - 6.0, 5.0))
    painted = PAINTED.moved(
        Affine.between((16, 16), (SIDE, LOW)).then(Affine(a=-1, e=SIDE - 1)), (SIDE, LOW)
    )
    assert filled.kept() == ([mirrored], painted)
    assert filled.painted() == painted
    filled.ask()


def test_of_what_is_all_of_its_layer_and_unknown_as_it_was_nothing_is_asked() -> None:
    """Nobody has said what the layer showed."""
    image = MemoryImage(SIDE, LOW)
    item = MemoryItem(image, "Lion", plain(SIDE, LOW), False)
    write_state(item, DRAWN)
    assert look(item).moved(print) is None
    paper, book = PaperDocument(), LayerBook()
    node = paper.layer("lion", WHOLE)
    annotation = dump({node.key: LayerRecord(DRAWN, WHOLE, node.offset)})
    paper.write(KEY, DESCRIPTION, annotation)
    assert book.pictures.moved(paper, print) is None


def test_what_was_set_where_the_picture_is_seen_stays_on_the_layer(place: Place) -> None:
    """A little more of that is taken for the picture than before."""
    grown = Region(KEPT.x - 1, KEPT.y - 2, KEPT.width + 3, KEPT.height + 2)
    place.question(carries=False).keep(Whereabouts(FLIPPED, grown, STATE, KEPT))
    rows = [bytes(19)] * 2 + [bytes(1) + row + bytes(2) for row in PAINTED.rows]
    assert place.kept() == ([PAIR.mapped(Affine(e=1, f=2))], MaskRows(tuple(rows)))


def test_what_was_painted_at_another_size_is_found_at_that_of_the_picture() -> None:
    half = MaskRows(tuple(row[::2] for row in PAINTED.rows[::2]))
    mirrored = Whereabouts(FLIPPED, MOVED, STATE, KEPT).painted(half, carries=True)
    assert mirrored is not None
    expected = [row[::-1] for row in half.rows for _ in range(2)]
    assert mirrored.rows == tuple(bytes(v for v in row for _ in range(2)) for row in expected)


def test_where_nothing_is_painted_nothing_is(place: Place) -> None:
    place.editor.points().painted.load(None)
    place.question().keep(Whereabouts(FLIPPED, MOVED, STATE, KEPT))
    assert place.kept() == ([MIRRORED], None)


def test_the_same_place_is_not_asked_for_again_until_the_picture_changes(place: Place) -> None:
    place.question().keep(Whereabouts(STATE, KEPT, STATE, KEPT))
    assert place.region() == KEPT
    place.ask()
    place.repaint(3)
    place.question()


def test_the_same_state_elsewhere_is_another_place(place: Place) -> None:
    place.question().keep(Whereabouts(STATE, MOVED, STATE, KEPT))
    assert place.region() == MOVED
    place.ask()


def test_of_a_layer_that_was_deleted_meanwhile_nothing_is_kept(place: Place) -> None:
    question, points = place.question(), place.editor.points()
    before = points.pairs
    place.remove()
    question.keep(Whereabouts(FLIPPED, MOVED, STATE, KEPT))
    assert (points.pairs, points.painted.rows) == (before, PAINTED)
