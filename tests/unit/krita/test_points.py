from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host.affine import Affine
from krita_plugin.draggan_krita.points import GRAB_RADIUS, HANDLE, TARGET, PairEditor
from tests.unit.host.views import points, views


@given(views(), points, st.floats(20, 500), st.floats(0, 2 * math.pi))
def test_a_pull_makes_a_pair_where_the_mouse_was(
    view: Affine, start: tuple[float, float], length: float, angle: float
) -> None:
    end = start[0] + length * math.cos(angle), start[1] + length * math.sin(angle)
    editor = PairEditor()
    editor.press(start, view)
    editor.move((0, 0), view)
    assert editor.release(end, view)
    ((handle, target),) = editor.pairs
    assert view.map(handle) == pytest.approx(start, abs=1e-3)
    assert view.map(target) == pytest.approx(end, abs=1e-3)
    assert editor.held is None


def test_a_click_makes_none() -> None:
    editor = PairEditor()
    editor.press((50, 50), Affine())
    assert not editor.release((51, 50), Affine())
    assert editor.pairs == []


def test_an_end_is_taken_hold_of_without_a_jump() -> None:
    editor = PairEditor([((10, 10), (90, 10))])
    editor.press((93, 14), Affine())
    assert editor.held == (0, TARGET)
    editor.release((103, 24), Affine())
    assert editor.pairs == [((10, 10), (100, 20))]


def test_a_click_on_an_end_keeps_its_pair() -> None:
    editor = PairEditor([((10, 10), (90, 10))])
    editor.press((90, 10), Affine())
    assert editor.release((90, 10), Affine())
    assert editor.pairs == [((10, 10), (90, 10))]


def test_ends_are_grabbed_by_canvas_pixels_at_any_zoom() -> None:
    editor = PairEditor([((10, 10), (90, 10))])
    near, far = GRAB_RADIUS - 1, GRAB_RADIUS + 1
    for zoom in (0.1, 1, 8):
        view = Affine(a=zoom, d=zoom)
        x, y = view.map((10, 10))
        assert editor.end_at((x, y + near), view) in ((0, HANDLE), (0, TARGET))
        assert editor.end_at((x, y + far), view) is None


def test_where_a_drag_has_arrived_the_target_is_taken() -> None:
    editor = PairEditor([((50, 50), (51, 52))])
    for position in ((50, 50), (49, 49), (51, 53)):
        assert editor.end_at(position, Affine()) == (0, TARGET)


def test_of_two_ends_the_nearer_is_taken() -> None:
    editor = PairEditor([((10, 10), (22, 10))])
    assert editor.end_at((12, 10), Affine()) == (0, HANDLE)
    assert editor.end_at((18, 10), Affine()) == (0, TARGET)


def test_removing() -> None:
    editor = PairEditor([((10, 10), (90, 10)), ((10, 50), (90, 50))])
    assert not editor.remove_at((50, 30), Affine())
    assert editor.remove_at((88, 10), Affine())
    assert editor.pairs == [((10, 50), (90, 50))]
    editor.clear()
    assert editor.pairs == []


def test_handles_move_and_targets_stay() -> None:
    editor = PairEditor([((10, 10), (90, 10)), ((10, 50), (90, 50))])
    editor.move_handles([(20, 11), (30, 52)], [False, True])
    assert editor.pairs == [((20, 11), (90, 10)), ((30, 52), (90, 50))]
    assert editor.arrived == {1}
    with pytest.raises(ValueError, match="argument"):
        editor.move_handles([(1, 1)], [True])


def test_moving_on_without_a_press_does_nothing() -> None:
    editor = PairEditor([((10, 10), (90, 10))])
    editor.move((50, 50), Affine())
    assert editor.pairs == [((10, 10), (90, 10))]


def test_edits_are_undone_and_redone_one_by_one() -> None:
    editor = PairEditor()
    editor.press((0, 0), Affine())
    editor.release((50, 0), Affine())
    editor.press((50, 0), Affine())
    editor.release((80, 0), Affine())
    editor.press((200, 200), Affine())
    editor.release((200, 200), Affine())  # a click, which is no edit
    editor.remove(0)
    seen = [list(editor.pairs)]
    for act in (*[editor.undo] * 4, *[editor.redo] * 4):
        act()
        seen.append(list(editor.pairs))
    set_, moved = [((0, 0), (50, 0))], [((0, 0), (80, 0))]
    assert seen == [[], moved, set_, [], [], set_, moved, [], []]


def test_a_pull_is_given_up_and_not_an_edit_before_it() -> None:
    editor = PairEditor([((10, 10), (90, 10))])
    assert not editor.give_up()
    for start in ((90, 10), (10, 80)):  # an end that is moved, a pair in the making
        editor.press(start, Affine())
        editor.move((50, 50), Affine())
        assert editor.give_up()
        editor.redo()
        assert editor.pairs == [((10, 10), (90, 10))]
        assert editor.held is None
