"""A picture in a dialog, and what mouse, wheel and keys do over it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from draggan_server.host.cursor import Cursor
from draggan_server.host.dialog.canvas import Canvas, PointCanvas
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key, key_of
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.viewer import WHEEL_STEP, Zoom
from draggan_server.wire.messages import Pixels

SIDE, ROOM = 64, (128, 128)
PICTURE = Pixels(SIDE, SIDE, 4, bytes(SIDE * SIDE * 4))
MASK = Pixels(2, 1, 1, bytes([0, 255]))
MIDDLE = (64.0, 64.0)


class Widget:
    def __init__(self) -> None:
        self.drawn: list[bool] = []
        self.cursors: list[Cursor] = []
        session = SimpleNamespace(request=None, escape=lambda: None)
        self.hand: Hand[Any] = Hand(cast(Any, session), lambda: None)
        self.canvas = PointCanvas(self.hand, (SIDE, SIDE), ROOM)
        self.canvas.show_in(self)
        self.canvas.show_picture(PICTURE)
        self.canvas.let_edit(True)
        self.drawn.clear()
        self.cursors.clear()

    def redraw(self, anew: bool) -> None:
        self.drawn.append(anew)

    def show_cursor(self) -> None:
        self.cursors.append(self.canvas.cursor)


@pytest.fixture
def widget() -> Widget:
    return Widget()


def test_a_pair_is_pulled_with_the_left_button_and_only_shapes_are_drawn(widget: Widget) -> None:
    assert widget.canvas.press(Button.LEFT, (20.0, 20.0), shift=False, control=False)
    assert widget.canvas.move((60.0, 40.0))
    assert widget.canvas.release(Button.LEFT, (60.0, 40.0))
    assert widget.hand.editor.pairs == [PointPair((9.5, 9.5), (29.5, 19.5))]
    assert not any(widget.drawn)
    assert list(widget.canvas.shapes())


def test_control_pins_where_it_presses(widget: Widget) -> None:
    widget.canvas.press(Button.LEFT, (20.0, 20.0), shift=False, control=True)
    assert [pair.pinned for pair in widget.hand.editor.pairs] == [True]


def test_keys_the_wheel_and_the_middle_button_zoom_and_move_the_picture(widget: Widget) -> None:
    canvas = widget.canvas
    assert canvas.wheel(MIDDLE, 1.0)
    assert canvas.view.scale == pytest.approx(2 * WHEEL_STEP)
    assert not canvas.wheel(MIDDLE, 0.0)
    assert canvas.key("plus", shift=True, control=False)
    assert canvas.view.scale == pytest.approx(2 * WHEEL_STEP**2)
    left = canvas.view.left
    assert canvas.press(Button.MIDDLE, MIDDLE, shift=False, control=False)
    assert canvas.move((60.0, 64.0))
    assert canvas.release(Button.MIDDLE, (60.0, 64.0))
    assert canvas.view.left == pytest.approx(left + 4)
    assert canvas.key("KP_0", shift=False, control=False)
    assert canvas.view.fits
    canvas.zoom(Zoom.FULL)
    assert canvas.view.scale == 2.0  # it is not shown smaller than what fits
    assert all(widget.drawn)
    assert widget.hand.editor.pairs == []


def test_while_space_is_held_the_left_button_moves_the_picture(widget: Widget) -> None:
    canvas = widget.canvas
    canvas.wheel(MIDDLE, 2.0)
    left = canvas.view.left
    assert canvas.key("space", shift=False, control=False)
    canvas.press(Button.LEFT, MIDDLE, shift=False, control=False)
    canvas.move((60.0, 64.0))
    canvas.release(Button.LEFT, (60.0, 64.0))
    assert canvas.view.left == pytest.approx(left + 4)
    assert canvas.key_up("space")
    assert not canvas.key_up("a")
    assert widget.cursors == [Cursor.GRABS, Cursor.SETS]
    canvas.press(Button.LEFT, MIDDLE, shift=False, control=False)
    assert widget.hand.editor.busy


def test_points_stay_on_the_picture_where_that_is_zoomed_by_a_button(widget: Widget) -> None:
    canvas = widget.canvas
    widget.hand.editor.load([PointPair((10.0, 10.0), (30.0, 20.0))])
    canvas.wheel((0.0, 0.0), 1.0)
    assert canvas.press(Button.RIGHT, canvas.view.affine.map((10.0, 10.0)), False, False)
    assert widget.hand.editor.pairs == []


def test_where_points_are_not_set_the_mouse_looks_plain_and_can_still_zoom(widget: Widget) -> None:
    canvas = widget.canvas
    canvas.let_edit(False)
    assert canvas.cursor is Cursor.PLAIN
    assert not canvas.press(Button.LEFT, MIDDLE, shift=False, control=False)
    assert not canvas.move(MIDDLE)
    assert canvas.wheel(MIDDLE, 1.0)


def test_a_picture_is_only_looked_at_and_fits_into_its_room() -> None:
    canvas = Canvas((SIDE, SIDE), ROOM)
    canvas.show_picture(PICTURE)
    assert list(canvas.shapes()) == []
    canvas.set_room((32, 400))
    assert (canvas.view.width, canvas.view.height) == (32, 32)
    canvas.show_frame(Pixels(1, 1, 4, bytes(4)))
    assert canvas.view.layer_width == SIDE
    assert canvas.picture is not None
    assert canvas.view.scales(canvas.picture) == (32.0, 32.0)


def test_what_a_mask_holds_lies_below_a_veil() -> None:
    canvas = Canvas((SIDE, SIDE), ROOM)
    canvas.show_veil(MASK)
    assert canvas.veil is not None
    assert (canvas.veil.data[:3], canvas.veil.data[7]) == (bytes(3), 0)
    assert canvas.veil.data[3] > 0
    canvas.show_veil(None)
    assert canvas.veil is None


@pytest.mark.parametrize(
    ("name", "shift", "control", "key"),
    [
        ("Delete", False, False, Key.REMOVE),
        ("Del", False, False, Key.REMOVE),
        ("P", True, False, Key.PIN),
        ("ISO_Left_Tab", True, False, Key.PREVIOUS),
        ("Backtab", True, False, Key.PREVIOUS),
        ("z", False, True, Key.UNDO),
        ("Z", True, True, Key.REDO),
        ("Y", False, True, Key.REDO),
        ("s", False, True, None),
        ("z", False, False, None),
        ("", False, False, None),
    ],
)
def test_keys_are_known_by_the_names_that_gtk_and_qt_give_them(
    name: str, shift: bool, control: bool, key: Key | None
) -> None:
    assert key_of(name, shift, control) is key


def test_the_mouse_shows_what_it_would_pull_of_a_frame(widget: Widget) -> None:
    canvas = widget.canvas
    widget.hand.frame.show("photo", Region(8, 8, 32, 32), Region(0, 0, SIDE, SIDE))
    for place in ((16.0, 16.0), (48.0, 16.0), (48.0, 48.0)):
        canvas.move(place)
    canvas.move((49.0, 49.0))
    assert widget.cursors == [Cursor.FALLS, Cursor.DOWN, Cursor.SETS]
