"""How mouse and keyboard edit pairs of points, the same in every host.

Positions are (x, y) in the pixels of the view; an `Affine` leads from points to positions.

A pair is set in either way: press on what should move, pull to where it should go, let go; or
click the one, then click the other. A press on an end takes hold of it where the mouse is, so that
it never jumps: an end that is merely looked at must not move. Where the ends of a pair lie
together, the target is taken: a drag leaves the handle on its target, and then it is the target
that one wants to pull on. While a pair is in the making, a press always sets its target, also on
an end that is there: two handles may have one goal.

In one class, because mouse and keys share what is held, half set and selected.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from draggan_server.host.affine import Affine
from draggan_server.host.ends import GRAB_RADIUS, end_at
from draggan_server.host.half_pair import HalfPair
from draggan_server.host.keys import DIRECTIONS, Key, nudged
from draggan_server.host.painted_mask import PaintedMask
from draggan_server.host.pair_row import PairRow
from draggan_server.host.pairs import HANDLE, TARGET, Bounds, End, Mark, PointPair
from draggan_server.host.picked_ends import PickedEnds
from draggan_server.wire.state import Point

_GRID = 2.0**20
"""Parts of a pixel in which points are set: moved by whole and half pixels into other coordinates
and back, as hosts do, they are the same to the last bit."""


class PairEditor:
    """The pairs of one layer.

    `bounds` (None: no limit) is where points may lie: one that is pulled out stays on the border,
    and nothing begins outside. `painted` is what of the layer's picture may move, where the user
    has painted that.
    """

    def __init__(self, pairs: Iterable[PointPair] = ()) -> None:
        self.bounds: Bounds | None = None
        self.painted = PaintedMask()
        self._live = False
        self._row = PairRow(pairs)
        self._half = HalfPair()
        self._held: End | None = None
        self._grip: Point = (0.0, 0.0)  # from the mouse to the end it took hold of
        self._pressed_at: Point = (0.0, 0.0)
        self._picked = PickedEnds()
        self._at_press: list[PointPair] = []

    @property
    def pairs(self) -> list[PointPair]:
        """The pairs that are whole, by their numbers."""
        return self._row.copy()

    @property
    def selected(self) -> End | None:
        """The end that the keys move."""
        return self._picked.selected

    @property
    def busy(self) -> bool:
        """Whether an end is held or a pair is in the making."""
        return self._held is not None or self._half.pair is not None

    @property
    def half_set(self) -> bool:
        """Whether the first click of a pair is over and its target still to come."""
        return self._half.clicked

    def marks(self) -> tuple[Mark, ...]:
        """All that is to be drawn, the pair in the making last."""
        marks = self._row.marks(self._held or self._picked.hovered, self._picked.selected)
        if self._half.pair is not None:
            handle, target, _pinned = self._half.pair
            marks.append(Mark(len(marks) + 1, handle, target, False, False, True))
        return tuple(marks)

    # -- other pairs ------------------------------------------------------------------------------

    def load(self, pairs: Iterable[PointPair]) -> None:
        """Take the pairs of another picture; there is nothing to be undone."""
        self._forget_hands()
        self._row.load(pairs)

    def set_all(self, pairs: Iterable[PointPair]) -> None:
        """Put these in place of all pairs, as one edit."""
        self.give_up()
        before, self._row.pairs = self._row.pairs, list(pairs)
        self._row.note(before)
        self._forget_hands()

    def clear(self) -> None:
        self.set_all(())

    # -- a drag -----------------------------------------------------------------------------------

    def follow_drag(self, handle_points: Sequence[Point], arrived: Sequence[bool]) -> None:
        """Show the handles where a drag has brought them; the pairs stay as they are."""
        self._row.follow_drag(handle_points, arrived)

    def forget_drag(self) -> None:
        """Show the handles where they were set."""
        self._row.forget_drag()

    # -- the mouse --------------------------------------------------------------------------------

    def press(self, position: Point, view: Affine, *, live: bool = False) -> bool:
        """The mouse goes down. False where nothing can begin: outside of the bounds.

        With `live` the picture follows the mouse, until it goes up: what is pressed, the picture or
        a handle, takes hold of a target at once, and a mere click makes no pair.
        """
        self._pressed_at = position
        self._live = live and self._half.pair is None
        self._picked.nudged = None
        if self._half.pair is not None:
            self._half.aim(self._point(position, view))
            return True
        found = self._end_at(position, view)
        if found is None:
            return self._begin_pair(position, view)
        self._take_hold(End(found.place, TARGET) if self._live else found)
        if self._live:  # a pinned point that is pulled at goes along
            self._row.pairs[found.place] = self._row.pairs[found.place]._replace(pinned=False)
        x, y = view.map(self._row.pairs[found.place].end(found.side))
        self._grip = x - position[0], y - position[1]
        return True

    def move(self, position: Point, view: Affine) -> bool:
        """The mouse is at `position`, down or not; True where something is drawn differently."""
        if self._held is not None:
            gripped = position[0] + self._grip[0], position[1] + self._grip[1]
            if position != self._pressed_at or self._row.pairs != self._at_press:
                self._row.put(self._held, self._point(gripped, view))
            return True
        if self._half.pair is not None:
            self._half.aim(self._point(position, view))
            return True
        before, self._picked.hovered = self._picked.hovered, self._end_at(position, view)
        return before != self._picked.hovered

    def release(self, position: Point, view: Affine) -> None:
        """The mouse goes up: the end stays, or the pair is whole, or its target is still to come.

        A second click on the place of the first gives the pair up.
        """
        if not self.busy:
            return
        self.move(position, view)
        if self._held is not None:
            pair = self._row.pairs[self._held.place]
            if self._live and pair.handle == pair.target:
                self.give_up()
            self._held = None
            self._row.note(self._at_press)
        elif (made := self._half.release(view)) is not None:
            self._add(made)
            self._picked.selected = End(len(self._row.pairs) - 1, TARGET)
        self._picked.hovered = None if self.busy else self._end_at(position, view)

    def remove_at(self, position: Point, view: Affine) -> bool:
        """Give up what is under way, else remove the pair at `position`; whether there was one."""
        if self.give_up():
            return True
        found = self._end_at(position, view)
        return found is not None and self._remove(found.place)

    def leave(self) -> bool:
        """The mouse has left the view; True where something is drawn differently."""
        before, self._picked.hovered = self._picked.hovered, None
        return before is not None

    # -- the keyboard -----------------------------------------------------------------------------

    def wants(self, key: Key) -> bool:
        """Whether a key is for the points now. Undo and redo always are: while points are edited
        the host's own would take back something that is not looked at."""
        if key is Key.GIVE_UP:
            return self.busy
        if key is Key.REMOVE:
            return self.busy or self.under_hand is not None
        if key in (Key.PIN, Key.SNAP):
            return self.under_hand is not None and not self.busy
        if key in (Key.NEXT, Key.PREVIOUS):
            return bool(self._row.pairs)
        if key in (Key.SMALLER, Key.LARGER, Key.SPLIT, Key.BEFORE):
            return False
        return key not in DIRECTIONS or (self._picked.selected is not None and not self.busy)

    def key(self, key: Key, view: Affine, far: bool = False) -> bool:
        """Do what a key asks for; False where there is nothing to be done.

        The arrows move the selected end. `NEXT` goes through the ends by number, each handle
        before its target, and ends beyond the last: then none is selected.
        """
        if not self.wants(key):
            return False
        if key is Key.UNDO:
            return self.give_up() or self._put_back(self._row.undo())
        if key is Key.REDO:
            return not self.busy and self._put_back(self._row.redo())
        if key is Key.GIVE_UP:
            return self.give_up()
        if key is Key.REMOVE:
            return self.give_up() or self._remove_under_hand()
        if key is Key.PIN:
            return self._toggle_pin()
        if key is Key.SNAP:
            return False  # who shows the picture knows what is in it, and says so by `snap`
        if key in DIRECTIONS:
            return self._nudge(key, view, far)
        return self._select_next(-1 if key is Key.PREVIOUS else 1)

    @property
    def under_hand(self) -> End | None:
        """The end under the mouse, else the one that the keys move."""
        return self._picked.under_hand

    def pin_at(self, position: Point, view: Affine) -> bool:
        """Pin what is there, a pair or the picture, or let a pinned point go. False outside of the
        bounds."""
        self.give_up()
        self._picked.hovered = self._end_at(position, view)
        if self._picked.hovered is not None:
            return self._toggle_pin()
        point = self._point(position, view)
        if math.dist(view.map(point), position) > GRAB_RADIUS:
            return False
        self._add(PointPair.pin(point))
        self._picked.selected = End(len(self._row.pairs) - 1, HANDLE)
        return True

    def snap(self, place: int, point: Point) -> bool:
        """Put the handle of a pair on a feature beside it; False where it is there already."""
        pair = self._row.pairs[place].with_end(HANDLE, self._inside(point))
        if pair == self._row.pairs[place]:
            return False
        self._replace(place, pair)
        return True

    def give_up(self) -> bool:
        """Put back the end that is held, or drop the pair in the making; whether there was one."""
        there = self.busy
        if self._held is not None:
            self._row.pairs = self._at_press
        self._held = None
        self._half.drop()
        return there

    # -- helpers ----------------------------------------------------------------------------------

    def _toggle_pin(self) -> bool:
        end = self.under_hand
        if end is None:
            return False
        pair = self._row.pairs[end.place]
        self._replace(
            end.place, pair._replace(pinned=False) if pair.pinned else pair.pin(pair.handle)
        )
        return True

    def _replace(self, place: int, pair: PointPair) -> None:
        """Put another pair in the place of one, as one edit."""
        before = self._row.copy()
        self._row.pairs[place] = pair
        self._picked.nudged = None
        self._row.note(before)
        self.forget_drag()

    def _end_at(self, position: Point, view: Affine) -> End | None:
        return end_at(self._row.pairs, position, view)

    def _remove_under_hand(self) -> bool:
        end = self.under_hand
        return end is not None and self._remove(end.place)

    def _select_next(self, step: int) -> bool:
        self.give_up()
        return self._picked.select_next(step, len(self._row.pairs))

    def _nudge(self, key: Key, view: Affine, far: bool) -> bool:
        end = self._picked.selected
        if end is None:
            return False
        before, point = self._row.copy(), self._row.pairs[end.place].end(end.side)
        self._row.put(end, self._inside(nudged(point, key, view, far)))
        if self._row.pairs != before:
            if self._picked.nudged != end:  # a row of nudges is one edit
                self._row.note(before)
            self._picked.nudged = end
            self.forget_drag()
        return True

    def _begin_pair(self, position: Point, view: Affine) -> bool:
        point = view.inverted().map(position)
        inside = self._inside(point)
        if math.dist(view.map(inside), position) > GRAB_RADIUS:
            return False
        if self._live:
            self._take_hold(End(len(self._row.pairs), TARGET))
            self._row.pairs.append(PointPair(inside, inside))
            self._grip = 0.0, 0.0
            return True
        self.forget_drag()
        self._half.begin(inside)
        self._picked.selected = None
        return True

    def _take_hold(self, end: End) -> None:
        self.forget_drag()
        self._at_press = self._row.copy()
        self._held = self._picked.selected = end

    def _add(self, pair: PointPair) -> None:
        """As one edit."""
        before = self._row.copy()
        self._row.pairs.append(pair)
        self._row.note(before)
        self.forget_drag()

    def _point(self, position: Point, view: Affine) -> Point:
        return self._inside(view.inverted().map(position))

    def _inside(self, point: Point) -> Point:
        x, y = point if self.bounds is None else self.bounds.nearest(point)
        return round(x * _GRID) / _GRID, round(y * _GRID) / _GRID

    def _remove(self, place: int) -> bool:
        before = self._row.copy()
        del self._row.pairs[place]
        self._row.note(before)
        self._forget_hands()
        return True

    def _put_back(self, done: bool) -> bool:
        if done:
            self._forget_hands()
        return done

    def _forget_hands(self) -> None:
        """The pairs are others: what mouse, keys and a drag had to do with them is over."""
        self._held = None
        self._half.drop()
        self._row.forget_drag()
        self._picked.forget()
