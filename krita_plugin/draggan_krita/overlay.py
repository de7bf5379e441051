"""The transparent widget over Krita's canvas on which points are set and drags are shown.

It draws and takes the mouse only; the layer below is never touched. What it does not use (wheel,
middle button, keys, everything while Space is held) goes on to the canvas.
"""

from __future__ import annotations

from typing import Any

from draggan_server.host.affine import Affine
from draggan_server.host.hand import Button, Hand
from draggan_server.host.keys import Key
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.region import Region
from draggan_server.host.shapes import pair_shapes
from draggan_server.wire.state import Point

from .canvas import canvas_widget, image_to_widget
from .drawing import paint_shapes
from .layers import PictureLayer
from .qt import (
    QEvent,
    QImage,
    QKeySequence,
    QPainter,
    QRectF,
    Qt,
    QTimer,
    QTransform,
    QWidget,
)
from .veil import NOWHERE

_TICK_MS = 30  # Krita 5.2 has no signal for zoom, pan and rotation: they are looked up
_SMOOTH_BELOW = 2.0  # magnified further, a preview shows its pixels as Krita does
_BUTTONS = {Qt.MouseButton.LeftButton: Button.LEFT, Qt.MouseButton.RightButton: Button.RIGHT}
_KEYS = {
    Qt.Key.Key_Delete: Key.REMOVE,
    Qt.Key.Key_Backspace: Key.REMOVE,
    Qt.Key.Key_Escape: Key.GIVE_UP,
    Qt.Key.Key_P: Key.PIN,
    Qt.Key.Key_S: Key.SNAP,
    Qt.Key.Key_Tab: Key.NEXT,
    Qt.Key.Key_Backtab: Key.PREVIOUS,
    Qt.Key.Key_Left: Key.LEFT,
    Qt.Key.Key_Right: Key.RIGHT,
    Qt.Key.Key_Up: Key.UP,
    Qt.Key.Key_Down: Key.DOWN,
}


class Overlay(QWidget):
    """Lies over the canvas of one view. Krita may delete it with the canvas at any time."""

    def __init__(self, view: Any, canvas: QWidget, hand: Hand[PictureLayer]) -> None:
        super().__init__(canvas)
        self._view = view
        self._hand = hand
        self._canvas = canvas
        self._to_widget: QTransform | None = None
        self._shown: Any = None
        self._origin = (0, 0)
        self._takes_mouse = False
        self._preview: QImage | None = None
        self._preview_region = NOWHERE
        self._veil: QImage | None = None
        self._veil_region = NOWHERE
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setGeometry(canvas.rect())
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.follow_view)
        self._timer.start()
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._let_mouse_through(True)
        self.follow_view()
        self.show()

    @classmethod
    def over(cls, view: Any, hand: Hand[PictureLayer]) -> Overlay | None:
        """An overlay over the active view; None while that has no canvas yet."""
        canvas = canvas_widget(view)
        return None if canvas is None else cls(view, canvas, hand)

    @property
    def view(self) -> Any:
        return self._view

    def set_points(self, editor: PairEditor, origin: tuple[int, int]) -> None:
        """Show and edit these pairs; `origin` is the image pixel at which their (0, 0) lies."""
        if editor is not self._hand.editor or origin != self._origin:
            self._hand.take(editor)
            self._origin = origin
            self.update()

    def set_mode(self, editable: bool, hold_off: bool) -> None:
        """Whether the mouse sets points; or does nothing (`hold_off`), where a stroke would be
        painted unseen below the preview. Else it goes through to the canvas."""
        if self._hand.editable and not editable:
            self._hand.let_go()
        self._hand.editable = editable
        if (editable or hold_off) != self._takes_mouse:
            self._takes_mouse = editable or hold_off
            self._let_mouse_through(not self._takes_mouse)
        self.setCursor(Qt.CursorShape.CrossCursor if editable else Qt.CursorShape.ForbiddenCursor)

    def set_preview(self, image: QImage | None, region: Region = NOWHERE) -> None:
        """Show a frame where the layer lies, or none any more."""
        if image is not self._preview or region != self._preview_region:
            self._preview, self._preview_region = image, region
            self.update()

    def set_veil(self, image: QImage | None, region: Region = NOWHERE) -> None:
        """Darken `region` as `image` says, or nothing any more."""
        if image is not self._veil or region != self._veil_region:
            self._veil, self._veil_region = image, region
            self.update()

    def take_keys(self) -> None:
        """Give the canvas the keyboard: Space and Delete are for it and this overlay."""
        self._canvas.setFocus()

    def remove(self) -> None:
        """Take the overlay off the canvas for good."""
        self._timer.stop()
        self._hand.let_go()
        self._canvas.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def follow_view(self) -> None:
        """Repaint where the view was zoomed, moved, turned or mirrored, or has closed, and where
        the points were changed from elsewhere: by a drag, or in another window."""
        self._to_widget = image_to_widget(self._view)
        shown = self._to_widget, self._hand.editor.marks()
        if shown != self._shown:
            self._shown = shown
            self.update()
        # To the front again: Krita's own filter moves there whenever the canvas gets the focus, and
        # lets no key through.
        self._canvas.installEventFilter(self)

    # -- events ---------------------------------------------------------------------------------

    def eventFilter(self, watched: Any, event: Any) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        elif kind == QEvent.Type.FocusOut:
            self._let_mouse_through(not self._takes_mouse)
        elif kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
                # Krita pans with Space and the mouse.
                self._let_mouse_through(not self._takes_mouse or kind == QEvent.Type.KeyPress)
            elif kind == QEvent.Type.KeyPress and self._takes(event):
                self._edit_by_key(event)
                return True
        elif kind == QEvent.Type.ShortcutOverride and self._takes(event):
            event.accept()
            return True
        return False

    def mousePressEvent(self, event: Any) -> None:
        self._press(event, event.button(), self._mouse_position(event))

    def mouseMoveEvent(self, event: Any) -> None:
        self._move(event, self._mouse_position(event))

    def mouseReleaseEvent(self, event: Any) -> None:
        self._release(event, event.button(), self._mouse_position(event))

    def mouseDoubleClickEvent(self, event: Any) -> None:
        self._press(event, event.button(), self._mouse_position(event))

    def tabletEvent(self, event: Any) -> None:
        # Left alone, Krita would take the pen's events and paint below the overlay.
        kind = event.type()
        if kind == QEvent.Type.TabletPress:
            self._press(event, event.button(), _pen_position(event))
        elif kind == QEvent.Type.TabletRelease:
            self._release(event, event.button(), _pen_position(event))
        else:
            self._move(event, _pen_position(event))

    def paintEvent(self, event: Any) -> None:
        affine = self._points_to_widget()
        if affine is None:
            return
        painter = QPainter(self)
        painter.setTransform(self._to_widget)
        for image, region in (
            (self._preview, self._preview_region),
            (self._veil, self._veil_region),
        ):
            if image is not None:
                # Magnified further, Krita shows pixels; a frame may have fewer than the layer.
                whole = image.width() == region.width
                smooth = affine.magnification < _SMOOTH_BELOW or not whole
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
                place = QRectF(region.x, region.y, region.width, region.height)
                painter.drawImage(place, image)
        painter.resetTransform()
        paint_shapes(
            painter, pair_shapes(mark.mapped(affine) for mark in self._hand.editor.marks())
        )
        painter.end()

    # -- editing --------------------------------------------------------------------------------

    def _press(self, event: Any, button: Any, position: Point) -> None:
        affine = self._points_to_widget()
        if affine is None or button not in _BUTTONS:
            event.ignore()
            return
        event.accept()
        self._canvas.setFocus()
        aside = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        pins = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._hand.press(_BUTTONS[button], position, affine, aside, pins)
        self.update()

    def _move(self, event: Any, position: Point) -> None:
        affine = self._points_to_widget()
        if affine is None:
            event.ignore()
            return
        if self._hand.move(position, affine):
            self.update()
        # A pan with the middle button goes on to Krita; a mere move would show its brush.
        event.setAccepted(self._hand.pressed or event.buttons() == Qt.MouseButton.NoButton)

    def _release(self, event: Any, button: Any, position: Point) -> None:
        affine = self._points_to_widget()
        taken = False
        if affine is not None and button == Qt.MouseButton.LeftButton:
            taken = self._hand.release(position, affine)
        event.setAccepted(taken)
        self.update()

    def _mouse_position(self, event: Any) -> Point:
        """The middle of the screen's pixel that the mouse is on: an event names its corner."""
        where = event.position() if hasattr(event, "position") else event.localPos()
        half = 0.5 / self.devicePixelRatioF()
        return where.x() + half, where.y() + half

    def _takes(self, event: Any) -> bool:
        """Whether a key is for the points: else Delete clears the layer, and Ctrl+Z removes it."""
        key = _key_of(event)
        if key is Key.GIVE_UP:
            return self._takes_mouse
        return self._hand.editable and key is not None and self._hand.editor.wants(key)

    def _edit_by_key(self, event: Any) -> None:
        key, affine = _key_of(event), self._points_to_widget()
        if key is not None and affine is not None:
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._hand.key(key, affine, far)
            self.update()

    def _let_mouse_through(self, through: bool) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, through)

    def _points_to_widget(self) -> Affine | None:
        """From points, whose (0, 0) is a pixel's centre, to this widget."""
        t = self._to_widget
        if t is None:
            return None
        affine = Affine(t.m11(), t.m12(), t.m21(), t.m22(), t.dx(), t.dy())
        return affine.moved_first(self._origin[0] + 0.5, self._origin[1] + 0.5)


def _key_of(event: Any) -> Key | None:
    if event.matches(QKeySequence.StandardKey.Undo):
        return Key.UNDO
    if event.matches(QKeySequence.StandardKey.Redo):
        return Key.REDO
    shift = Qt.KeyboardModifier.ShiftModifier
    if event.modifiers() & ~(shift | Qt.KeyboardModifier.KeypadModifier):
        return None
    return _KEYS.get(event.key())


def _pen_position(event: Any) -> Point:
    """Where a pen is in the widget, in fractions of its pixels."""
    where = event.position() if hasattr(event, "position") else event.posF()  # Qt 6, Qt 5
    return where.x(), where.y()
