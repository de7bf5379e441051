"""A dialog that shows one layer: what it shows when, and when it asks before it is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from draggan_server.host.dialog.editor import DialogEditor
from draggan_server.host.dialog.layer import DialogLayer
from draggan_server.host.forms.closing import CLOSING, KEEP_EDITING, QUESTION
from draggan_server.host.forms.drag import CLOSE, FROM_PATH, HELD, PHOTO, STATUS
from draggan_server.host.forms.form import Form
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.raw_pixels import veil_picture
from draggan_server.host.request import Request
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said, tips
from draggan_server.host.settings import Settings
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import Pixels

SIDE = 16
PAIR, OTHER = PointPair((5.0, 6.0), (9.0, 6.0)), PointPair((2.0, 2.0), (3.0, 9.0))
MASK = Pixels(SIDE, SIDE, 1, bytes([0, 255] * (SIDE * SIDE // 2)))
VEIL = veil_picture(MASK)
FRAME = Pixels(8, 8, 4, bytes(256))


@dataclass
class Image:
    """What an editor has of one layer."""

    shade: int = 7
    state: str = "state"
    part: int = 0
    selection: Pixels | None = None
    found: Found = Found.THERE
    pairs: list[PointPair] = field(default_factory=list)
    path: list[PointPair] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)


@dataclass(frozen=True)
class Sheet(DialogLayer):
    image: Image
    part: int = 0

    def found(self) -> Found:
        return self.image.found

    def now(self) -> Sheet:
        return replace(self, saved_state=self.image.state, part=self.image.part)

    def as_photo(self) -> Sheet:
        return replace(self, saved_state="", is_photo=True)

    def whole(self) -> Sheet:
        return replace(self, part=-1)

    def fills_same(self, other: Sheet) -> bool:
        return self.part == other.part

    def pixels(self) -> Pixels:
        shade = self.image.shade + (100 if self.part < 0 else 0)
        return Pixels(SIDE, SIDE, 4, bytes([shade]) * (SIDE * SIDE * 4))

    def selected(self) -> Pixels | None:
        return self.image.selection

    def path_pairs(self) -> list[PointPair]:
        return self.image.path

    def kept_pairs(self) -> list[PointPair]:
        return self.image.pairs

    def keep_pairs(self, pairs: Sequence[PointPair], *, lasting: bool) -> None:
        self.image.pairs = list(pairs)
        self.image.kept.append(lasting)

    def keep_state(self, saved_state: str) -> None:
        self.image.state = f"{saved_state} of {'all' if self.part < 0 else 'a part'}"

    def add_result(
        self,
        request: Request[Sheet],
        picture: Pixels,
        saved_state: str,
        pairs: Sequence[PointPair],
    ) -> Sheet:
        self.image.pairs = list(pairs)
        return replace(self, key="2", name="Dragged", saved_state=saved_state)


class Room:
    """A dialog with a layer, and the widget of its canvas."""

    def __init__(self, **image: Any) -> None:
        self.image = Image(**image)
        self.name = ""
        self.closed, self.previews, self.redraws = 0, 0, 0
        self.form = Form()
        layer = Sheet("1", "Lion", self.image.state, not self.image.state, self.image)
        self.layer = layer
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

    def preview(self, _layer: Sheet, _frame: Pixels) -> None:
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
    room = Room(pairs=[PAIR], selection=MASK)
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
    room.image.found = found
    room.editor.leave()
    assert room.closed == 1
    assert room.editor.end() is None
    assert room.image.kept == []


def test_points_stay_with_the_layer() -> None:
    room = Room()
    room.editor.begin([PAIR])
    room.editor.end()
    assert (room.image.pairs, room.image.kept) == ([PAIR], [True])


def test_another_selection_is_seen_when_the_dialog_is_looked_at_again() -> None:
    room = Room()
    room.editor.begin([])
    room.image.selection, room.image.shade = MASK, 9
    room.editor.look_again()
    assert (room.veil, room.picture) == (VEIL, room.layer.pixels())


def test_a_layer_whose_picture_is_another_part_now_stays_as_it_is_shown() -> None:
    room = Room()
    room.editor.begin([])
    before = room.picture
    room.image.part, room.image.shade = 5, 9
    room.editor.look_again()
    assert room.picture == before


def test_meanwhile_frames_are_seen_and_after_it_the_layer() -> None:
    room = Room(selection=MASK)
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
    request = Request(room.layer, "state", before, None, (PAIR,), drag_config())
    room.editor.compare(Result(request, room.layer, (PAIR,), True, "There."))
    assert room.picture == before
    room.editor.compare(None)
    assert room.picture == room.layer.pixels()


def test_a_path_of_the_editors_gives_points_or_is_missed() -> None:
    room = Room()
    room.editor.begin([])
    room.form.act(FROM_PATH)
    assert room.form.look(STATUS).label == refusals.NO_PATH
    room.image.path = [PAIR, OTHER]
    room.form.act(FROM_PATH)
    assert room.editor.points().pairs == [PAIR, OTHER]
    assert room.redraws == 1


def test_the_daemon_is_asked_of_all_of_a_layer_that_the_image_does_not_know() -> None:
    room = Room(state="")
    room.editor.begin([])
    with pytest.raises(UnknownPicture) as unknown:
        room.editor.read()
    assert unknown.value.fingerprint() == room.layer.whole().pixels().fingerprint()
    unknown.value.keep("found")
    assert room.editor.read().saved_state == "found of all"


def test_the_state_of_a_photo_is_kept_and_its_points_loaded() -> None:
    room = Room(state="", pairs=[OTHER])
    room.editor.begin([])
    room.editor.points().clear()
    photo = room.editor.read_photo().layer
    room.editor.keep_state(photo, "seen")
    assert room.editor.looked_at() == ("1", "seen of a part")
    assert room.editor.points().pairs == [OTHER]
    assert room.editable


def test_a_layer_that_was_deleted_is_refused() -> None:
    room = Room()
    room.editor.begin([])
    room.image.found = Found.REMOVED
    for act in (room.editor.read, room.editor.read_photo, room.editor.to_picture):
        with pytest.raises(BadInput) as refused:
            act()
        assert str(refused.value) == refusals.LAYER_DELETED


def test_a_selection_in_which_nothing_may_move_is_refused() -> None:
    room = Room(selection=Pixels(SIDE, SIDE, 1, bytes(SIDE * SIDE)))
    room.editor.begin([])
    with pytest.raises(BadInput) as refused:
        room.editor.movable_mask()
    assert str(refused.value) == refusals.SELECTION_MISSES
