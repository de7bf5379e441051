from __future__ import annotations

import pytest

from gimp_plugin.draggan.draggan_gimp.pair_editor import PairEditor
from gimp_plugin.draggan.draggan_gimp.points import PointPair

REACH = 5.0
FIRST = PointPair((10.0, 10.0), (50.0, 10.0))
SECOND = PointPair((10.0, 80.0), (50.0, 80.0))


@pytest.fixture
def editor() -> PairEditor:
    editor = PairEditor()
    editor.replace([FIRST, SECOND])
    return editor


def test_press_drag_release_makes_a_pair() -> None:
    editor = PairEditor()
    editor.press((20, 20), REACH)
    editor.move((30, 25))
    assert editor.pending == PointPair((20, 20), (30, 25))
    editor.release((40, 30), REACH)
    assert editor.pairs == [PointPair((20, 20), (40, 30))]
    assert editor.pending is None


def test_moving_on_after_the_release_changes_nothing() -> None:
    editor = PairEditor()
    editor.press((20, 20), REACH)
    editor.release((40, 30), REACH)
    assert not editor.move((90, 90))
    assert editor.pairs == [PointPair((20, 20), (40, 30))]


def test_click_then_click_makes_a_pair() -> None:
    editor = PairEditor()
    for place in ((20.0, 20.0), (60.0, 70.0)):
        editor.press(place, REACH)
        editor.release(place, REACH)
    assert editor.pairs == [PointPair((20, 20), (60, 70))]


def test_the_second_click_may_land_on_a_point_that_is_there(editor: PairEditor) -> None:
    editor.press((90, 90), REACH)
    editor.release((90, 90), REACH)
    editor.press(FIRST.handle, REACH)
    editor.release(FIRST.handle, REACH)
    assert editor.pairs == [FIRST, SECOND, PointPair((90, 90), FIRST.handle)]


@pytest.mark.parametrize("end", ["handle", "target"])
def test_a_press_near_an_end_moves_that_end(editor: PairEditor, end: str) -> None:
    x, y = getattr(SECOND, end)
    editor.press((x + 2, y - 1), REACH)
    editor.release((70, 70), REACH)
    assert editor.pairs == [FIRST, SECOND._replace(**{end: (70, 70)})]


def test_the_nearest_of_several_ends_is_taken() -> None:
    editor = PairEditor()
    editor.replace([PointPair((0, 0), (4, 0)), PointPair((3, 1), (90, 90))])
    assert editor.find((3.2, 0.9), REACH) == (1, "handle")
    assert editor.find((0.5, 0), REACH) == (0, "handle")
    assert editor.find((20, 20), REACH) is None


def test_remove_takes_the_pair_at_the_place_and_no_other(editor: PairEditor) -> None:
    assert not editor.remove((30, 45), REACH)
    assert editor.remove(FIRST.target, REACH)
    assert editor.pairs == [SECOND]


def test_remove_gives_up_a_pair_in_the_making_first(editor: PairEditor) -> None:
    editor.press((90, 90), REACH)
    editor.release((90, 90), REACH)
    assert editor.remove(FIRST.handle, REACH)
    assert editor.pairs == [FIRST, SECOND]
    assert editor.pending is None


def test_a_pair_in_the_making_is_given_up_and_no_other(editor: PairEditor) -> None:
    editor.press((80.0, 80.0), REACH)
    assert editor.give_up()
    assert not editor.give_up()
    assert editor.pending is None
    assert editor.pairs == [FIRST, SECOND]
