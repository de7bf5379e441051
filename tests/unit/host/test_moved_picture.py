"""A part of a layer of which the daemon is asked where it lies, in a dialog and in a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from draggan_server.host.dialog.editor import DialogEditor
from draggan_server.host.dialog.layer import look
from draggan_server.host.forms.form import Form
from draggan_server.host.layer_notes import read_region, write_region, write_state
from draggan_server.host.layers.editor import LayerBook
from draggan_server.host.link import Link
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


def state(*placement: float) -> str:
    photo = PhotoRecord(16, 16, placement, bytes(4 * TONE_VALUES), 1.0, 30.0)
    return EditState("lion", "0" * 64, 1, 1, bytes(4), photo).to_json()


STATE = state(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
FLIPPED = state(-1.0, 0.0, 15.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass
class Place:
    """A layer with a picture that was kept, and is another one now."""

    ask: Callable[[], None]
    region: Callable[[], Region]
    repaint: Callable[[int], None]
    remove: Callable[[], None]

    def question(self) -> MovedPicture:
        with pytest.raises(MovedPicture) as raised:
            self.ask()
        return raised.value


class Widget:
    """Where a dialog would be."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_said: None


def dialog() -> tuple[Place, Callable[[], list[PointPair]]]:
    image = MemoryImage(SIDE, LOW)
    item = MemoryItem(image, "Lion", plain(SIDE, LOW), False)
    image.items.append(item)
    write_state(item, STATE)
    write_region(item, KEPT)
    host: Any = Widget()
    link = Link(lambda _milliseconds, _tick: lambda: None, "log")
    editor = DialogEditor(host, look(item), link, Form(), Settings())
    editor.canvas.show_in(host)
    editor.begin([PAIR])

    def repaint(shade: int) -> None:
        item.shown = plain(SIDE, LOW, shade)

    place = Place(
        lambda: editor.check_place(carries=True),
        lambda: read_region(item),
        repaint,
        image.items.clear,
    )
    return place, lambda: editor.points().pairs


def document() -> tuple[Place, Callable[[], list[PointPair]]]:
    paper, book = PaperDocument(), LayerBook()
    node = paper.layer("lion", Region(0, 0, SIDE, LOW))
    book.records.remember(paper, node, STATE, KEPT)
    kept: list[PointPair] = []

    def keep(_node: object, _region: Region, found: Whereabouts) -> None:
        kept[:] = found.carried([PAIR])

    def ask() -> None:
        question = book.pictures.moved(paper, keep)
        if question is not None:
            raise question

    def region() -> Region:
        record = book.records.of(paper).get(node.key)
        assert record is not None
        return record.region

    def repaint(shade: int) -> None:
        paper.nodes.clear()  # each look at an editor's layer is another object
        paper.layer("lion", Region(0, 0, SIDE, LOW), shade)

    return Place(ask, region, repaint, paper.nodes.clear), lambda: kept


@pytest.fixture(params=[dialog, document])
def made(request: pytest.FixtureRequest) -> tuple[Place, Callable[[], list[PointPair]]]:
    place, pairs = request.param()
    place.ask()  # it lies where it was kept
    place.repaint(9)
    return place, pairs


Made = tuple[Place, Callable[[], list[PointPair]]]


def test_where_it_lies_now_is_kept_and_not_asked_for_again(made: Made) -> None:
    place, pairs = made
    place.question().keep(Whereabouts(FLIPPED, MOVED, STATE, KEPT))
    assert place.region() == MOVED
    assert pairs() == [MIRRORED]
    place.ask()


def test_the_same_place_is_not_asked_for_again_until_the_picture_changes(made: Made) -> None:
    place, _ = made
    place.question().keep(Whereabouts(STATE, KEPT, STATE, KEPT))
    assert place.region() == KEPT
    place.ask()
    place.repaint(3)
    place.question()


def test_the_same_state_elsewhere_is_another_place(made: Made) -> None:
    place, _ = made
    place.question().keep(Whereabouts(STATE, MOVED, STATE, KEPT))
    assert place.region() == MOVED
    place.ask()


def test_of_a_layer_that_was_deleted_meanwhile_nothing_is_kept(made: Made) -> None:
    place, pairs = made
    question, before = place.question(), list(pairs())
    place.remove()
    question.keep(Whereabouts(FLIPPED, MOVED, STATE, KEPT))
    assert pairs() == before
