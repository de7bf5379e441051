from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from draggan_server.host.affine import Affine
from draggan_server.host.ends import GRAB_RADIUS, TARGET_BIAS, end_at
from draggan_server.host.half_pair import MIN_PULL
from draggan_server.host.keys import FAR_NUDGE, Key
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import HANDLE, TARGET, Bounds, End, PointPair
from draggan_server.wire.state import Point
from tests.unit.host.views import points, views

PLAIN = Affine()
FIRST = PointPair((10.0, 10.0), (90.0, 10.0))
SECOND = PointPair((10.0, 50.0), (90.0, 50.0))
ENDS = [End(place, side) for place in (0, 1) for side in (HANDLE, TARGET)]


def pull(editor: PairEditor, start: Point, end: Point, view: Affine = PLAIN) -> None:
    editor.press(start, view)
    editor.move(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), view)
    editor.release(end, view)


def click(editor: PairEditor, place: Point, view: Affine = PLAIN) -> None:
    editor.press(place, view)
    editor.release(place, view)


@pytest.fixture
def editor() -> PairEditor:
    return PairEditor([FIRST, SECOND])


# -- setting a pair --------------------------------------------------------------------------------


@given(views(), points, st.floats(20, 500), st.floats(0, 2 * math.pi), st.booleans())
def test_either_way_makes_a_pair_where_the_mouse_was(
    view: Affine, start: Point, length: float, angle: float, by_clicks: bool
) -> None:
    end = start[0] + length * math.cos(angle), start[1] + length * math.sin(angle)
    editor = PairEditor()
    if by_clicks:
        click(editor, start, view)
        assert editor.pairs == []
        click(editor, end, view)
    else:
        pull(editor, start, end, view)
    ((handle, target, _pinned),) = editor.pairs
    assert view.map(handle) == pytest.approx(start, abs=1e-3)
    assert view.map(target) == pytest.approx(end, abs=1e-3)
    assert not editor.busy
    assert editor.selected == End(0, TARGET)


def test_after_the_first_click_the_target_follows_the_mouse() -> None:
    editor = PairEditor()
    click(editor, (20, 20))
    assert editor.busy
    assert editor.move((30, 25), PLAIN)
    (mark,) = editor.marks()
    assert (mark.number, mark.handle, mark.target) == (1, (20, 20), (30, 25))


def test_the_second_press_may_be_pulled_to_its_place() -> None:
    editor = PairEditor()
    click(editor, (20, 20))
    pull(editor, (60, 60), (70, 80))
    assert editor.pairs == [PointPair((20, 20), (70, 80))]


def test_a_second_click_on_the_same_place_gives_the_pair_up() -> None:
    editor = PairEditor()
    click(editor, (20, 20))
    click(editor, (20 + MIN_PULL - 1, 20))
    assert editor.pairs == []
    assert not editor.busy


def test_the_target_may_be_set_on_an_end_that_is_there(editor: PairEditor) -> None:
    click(editor, (50, 90))
    click(editor, FIRST.target)
    assert editor.pairs == [FIRST, SECOND, PointPair((50, 90), FIRST.target)]


def test_moving_on_after_the_release_changes_nothing() -> None:
    editor = PairEditor()
    pull(editor, (20, 20), (40, 30))
    editor.move((90, 90), PLAIN)
    assert editor.pairs == [PointPair((20, 20), (40, 30))]


@given(views(), points, points, st.integers(-9999, 9999))
def test_points_are_moved_by_half_pixels_and_back_without_a_loss(
    view: Affine, start: Point, end: Point, by: int
) -> None:
    editor = PairEditor()
    click(editor, start, view)
    click(editor, end, view)
    there, back = Affine(e=by + 0.5, f=-by - 0.5), Affine(e=-by - 0.5, f=by + 0.5)
    assert [pair.mapped(there).mapped(back) for pair in editor.pairs] == editor.pairs


def test_points_stay_inside_the_bounds() -> None:
    editor = PairEditor()
    editor.bounds = Bounds.of_picture(100, 80)
    assert not editor.press((100 + GRAB_RADIUS, 40), PLAIN)
    assert not editor.busy
    pull(editor, (50, 40), (300, -20))
    pull(editor, (101, 40), (60, 40))
    assert editor.pairs == [
        PointPair((50, 40), (99.5, -0.5)),
        PointPair((99.5, 40), (60, 40)),
    ]
    editor.key(Key.PREVIOUS, PLAIN)
    editor.key(Key.PREVIOUS, PLAIN)
    assert editor.selected == End(0, TARGET)
    editor.key(Key.RIGHT, PLAIN, far=True)
    assert editor.pairs[0].target == (99.5, -0.5)
    editor.key(Key.LEFT, PLAIN, far=True)
    editor.key(Key.UNDO, PLAIN)
    assert editor.pairs[0].target == (99.5, -0.5)


# -- grips -----------------------------------------------------------------------------------------


@given(
    views(),
    st.sampled_from(ENDS),
    st.floats(0, GRAB_RADIUS - 0.01),
    st.floats(0, 2 * math.pi),
    st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
)
def test_an_end_goes_as_far_as_the_mouse_and_never_jumps(
    view: Affine, end: End, beside: float, angle: float, by: Point
) -> None:
    editor = PairEditor(
        # Far enough from each other, however the view is zoomed.
        [PointPair((0, 0), (2000, 0)), PointPair((0, 2000), (2000, 2000))]
    )
    before = editor.pairs
    x, y = view.map(before[end.place][end.side])
    press = x + beside * math.cos(angle), y + beside * math.sin(angle)
    click(editor, press, view)
    assert editor.pairs == before
    pull(editor, press, (press[0] + by[0], press[1] + by[1]), view)
    after = editor.pairs[end.place][end.side]
    assert view.map(after) == pytest.approx((x + by[0], y + by[1]), abs=1e-3)
    assert editor.selected == end
    for other in ENDS:
        if other != end:
            assert editor.pairs[other.place][other.side] == before[other.place][other.side]


@pytest.mark.parametrize("zoom", [0.1, 1, 8])
def test_ends_are_grabbed_by_pixels_of_the_view_at_any_zoom(zoom: float) -> None:
    editor = PairEditor([PointPair((10, 10), (1000, 10))])
    view = Affine(a=zoom, d=zoom)
    x, y = view.map((10, 10))
    assert end_at(editor.pairs, (x, y + GRAB_RADIUS - 0.5), view) == End(0, HANDLE)
    assert end_at(editor.pairs, (x, y + GRAB_RADIUS + 0.5), view) is None


@given(st.floats(0, 0.99 * TARGET_BIAS), st.floats(0, 2 * math.pi), st.floats(0, 5.9))
def test_where_handle_and_target_lie_together_the_target_is_taken(
    apart: float, angle: float, beside: float
) -> None:
    target = 50 + apart * math.cos(angle), 50 + apart * math.sin(angle)
    editor = PairEditor([PointPair((50, 50), target)])
    for direction in range(8):
        place = (
            50 + beside * math.cos(direction * math.pi / 4),
            50 + beside * math.sin(direction * math.pi / 4),
        )
        assert end_at(editor.pairs, place, PLAIN) == End(0, TARGET)


def test_of_two_ends_apart_the_nearer_is_taken() -> None:
    editor = PairEditor([PointPair((10, 10), (22, 10))])
    assert end_at(editor.pairs, (12, 10), PLAIN) == End(0, HANDLE)
    assert end_at(editor.pairs, (18, 10), PLAIN) == End(0, TARGET)


def test_an_end_under_the_mouse_is_hot(editor: PairEditor) -> None:
    assert editor.move((12, 50), PLAIN)
    assert not editor.move((13, 50), PLAIN)
    assert [mark.hot_handle for mark in editor.marks()] == [False, True]
    assert editor.leave()
    assert not any(mark.hot_handle or mark.hot_target for mark in editor.marks())
    assert not editor.leave()


# -- removing, undoing, giving up ------------------------------------------------------------------


def test_remove_at_takes_the_pair_at_the_place_and_no_other(editor: PairEditor) -> None:
    assert not editor.remove_at((50, 30), PLAIN)
    assert editor.remove_at((88, 10), PLAIN)
    assert editor.pairs == [SECOND]


def test_what_is_under_way_is_given_up_before_a_pair_is_removed(editor: PairEditor) -> None:
    click(editor, (50, 90))
    assert editor.remove_at(FIRST.handle, PLAIN)
    assert editor.pairs == [FIRST, SECOND]
    assert not editor.busy


def test_the_key_removes_the_pair_under_the_mouse_else_the_selected_one() -> None:
    third = PointPair((10, 90), (90, 90))
    editor = PairEditor([FIRST, SECOND, third])
    assert not editor.wants(Key.REMOVE)
    editor.key(Key.NEXT, PLAIN)
    editor.move(SECOND.target, PLAIN)
    assert editor.key(Key.REMOVE, PLAIN)
    assert editor.pairs == [FIRST, third]
    assert not editor.key(Key.REMOVE, PLAIN)
    editor.key(Key.PREVIOUS, PLAIN)
    assert editor.key(Key.REMOVE, PLAIN)
    assert editor.pairs == [FIRST]


def test_edits_are_undone_and_redone_one_by_one() -> None:
    editor = PairEditor()
    pull(editor, (0, 0), (50, 0))
    pull(editor, (50, 0), (80, 0))
    click(editor, (200, 200))
    editor.give_up()  # no edit
    click(editor, (80, 0))  # nor is this
    editor.remove_at((80, 0), PLAIN)
    seen = [editor.pairs]
    for key in (*[Key.UNDO] * 4, *[Key.REDO] * 4):
        editor.key(key, PLAIN)
        seen.append(editor.pairs)
    made, moved = [PointPair((0, 0), (50, 0))], [PointPair((0, 0), (80, 0))]
    assert seen == [[], moved, made, [], [], made, moved, [], []]


def test_clearing_is_an_edit_and_loading_is_none(editor: PairEditor) -> None:
    editor.clear()
    assert editor.pairs == []
    assert editor.key(Key.UNDO, PLAIN)
    assert editor.pairs == [FIRST, SECOND]
    editor.load([SECOND])
    assert not editor.key(Key.UNDO, PLAIN)
    assert not editor.key(Key.REDO, PLAIN)
    assert editor.pairs == [SECOND]


@pytest.mark.parametrize("start", [FIRST.target, (10.0, 80.0)], ids=["an end", "a new pair"])
@pytest.mark.parametrize("key", [Key.GIVE_UP, Key.UNDO, Key.REMOVE])
def test_a_pull_is_given_up_and_not_an_edit_before_it(
    editor: PairEditor, start: Point, key: Key
) -> None:
    assert not editor.wants(Key.GIVE_UP)
    editor.press(start, PLAIN)
    editor.move((50, 50), PLAIN)
    assert editor.key(key, PLAIN)
    assert not editor.key(Key.REDO, PLAIN)
    editor.release((50, 50), PLAIN)
    assert editor.pairs == [FIRST, SECOND]
    assert not editor.busy


# -- the keyboard ----------------------------------------------------------------------------------


def test_the_ends_are_selected_in_turn(editor: PairEditor) -> None:
    for key, ends in ((Key.NEXT, ENDS), (Key.PREVIOUS, ENDS[::-1])):
        for end in ends:
            assert editor.key(key, PLAIN)
            assert editor.selected == end
        assert not editor.key(key, PLAIN)
        assert editor.selected is None


@given(views(), st.sampled_from([Key.LEFT, Key.RIGHT, Key.UP, Key.DOWN]), st.booleans())
def test_an_arrow_moves_the_selected_end_that_way_on_the_screen(
    view: Affine, key: Key, far: bool
) -> None:
    editor = PairEditor([FIRST])
    assert not editor.wants(key)
    editor.key(Key.NEXT, view)
    assert editor.key(key, view, far)
    (pair,) = editor.pairs
    assert math.dist(pair.handle, FIRST.handle) == pytest.approx(FAR_NUDGE if far else 1)
    (x0, y0), (x1, y1) = view.map(FIRST.handle), view.map(pair.handle)
    way = {Key.LEFT: (-1, 0), Key.RIGHT: (1, 0), Key.UP: (0, -1), Key.DOWN: (0, 1)}[key]
    length = math.hypot(x1 - x0, y1 - y0)
    assert ((x1 - x0) / length, (y1 - y0) / length) == pytest.approx(way, abs=1e-3)


def test_a_row_of_nudges_is_one_edit(editor: PairEditor) -> None:
    editor.key(Key.NEXT, PLAIN)
    for _ in range(3):
        editor.key(Key.DOWN, PLAIN)
    editor.key(Key.NEXT, PLAIN)
    editor.key(Key.RIGHT, PLAIN, far=True)
    assert editor.pairs[0] == PointPair((10, 13), (100, 10))
    editor.key(Key.UNDO, PLAIN)
    assert editor.pairs[0] == PointPair((10, 13), (90, 10))
    editor.key(Key.UNDO, PLAIN)
    assert editor.pairs == [FIRST, SECOND]


# -- a drag ----------------------------------------------------------------------------------------


def test_a_drag_moves_what_is_shown_and_not_the_pairs(editor: PairEditor) -> None:
    editor.follow_drag([(20, 11), (30, 52)], [False, True])
    assert editor.pairs == [FIRST, SECOND]
    shown = [(mark.handle, mark.target, mark.arrived) for mark in editor.marks()]
    assert shown == [((20, 11), FIRST.target, False), ((30, 52), SECOND.target, True)]
    with pytest.raises(ValueError, match="1 handles"):
        editor.follow_drag([(1, 1)], [True])
    editor.forget_drag()
    assert [mark.handle for mark in editor.marks()] == [FIRST.handle, SECOND.handle]


def test_an_edit_ends_what_a_drag_showed(editor: PairEditor) -> None:
    editor.follow_drag([(20, 11), (30, 52)], [True, True])
    pull(editor, FIRST.target, (99, 9))
    assert not any(mark.arrived for mark in editor.marks())


# -- anything in any order -------------------------------------------------------------------------

_ROOM = Bounds.of_picture(200, 150)
_VIEW = Affine(1.7, 0.4, -0.4, 1.7, 30.0, -10.0)
_positions = st.tuples(st.floats(-50, 400), st.floats(-50, 300))


class AnyHands(RuleBasedStateMachine):
    """Hands that do anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.editor = PairEditor()
        self.editor.bounds = _ROOM

    @rule(position=_positions)
    def press(self, position: Point) -> None:
        self.editor.press(position, _VIEW)

    @rule(position=_positions)
    def move(self, position: Point) -> None:
        self.editor.move(position, _VIEW)

    @rule(position=_positions)
    def release(self, position: Point) -> None:
        self.editor.release(position, _VIEW)

    @rule(start=_positions, end=_positions)
    def pull(self, start: Point, end: Point) -> None:
        pull(self.editor, start, end, _VIEW)

    @rule(position=_positions)
    def remove(self, position: Point) -> None:
        self.editor.remove_at(position, _VIEW)

    @rule(position=_positions)
    def pin(self, position: Point) -> None:
        self.editor.pin_at(position, _VIEW)

    @rule(key=st.sampled_from(Key), far=st.booleans())
    def key(self, key: Key, far: bool) -> None:
        wanted = self.editor.wants(key)
        assert not self.editor.key(key, _VIEW, far) or wanted

    @rule(by=st.floats(-5, 5))
    def drag(self, by: float) -> None:
        handles = [(pair.handle[0] + by, pair.handle[1]) for pair in self.editor.pairs]
        self.editor.follow_drag(handles, [False] * len(handles))

    @rule()
    def there_and_back(self) -> None:
        self.editor.give_up()
        now, steps = self.editor.pairs, 0
        while self.editor.key(Key.UNDO, _VIEW):
            steps += 1
        assert self.editor.pairs == []
        for _ in range(steps):
            assert self.editor.key(Key.REDO, _VIEW)
        assert self.editor.pairs == now

    @invariant()
    def all_points_are_inside(self) -> None:
        for pair in self.editor.pairs:
            for point in (pair.handle, pair.target):
                assert _ROOM.nearest(point) == point

    @invariant()
    def what_is_selected_is_there(self) -> None:
        if self.editor.selected is not None:
            assert self.editor.selected.place < len(self.editor.pairs)

    @invariant()
    def each_pair_has_its_mark(self) -> None:
        pairs, marks = self.editor.pairs, self.editor.marks()
        assert len(marks) - len(pairs) in (0, 1)
        assert [mark.number for mark in marks] == list(range(1, len(marks) + 1))
        assert [mark.target for mark in marks[: len(pairs)]] == [pair.target for pair in pairs]


TestAnyHands = AnyHands.TestCase
TestAnyHands.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)


class TestLive:
    """The picture follows the mouse: what a press takes hold of is a target, at once."""

    def editor(self, *pairs: PointPair) -> PairEditor:
        return PairEditor(pairs)

    def test_a_press_on_the_picture_makes_a_pair_that_follows(self) -> None:
        editor = self.editor()
        editor.press((40, 30), PLAIN, live=True)
        assert editor.pairs == [PointPair((40, 30), (40, 30))]
        editor.move((42, 35), PLAIN)
        assert editor.pairs == [PointPair((40, 30), (42, 35))]
        editor.release((43, 36), PLAIN)
        assert editor.pairs == [PointPair((40, 30), (43, 36))]
        assert not editor.busy

    def test_a_click_leaves_none(self) -> None:
        editor = self.editor()
        editor.press((40, 30), PLAIN, live=True)
        editor.release((40, 30), PLAIN)
        assert editor.pairs == []
        assert not editor.busy

    def test_a_press_on_a_handle_pulls_it_from_there(self) -> None:
        editor = self.editor(PointPair((40, 30), (80, 30)))
        editor.press((40, 30), PLAIN, live=True)
        editor.move((41, 31), PLAIN)
        assert editor.pairs == [PointPair((40, 30), (41, 31))]

    def test_it_is_given_up_whole(self) -> None:
        editor = self.editor()
        editor.press((40, 30), PLAIN, live=True)
        editor.move((60, 30), PLAIN)
        assert editor.give_up()
        assert editor.pairs == []

    def test_the_handle_is_drawn_where_it_is_and_the_target_where_the_hand_is(self) -> None:
        editor = self.editor()
        editor.press((40, 30), PLAIN, live=True)
        editor.move((60, 30), PLAIN)
        editor.follow_drag([(50, 30)], [False])
        (mark,) = editor.marks()
        assert (mark.handle, mark.target) == ((50, 30), (60, 30))
        editor.move((64, 30), PLAIN)
        (mark,) = editor.marks()
        assert (mark.handle, mark.target) == ((50, 30), (64, 30))
