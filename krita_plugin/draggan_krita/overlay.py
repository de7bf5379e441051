"""The transparent widget over Krita's canvas on which points are set and drags are shown.

It draws and takes the mouse only; the layer below is never touched. What it does not use (wheel,
middle button, keys, everything while Space is held) goes on to the canvas.
"""

from __future__ import annotations

from typing import Any

from draggan_server.host.affine import Affine
from draggan_server.host.cursor import Cursor
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key, key_of
from draggan_server.host.layers.document import PictureLayer
from draggan_server.host.layers.overlay import OverlaySurface
from draggan_server.host.layers.scene import Scene
from draggan_server.host.stamp import Stamp
from draggan_server.host.surface import middle_of_pixel
from draggan_server.wire.state import Point

from .canvas import image_to_widget
from .documents import is_open
from .drawing import image_of, paint_shapes, stamped
from .qt import (
    QApplication,
    QEvent,
    QImage,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPointF,
    QRectF,
    Qt,
    QTransform,
    QWidget,
    place_of,
)

_BUTTONS = {Qt.MouseButton.LeftButton: Button.LEFT, Qt.MouseButton.RightButton: Button.RIGHT}
_CURSORS = {
    Cursor.SETS: Qt.CursorShape.CrossCursor,
    Cursor.BARRED: Qt.CursorShape.ForbiddenCursor,
    Cursor.MOVES: Qt.CursorShape.SizeAllCursor,
    Cursor.ACROSS: Qt.CursorShape.SizeHorCursor,
    Cursor.FALLS: Qt.CursorShape.SizeFDiagCursor,
    Cursor.DOWN: Qt.CursorShape.SizeVerCursor,
    Cursor.RISES: Qt.CursorShape.SizeBDiagCursor,
}
_NONE, _PLAIN = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
_FAR_AWAY = QPointF(-9e3, -9e3)
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_TOUCHES = [getattr(QEvent.Type, f"Touch{one}") for one in ("Begin", "Update", "End", "Cancel")]
_OF_KEYBOARD = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
"""Says where a key lies, or, as AltGr does, what is written with it."""


class Overlay(QWidget):
    """Lies over the canvas of one view. Krita may delete it with the canvas at any time."""

    def __init__(self, view: Any, canvas: QWidget, hand: Hand[PictureLayer]) -> None:
        super().__init__(canvas)
        self.view = view
        self._canvas = canvas
        self._surface = OverlaySurface(hand, self.update)
        self._to_widget: QTransform | None = None
        self._images: dict[int, QImage] = {}
        self._stamp = Stamp(stamped)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setGeometry(canvas.rect())
        self._let_mouse_through(True)
        self._follow_view()
        self.show()

    def show_scene(self, scene: Scene) -> None:
        """Show this from now on; told again and again."""
        took_mouse = self._surface.takes_mouse
        # One for each of the pictures, which live as long as the scene that they are in.
        images, placed = self._images, {id(one.pixels): one.pixels for one in scene.placed}
        self._images = {key: images.get(key) or image_of(one) for key, one in placed.items()}
        self._surface.show(scene)
        if self._surface.takes_mouse != took_mouse:
            self._let_mouse_through(took_mouse)
        self._follow_view()
        self._come_first()
        self.setCursor(_CURSORS[self._surface.cursor])

    def take_keys(self) -> None:
        """Give the canvas the keyboard: Space and Delete are for it and this overlay."""
        self._canvas.setFocus()
        self._come_first()

    def remove(self) -> None:
        """Take the overlay off the canvas for good."""
        self._surface.hand.let_go()
        self._canvas.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    # -- events ---------------------------------------------------------------------------------

    def eventFilter(self, watched: Any, event: Any) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        elif kind == QEvent.Type.FocusOut:
            self._let_mouse_through(not self._surface.takes_mouse)
        elif kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            down = kind == QEvent.Type.KeyPress
            if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
                # Krita pans with Space and the mouse.
                self._let_mouse_through(not self._surface.takes_mouse or down)
            elif self._takes(event):
                if down:
                    self._surface.key(_key_of(event), bool(event.modifiers() & _SHIFT))
                elif not event.isAutoRepeat():
                    self._surface.key_up(_key_of(event))
                return True
        elif kind in _TOUCHES:
            fingers = event.points() if hasattr(event, "points") else event.touchPoints()
            places = [self._position(finger) for finger in fingers]
            return self._surface.touch(places, kind == _TOUCHES[0], kind in _TOUCHES[2:])
        elif kind == QEvent.Type.ShortcutOverride and self._takes(event):
            event.accept()
            return True
        return False

    def enterEvent(self, event: Any) -> None:
        # Else the outline of Krita's brush would stay where the mouse came in.
        away = QMouseEvent(QEvent.Type.MouseMove, _FAR_AWAY, _FAR_AWAY, _NONE, _NONE, _PLAIN)
        QApplication.sendEvent(self._canvas, away)

    def mousePressEvent(self, event: Any) -> None:
        button = _BUTTONS.get(event.button())
        if button is None or self._surface.way is None:
            self._canvas.removeEventFilter(self)  # while Krita moves it, nothing there is ours
            event.ignore()
            return
        event.accept()
        self.take_keys()
        aside, pins = (bool(event.modifiers() & key) for key in (_SHIFT, _CONTROL))
        self._surface.press(button, self._position(event), aside, pins)

    def mouseMoveEvent(self, event: Any) -> None:
        if event.buttons() == _NONE or self._surface.pressed:
            self._move(event)
        else:  # a pan with the middle button goes on to Krita
            event.ignore()

    def mouseReleaseEvent(self, event: Any) -> None:
        self._come_first()
        button = _BUTTONS.get(event.button())
        event.setAccepted(self._surface.release(button, self._position(event)))

    mouseDoubleClickEvent = mousePressEvent

    def tabletEvent(self, event: Any) -> None:
        # Left alone, Krita would take the pen's events and paint below the overlay.
        press, release = QEvent.Type.TabletPress, QEvent.Type.TabletRelease
        acts = {press: self.mousePressEvent, release: self.mouseReleaseEvent}
        acts.get(event.type(), self._move)(event)

    def paintEvent(self, event: Any) -> None:
        # Krita has no signal for zoom, pan and rotation, but paints its canvas, and this above it.
        self._follow_view(painting=True)
        way = self._surface.way
        if way is None:
            return
        painter = QPainter(self)
        for placed in self._surface.placed:
            painter.setTransform(self._to_widget)
            smooth = placed.is_smooth(way.magnification)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            where, image = placed.region, self._images[id(placed.pixels)]
            painter.drawImage(QRectF(where.x, where.y, where.width, where.height), image)
        painter.resetTransform()
        room = self.width(), self.height(), self.devicePixelRatioF()
        stamp = self._stamp.of(self._surface.look, self._surface.shapes, *room)
        if stamp is None:
            paint_shapes(painter, self._surface.shapes())
        else:
            painter.drawPixmap(QPointF(*stamp.corner), stamp.picture)
        painter.end()

    def _follow_view(self, painting: bool = False) -> None:
        """The view may have been zoomed or moved since it was looked at last, or closed."""
        there = painting or is_open(self.view.document())  # what is painted is open
        t = self._to_widget = image_to_widget(self.view) if there else None
        way = None if t is None else Affine(t.m11(), t.m12(), t.m21(), t.m22(), t.dx(), t.dy())
        self._surface.follow(way, painting)

    def _come_first(self) -> None:
        # Krita's own filter does whenever the canvas gets the focus, and lets no key through.
        self._canvas.installEventFilter(self)

    def _move(self, event: Any) -> None:
        self._surface.move(self._position(event))
        self.setCursor(_CURSORS[self._surface.cursor])
        event.setAccepted(self._surface.way is not None)  # else Krita would show its brush

    def _position(self, event: Any) -> Point:
        where = place_of(event)
        return middle_of_pixel(where.x(), where.y(), self.devicePixelRatioF())

    def _takes(self, event: Any) -> bool:
        """Whether a key is for the points: else Delete clears the layer, and Ctrl+Z removes it."""
        return self._surface.takes_mouse and self._surface.wants(_key_of(event))

    def _let_mouse_through(self, through: bool) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, through)


def _key_of(event: Any) -> Key | None:
    held = event.modifiers()
    if held & ~(_SHIFT | _CONTROL | _OF_KEYBOARD):
        return None
    name = QKeySequence(event.key()).toString()
    return key_of(name, bool(held & _SHIFT), bool(held & _CONTROL))
