"""A dialog that shows one layer: what it shows when, and when it asks before it is closed.

One file of more than 500 lines, since all of it needs the same room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from draggan_server.host.corner_points import to_image
from draggan_server.host.dialog.editor import DialogEditor
from draggan_server.host.dialog.layer import look
from draggan_server.host.forms.brush import ALL_MAY, BRUSH, FROM_MASK, HARDNESS, TIP
from draggan_server.host.forms.brush import SIZE as BRUSH_SIZE
from draggan_server.host.forms.closing import CLOSING, KEEP_EDITING, QUESTION
from draggan_server.host.forms.drag import CLOSE, FROM_PATH, HELD, PHOTO, STATUS, TO_PATH
from draggan_server.host.forms.form import Form
from draggan_server.host.hand import Button
from draggan_server.host.layer_notes import (
    read_mask,
    read_pairs,
    read_region,
    write_mask,
    write_pairs,
    write_region,
    write_state,
)
from draggan_server.host.link import Link
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.pairs import PointPair
from draggan_server.host.raw_pixels import veil_picture
from draggan_server.host.region import Region
from draggan_server.host.request import Request
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said, tips
from draggan_server.host.settings import Settings
from draggan_server.host.split import split_picture
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import ModelInfo, ModelList, Pixels
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState
from tests.unit.host.items import MemoryImage, MemoryItem, plain

SIDE = 32
PAIR, OTHER = PointPair((5.0, 6.0), (9.0, 6.0)), PointPair((2.0, 2.0), (3.0, 9.0))
STATE, OF_PHOTO = (
    EditState("lion", "0" * 64, 1, 1, bytes(4), content).to_json()
    for content in (
        None,
        PhotoRecord(
            4, 4, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), bytes(4 * TONE_VALUES), 1.0, 30.0
        ),
    )
)
HALF = Region(0, 0, SIDE // 2, SIDE)
VEIL = veil_picture(Pixels(SIDE, SIDE, 1, bytes([255] * 16 + [0] * 16) * SIDE))
FRAME = Pixels(8, 8, 4, bytes(256))


class Room:
    """A dialog with a layer, and the widget of its canvas."""

    def __init__(
        self,
        state: str = STATE,
        pairs: Sequence[PointPair] = (),
        selection: Region | None = None,
    ) -> None:
        self.image = MemoryImage(SIDE, SIDE, selection=selection)
        self.item = MemoryItem(self.image, "Lion", plain(SIDE, SIDE), False)
        self.image.items.append(self.item)
        write_state(self.item, state)
        write_pairs(self.item, pairs, (SIDE, SIDE))
        self.name = ""
        self.closed, self.previews, self.redraws = 0, 0, 0
        self.form = Form()
        self.layer = layer = look(self.item)
        link = Link(self._every, "log")
        self.editor = DialogEditor(self, layer, link, self.form, Settings())
        self.editor.canvas.show_in(self)

    def _every(self, _milliseconds: int, _tick: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    def show_name(self, name: str) -> None:
        self.name = name

    def redraw(self, anew: bool) -> None:
        self.redraws += not anew

    def show_cursor(self) -> None:
        pass

    @property
    def picture(self) -> Pixels | None:
        return self.editor.canvas.picture

    @property
    def veil(self) -> Pixels | None:
        return self.editor.canvas.veil

    @property
    def editable(self) -> bool:
        return self.editor.desk.hand.editable

    def preview(self, _layer: object, _frame: Pixels) -> None:
        self.previews += 1

    def end_preview(self) -> None:
        self.previews = 0

    def close(self) -> None:
        self.closed += 1

    @property
    def asks(self) -> bool:
        return self.form.look(CLOSING).visible


@pytest.fixture(autouse=True)
def nothing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "connection.json"))


def test_a_layer_with_a_state_is_shown_with_its_points_and_can_be_edited() -> None:
    room = Room(pairs=[PAIR], selection=HALF)
    room.editor.begin([])
    assert (room.name, room.editable) == ("Lion", True)
    assert (room.picture, room.veil) == (room.layer.pixels(), VEIL)
    assert room.editor.points().pairs == [PAIR]
    assert room.form.look(HELD).label == tips.HELD
    assert not room.form.look(PHOTO).visible


def test_points_that_are_given_come_before_those_that_are_kept() -> None:
    room = Room(pairs=[PAIR])
    room.editor.begin([OTHER])
    assert room.editor.points().pairs == [OTHER]


def test_a_photo_asks_for_a_model_and_its_points_wait() -> None:
    room = Room(state="")
    room.editor.begin([])
    assert room.form.look(PHOTO).visible
    assert not room.editable


def test_escape_closes_a_dialog_in_which_nothing_would_be_lost() -> None:
    room = Room(pairs=[PAIR])
    room.editor.begin([])
    room.editor.leave()
    assert (room.closed, room.asks) == (1, False)


def test_escape_asks_where_points_were_not_dragged_and_pressed_again_keeps_the_dialog() -> None:
    room = Room()
    room.editor.begin([PAIR])
    room.editor.leave()
    assert (room.closed, room.asks) == (0, True)
    assert room.form.look(QUESTION).label == f"{said.CLOSE_QUESTION} {said.POINTS_STAY}"
    room.editor.leave()
    assert (room.closed, room.asks) == (0, False)


def test_the_question_is_answered_by_a_button_by_editing_on_or_by_closing() -> None:
    room = Room()
    room.editor.begin([PAIR])
    room.editor.leave()
    room.form.act(KEEP_EDITING)
    assert not room.asks
    room.editor.leave()
    room.editor.desk.points_changed()
    assert not room.asks
    room.editor.leave()
    room.form.act(CLOSE)
    assert room.closed == 1


@pytest.mark.parametrize("found", [Found.REMOVED, Found.CLOSED])
def test_points_of_a_layer_that_is_gone_are_nothing_to_be_asked_for(found: Found) -> None:
    room = Room()
    room.editor.begin([PAIR])
    room.image.closed = found is Found.CLOSED
    room.image.items.clear()
    room.editor.leave()
    assert room.closed == 1
    assert room.editor.end() is None
    assert read_pairs(room.item, room.layer.size) == []


def test_points_stay_with_the_layer() -> None:
    room = Room()
    room.editor.begin([PAIR])
    room.editor.end()
    assert (room.layer.kept_pairs(), room.item.passing) == ([PAIR], set())


def test_another_selection_is_seen_when_the_dialog_is_looked_at_again() -> None:
    room = Room()
    room.editor.begin([])
    room.image.selection, room.item.shown = HALF, plain(SIDE, SIDE, 9)
    room.editor.look_again()
    assert (room.veil, room.picture) == (VEIL, room.layer.pixels())


def test_a_layer_whose_picture_is_another_part_now_stays_as_it_is_shown() -> None:
    room = Room()
    room.editor.begin([])
    before = room.picture
    write_region(room.item, HALF)
    room.item.shown = plain(SIDE, SIDE, 9)
    room.editor.look_again()
    assert room.picture == before


def test_meanwhile_frames_are_seen_and_after_it_the_layer() -> None:
    room = Room(selection=HALF)
    room.editor.begin([PAIR])
    room.editor.show_work(room.layer, held=False)
    assert (room.veil, room.editable) == (None, False)
    room.editor.show_frame(room.layer, FRAME)
    assert room.picture == FRAME
    room.editor.close_or_cancel()
    assert room.closed == 0  # it cancels what is under way
    room.editor.show_work(None, held=False)
    assert (room.picture, room.veil) == (room.layer.pixels(), None)
    room.editor.points_edited()
    assert room.veil == VEIL
    room.editor.close_or_cancel()
    assert room.closed == 1


def test_what_a_result_came_from_is_compared_with_it() -> None:
    room = Room()
    room.editor.begin([])
    before = Pixels(SIDE, SIDE, 4, bytes(SIDE * SIDE * 4))
    request = Request(room.layer, STATE, before, None, (PAIR,), drag_config())
    result = Result(request, room.layer, (PAIR,), True, "There.")
    room.editor.compare(result)
    assert room.picture == before
    room.editor.compare(result, 0.5)
    assert room.picture == split_picture(before, room.layer.pixels(), 0.5)
    room.editor.look_again()  # the dialog has the focus again
    assert room.picture == split_picture(before, room.layer.pixels(), 0.5)
    room.editor.compare(None)
    assert room.picture == room.layer.pixels()


def test_a_path_of_the_editors_gives_points_or_is_missed() -> None:
    room = Room()
    room.editor.begin([])
    room.form.act(FROM_PATH)
    assert room.form.look(STATUS).label == refusals.NO_PATH
    room.image.path = to_image([PAIR, OTHER], (0, 0))
    room.form.act(FROM_PATH)
    assert room.editor.points().pairs == [PAIR, OTHER]
    assert room.redraws == 1


def test_points_become_a_path_that_gives_the_same_points() -> None:
    room = Room()
    room.item.place = (3, -4)
    room.editor.begin([])
    assert not room.form.look(TO_PATH).enabled
    pairs = [PAIR, OTHER, PointPair.pin((7.0, 8.0))]
    room.editor.points().set_all(pairs)
    room.editor.desk.points_changed()
    room.form.act(TO_PATH)
    assert room.image.path == to_image(pairs, (3, -4))
    assert room.image.steps == [["path Points: Lion"]]
    assert room.form.look(STATUS).label == said.PATH_MADE
    room.editor.points().clear()
    room.form.act(FROM_PATH)
    assert room.editor.points().pairs == pairs


def test_a_result_in_the_same_layer_is_there_while_the_layer_keeps_its_state() -> None:
    room = Room()
    room.editor.begin([])
    request = Request(
        room.layer, STATE, room.layer.pixels(), None, (PAIR,), drag_config(), place="same-layer"
    )
    made = room.editor.place(request, plain(SIDE, SIDE, 9), OF_PHOTO, [PAIR])
    assert (made.key, room.editor.find(made)) == (room.layer.key, Found.THERE)
    write_state(room.item, STATE)  # as undo does
    assert room.editor.find(made) is Found.REMOVED
    assert room.editor.find(request.layer) is Found.THERE
    write_state(room.item, OF_PHOTO)
    assert room.editor.find(made) is Found.THERE
    room.image.closed = True
    assert room.editor.find(made) is Found.CLOSED


def test_the_daemon_is_asked_of_all_of_a_layer_that_the_image_does_not_know() -> None:
    room = Room(state="", selection=HALF)
    room.editor.begin([])
    with pytest.raises(UnknownPicture) as unknown:
        room.editor.read()
    assert unknown.value.fingerprint() == room.item.shown.fingerprint()
    unknown.value.keep(STATE)
    assert room.editor.read().saved_state == STATE
    assert read_region(room.item) == Region(0, 0, SIDE, SIDE)


def test_the_state_of_a_photo_is_kept_and_its_points_loaded() -> None:
    room = Room(state="", selection=HALF)
    room.editor.begin([])
    write_region(room.item, HALF)
    write_pairs(room.item, [OTHER], (HALF.width, HALF.height))
    photo = room.editor.read_photo().layer
    room.editor.keep_state(photo, OF_PHOTO)
    assert room.editor.looked_at() == (room.item.key, OF_PHOTO)
    assert read_region(room.item) == HALF
    assert room.editor.points().pairs == [OTHER]
    assert room.editable


def test_more_than_is_selected_of_a_photo_is_seen_and_what_is_framed_is_read() -> None:
    selected = Region(4, 12, 16, 16)
    room = Room(state="", selection=selected)
    room.editor.begin([])
    frame, view = room.editor.desk.hand.frame, room.editor.canvas.view
    assert room.picture == room.item.shown
    assert room.veil is not None  # over what is not selected
    assert frame.region == selected
    way = view.affine
    for act, place in (("press", (19.5, 27.5)), ("move", (23.5, 29.5)), ("release", (23.5, 29.5))):
        button = () if act == "move" else (Button.LEFT,)
        keys = (False, False) if act == "press" else ()
        getattr(room.editor.canvas, act)(*button, way.map(place), *keys)
    photo = room.editor.read_photo()
    assert photo.layer.region == Region(4, 12, 20, 18)
    assert photo.layer.offset == (4, 12)
    assert photo.pixels == room.item.rgba(photo.layer.region)
    room.image.selection = HALF
    room.editor.look_again()
    assert frame.region == HALF
    assert room.editor.read_photo().layer.region == HALF


def test_of_a_large_photo_as_much_again_is_seen_around_what_is_selected() -> None:
    image = MemoryImage(200, 200, selection=Region(80, 20, 32, 24))
    item = MemoryItem(image, "Photo", plain(200, 200), False)
    layer = look(item)
    assert layer.around().region == Region(48, 0, 96, 68)
    assert layer.around().offset == (48, 0)


def test_while_a_model_looks_only_what_it_looks_at_is_seen_and_then_all_again() -> None:
    room = Room(state="", selection=HALF)
    room.editor.begin([])
    frame = room.editor.desk.hand.frame
    photo = room.editor.read_photo().layer
    room.editor.show_work(photo, False)
    assert not frame.there
    assert room.picture == photo.pixels()
    room.editor.show_work(None, False)  # it was given up
    assert frame.there
    assert room.picture == room.item.shown


def test_where_a_model_has_shown_a_photo_its_outline_is_seen_once_its_size_is_known() -> None:
    state = EditState.from_json(OF_PHOTO)
    assert state.photo is not None
    content = replace(state.photo, width=SIDE, height=SIDE)
    room = Room(state=replace(state, content=content).to_json())
    room.editor.begin([])
    frame = room.editor.desk.hand.frame
    assert (frame.there, frame.outline) == (False, ())
    lion = ModelInfo("lion", "lions", 2, 2, "CC0-1.0")
    room.editor.desk._models.show(ModelList((lion,)))
    assert frame.outline == ((-0.5, -0.5), (1.5, -0.5), (1.5, 1.5), (-0.5, 1.5))


def test_a_picture_of_which_the_daemon_knows_has_no_frame() -> None:
    room = Room(state="")
    room.editor.begin([])
    frame = room.editor.desk.hand.frame
    assert frame.there
    with pytest.raises(UnknownPicture) as unknown:
        room.editor.to_picture()
    unknown.value.keep(STATE)
    room.editor.to_picture()
    assert not frame.there


def test_a_layer_that_was_deleted_is_refused() -> None:
    room = Room()
    room.editor.begin([])
    room.image.items.clear()
    for act in (room.editor.read, room.editor.read_photo, room.editor.to_picture):
        with pytest.raises(BadInput) as refused:
            act()
        assert str(refused.value) == refusals.LAYER_DELETED


def test_a_selection_in_which_nothing_may_move_is_refused() -> None:
    room = Room(selection=Region(90, 90, 4, 4))
    room.editor.begin([])
    with pytest.raises(BadInput) as refused:
        room.editor.movable_mask()
    assert str(refused.value) == refusals.SELECTION_MISSES


def stroke(room: Room) -> Pixels:
    """The whole left half is painted; the mask of it."""
    canvas = room.editor.canvas
    room.form.act(BRUSH, True)
    room.form.act(BRUSH_SIZE, 2 * SIDE)
    room.form.act(HARDNESS, 100)
    at = canvas.view.affine.map((-SIDE / 2, SIDE / 2))
    assert canvas.press(Button.LEFT, at, shift=False, control=False)
    assert canvas.release(Button.LEFT, at)
    mask = room.editor.points().painted.mask
    assert mask is not None
    return mask


def test_what_is_painted_counts_in_the_place_of_the_selection_and_is_kept() -> None:
    room = Room(selection=Region(0, 0, SIDE, SIDE // 2))
    room.editor.begin([PAIR])
    mask = stroke(room)
    assert room.veil == veil_picture(mask)
    assert room.form.look(HELD).label == tips.HELD_BY_BRUSH
    assert room.editor.desk.read(live=False).movable_mask == mask
    room.editor.end()
    assert read_mask(room.item) == MaskRows.of(mask)
    again = DialogEditor(room, look(room.item), Link(room._every, "log"), Form(), Settings())
    again.begin([])
    assert again.points().painted.mask == mask
    assert again.canvas.veil == veil_picture(mask)
    room.form.act(ALL_MAY)
    assert room.form.look(HELD).label == tips.HELD
    selected = room.editor.desk.read(live=False).movable_mask
    assert selected is not None
    assert selected.data == bytes([255] * (SIDE * SIDE // 2) + [0] * (SIDE * SIDE // 2))


def test_a_result_keeps_what_was_painted_and_undo_brings_back_the_one_before() -> None:
    room = Room()
    room.editor.begin([PAIR])
    first = stroke(room)
    reading = room.editor.read()
    request = Request(reading.layer, STATE, reading.pixels, first, (PAIR,), drag_config())
    result = room.editor.place(request, plain(SIDE, SIDE, 9), STATE, [PAIR])
    assert result.kept_mask() == MaskRows.of(first)
    room.editor.go_to(result)
    painted = room.editor.points().painted
    assert painted.mask == first
    painted.invert()
    second = painted.rows
    room.editor.go_to(room.layer)  # as after an undo
    assert (painted.mask, room.veil) == (first, veil_picture(first))
    room.editor.go_to(result)
    assert painted.rows == second
    room.editor.end()
    assert (read_mask(room.item), result.kept_mask()) == (None, second)


def test_a_layer_that_was_not_shown_before_has_what_is_kept_with_it() -> None:
    room = Room()
    room.editor.begin([PAIR])
    other = MemoryItem(room.image, "Other", plain(SIDE, SIDE), False)
    room.image.items.append(other)
    write_state(other, STATE)
    mask = Pixels(SIDE, SIDE, 1, bytes(SIDE) + b"\xff" * (SIDE * SIDE - SIDE))
    write_mask(other, MaskRows.of(mask))
    room.editor.go_to(look(other))
    assert (room.editor.points().painted.mask, room.veil) == (mask, veil_picture(mask))


def test_the_layer_s_own_mask_may_be_taken() -> None:
    room = Room()
    room.editor.begin([PAIR])
    assert room.editor.layer_mask() is None
    room.item.masked = bytes(SIDE * (SIDE - 1)) + b"\xff" * SIDE
    mask = room.editor.layer_mask()
    assert mask == Pixels(SIDE, SIDE, 1, room.item.masked)
    room.form.act(FROM_MASK)
    assert room.veil == veil_picture(mask)
    assert room.form.look(HELD).label == tips.HELD_BY_BRUSH
    room.editor.end()
    assert read_mask(room.item) == MaskRows.of(mask)


def test_escape_puts_the_brush_away_before_it_closes_the_dialog() -> None:
    room = Room()
    room.editor.begin([])
    stroke(room)
    assert room.form.look(TIP).visible
    room.editor.desk.session.escape()
    assert (room.form.value(BRUSH), room.form.look(TIP).visible, room.closed) == (False, False, 0)
    room.editor.desk.session.escape()
    assert room.closed == 1


def test_another_look_at_a_photo_begins_with_nothing_painted() -> None:
    room = Room()
    room.editor.begin([])
    stroke(room)
    room.editor.keep_state(room.layer, OF_PHOTO)
    assert room.editor.points().painted.mask is None
