"""What is beside the canvas of a window, what its menu does, and what lies over the canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.forms.brush import ALL_MAY, BRUSH, ERASE, INVERT
from draggan_server.host.forms.drag import CANCEL, COMPARE, COUNT, EDIT, MOMENTS, PIN, STATUS
from draggan_server.host.forms.form import Look
from draggan_server.host.forms.options import MANAGE, STATE
from draggan_server.host.forms.parts import Button, Entry, Item, Part, Switch
from draggan_server.host.forms.sample import NEW_PICTURE
from draggan_server.host.forms.setup import FOLDER, PAUSE, REMOVE, SET_UP
from draggan_server.host.forms.windows import MODELS, STATE_OF_THINGS
from draggan_server.host.layers.actions import ACTIONS
from draggan_server.host.layers.docker import Docker
from draggan_server.host.layers.editor import LayerBook
from draggan_server.host.layers.layout import IN_SIGHT, SCROLLED
from draggan_server.host.layers.overlay import OverlaySurface
from draggan_server.host.layers.scene import Placed, Scene
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.sentences import refusals, said
from draggan_server.host.states import State
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import EditState
from tests.unit.host.paper import PaperDocument, PaperNode

PLACE = Region(4, 6, 32, 32)
PAIR = PointPair((8.0, 8.0), (12.0, 8.0))
FRAME = Pixels(16, 16, 4, bytes(16 * 16 * 4))


class Room:
    """A window in which a document is open, or none; `done` is what it was asked for."""

    def __init__(self, there: PaperDocument | None) -> None:
        self.there = there
        self.done: list[Any] = []
        self.book = LayerBook()
        self.hinted = ""
        self.ticks: dict[int, Callable[[], None]] = {}
        self.docker = Docker(self, self.book, self._every, "log")

    def _every(self, milliseconds: int, tick: Callable[[], None]) -> Callable[[], None]:
        self.ticks[milliseconds] = tick
        return lambda: self.ticks.pop(milliseconds, None)

    def document(self) -> PaperDocument | None:
        return self.there

    def new_document(self, name: str, picture: Pixels) -> tuple[PaperDocument, PaperNode]:
        raise NotImplementedError(name, picture)

    def follow(self) -> None:
        self.done.append("follow")

    def has_mouse(self) -> bool:
        return False

    def take_keys(self) -> None:
        self.done.append("take keys")

    def reveal(self) -> None:
        self.done.append("reveal")

    def show_window(self, window: Any) -> None:
        self.done.append(window)

    def alert(self, lines: str) -> None:
        self.done.append(lines)

    def hint(self, sentence: str) -> None:
        self.hinted = sentence

    def lion(self) -> PaperNode:
        assert self.there is not None
        node = self.there.layer("lion", PLACE, offset=(3, 1))
        self.book.records.remember(self.there, node, "state", PLACE)
        return node


@pytest.fixture(autouse=True)
def nothing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "connection.json"))


@pytest.fixture
def room() -> Room:
    return Room(PaperDocument())


def test_the_first_sentence_says_how_to_begin(room: Room) -> None:
    assert room.docker.form.look(STATUS).label == said.FIRST


def test_editing_gives_the_canvas_the_keyboard_and_so_do_buttons_for_points(room: Room) -> None:
    room.lion()
    room.docker.form.act(EDIT, True)
    assert "take keys" in room.done
    room.done.clear()
    room.docker.form.act(PIN)
    assert room.done == ["take keys"]


def test_the_hint_says_whether_the_picture_follows(room: Room) -> None:
    node = room.lion()
    room.docker.form.act(EDIT, True)
    assert room.hinted == said.HOW_TO_PULL
    room.docker.desk.hand.live = False
    room.docker.editor.follow()
    assert room.hinted == said.HOW_TO_EDIT
    room.docker.desk.hand.live = True
    any_picture = EditState("any", "0" * 64, 1, 1, bytes(4), any_picture=True)
    assert room.there is not None
    room.book.records.remember(room.there, node, any_picture.to_json(), PLACE)
    room.docker.editor.look()
    room.docker.editor.follow()
    assert room.hinted == said.HOW_TO_EDIT


def test_a_hint_is_shown_while_points_are_edited_also_where_something_else_was_meanwhile(
    room: Room,
) -> None:
    room.lion()
    room.docker.form.act(EDIT, True)
    assert room.hinted == said.HOW_TO_PULL
    room.hinted = ""
    room.docker.editor.follow()
    assert room.hinted == said.HOW_TO_PULL
    room.docker.form.act(EDIT, False)
    room.docker.editor.follow()
    assert room.hinted == ""


def test_where_no_document_is_open_it_is_said_and_nothing_is_edited() -> None:
    room = Room(None)
    ACTIONS["edit_points"].act(room.docker)
    assert not room.docker.form.value(EDIT)
    assert room.docker.form.look(STATUS).label == refusals.NO_DOCUMENT


def test_the_brush_is_taken_and_put_away_from_the_menu_and_the_canvas_gets_the_keys(
    room: Room,
) -> None:
    room.lion()
    ACTIONS["paint_mask"].act(room.docker)
    assert room.docker.form.value(EDIT)
    assert room.docker.desk.hand.painter.active
    assert room.done[-1] == "take keys"
    for item in (INVERT, ALL_MAY):
        room.done.clear()
        room.docker.form.act(item)
        assert room.done == ["take keys"]
    room.docker.left()
    assert not room.docker.desk.hand.painter.active


def test_where_no_document_is_open_no_brush_is_taken() -> None:
    room = Room(None)
    ACTIONS["paint_mask"].act(room.docker)
    assert not room.docker.form.value(BRUSH)
    assert not room.docker.desk.hand.painter.active


def test_another_tool_ends_the_editing_and_nothing_where_none_is(room: Room) -> None:
    room.lion()
    room.docker.left()
    assert room.done == []
    ACTIONS["edit_points"].act(room.docker)
    assert room.docker.editor.canvas.sight.editing
    room.docker.left()
    assert not room.docker.editor.canvas.sight.editing
    assert not room.docker.form.value(EDIT)


def test_a_docker_that_is_gone_shows_nothing_and_lets_go_of_all(room: Room) -> None:
    room.lion()
    shown: list[Item] = []

    class View:
        def show(self, item: Item, _look: Look) -> None:
            shown.append(item)

        def unfold(self, item: Item) -> None:
            shown.append(item)

    room.docker.form.show_in(View())
    room.docker.be_seen(True)
    ACTIONS["edit_points"].act(room.docker)
    assert room.ticks
    shown.clear()
    room.docker.close()
    room.done.clear()
    room.docker.follow()
    assert room.docker.session.state is State.ENDED
    assert (shown, room.done, room.ticks) == ([], [], {})


def test_escape_is_for_the_points_while_they_are_edited_or_dragged(room: Room) -> None:
    room.lion()
    assert not room.docker.escape()
    room.docker.form.act(EDIT, True)
    room.docker.form.enable(False, CANCEL)
    assert room.docker.escape()
    room.docker.session.close()
    room.docker.form.choose(EDIT, False)
    room.docker.form.enable(True, CANCEL)
    assert room.docker.escape()


def test_the_menu_presses_the_buttons_of_the_form(room: Room) -> None:
    lion = room.lion()
    assert room.there is not None
    room.book.points.of(room.there, lion).load([PAIR])
    ACTIONS["clear_points"].act(room.docker)
    assert room.docker.editor.points().pairs == []
    assert room.docker.form.look(COUNT).label == "No points"
    ACTIONS["start_drag"].act(room.docker)
    assert room.docker.form.look(STATUS).warns  # there are no points to be dragged


def test_each_command_of_the_docker_lies_in_the_menu() -> None:
    """But those that set the daemon up."""
    commands = {
        item for item in _items((*SCROLLED, *IN_SIGHT)) if isinstance(item, Button | Switch)
    }
    of_setup = {SET_UP, PAUSE, FOLDER, REMOVE, MANAGE}
    in_menu = {action.item for action in ACTIONS.values() if action.item is not None}
    named = {NEW_PICTURE}  # draws into a new document, too, which the button does not
    assert in_menu <= {*commands, MOMENTS}
    assert commands - in_menu - named == of_setup


def _items(parts: Iterable[Part]) -> Iterator[Item]:
    for part in parts:
        if isinstance(part, Item):
            yield part
        yield from _items(getattr(part, "parts", ()))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("clear_points", refusals.NO_POINTS_SET),
        ("pin_point", refusals.NO_POINTS_SET),
        ("snap_point", refusals.NO_POINTS_SET),
        ("mark_face", refusals.NO_FRAME),
        ("more_like_it", refusals.NONE_PICKED),
        ("between_two", refusals.NO_TWO_PICKED),
        ("invert_mask", refusals.NOTHING_PAINTED),
        ("all_may_move", refusals.NOTHING_PAINTED),
        ("compare", refusals.NO_DRAG_BEFORE),
        ("split", refusals.NO_DRAG_BEFORE),
        ("previous_picture", refusals.NO_EARLIER),
        ("next_picture", refusals.NO_LATER),
        ("stop_drag", refusals.NO_DRAG),
        ("cancel_drag", refusals.NO_DRAG),
    ],
)
def test_what_cannot_be_done_now_is_said_and_nothing_else(
    room: Room, name: str, sentence: str
) -> None:
    room.lion()
    item = ACTIONS[name].item
    assert item is not None
    room.docker.form.enable(name in ("previous_picture", "next_picture"), item)
    before = room.docker.form.value(item)
    room.docker.desk.guarded(ACTIONS[name].act)(room.docker)
    assert room.docker.form.look(STATUS).label == sentence
    assert room.docker.form.value(item) == before


def test_a_picture_that_cannot_follow_the_hand_says_so(room: Room) -> None:
    node = room.lion()
    any_picture = EditState("any", "0" * 64, 1, 1, bytes(4), any_picture=True)
    assert room.there is not None
    room.book.records.remember(room.there, node, any_picture.to_json(), PLACE)
    ACTIONS["edit_points"].act(room.docker)
    with pytest.raises(BadInput, match="takes too long to follow the mouse"):
        ACTIONS["follow_hand"].act(room.docker)


def test_in_the_strip_of_drags_one_goes_back_and_on(room: Room) -> None:
    asked: list[str] = []
    form = room.docker.form
    form.on_change(MOMENTS, asked.append)
    entries = tuple(Entry(str(position)) for position in range(3))
    form.set(MOMENTS, entries=entries, value="1")
    ACTIONS["previous_picture"].act(room.docker)
    form.set(MOMENTS, value="1")
    ACTIONS["next_picture"].act(room.docker)
    assert asked == ["0", "2"]
    with pytest.raises(BadInput, match="no later picture"):
        ACTIONS["next_picture"].act(room.docker)
    form.enable(False, MOMENTS)
    with pytest.raises(BadInput, match="no earlier picture"):
        ACTIONS["previous_picture"].act(room.docker)


def test_erasing_takes_the_brush_and_what_was_compared_is_as_it_is_again(
    room: Room,
) -> None:
    room.lion()
    form = room.docker.form
    ACTIONS["erase_mask"].act(room.docker)
    assert form.value(ERASE)
    assert form.value(BRUSH)
    form.choose(COMPARE, True)
    room.docker.desk.points_changed()
    assert not form.value(COMPARE)


def test_the_menu_shows_the_docker_and_windows(room: Room) -> None:
    for name in ("show_docker", "models", "state"):
        ACTIONS[name].act(room.docker)
    room.docker.form.act(STATE)
    assert room.done == ["reveal", MODELS, STATE_OF_THINGS, STATE_OF_THINGS]


class TestOverlay:
    """A widget over a canvas that shows scenes."""

    @pytest.fixture
    def painted(self) -> list[None]:
        return []

    @pytest.fixture
    def surface(self, room: Room, painted: list[None]) -> OverlaySurface:
        surface = OverlaySurface(room.docker.desk.hand, lambda: painted.append(None))
        surface.follow(Affine(a=2.0, d=2.0))
        painted.clear()
        return surface

    def test_points_lie_where_their_layer_does(self, surface: OverlaySurface) -> None:
        surface.show(Scene(PairEditor([PAIR]), (3, 1), True, False, ()))
        assert surface.way is not None
        assert surface.way.map((0.0, 0.0)) == (7.0, 3.0)
        assert surface.editable
        surface.follow(Affine())
        assert surface.way.map((0.0, 0.0)) == (3.5, 1.5)
        surface.follow(None)
        assert not surface.editable

    def test_it_is_drawn_anew_only_where_something_is_another(
        self, surface: OverlaySurface, painted: list[None]
    ) -> None:
        points = PairEditor([PAIR])
        scene = Scene(points, (3, 1), True, False, (Placed(FRAME, PLACE),))
        surface.show(scene)
        drawn = len(painted)
        surface.show(Scene(points, (3, 1), True, False, (Placed(FRAME, PLACE),)))
        surface.follow(Affine(a=2.0, d=2.0))
        assert len(painted) == drawn
        points.clear()
        surface.follow(Affine(a=2.0, d=2.0))
        assert len(painted) == drawn + 1
        surface.show(Scene(points, (3, 1), True, False, ()))
        assert len(painted) == drawn + 2
        assert surface.placed == ()

    def test_what_was_only_moved_looks_the_same(
        self, surface: OverlaySurface, painted: list[None]
    ) -> None:
        surface.show(Scene(PairEditor([PAIR]), (3, 1), True, False, ()))
        before, drawn = surface.look, len(painted)
        surface.follow(Affine(a=2.0, d=2.0, e=7.0, f=-2.0), painting=True)
        assert before is not None
        assert surface.look is not None
        assert surface.look.what == before.what
        assert surface.look.moved == (before.moved[0] + 7.0, before.moved[1] - 2.0)
        assert len(painted) == drawn
        surface.follow(Affine(a=3.0, d=3.0), painting=True)
        assert surface.look.what != before.what
        surface.follow(None)
        assert surface.look is None

    def test_a_brush_follows_the_mouse(self, surface: OverlaySurface) -> None:
        surface.show(Scene(PairEditor([PAIR]), (3, 1), True, False, ()))
        surface.hand.painter.active = True
        assert surface.look is None

    @pytest.mark.parametrize(
        ("editable", "held_off", "takes"),
        [(True, False, True), (False, True, True), (False, False, False)],
    )
    def test_the_mouse_is_taken_where_a_stroke_would_be_painted_unseen(
        self, surface: OverlaySurface, editable: bool, held_off: bool, takes: bool
    ) -> None:
        surface.show(Scene(PairEditor(), (0, 0), editable, held_off, ()))
        assert surface.takes_mouse is takes
        assert surface.editable is editable

    def _touched(self, surface: OverlaySurface, room: Room) -> PairEditor:
        """The points of a lion, which follow no hand, once a finger is put on it."""
        room.docker.desk.hand.live = False
        node = room.lion()
        assert room.there is not None
        points = room.book.points.of(room.there, node)
        surface.show(Scene(points, (3, 1), True, False, ()))
        assert surface.touch([(26.0, 26.0)], begins=True, ends=False)
        return points

    def test_one_finger_does_what_the_mouse_does(self, surface: OverlaySurface, room: Room) -> None:
        points = self._touched(surface, room)
        assert surface.touch([(36.0, 32.0)], begins=False, ends=False)
        assert surface.touch([(36.0, 32.0)], begins=False, ends=True)
        ((handle, target),) = ((pair.handle, pair.target) for pair in points.pairs)
        assert (target[0] - handle[0], target[1] - handle[1]) == (5.0, 3.0)

    def test_two_fingers_are_for_the_canvas_until_all_have_gone(
        self, surface: OverlaySurface, room: Room
    ) -> None:
        points = self._touched(surface, room)
        assert surface.touch([(34.0, 26.0)], begins=False, ends=False)
        assert not surface.touch([(34.0, 26.0), (60.0, 26.0)], begins=False, ends=False)
        assert not surface.pressed
        assert not surface.touch([(30.0, 34.0)], begins=False, ends=False)
        assert not surface.touch([(30.0, 34.0)], begins=False, ends=True)
        assert not points.pairs
        assert surface.touch([(30.0, 34.0)], begins=True, ends=False)
        assert surface.pressed
        assert not surface.touch([], begins=False, ends=True)  # the screen has given it up
        assert not surface.pressed

    def test_fingers_are_for_the_canvas_where_nothing_is_edited(
        self, surface: OverlaySurface
    ) -> None:
        assert not surface.touch([(26.0, 26.0)], begins=True, ends=False)
