"""What mouse and keys over a view do, and when it is drawn anew."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.surface import Surface, middle_of_pixel

START, END = (20.0, 20.0), (60.0, 40.0)


class Stage:
    def __init__(self) -> None:
        self.painted, self.escaped = 0, 0
        session = SimpleNamespace(request=None, escape=self._escape)
        self.hand: Hand[Any] = Hand(cast(Any, session), lambda: None)
        self.surface = Surface(self.hand, self._paint)
        self.surface.way = Affine(a=2.0, d=2.0)
        self.surface.edit(True)

    def _paint(self) -> None:
        self.painted += 1

    def _escape(self) -> None:
        self.escaped += 1

    def pull(self) -> None:
        self.surface.press(Button.LEFT, START, aside=False)
        self.surface.move(END)
        self.surface.release(Button.LEFT, END)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_pair_is_pulled_and_drawn(stage: Stage) -> None:
    assert list(stage.surface.shapes()) == []
    stage.pull()
    assert stage.hand.editor.pairs == [PointPair((10.0, 10.0), (30.0, 20.0))]
    assert stage.painted == 3
    assert list(stage.surface.shapes())
    stage.surface.move((300.0, 300.0))  # off the ring that was under the mouse
    stage.surface.move((301.0, 300.0))  # over nothing
    assert stage.painted == 4
    stage.surface.leave()
    assert stage.painted == 4


def test_the_frame_is_drawn_around_a_face_at_once(stage: Stage) -> None:
    frame, part = stage.hand.frame, Region(10, 10, 40, 40)
    frame.show("photo", Region(0, 0, 100, 100), Region(0, 0, 100, 100))
    frame.marks.want(True)
    frame.marks.changed = lambda: None if frame.marks.wanted else frame.surround(part)
    drawn: list[Region] = []
    surface = Surface(stage.hand, lambda: drawn.append(frame.region))
    surface.way = Affine()
    for point in ((20.0, 20.0), (40.0, 20.0), (30.0, 40.0)):
        assert drawn.count(part) == 0
        assert surface.press(Button.LEFT, point, aside=False)
        assert surface.release(Button.LEFT, point)
    assert drawn[-1] == part


def test_a_view_that_shows_nothing_takes_nothing(stage: Stage) -> None:
    stage.surface.way = None
    stage.pull()
    assert not stage.surface.press(Button.LEFT, START, aside=False)
    assert not stage.surface.key(Key.UNDO, far=False)
    assert not stage.surface.editable
    assert (stage.hand.editor.pairs, stage.painted) == ([], 0)
    assert list(stage.surface.shapes()) == []


def test_other_buttons_are_not_for_the_points(stage: Stage) -> None:
    assert not stage.surface.press(None, START, aside=False)
    assert not stage.surface.release(Button.RIGHT, START)


def test_what_was_begun_is_given_up_where_points_are_not_set_any_more(stage: Stage) -> None:
    stage.surface.press(Button.LEFT, START, aside=False)
    assert stage.hand.editor.busy
    stage.surface.edit(False)
    assert not stage.hand.editor.busy
    assert not stage.surface.press(Button.LEFT, START, aside=False)


def test_keys_are_for_the_points_where_they_are_set_and_escape_always(stage: Stage) -> None:
    wants = stage.surface.wants
    assert [wants(key) for key in (Key.UNDO, Key.REMOVE, Key.GIVE_UP, None)] == [
        True,
        False,
        True,
        False,
    ]
    stage.surface.edit(False)
    assert [wants(key) for key in (Key.UNDO, Key.GIVE_UP)] == [False, True]
    assert stage.surface.key(Key.GIVE_UP, far=False)
    assert stage.escaped == 1


@pytest.mark.parametrize(
    ("place", "pixels", "middle"),
    [
        ((3.0, 4.0), 1, (3.5, 4.5)),
        ((3.5, 4.0), 2, (3.75, 4.25)),
        ((2 / 1.5, 5 / 1.5), 1.5, (2.5 / 1.5, 5.5 / 1.5)),
        ((3.2, 4.0), 1, (3.2, 4.0)),  # a pen's
    ],
)
def test_an_event_of_the_mouse_means_the_middle_of_a_pixel(
    place: tuple[float, float], pixels: float, middle: tuple[float, float]
) -> None:
    assert middle_of_pixel(*place, pixels) == pytest.approx(middle)
