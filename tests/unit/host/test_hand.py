from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.hand import SNAP_RADIUS, Button, Hand
from draggan_server.host.keys import Key
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Layer
from draggan_server.host.session import Session

VIEW = Affine()
START, END = (20.0, 20.0), (60.0, 40.0)


class Shifted(Layer):
    """A layer whose picture begins at its pixel (5, 5)."""

    @property
    def to_picture(self) -> Affine:
        return Affine(e=-5.0, f=-5.0)


class RecordedSession:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.request = SimpleNamespace(layer=Shifted("1", "lion"))

    def press(self) -> None:
        self.asked.append("press")

    def pull(self, pairs: Sequence[PointPair]) -> None:
        self.asked.append([pair.target for pair in pairs])

    def release(self) -> None:
        self.asked.append("release")

    def escape(self) -> None:
        self.asked.append("escape")


@pytest.fixture
def session() -> RecordedSession:
    return RecordedSession()


@pytest.fixture
def edits() -> list[int]:
    """How many pairs there were after each edit."""
    return []


@pytest.fixture
def hand(session: RecordedSession, edits: list[int]) -> Hand[Layer]:
    hand = Hand(
        cast("Session[Layer]", session), lambda: edits.append(len(hand.editor.pairs)), lambda: True
    )
    hand.editable = True
    return hand


def pull(hand: Hand[Layer]) -> None:
    hand.press(Button.LEFT, START, VIEW)
    assert hand.pressed
    assert hand.move(END, VIEW)
    assert hand.release(END, VIEW)
    assert not hand.pressed


def test_a_pull_sets_a_pair_and_asks_for_nothing(
    hand: Hand[Layer], session: RecordedSession, edits: list[int]
) -> None:
    pull(hand)
    assert hand.editor.pairs == [PointPair(START, END)]
    assert edits == [0, 1]
    assert session.asked == []


def test_a_picture_that_follows_is_told_in_its_own_pixels(
    hand: Hand[Layer], session: RecordedSession
) -> None:
    hand.live = True
    pull(hand)
    assert session.asked == ["press", [(55.0, 35.0)], [(55.0, 35.0)], "release"]


def test_with_the_key_held_points_are_only_set(hand: Hand[Layer], session: RecordedSession) -> None:
    hand.live = True
    hand.press(Button.LEFT, START, VIEW, aside=True)
    assert hand.move(END, VIEW)
    assert hand.release(END, VIEW)
    assert hand.editor.pairs == [PointPair(START, END)]
    # Of two clicks the key is needed for the first.
    handle, target = (90.0, 20.0), (90.0, 50.0)
    for place, aside in ((handle, True), (target, False)):
        hand.press(Button.LEFT, place, VIEW, aside)
        assert hand.release(place, VIEW)
    assert hand.editor.pairs == [PointPair(START, END), PointPair(handle, target)]
    assert session.asked == []
    pull(hand)
    assert session.asked[0] == "press"


def test_the_right_button_removes_a_pair_and_gives_up_what_the_left_one_has_begun(
    hand: Hand[Layer], session: RecordedSession, edits: list[int]
) -> None:
    pull(hand)
    hand.press(Button.RIGHT, END, VIEW)
    assert hand.editor.pairs == []
    hand.press(Button.LEFT, START, VIEW)
    hand.press(Button.RIGHT, START, VIEW)
    assert session.asked == ["escape"]
    assert edits == [0, 1, 0, 0, 0]


def test_nothing_is_done_while_points_are_only_shown(
    hand: Hand[Layer], session: RecordedSession, edits: list[int]
) -> None:
    hand.editable = False
    hand.press(Button.LEFT, START, VIEW)
    assert not hand.move(END, VIEW)
    assert not hand.release(END, VIEW)
    assert not hand.key(Key.UNDO, VIEW, far=False)
    assert not hand.give_up()
    assert (hand.editor.pairs, session.asked, edits) == ([], [], [])


def test_a_press_may_be_refused(session: RecordedSession) -> None:
    hand = Hand(cast("Session[Layer]", session), lambda: None, lambda: False)
    hand.editable = True
    hand.press(Button.LEFT, START, VIEW)
    assert not hand.pressed
    assert not hand.editor.busy


def test_escape_is_the_session_s_and_tab_goes_on_beyond_the_last_point(
    hand: Hand[Layer], session: RecordedSession
) -> None:
    assert hand.key(Key.GIVE_UP, VIEW, far=False)
    assert session.asked == ["escape"]
    pull(hand)
    assert [hand.key(Key.NEXT, VIEW, far=False) for _ in range(3)] == [False, True, True]
    assert hand.key(Key.REMOVE, VIEW, far=False)
    assert hand.key(Key.UNDO, VIEW, far=False)
    assert not hand.key(Key.LEFT, VIEW, far=False)


def test_other_points_are_shown_and_the_former_ones_are_let_go(hand: Hand[Layer]) -> None:
    former = hand.editor
    hand.press(Button.LEFT, START, VIEW)
    hand.take(PairEditor([PointPair(START, END)]))
    assert not former.busy
    assert len(hand.editor.pairs) == 1


def test_what_has_begun_is_given_up_once(hand: Hand[Layer], edits: list[int]) -> None:
    hand.press(Button.LEFT, START, VIEW)
    assert hand.give_up()
    assert not hand.give_up()
    assert edits == [0, 0]


def test_with_the_other_key_held_a_press_pins(
    hand: Hand[Layer], session: RecordedSession, edits: list[int]
) -> None:
    hand.live = True
    hand.press(Button.LEFT, START, VIEW, pins=True)
    assert hand.editor.pairs == [PointPair.pin(START)]
    assert not hand.pressed
    assert not hand.release(START, VIEW)
    assert (session.asked, edits) == ([], [1])


def test_a_point_is_snapped_within_what_the_view_shows_near_it(session: RecordedSession) -> None:
    asked: list[Any] = []
    found: list[Any] = [None, (22.0, 21.0)]

    def feature(point: Any, radius: float) -> Any:
        asked.append((point, radius))
        return found.pop(0)

    edits: list[int] = []
    hand = Hand(cast("Session[Layer]", session), lambda: edits.append(1), lambda: True, feature)
    hand.editable = True
    hand.editor.load([PointPair(START, END)])
    half = Affine(a=0.5, d=0.5)
    hand.do(Key.SNAP)  # with no point under the hand
    hand.move((10.0, 10.0), half)
    assert hand.key(Key.SNAP, half, far=False)
    assert (hand.editor.pairs, edits) == ([PointPair(START, END)], [])
    hand.do(Key.SNAP)
    assert asked == [(START, 2 * SNAP_RADIUS)] * 2
    assert (hand.editor.pairs, edits) == ([PointPair((22.0, 21.0), END)], [1])
