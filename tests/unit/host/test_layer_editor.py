"""An editor whose layers are seen on its own canvas, and new pictures in it, without a daemon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from draggan_server.host import settings
from draggan_server.host.brush_tip import BrushTip
from draggan_server.host.forms.drag import COUNT, EDIT, STATUS
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.forms.sample import NEW_PICTURE
from draggan_server.host.layers.editor import LayerBook, LayerEditor
from draggan_server.host.layers.new_picture import NewPicture
from draggan_server.host.link import Link
from draggan_server.host.pairs import Bounds, PointPair
from draggan_server.host.region import Region
from draggan_server.host.request import Request
from draggan_server.host.sentences import refusals, said
from draggan_server.host.settings import Settings
from draggan_server.host.states import State
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import (
    EditOpened,
    Failure,
    ModelInfo,
    ModelList,
    Pixels,
    SampleSource,
)
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState
from tests.unit.host.paper import PaperDocument, PaperNode

PLACE = Region(4, 6, 32, 32)
PAIR = PointPair((8.0, 8.0), (12.0, 8.0))
LION = Pixels(32, 32, 4, bytes(32 * 32 * 4))
OF_LION = EditState("lion", "0" * 64, 1, 1, bytes(4), None).to_json()
OPENED = EditOpened("edit", 1, "lion", "state", LION)
SAMPLE = SampleSource("lion", 7)


class Room:
    """A window in which a document is open, or none."""

    def __init__(self, there: PaperDocument | None) -> None:
        self.there = there
        self.followed = 0
        self.held = False
        self.ticks: list[Callable[[], None]] = []
        self.alerts: list[str] = []
        self.form = Form()
        self.book = LayerBook()
        link, self.models = Link(self._every, "log"), Models(self.form, "lion")
        self.editor = LayerEditor(self, self.book, link, self.form, self.models, Settings())
        self.taker: Any = None
        samples = SimpleNamespace(samples=SimpleNamespace(take=self._take))
        self.picture = NewPicture(self, self.book.records, self.editor, cast(Any, samples))

    def _every(self, _milliseconds: int, tick: Callable[[], None]) -> Callable[[], None]:
        self.ticks.append(tick)
        return lambda: self.ticks.remove(tick)

    def pass_time(self) -> None:
        for tick in list(self.ticks):
            tick()

    def _take(self, *taker: Any) -> None:
        self.taker = taker

    def document(self) -> PaperDocument | None:
        return self.there

    def new_document(self, name: str, picture: Pixels) -> tuple[PaperDocument, PaperNode]:
        self.there = PaperDocument((picture.width, picture.height))
        whole = Region(0, 0, picture.width, picture.height)
        return self.there, self.there.layer("first", whole, name=name)

    def follow(self) -> None:
        self.followed += 1

    def has_mouse(self) -> bool:
        return self.held

    def alert(self, lines: str) -> None:
        self.alerts.append(lines)

    def hint(self, sentence: str) -> None:
        self.hinted = sentence

    def lion(self) -> PaperNode:
        assert self.there is not None
        node = self.there.layer("lion", PLACE, offset=(3, 1))
        self.book.records.remember(self.there, node, "state", PLACE)
        return node


@pytest.fixture(autouse=True)
def connection_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "connection.json"
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(path))
    return path


@pytest.fixture
def room() -> Room:
    return Room(PaperDocument())


def test_while_a_button_of_the_mouse_is_held_it_is_not_looked_again(room: Room) -> None:
    room.lion()
    room.editor.edit(True)
    (look_again, *_of_a_daemon) = room.ticks
    before, room.held = room.followed, True
    look_again()
    assert room.followed == before
    room.held = False
    look_again()
    assert room.followed == before + 1


def test_points_cannot_be_set_where_no_document_is_open() -> None:
    room = Room(None)
    room.form.set(EDIT, value=True)
    with pytest.raises(BadInput) as refused:
        room.editor.edit(True)
    assert str(refused.value) == refusals.NO_DOCUMENT
    assert not room.form.value(EDIT)


def test_the_points_of_the_layer_that_is_shown_are_counted(room: Room) -> None:
    lion = room.lion()
    assert room.there is not None
    room.book.points.of(room.there, lion).load([PAIR])
    room.form.set(EDIT, value=True)
    room.editor.edit(True)
    assert room.editor.desk.session.state is State.WAKING
    scene = room.editor.scene(room.there)
    assert scene.points.pairs == [PAIR]
    assert room.form.look(COUNT).label == "1 point"
    room.there.layer("other", PLACE)
    room.editor.scene(room.there)
    assert room.form.look(COUNT).label == "No points"


def test_a_press_sets_points_within_the_picture_and_is_refused_elsewhere(room: Room) -> None:
    room.lion()
    assert room.editor.may_begin()
    assert room.editor.points().bounds == Bounds.of_picture(32, 32, 1, 5)
    assert room.there is not None
    room.there.layer("locked", PLACE, locked=True)
    room.form.set(EDIT, value=True)
    assert not room.editor.may_begin()
    assert room.form.look(STATUS).label == refusals.LOCKED.format(name="Locked")
    assert [lines.replace("\n", " ") for lines in room.alerts] == [room.form.look(STATUS).label]
    assert max(map(len, room.alerts[0].splitlines())) <= 60


def test_what_is_framed_of_a_photo_is_read_and_the_frame_begins_with_the_selection(
    room: Room,
) -> None:
    assert room.there is not None
    photo = room.there.layer("photo", Region(-4, 0, 60, 60), offset=(2, 3))
    frame = room.editor.desk.hand.frame
    room.editor.scene(room.there)
    assert not frame.there
    room.editor.edit(True)
    room.editor.scene(room.there)
    assert frame.there
    assert frame.region == Region(-2, -3, 56, 60)  # in the layer's pixels; what the image shows
    room.there.bounds = Region(10, 8, 20, 24)
    assert room.editor.read_photo().layer.region == Region(10, 8, 20, 24)
    frame.region = Region(6, 5, 30, 20)
    assert room.editor.read_photo().layer.region == Region(8, 8, 30, 20)
    photo.move(5, 0)
    for _ in range(5):
        room.editor.scene(room.there)
    assert frame.region == Region(3, 5, 20, 24)  # the selection lies elsewhere on the layer
    room.editor.edit(False)
    room.editor.scene(room.there)
    assert not frame.there
    assert room.editor.read_photo().layer.region == Region(10, 8, 20, 24)


def test_what_no_model_can_show_and_what_one_has_drawn_has_no_frame(room: Room) -> None:
    assert room.there is not None
    room.editor.edit(True)
    frame = room.editor.desk.hand.frame
    room.there.layer("photo", PLACE)
    room.editor.scene(room.there)
    assert frame.there
    room.there.layer("locked", PLACE, locked=True)
    room.editor.scene(room.there)
    assert not frame.there
    lion = room.lion()
    room.there.active_key = lion.key
    room.editor.scene(room.there)
    assert (frame.there, frame.outline) == (False, ())


def test_where_a_model_has_shown_a_photo_its_outline_lies_on_the_layer(room: Room) -> None:
    assert room.there is not None
    node = room.there.layer("photo", PLACE, offset=(3, 1))
    straight = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    photo = PhotoRecord(32, 32, straight, bytes(4 * TONE_VALUES), 1.0, 30.0)
    state = EditState("lion", "0" * 64, 1, 1, bytes(4), photo).to_json()
    room.book.records.remember(room.there, node, state, PLACE)
    room.models.show(ModelList((ModelInfo("lion", "lions", 8, 16, "CC0-1.0"),)))
    room.editor.edit(True)
    room.editor.scene(room.there)
    outline = ((0.5, 4.5), (8.5, 4.5), (8.5, 20.5), (0.5, 20.5))
    frame = room.editor.desk.hand.frame
    assert (frame.there, frame.outline) == (False, outline)
    reading = room.editor.read()
    room.editor.show_work(reading.layer, False)
    room.editor.scene(room.there)
    assert frame.outline == ()
    room.editor.show_work(None, False)
    room.editor.scene(room.there)
    assert frame.outline == outline


def test_a_copy_is_recognised_when_it_is_looked_at(room: Room) -> None:
    room.lion()
    assert room.there is not None
    room.there.layer("copy", PLACE)
    room.editor.look()
    assert "copy" in room.book.records.of(room.there)


def test_edited_points_are_kept_with_the_document(room: Room) -> None:
    lion = room.lion()
    assert room.there is not None
    room.editor.points().load([PAIR])
    room.editor.points_edited()
    assert room.book.points.kept(room.there, lion) == [PAIR]


def test_the_layer_s_own_mask_is_that_of_its_picture(room: Room) -> None:
    lion = room.lion()
    assert room.there is not None
    assert room.editor.layer_mask() is None
    lion.masked = 90
    assert room.editor.layer_mask() == Pixels(32, 32, 1, bytes([90]) * (32 * 32))
    room.there.layer("locked", PLACE, locked=True)
    with pytest.raises(BadInput):
        room.editor.layer_mask()


def test_what_is_painted_is_seen_kept_and_goes_on_to_the_result(room: Room) -> None:
    lion = room.lion()
    assert room.there is not None
    room.editor.edit(True)
    assert room.editor.may_begin()
    painted = room.editor.points().painted
    painted.begin((32, 32), BrushTip(10.0, 1.0), (8.0, 8.0))
    painted.end()
    followed = room.followed
    room.editor.mask_painted()
    assert room.followed == followed + 1
    (veil,) = room.editor.scene(room.there).placed
    assert (veil.pixels, veil.region) == (painted.mask, PLACE)
    room.editor.points_edited()
    tomorrow = LayerBook()
    assert tomorrow.points.of(room.there, lion).painted.mask == painted.mask
    reading = room.editor.read()
    request = Request(reading.layer, "state", LION, painted.mask, (PAIR,), drag_config())
    result = room.editor.place(request, LION, OF_LION, [PAIR])
    assert room.editor.points_of(result).painted.mask == painted.mask
    painted.clear()
    room.editor.points_edited()
    assert LayerBook().points.of(room.there, lion).painted.mask is None


def test_of_a_layer_that_is_merely_looked_at_no_drags_are_asked_for(room: Room) -> None:
    room.lion()
    assert room.editor.looked_at() == ("", "")
    room.editor.edit(True)
    assert room.editor.looked_at() == ("lion", "state")


def test_a_new_picture_lies_above_the_active_layer_in_the_middle(
    room: Room, connection_file: Path
) -> None:
    assert room.there is not None
    lion = room.lion()
    room.there.layer("top", PLACE)
    lion.activate()
    done: list[bool] = []
    room.picture.draw(lambda: done.append(True))
    assert not room.form.look(NEW_PICTURE).enabled
    assert room.form.look(STATUS).label == said.DRAWING
    room.taker[0](SAMPLE, OPENED)
    node = room.there.nodes[1]
    assert (node.name, node.region) == ("lion, seed 7", Region(16, 16, 32, 32))
    assert (room.there.active(), done) == (lion, [True])
    room.pass_time()  # the editor itself activates another one until then
    assert room.there.active() is node
    assert room.ticks == []
    assert room.book.records.of(room.there)[node.key].saved_state == "state"
    assert room.form.look(NEW_PICTURE).enabled
    assert settings.load(connection_file.with_name(settings.FILE_NAME)).model == "lion"


def test_where_no_document_is_open_it_gets_one_of_its_own() -> None:
    room = Room(None)
    room.form.act(NEW_PICTURE)
    room.taker[0](SAMPLE, OPENED)
    assert room.there is not None
    assert [node.name for node in room.there.nodes] == ["lion, seed 7"]
    room.pass_time()
    assert [room.there.active()] == room.there.nodes


def test_a_document_that_was_closed_meanwhile_is_told_of(room: Room) -> None:
    room.picture.draw()
    assert room.there is not None
    room.there.is_open = False
    room.taker[0](SAMPLE, OPENED)
    assert room.form.look(STATUS).label == refusals.CLOSED_BEFORE_PICTURE
    assert room.form.look(NEW_PICTURE).enabled


def test_what_cannot_be_drawn_is_told_and_can_be_tried_again(room: Room) -> None:
    room.picture.draw()
    room.taker[1](Failure("unreachable", "No daemon."))
    assert room.form.look(STATUS).label == f"No daemon. {said.NEW_PICTURE_TO_TRY_AGAIN}"
    assert room.form.look(NEW_PICTURE).enabled
