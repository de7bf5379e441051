"""What mouse and keys do over a view while it is painted what may move."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.brush_tip import BrushTip
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key, key_of
from draggan_server.host.pairs import Bounds, PointPair
from draggan_server.host.surface import Surface

AT, FARTHER = (40.0, 40.0), (80.0, 40.0)
BEGIN = 100  # pixels of the layer, where its picture begins


class Stage:
    """A layer whose picture of 64 x 64 pixels begins at its pixel (100, 100), shown twice as
    large."""

    def __init__(self) -> None:
        self.may, self.painted, self.changed, self.resized, self.drawn = True, 0, 0, 0, 0
        session = SimpleNamespace(request=None, escape=lambda: None)
        self.hand: Hand[Any] = Hand(cast(Any, session), self._change, lambda: self.may)
        painter = self.painter = self.hand.painter
        painter.active, painter.tip = True, BrushTip(8.0, 1.0)
        painter.painted, painter.resized = self._paint, self._resize
        self.hand.editor.bounds = Bounds.of_picture(64, 64, BEGIN, BEGIN)
        self.surface = Surface(self.hand, self._draw)
        self.surface.way = Affine(a=2.0, d=2.0, e=-2.0 * BEGIN, f=-2.0 * BEGIN)
        self.surface.edit(True)

    def _change(self) -> None:
        self.changed += 1

    def _paint(self) -> None:
        self.painted += 1

    def _resize(self) -> None:
        self.resized += 1

    def _draw(self) -> None:
        self.drawn += 1

    def stroke(self, pins: bool = False) -> None:
        self.surface.press(Button.LEFT, AT, aside=False, pins=pins)
        self.surface.move(FARTHER)
        self.surface.release(Button.LEFT, FARTHER)

    def value(self, x: int, y: int) -> int:
        mask = self.hand.editor.painted.mask
        assert mask is not None
        return mask.data[y * mask.width + x]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_stroke_is_painted_where_the_mouse_is_and_sets_no_points(stage: Stage) -> None:
    stage.stroke()
    assert not stage.surface.pressed
    assert stage.value(20, 20) == stage.value(40, 20) == 255
    assert stage.value(20, 25) == stage.value(45, 20) == 0
    assert stage.hand.editor.pairs == []
    assert (stage.changed, stage.painted > 1) == (1, True)


def test_control_erases(stage: Stage) -> None:
    stage.stroke(pins=True)
    assert stage.value(20, 20) == 0
    assert stage.value(60, 60) == 255


def test_a_mere_move_paints_nothing_and_shows_the_rim(stage: Stage) -> None:
    assert list(stage.surface.shapes()) == []
    stage.surface.move(AT)
    assert stage.hand.editor.painted.mask is None
    assert [getattr(shape, "radius", 0) for shape in stage.surface.shapes()] == [8.0, 8.0]
    drawn = stage.drawn
    stage.surface.leave()
    assert stage.drawn == drawn + 1
    assert list(stage.surface.shapes()) == []


def test_where_nothing_may_begin_nothing_is_painted(stage: Stage) -> None:
    stage.may = False
    stage.stroke()
    assert stage.hand.editor.painted.mask is None
    assert stage.changed == 0


def test_a_stroke_is_taken_back_by_the_right_button_and_by_escape(stage: Stage) -> None:
    stage.hand.editor.load([PointPair((120.0, 120.0), (120.0, 120.0))])
    stage.surface.press(Button.LEFT, AT, aside=False)
    stage.surface.press(Button.RIGHT, AT, aside=False)
    assert stage.hand.editor.painted.mask is None
    assert len(stage.hand.editor.pairs) == 1
    assert not stage.surface.pressed
    stage.surface.press(Button.LEFT, AT, aside=False)
    assert stage.surface.pressed
    assert stage.hand.give_up()
    assert stage.hand.editor.painted.mask is None


def test_undo_and_redo_are_the_brush_s_own(stage: Stage) -> None:
    pair = PointPair((120.0, 120.0), (130.0, 120.0))
    stage.hand.editor.set_all([pair])
    stage.stroke()
    for key in (Key.UNDO, Key.REDO, Key.UNDO):
        assert stage.surface.wants(key)
        assert stage.surface.key(key, far=False)
    assert stage.hand.editor.painted.mask is None
    assert stage.surface.key(Key.UNDO, far=False)
    assert stage.hand.editor.pairs == [pair]


def test_brackets_change_the_size_while_the_brush_is_taken(stage: Stage) -> None:
    for name, key in (("bracketright", Key.LARGER), ("]", Key.LARGER), ("[", Key.SMALLER)):
        assert key_of(name, shift=False, control=False) is key
    assert stage.surface.key(Key.LARGER, far=False)
    assert stage.painter.tip == BrushTip(10.0, 1.0)
    assert stage.surface.key(Key.SMALLER, far=False)
    assert stage.painter.tip == BrushTip(8.0, 1.0)
    assert stage.resized == 2
    stage.painter.active = False
    assert not stage.surface.wants(Key.LARGER)
    assert not stage.surface.key(Key.LARGER, far=False)


def test_a_view_that_cannot_be_edited_is_not_painted_on(stage: Stage) -> None:
    stage.surface.press(Button.LEFT, AT, aside=False)
    stage.surface.edit(False)
    assert stage.hand.editor.painted.mask is None
    stage.stroke()
    assert stage.hand.editor.painted.mask is None
    assert list(stage.surface.shapes()) == []


def test_put_away_the_mouse_sets_points_again(stage: Stage) -> None:
    stage.painter.tip = replace(stage.painter.tip, erases=True)
    stage.painter.active = False
    stage.stroke()
    assert len(stage.hand.editor.pairs) == 1
    assert stage.hand.editor.painted.mask is None
