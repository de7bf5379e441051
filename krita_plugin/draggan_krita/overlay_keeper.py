"""Keeps the overlay on the canvas that a window shows, with the right layer's points on it."""

from __future__ import annotations

from typing import Any

from draggan_server.host.hand import Hand
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import Bounds
from draggan_server.host.results import Result
from draggan_server.host.sight import Sight
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

from .canvas import canvas_widget
from .editors import editor_of, known_editor
from .layers import PictureLayer, active_picture
from .nodes import active_layer, offset_of
from .overlay import Overlay
from .qt import QImage, QObject, QTimer, QWidget, alive, pyqtSignal
from .veil import Veil
from .windows import ToolWatch, view_in, window_of

_FOLLOW_MS = 100  # how soon it notices that another layer or document is active
_VEIL_TICKS = 5  # and a changed selection: to read it from a large picture takes milliseconds


class OverlayKeeper(QObject):
    """Shown while points are edited or a drag runs; follows layers, documents and views of the
    window that `docker` is in."""

    layer_shown = pyqtSignal()
    """The points shown are another layer's now."""
    refused = pyqtSignal()
    """The user wants to set a point on a layer that cannot be dragged."""
    left = pyqtSignal()
    """No more points are edited: a tool of Krita's was chosen, or no document is open."""

    def __init__(self, docker: QWidget, hand: Hand[PictureLayer]) -> None:
        super().__init__(docker)
        self._docker = docker
        self._hand = hand
        self._overlay: Overlay | None = None
        self._sight: Sight[PictureLayer] = Sight(lambda layer: known_editor(layer.key))
        self._shown_editor: PairEditor | None = None
        self._picture: tuple[Pixels, QImage] | None = None
        self._veil = Veil()
        self._ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_FOLLOW_MS)
        self._timer.timeout.connect(self.follow)
        self._tools = ToolWatch(self)
        self._tools.chosen.connect(self._leave)

    @property
    def editing(self) -> bool:
        return self._sight.editing

    def set_editing(self, editing: bool) -> None:
        self._sight.edit(editing)
        self._ticks = -1  # the veil is looked at at once
        self.follow()
        if editing and self._overlay is not None:
            self._tools.watch(window_of(self._docker))
            self._overlay.take_keys()

    def take_keys(self) -> None:
        """Give the canvas the keyboard back, after a button for its points was pressed."""
        if alive(self._overlay):
            self._overlay.take_keys()

    def show_drag(self, layer: PictureLayer | None, held: bool = False) -> None:
        """Show the drag of a layer under way, with the points that it begins with; None: none.
        `held`: the hand pulls at one of them."""
        if self._sight.show_work(layer, held):
            self.follow()

    def show_frame(self, frame: Pixels) -> None:
        """Show a frame where the picture of the layer under way lies."""
        self._sight.show_frame(frame)
        self.follow()

    def compare(self, result: Result[PictureLayer] | None) -> None:
        """Show what a result came from in its place, or no more (None)."""
        self._sight.compare(result)
        self.follow()

    def follow(self) -> None:
        """Bring the overlay to where the user looks now."""
        view = view_in(window_of(self._docker))
        self._timer.start() if self._sight.wanted else self._timer.stop()
        if view is None or not self._sight.wanted:
            self._remove_overlay()
            if view is None:
                self._leave()
        elif (overlay := self._lay_over(view)) is not None:
            self._show_on(overlay, view.document())

    def _lay_over(self, view: Any) -> Overlay | None:
        """The overlay on a view; None while Krita is still setting the view up."""
        canvas = canvas_widget(view)
        if alive(self._overlay) and self._overlay.parentWidget() is canvas:
            return self._overlay
        self._remove_overlay()
        self._overlay = Overlay.over(view, self._hand)
        return self._overlay

    def _show_on(self, overlay: Overlay, document: Any) -> None:
        sight, dragged = self._sight, self._sight.layer
        if dragged is not None and _is_in(document, dragged):
            origin, editor = offset_of(dragged.node), known_editor(dragged.key)
            self._show_editor(overlay, editor, origin, sight.editable, hold_off=True)
        else:
            layer = active_layer(document) if sight.editing else None
            editor = PairEditor() if layer is None else editor_of(document, layer)
            origin = (0, 0) if layer is None else offset_of(layer)
            editable = layer is not None and not sight.busy and sight.editable
            self._show_editor(overlay, editor, origin, editable)
        self._show_picture(overlay, document)
        self._show_veil(overlay, document)

    def _show_picture(self, overlay: Overlay, document: Any) -> None:
        if self._sight.picture is not None:
            pixels, layer = self._sight.picture
            if self._picture is None or self._picture[0] is not pixels:
                self._picture = pixels, _image(pixels)
            if _is_in(document, layer):
                overlay.set_preview(self._picture[1], layer.place)
                return
        overlay.set_preview(None)

    def _show_veil(self, overlay: Overlay, document: Any) -> None:
        self._ticks += 1
        if not self._sight.veiled:
            overlay.set_veil(None)
            return
        if self._ticks % _VEIL_TICKS == 0:
            self._veil.look(document)
        overlay.set_veil(self._veil.image, self._veil.region)

    def may_begin(self) -> bool:
        """Whether the layer on whose overlay it is pressed has points to be set."""
        assert self._overlay is not None  # it is pressed on
        document = self._overlay.view.document()
        try:
            layer, region = active_picture(document)
        except BadInput:
            self.refused.emit()
            return False
        left, top = offset_of(layer)
        bounds = Bounds.of_picture(region.width, region.height, region.x - left, region.y - top)
        editor = editor_of(document, layer)
        editor.bounds = bounds
        return True

    def _show_editor(
        self,
        overlay: Overlay,
        editor: PairEditor,
        origin: tuple[int, int],
        editable: bool,
        hold_off: bool = False,
    ) -> None:
        overlay.set_points(editor, origin)
        overlay.set_mode(editable, hold_off)
        if editor is not self._shown_editor:
            self._shown_editor = editor
            self.layer_shown.emit()

    def points_edited(self) -> None:
        """What is held wants to be seen again."""
        self._sight.points_edited()

    def _leave(self) -> None:
        if self._sight.editing:
            self.left.emit()

    def _remove_overlay(self) -> None:
        if alive(self._overlay):
            self._overlay.remove()
        self._overlay = None


def _is_in(document: Any, layer: PictureLayer) -> bool:
    return bool(layer.document == document and layer.node is not None)


def _image(pixels: Pixels) -> QImage:
    stride = pixels.width * 4
    shared = QImage(pixels.data, pixels.width, pixels.height, stride, QImage.Format.Format_RGBA8888)
    return shared.copy()  # the first one only borrows the bytes
