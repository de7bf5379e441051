"""The frame around what a model is to look at: pulled by its corners, sides and edges."""

from __future__ import annotations

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.cursor import Cursor
from draggan_server.host.frame import Frame, outline_of
from draggan_server.host.hand import Button, Hand
from draggan_server.host.region import Region
from draggan_server.host.shapes import Ink, Ring, Stroke
from draggan_server.host.surface import Surface
from draggan_server.wire.messages import MIN_LAYER_SIDE
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.state import Point

VIEW = Affine(0.0, 2.0, -2.0, 0.0, 400.0, 30.0)  # turned by a quarter, and twice as large
BEGINS, LIMITS = Region(40, 50, 100, 80), Region(-20, 0, 300, 200)
LEFT, TOP, RIGHT, BOTTOM = 39.5, 49.5, 139.5, 129.5
MIDDLE = 89.5, 89.5


@pytest.fixture
def frame() -> Frame:
    frame = Frame()
    frame.show("layer", BEGINS, LIMITS)
    return frame


def pull(frame: Frame, start: Point, by: Point) -> Region:
    """From one point of the layer, in the middle of a view's pixel or not, by so many pixels."""
    assert frame.press(VIEW.map(start), VIEW)
    frame.move(VIEW.map((start[0] + by[0] / 2, start[1] + by[1] / 2)), VIEW)
    frame.move(VIEW.map((start[0] + by[0], start[1] + by[1])), VIEW)
    assert frame.release()
    return frame.region


@pytest.mark.parametrize(
    ("handle", "pulled"),
    [
        ((LEFT, TOP), Region(47, 45, 93, 85)),
        ((MIDDLE[0], TOP), Region(40, 45, 100, 85)),
        ((RIGHT, TOP), Region(40, 45, 107, 85)),
        ((LEFT, MIDDLE[1]), Region(47, 50, 93, 80)),
        ((RIGHT, MIDDLE[1]), Region(40, 50, 107, 80)),
        ((LEFT, BOTTOM), Region(47, 50, 93, 75)),
        ((MIDDLE[0], BOTTOM), Region(40, 50, 100, 75)),
        ((RIGHT, BOTTOM), Region(40, 50, 107, 75)),
        ((LEFT + 25, TOP), Region(47, 45, 100, 80)),  # an edge moves all of it
        ((RIGHT, BOTTOM - 20), Region(47, 45, 100, 80)),
    ],
)
def test_a_handle_moves_its_sides_and_an_edge_all_of_them(
    frame: Frame, handle: Point, pulled: Region
) -> None:
    # Where in its reach it is taken makes no difference: it does not jump to the mouse.
    assert pull(frame, (handle[0] + 1.25, handle[1] - 0.75), (7.0, -5.0)) == pulled


@pytest.mark.parametrize(
    ("handle", "by", "pulled"),
    [
        ((LEFT, TOP), (-500, -500), Region(-20, 0, 160, 130)),
        ((RIGHT, BOTTOM), (500, 500), Region(40, 50, 240, 150)),
        ((LEFT + 25, TOP), (-500, 500), Region(-20, 120, 100, 80)),
        ((LEFT, TOP), (500, 500), Region(124, 114, MIN_LAYER_SIDE, MIN_LAYER_SIDE)),
        ((RIGHT, BOTTOM), (-500, -500), Region(40, 50, MIN_LAYER_SIDE, MIN_LAYER_SIDE)),
    ],
)
def test_it_stays_on_the_layer_and_as_large_as_a_drag_needs(
    frame: Frame, handle: Point, by: Point, pulled: Region
) -> None:
    assert pull(frame, handle, by) == pulled


def test_one_that_begins_smaller_than_a_drag_needs_does_not_jump_but_can_be_enlarged() -> None:
    frame = Frame()
    frame.show("layer", Region(40, 50, 6, 80), LIMITS)
    assert pull(frame, (45.5, TOP), (-3.0, 0.0)) == Region(40, 50, 6, 80)
    assert pull(frame, (45.5, TOP), (30.0, 0.0)) == Region(40, 50, 36, 80)


def test_beside_it_nothing_is_taken_also_inside(frame: Frame) -> None:
    for point in (MIDDLE, (LEFT - 8, TOP - 8), (RIGHT + 5, MIDDLE[1] + 20)):
        assert not frame.press(VIEW.map(point), VIEW)
        assert not frame.reset(VIEW.map(point), VIEW)
    assert not frame.move(VIEW.map((0.0, 0.0)), VIEW)
    assert not frame.release()
    assert frame.region == BEGINS


def test_the_right_button_on_it_gives_it_back(frame: Frame) -> None:
    pulled = pull(frame, (RIGHT, BOTTOM), (20, 10))
    assert frame.press(VIEW.map((LEFT, TOP)), VIEW)
    frame.move(VIEW.map((LEFT + 30, TOP)), VIEW)
    assert frame.reset(VIEW.map((LEFT + 30, TOP)), VIEW)  # only the pull that it has begun
    assert frame.region == pulled
    assert frame.reset(VIEW.map((LEFT, MIDDLE[1])), VIEW)
    assert frame.region == BEGINS


def test_it_stays_as_it_was_pulled_until_something_else_is_selected(frame: Frame) -> None:
    pulled = pull(frame, (RIGHT, BOTTOM), (20, 10))
    frame.hide()
    assert not frame.press(VIEW.map((LEFT, TOP)), VIEW)
    frame.show("layer", BEGINS, LIMITS)
    assert frame.region == pulled
    for other in (("other", BEGINS, LIMITS), ("other", LIMITS, LIMITS)):
        frame.show(*other)
        assert frame.region == other[1]


def test_its_handles_lie_on_what_is_drawn(frame: Frame) -> None:
    dark, light, *knobs = frame.shapes(VIEW)
    assert isinstance(dark, Stroke)
    assert isinstance(light, Stroke)
    corners = [
        VIEW.map(one) for one in ((LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM), (LEFT, BOTTOM))
    ]
    assert dark.lines == light.lines == ((*corners, corners[0]),)
    for below, knob in zip(knobs[::2], knobs[1::2], strict=True):
        assert isinstance(below, Ring)
        assert isinstance(knob, Ring)
        assert (below.ink, knob.ink) == (Ink.DARK, Ink.LIGHT)
        assert below.centre == knob.centre
        assert frame.press(knob.centre, VIEW)
        frame.release()
    assert len({knob.centre for knob in knobs if isinstance(knob, Ring)}) == 8


def test_mouse_and_escape_pull_it_where_no_points_can_be_set(frame: Frame) -> None:
    done: list[str] = []
    hand: Hand = Hand(None, lambda: done.append("changed"))  # type: ignore[arg-type, type-arg]
    hand.frame = frame
    surface: Surface = Surface(hand, lambda: done.append("drawn"))  # type: ignore[type-arg]
    surface.way = VIEW
    corner, there = VIEW.map((RIGHT, BOTTOM)), VIEW.map((RIGHT + 9, BOTTOM + 4))
    assert not surface.press(Button.LEFT, VIEW.map(MIDDLE), aside=False)
    assert surface.press(Button.LEFT, corner, aside=False)
    assert surface.pressed
    surface.move(there)
    assert hand.give_up()
    assert frame.region == BEGINS
    assert not surface.release(Button.LEFT, there)
    surface.press(Button.LEFT, corner, aside=False)
    surface.move(there)
    drawn = len(done)
    assert surface.release(Button.LEFT, there)
    assert len(done) == drawn + 1, "the third mark moves the frame"
    assert frame.region == Region(40, 50, 109, 84)
    assert surface.press(Button.RIGHT, VIEW.map((LEFT, TOP)), aside=False)
    assert frame.region == BEGINS
    assert set(done) == {"drawn"}


def photo(*placement: float) -> PhotoRecord:
    return PhotoRecord(100, 80, placement, bytes(4 * TONE_VALUES), 1.0, 30.0)


def test_the_outline_is_where_the_models_picture_lies() -> None:
    turned = photo(0, -2, 30, 2, 0, 10, 0, 0, 1)
    found = outline_of(turned, (16, 8), (100, 80), (3.0, 5.0))
    assert found == ((34.0, 14.0), (34.0, 46.0), (18.0, 46.0), (18.0, 14.0))
    aside = photo(1, 0, 0, 0, 1, 0, 0.1, 0, 1)
    (left, *_), (right, *_), *_ = outline_of(aside, (8, 8), (100, 80), (0.0, 0.0))
    assert (left, right) == (pytest.approx(-0.5 / 0.95), pytest.approx(7.5 / 1.75))


def test_there_is_no_outline_where_it_is_not_known() -> None:
    straight = photo(1, 0, 0, 0, 1, 0, 0, 0, 1)
    behind = photo(1, 0, 0, 0, 1, 0, -0.5, 0, 1)
    whole, corner = (100, 80), (0.0, 0.0)
    assert outline_of(None, (8, 8), whole, corner) == ()
    assert outline_of(straight, None, whole, corner) == ()
    assert outline_of(straight, (8, 8), (50, 40), corner) == ()
    assert outline_of(behind, (8, 8), whole, corner) == ()
    assert len(outline_of(straight, (8, 8), whole, corner)) == 4


@pytest.mark.parametrize(
    ("view", "cursors"),
    [
        (Affine(), "FALLS DOWN RISES ACROSS ACROSS RISES DOWN FALLS"),
        (Affine(a=3.0, d=3.0, e=7.0), "FALLS DOWN RISES ACROSS ACROSS RISES DOWN FALLS"),
        (Affine(a=-1.0, e=400.0), "RISES DOWN FALLS ACROSS ACROSS FALLS DOWN RISES"),
        (Affine(0.0, 1.0, -1.0, 0.0, 400.0), "RISES ACROSS FALLS DOWN DOWN FALLS ACROSS RISES"),
        (Affine(0.8, 0.6, -0.6, 0.8), "DOWN RISES ACROSS FALLS FALLS ACROSS RISES DOWN"),
    ],
)
def test_the_mouse_looks_as_a_handle_can_be_pulled(
    frame: Frame, view: Affine, cursors: str
) -> None:
    region = frame.region
    sides = [
        (region.x + across * region.width / 2 - 0.5, region.y + down * region.height / 2 - 0.5)
        for down in range(3)
        for across in range(3)
        if (across, down) != (1, 1)
    ]
    seen = [frame.cursor(view.map(place), view) for place in sides]
    assert seen == [Cursor[name] for name in cursors.split()]


def test_on_an_edge_all_of_it_is_moved_and_beside_it_points_are_set(frame: Frame) -> None:
    region = frame.region
    edge = region.x + region.width / 4, region.y - 0.5
    assert frame.cursor(edge, Affine()) is Cursor.MOVES
    middle = region.x + region.width / 2, region.y + region.height / 2
    assert frame.cursor(middle, Affine()) is None
    frame.press(edge, Affine())
    assert frame.cursor(middle, Affine()) is Cursor.MOVES  # it is held
    frame.hide()
    assert frame.cursor(edge, Affine()) is None


FACE = ((60.0, 70.0), (101.5, 72.0), (80.0, 110.0))


def click(frame: Frame, point: Point) -> None:
    assert frame.press(VIEW.map(point), VIEW)
    assert frame.held
    assert frame.release()


def marked(frame: Frame) -> Frame:
    frame.marks.want(True)
    for point in FACE:
        click(frame, point)
    return frame


def test_three_clicks_mark_eyes_and_mouth_also_on_the_frame_itself(frame: Frame) -> None:
    assert not frame.press(VIEW.map(FACE[0]), VIEW), "none is wanted yet"
    frame.marks.want(True)
    click(frame, (LEFT, TOP))  # a handle of the frame
    assert frame.region == BEGINS
    frame.marks.want(True)
    assert frame.marked is None
    for point in FACE:
        assert frame.marks.wanted
        click(frame, point)
    assert not frame.marks.wanted
    assert frame.marked == tuple((x - 40, y - 50) for x, y in FACE)
    assert not frame.press(VIEW.map((70.0, 90.0)), VIEW), "a fourth is not set"
    assert pull(frame, (LEFT, TOP), (7.0, -5.0)) == Region(47, 45, 93, 85)
    assert frame.marked == tuple((x - 47, y - 45) for x, y in FACE), "they stay where the face is"


def test_a_mark_is_pulled_and_the_pull_given_up(frame: Frame) -> None:
    told: list[int] = []
    marked(frame).marks.changed = lambda: told.append(len(frame.marks.points))
    seen = frame.seen
    assert frame.press(VIEW.map((62.0, 71.0)), VIEW)
    assert frame.move(VIEW.map((65.0, 66.0)), VIEW)
    assert frame.seen != seen, "it is drawn anew"
    assert frame.release()
    assert frame.marks.points == [(65.0, 66.0), *FACE[1:]]
    assert frame.press(VIEW.map((65.0, 66.0)), VIEW)
    frame.move(VIEW.map((5.0, 6.0)), VIEW)
    assert frame.reset(VIEW.map((5.0, 6.0)), VIEW), "the right button gives it up"
    assert frame.marks.points == [(65.0, 66.0), *FACE[1:]]
    assert not frame.release()
    assert told == [3, 3]


def test_the_right_button_on_a_mark_asks_for_all_of_them_again(frame: Frame) -> None:
    assert marked(frame).reset(VIEW.map(FACE[1]), VIEW)
    assert frame.marks.points == []
    assert frame.marks.wanted
    assert frame.region == BEGINS


def test_escape_ends_the_marking_and_leaves_what_is_whole(frame: Frame) -> None:
    frame.marks.want(True)
    click(frame, FACE[0])
    assert frame.give_up()
    assert frame.marks.points == []
    assert not frame.marks.wanted
    assert not frame.give_up()
    marked(frame)
    assert not frame.give_up()
    assert frame.marks.all == FACE


def test_marks_are_of_one_picture_and_seen_while_it_has_a_frame(frame: Frame) -> None:
    there: list[bool] = []
    frame.shown = there.append
    rings = sum(isinstance(shape, Ring) for shape in frame.shapes(VIEW))
    marked(frame)
    assert sum(isinstance(shape, Ring) for shape in frame.shapes(VIEW)) > rings
    frame.hide()
    assert frame.marked is None
    assert not list(frame.shapes(VIEW))
    assert not frame.press(VIEW.map(FACE[0]), VIEW)
    frame.show("layer", BEGINS, LIMITS)
    assert frame.marks.all == FACE
    frame.show("another", BEGINS, LIMITS)
    assert frame.marks.points == []
    assert there == [False, True]


def test_it_lies_around_a_face_as_far_as_the_layer_reaches(frame: Frame) -> None:
    frame.surround(Region(100, 120, 400, 50))
    assert frame.region == Region(100, 120, 180, 50)
    frame.surround(Region(275, 0, 100, 100))
    assert frame.region == Region(100, 120, 180, 50), "5 pixels are too few"
