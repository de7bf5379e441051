"""A window of Krita, as the brain asks for it, with the overlay on the canvas that it shows."""

from __future__ import annotations

import textwrap
from typing import Any

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.layers.document import Node
from draggan_server.host.layers.editor import LayerEditor
from draggan_server.host.link import Link
from draggan_server.host.settings import Settings
from draggan_server.wire.messages import Pixels

from .canvas import canvas_widget
from .documents import BOOK, KritaDocument, new_document
from .overlay import Overlay
from .qt import QIcon, QObject, QTimer, QWidget, alive, pyqtSignal
from .windows import ToolWatch, view_in, window_of

_FOLLOW_MS = 100  # how soon it notices that another layer or document is active
_ACTIVATE_MS = 50  # Krita itself activates a node some time after it was added
_MESSAGE_MS = 5000
_MESSAGE_COLUMNS = 60  # Krita breaks no lines


class OverlayKeeper(QObject):
    """Of the window that `docker` is in. The overlay is there while there is something to be seen
    on it, and goes with the user from document to document."""

    left = pyqtSignal()
    """No more points are edited: a tool of Krita's was chosen, or no document is open."""

    def __init__(
        self, docker: QWidget, link: Link, form: Form, models: Models, remembered: Settings
    ) -> None:
        super().__init__(docker)
        self._docker = docker
        self.editor = LayerEditor(self, BOOK, link, form, models, remembered)
        self._overlay: Overlay | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_FOLLOW_MS)
        self._timer.timeout.connect(self.editor.desk.guarded(self.follow))
        self._tools = ToolWatch(self)
        self._tools.chosen.connect(self._leave)

    @property
    def _view(self) -> Any:
        """What the user works in; None where no document is open in the window."""
        return view_in(window_of(self._docker))

    def take_keys(self) -> None:
        """Give the canvas the keyboard: points are edited from now on, or a button for them was
        pressed."""
        if alive(self._overlay):
            self._tools.watch(window_of(self._docker))
            self._overlay.take_keys()

    # -- what the brain asks for ------------------------------------------------------------------

    def document(self) -> KritaDocument | None:
        view = self._view
        return None if view is None else KritaDocument(view.document())

    def new_document(self, name: str, picture: Pixels) -> tuple[KritaDocument, Node]:
        document, node = new_document(name, picture)
        window_of(self._docker).addView(document.document)
        document.document.refreshProjection()
        return document, node

    def activate(self, node: Node) -> None:
        def activate() -> None:
            if node.is_there:
                node.activate()
                self.follow()
                self.editor.look()

        QTimer.singleShot(_ACTIVATE_MS, self.editor.desk.guarded(activate))

    def follow(self) -> None:
        view, wanted = self._view, self.editor.canvas.sight.wanted
        self._timer.start() if wanted else self._timer.stop()
        if view is None or not wanted:
            self._remove_overlay()
            if view is None:
                self._leave()
        elif (overlay := self._lay_over(view)) is not None:
            overlay.show_scene(self.editor.scene(KritaDocument(view.document())))

    def alert(self, sentence: str) -> None:
        view = self._view
        if view is not None:
            lines = "\n".join(textwrap.wrap(sentence, _MESSAGE_COLUMNS))
            view.showFloatingMessage(lines, QIcon(), _MESSAGE_MS, 1)

    # -- helpers ----------------------------------------------------------------------------------

    def _lay_over(self, view: Any) -> Overlay | None:
        """The overlay on a view; None while Krita is still setting the view up."""
        canvas = canvas_widget(view)
        if alive(self._overlay) and self._overlay.parentWidget() is canvas:
            return self._overlay
        self._remove_overlay()
        if canvas is not None:
            self._overlay = Overlay(view, canvas, self.editor.desk.hand)
        return self._overlay

    def _leave(self) -> None:
        if self.editor.canvas.sight.editing:
            self.left.emit()

    def _remove_overlay(self) -> None:
        if alive(self._overlay):
            self._overlay.remove()
        self._overlay = None
