"""What a desk does between an editor, its session and the form, without a daemon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from draggan_server.host import settings
from draggan_server.host.affine import Affine
from draggan_server.host.brush_tip import BrushTip
from draggan_server.host.desk import Desk
from draggan_server.host.editor import Reading
from draggan_server.host.forms.brush import ALL_MAY, BRUSH, ERASE, FROM_MASK, HARDNESS, INVERT, SIZE
from draggan_server.host.forms.drag import (
    CLEAR,
    COMPARE,
    COUNT,
    EDIT,
    HOW_TO_SET,
    LIVE,
    PHOTO_MODEL,
    START,
    STATUS,
)
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.forms.options import MAX_STEPS
from draggan_server.host.hand import Button
from draggan_server.host.host import Shown
from draggan_server.host.link import Link
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.request import Layer, Request
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said
from draggan_server.host.settings import Settings
from draggan_server.host.states import State
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import ModelInfo, ModelList, Pixels
from draggan_server.wire.state import EditState

PICTURE = Pixels(16, 16, 4, bytes(16 * 16 * 4))
HELD = Pixels(16, 16, 1, bytes(16 * 16 - 1) + b"\xff")
MODELS = {"toy-lion": 256, "wide": 64}
PAIR = PointPair((5.0, 6.0), (9.0, 6.0))


@dataclass(frozen=True)
class Corner(Layer):
    """A layer whose picture begins at its pixel (2, 2)."""

    @property
    def to_picture(self) -> Affine:
        return Affine(e=-2.0, f=-2.0)


LAYER = Corner("1", "lion")


class FakeEditor:
    """Has one layer, and notes what it is told."""

    how_to_edit = "Press and pull."

    def __init__(self) -> None:
        self.told: list[object] = []
        self.mask: Pixels | None = None
        self.own_mask: Pixels | None = None
        self.refusal: BadInput | None = None
        self.editor = PairEditor()
        self.saved_state = ""

    def points(self) -> PairEditor:
        return self.editor

    def points_of(self, layer: Corner) -> PairEditor:
        return self.editor

    def looked_at(self) -> tuple[str, str]:
        return LAYER.key, self.saved_state

    def to_picture(self) -> Affine:
        self._may()
        return LAYER.to_picture

    def check_place(self, *, carries: bool = False) -> None:
        self._may()

    def darken(self, shown: Pixels | None) -> None:
        self.told.append(("darken", shown))

    def movable_mask(self, layer: Corner | None = None) -> Pixels | None:
        return self.mask

    def layer_mask(self) -> Pixels | None:
        return self.own_mask

    def read(self) -> Reading[Corner]:
        self._may()
        return Reading(LAYER, "state", PICTURE)

    def read_photo(self) -> Reading[Corner]:
        return Reading(LAYER, "", PICTURE)

    def find(self, layer: Corner) -> Found:
        return Found.THERE

    def keep_state(self, layer: Corner, saved_state: str) -> None:
        self.told.append(saved_state)

    def place(
        self,
        request: Request[Corner],
        picture: Pixels,
        saved_state: str,
        pairs: Sequence[PointPair],
    ) -> Corner:
        return LAYER

    def result_changed(self, result: Result[Corner]) -> None:
        self.told.append(result)

    def mask_painted(self) -> None:
        self.told.append(self.editor.painted.mask)

    def go_to(self, layer: Corner) -> None:
        self.told.append(("go to", layer.key, list(self.editor.pairs)))

    def show_work(self, layer: Corner | None, held: bool) -> None:
        self.told.append(("work", layer, held))

    def show_frame(self, layer: Corner, frame: Pixels) -> None:
        self.told.append(("frame", self.editor.marks()[0].handle))

    def compare(self, result: Result[Corner] | None, at: float | None = None) -> None:
        self.told.append(("compare", result, at))

    def points_edited(self) -> None:
        self._may()
        self.told.append("edited")

    def may_begin(self) -> bool:
        return True

    def alert(self, sentence: str) -> None:
        self.told.append(("alert", sentence))

    def leave(self) -> None:
        self.told.append("left")

    def _may(self) -> None:
        if self.refusal is not None:
            raise self.refusal


class Room:
    def __init__(self, remembered: Settings) -> None:
        self.editor = FakeEditor()
        self.form = Form()
        link = Link(_never, "room.log")
        self.models = Models(self.form, "toy-lion", PHOTO_MODEL)
        self.desk = Desk(self.editor, link, self.form, self.models, remembered)
        self.form.set(EDIT, value=True)

    @property
    def status(self) -> tuple[str, bool]:
        look = self.form.look(STATUS)
        return look.label, look.warns


def state_of(*, any_picture: bool) -> str:
    return EditState("toy-lion", "0" * 64, 1, 1, bytes(4), any_picture=any_picture).to_json()


def _never(_milliseconds: int, _tick: Callable[[], None]) -> Callable[[], None]:
    return lambda: None


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "connection.json"))
    return Room(Settings(max_steps=7, live=False))


def test_a_request_is_in_the_picture_s_pixels_and_its_settings_are_remembered(room: Room) -> None:
    room.editor.editor.load([PAIR])
    room.form.act(MAX_STEPS, 9)
    room.form.act(START)
    request = room.desk.session.request
    assert request is not None
    assert request.pairs == (PointPair((3.0, 4.0), (7.0, 4.0)),)
    assert (request.saved_state, request.config.max_steps) == ("state", 9)
    assert settings.load().max_steps == 9
    assert room.editor.told[-1] == ("work", LAYER, False)
    assert not room.form.look(START).enabled


def test_brushes_are_for_an_idle_desk_and_what_is_painted_is_remembered_by_size(room: Room) -> None:
    for item in (INVERT, ALL_MAY):
        assert not room.form.look(item).enabled
    room.form.act(BRUSH, True)
    room.form.act(SIZE, 20)
    room.form.act(HARDNESS, 50)
    assert room.desk.hand.painter.tip == BrushTip(20.0, 0.5)
    assert (settings.load().brush_size, settings.load().brush_hardness) == (20, 50)
    painted = room.editor.editor.painted
    painted.begin((16, 16), room.desk.hand.painter.tip, (5.0, 5.0))
    painted.end()
    room.desk.points_changed()
    assert room.form.look(INVERT).enabled
    before = painted.mask
    room.form.act(INVERT)
    assert painted.mask != before
    assert painted.mask in room.editor.told
    room.form.act(ERASE, True)
    assert room.desk.hand.painter.tip.erases
    room.editor.editor.load([PointPair((14.0, 14.0), (15.0, 14.0))])
    room.form.act(START)
    request = room.desk.session.request
    assert request is not None
    assert request.movable_mask == painted.mask
    assert not room.form.look(BRUSH).enabled
    assert not room.form.look(INVERT).enabled


def test_the_layer_s_own_mask_is_taken_as_if_it_were_painted(room: Room) -> None:
    painted = room.editor.editor.painted
    room.form.act(BRUSH, True)
    room.form.act(FROM_MASK)
    assert room.status == (refusals.NO_MASK, True)
    room.editor.own_mask = Pixels(16, 16, 1, bytes(256))
    room.form.act(FROM_MASK)
    assert room.status == (refusals.MASK_HOLDS_ALL, True)
    assert painted.mask is None
    room.editor.own_mask = HELD
    room.form.act(FROM_MASK)
    assert painted.mask == HELD
    assert HELD in room.editor.told
    assert room.form.look(INVERT).enabled
    room.editor.editor.load([PointPair((17.0, 17.0), (12.0, 12.0))])
    room.form.act(START)
    request = room.desk.session.request
    assert request is not None
    assert request.movable_mask == HELD
    assert not room.form.look(FROM_MASK).enabled


def test_taking_the_layer_s_mask_is_undone(room: Room) -> None:
    painted = room.editor.editor.painted
    painted.begin((16, 16), BrushTip(4.0, 1.0), (5.0, 5.0))
    painted.end()
    before = painted.mask
    room.editor.own_mask = HELD
    room.form.act(FROM_MASK)
    assert painted.undo()
    assert painted.mask == before
    assert painted.redo()
    assert painted.mask == HELD


def test_the_brush_goes_with_the_points(room: Room) -> None:
    room.form.act(EDIT, False)
    room.form.act(BRUSH, True)
    assert room.form.value(EDIT)
    assert room.desk.hand.painter.active
    room.form.act(EDIT, False)
    assert not room.form.value(BRUSH)
    assert not room.desk.hand.painter.active


def test_a_refusal_is_said_and_shown_where_the_user_looks(room: Room) -> None:
    room.editor.refusal = BadInput("The lion is asleep.")
    room.form.act(START)
    assert room.status == ("The lion is asleep.", True)
    assert ("alert", "The lion is asleep.") in room.editor.told
    assert room.desk.session.state is State.READY
    room.desk.say_quietly("It wakes up.", False)
    assert room.status == ("It wakes up.", False)


def test_points_are_cleared_and_counted(room: Room) -> None:
    room.editor.editor.load([PAIR])
    room.desk.look()
    assert (room.form.look(COUNT).label, room.form.look(CLEAR).enabled) == ("1 point", True)
    room.form.act(CLEAR)
    assert (room.form.look(COUNT).label, room.form.look(CLEAR).enabled) == ("No points", False)
    assert room.editor.told == ["edited"]


def test_what_goes_wrong_in_a_listener_is_said(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.editor.refusal = BadInput("The lion is asleep.")
    room.form.act(CLEAR)
    assert room.status == ("The lion is asleep.", True)

    def break_down(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(room.editor, "compare", break_down)
    room.form.act(COMPARE, True)
    assert "room.log" in room.status[0]


def test_what_is_to_be_known_of_the_points_is_said_until_it_is_right(room: Room) -> None:
    view = Affine(a=10.0, d=10.0)
    hand = room.desk.hand
    hand.take(room.editor.editor)
    hand.editable = True
    hand.press(Button.LEFT, (50.0, 60.0), view)
    hand.release((50.0, 60.0), view)
    assert room.status == (said.CLICK_TARGET, False)
    hand.press(Button.LEFT, (90.0, 60.0), view)
    hand.release((90.0, 60.0), view)
    assert room.status == ("Press and pull.", False)
    room.editor.mask = HELD
    room.desk.points_changed()
    assert room.status == (said.POINT_IS_HELD.format(number=1), True)
    room.form.set(EDIT, value=False)
    room.editor.mask = None
    room.desk.points_changed()
    assert room.status[1]  # nobody edits points


def test_to_follow_the_hand_points_are_edited_and_it_is_remembered(room: Room) -> None:
    room.form.set(EDIT, value=False)
    room.form.act(LIVE, True)
    assert room.desk.hand.live
    assert room.form.value(EDIT)
    assert settings.load().live


@pytest.mark.parametrize("follows", [True, False])
def test_no_picture_follows_whose_model_changes_any(
    room: Room, follows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its state says so: no model is listed, as after a document was opened."""
    asked: list[str] = []
    monkeypatch.setattr(room.desk.session, "press", lambda: asked.append("press"))
    room.editor.saved_state = state_of(any_picture=not follows)
    hand, view = room.desk.hand, Affine(a=10.0, d=10.0)
    hand.take(room.editor.editor)
    hand.editable = hand.live = True
    hand.press(Button.LEFT, (50.0, 60.0), view)
    hand.move((90.0, 60.0), view)
    hand.release((90.0, 60.0), view)
    assert len(room.editor.editor.pairs) == 1
    assert asked == ["press"] * follows


def test_it_is_told_where_a_picture_cannot_follow_the_hand(room: Room) -> None:
    for any_picture in (False, True, False):
        room.editor.saved_state = state_of(any_picture=any_picture)
        room.desk.layer_shown()
        words, live = room.form.look(HOW_TO_SET).label, room.form.look(LIVE)
        assert ("it follows" in words, "Start" in words) == (not any_picture, any_picture)
        assert ("it follows" in live.tip, live.enabled) == (not any_picture, not any_picture)
        room.desk.show(Shown(State.DRAGGING))
        assert not room.form.look(LIVE).enabled
        room.desk.show(Shown(State.READY))
        assert room.form.look(LIVE).enabled is not any_picture


def test_a_frame_comes_after_its_points(room: Room) -> None:
    room.editor.editor.load([PAIR])
    room.form.act(START)
    request = room.desk.session.request
    assert request is not None
    moved = PointPair((4.0, 4.0), (7.0, 4.0))
    room.desk.show_step(request, [moved], [False], PICTURE)
    assert room.editor.told[-1] == ("frame", (6.0, 6.0))
    room.desk.show_step(request, [moved, moved], [False, False], PICTURE)
    assert room.editor.told[-1] == ("frame", (6.0, 6.0))  # of a pair that is no more there


def test_a_result_has_its_points_in_the_layer_s_pixels(room: Room) -> None:
    room.desk.show_layer(LAYER, [PointPair((3.0, 4.0), (7.0, 4.0))], True)
    assert room.editor.told == [("go to", "1", [PAIR])]
    assert room.editor.editor.marks()[0].arrived


def test_a_frame_that_no_picture_of_the_model_fits_is_told_at_once(room: Room) -> None:
    frame, all_of_it = room.desk.hand.frame, Region(0, 0, 300, 100)
    frame.show("photo", Region(0, 0, 300, 16), all_of_it)
    assert not room.status[1]  # how large the model's pictures are is not known yet
    lion, wide = (ModelInfo(name, "", 256, high, "CC0") for name, high in MODELS.items())
    room.models.show(ModelList((lion, wide)))
    room.form.act(PHOTO_MODEL, "toy-lion")
    sentence, warns = room.status
    assert warns
    assert "300 x 16" in sentence
    assert "of quite another shape" in sentence
    assert frame.press((299.5, 7.5), Affine())
    frame.move((100.5, 7.5), Affine())
    assert "300 x 16" in room.status[0]
    frame.release()
    assert room.status == (said.WELL_FRAMED, False)
    frame.reset((0.0, 0.0), Affine())
    assert "300 x 16" in room.status[0]
    room.form.act(PHOTO_MODEL, "wide")
    assert room.status == (said.WELL_FRAMED, False)
    frame.marks.points = [(20.0, 20.0), (40.0, 20.0), (30.0, 40.0)]  # it is known where to look
    room.form.act(PHOTO_MODEL, "toy-lion")
    assert room.status == (said.WELL_FRAMED, False)
    frame.hide()
    room.desk.say_quietly("all is well", False)
    room.form.act(PHOTO_MODEL, "toy-lion")
    assert room.status == ("all is well", False)
