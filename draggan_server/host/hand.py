"""What mouse and keys do to the points of a view, and to the picture that follows them."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Generic

from draggan_server.host.affine import Affine
from draggan_server.host.frame import Frame
from draggan_server.host.keys import Key
from draggan_server.host.painter import Painter
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.request import LayerT
from draggan_server.host.session import Session
from draggan_server.host.split import Split
from draggan_server.wire.state import Point

SNAP_RADIUS = 24.0
"""Pixels of the view: so far a handle goes to the next strong feature."""


class Button(enum.Enum):
    """A button of the mouse, or of a pen."""

    LEFT = "sets and moves points"
    RIGHT = "removes them, and gives up what the left one has begun"
    MIDDLE = "has nothing to do with them: it moves the picture"


class Hand(Generic[LayerT]):
    """Positions are in pixels of the view; an `Affine` leads from points to them.

    `editor` has the points that the view shows; while `editable` is false the hand does nothing to
    them. While it is `live` the picture follows what the hand pulls at; while its `painter` is
    active mouse and keys are for that; where there is a `split`, they move its line, and where
    there is a `frame`, the mouse pulls it. `changed` is called after an edit. `may_begin` is asked
    before a press sets or takes a point, and may set the editor up for it; `feature` for what
    stands out within a radius of a point, both in the layer's pixels; `follows` whether the picture
    can follow the hand: where it cannot, points are only set.
    """

    def __init__(
        self,
        session: Session[LayerT],
        changed: Callable[[], None],
        may_begin: Callable[[], bool] = lambda: True,
        feature: Callable[[Point, float], Point | None] = lambda point, radius: None,
        follows: Callable[[], bool] = lambda: True,
    ) -> None:
        self.editor = PairEditor()
        self.editable = False
        self.live = False
        self.changed = changed
        self.painter = Painter(lambda: self.editor, may_begin)
        self.painter.changed = changed
        self.split = Split()
        self.frame = Frame()
        self._session = session
        self._may_begin = may_begin
        self._feature = feature
        self._follows = follows
        self._view = Affine()
        self._pressed = False
        self._pulls = False

    @property
    def pressed(self) -> bool:
        """Whether the left button is down, and has taken or set a point."""
        return self._pressed

    def take(self, editor: PairEditor) -> None:
        """The view shows other points: the hand has nothing to do with the former ones any more."""
        self.let_go()
        self.editor = editor

    def let_go(self) -> None:
        self.editor.leave()
        self.editor.give_up()
        self.painter.give_up()
        self.frame.give_up()

    def press(
        self,
        button: Button,
        position: Point,
        view: Affine,
        aside: bool = False,
        pins: bool = False,
    ) -> None:
        """`aside`: the key is held with which points are only set, though it is `live`; `pins`:
        that with which a press pins a point, or lets it go."""
        if not self.editable:
            return
        if pins and button is Button.LEFT:
            if self._may_begin() and self.editor.pin_at(position, view):
                self.changed()
            return
        if button is Button.LEFT:
            if not self._may_begin():
                return
            live = self.live and not aside and not self.editor.half_set and self._follows()
            self._pressed = self.editor.press(position, view, live=live)
            self._pulls = live and self._pressed
        elif self._pressed:
            self._session.escape()
        else:
            self.editor.remove_at(position, view)
        self.changed()
        if button is Button.LEFT and self._pulls:
            self._session.press()

    def move(self, position: Point, view: Affine) -> bool:
        """True where something is drawn differently."""
        self._view = view
        if not (self.editable and self.editor.move(position, view)):
            return False
        if self._pressed and self._pulls:
            self._pull()
        return True

    def release(self, position: Point, view: Affine) -> bool:
        """The left button goes up. False where it had taken nothing."""
        pressed, self._pressed = self._pressed, False
        if pressed:
            self.editor.release(position, view)
            self.changed()
            if self._pulls:
                self._pull()
                self._session.release()
        return pressed

    def key(self, key: Key, view: Affine, far: bool) -> bool:
        """False where the key goes on to the rest of the host: beyond the last point, NEXT does."""
        if key is Key.GIVE_UP:
            self._session.escape()
            return True
        wanted = self.editable and self.editor.wants(key)
        done = wanted and (self._snap(view) if key is Key.SNAP else self.editor.key(key, view, far))
        if done:
            self.changed()
        return done if key in (Key.NEXT, Key.PREVIOUS) else wanted

    def do(self, key: Key) -> None:
        """Do what a button asks for as a key would, in the view that the mouse was in last."""
        if self.editable and self.editor.wants(key):
            self.key(key, self._view, far=False)

    def _snap(self, view: Affine) -> bool:
        end = self.editor.under_hand
        if end is None:
            return False
        handle = self.editor.pairs[end.place].handle
        found = self._feature(handle, SNAP_RADIUS / view.magnification)
        return found is not None and self.editor.snap(end.place, found)

    def give_up(self) -> bool:
        """Give up what the hand has begun; False where that is nothing."""
        if self.frame.give_up() or self.painter.give_up():
            return True
        there = self.editable and self.editor.give_up()
        if there:
            self.changed()
        return there

    def _pull(self) -> None:
        request = self._session.request
        if request is not None and self.editor.pairs:  # a click has left none
            way = request.layer.to_picture
            self._session.pull([pair.mapped(way) for pair in self.editor.pairs])
