"""A window of Krita, as the brain asks for it, with the overlay on the canvas that it shows."""

from __future__ import annotations

from typing import Any

from draggan_server.host.forms.windows import Window
from draggan_server.host.layers.docker import Docker
from draggan_server.host.layers.document import Node
from draggan_server.wire.messages import Pixels

from .canvas import canvas_widget
from .documents import BOOK, KritaDocument, new_document
from .form_window import FormWindow
from .log import log_file
from .overlay import Overlay
from .qt import QApplication, QIcon, QObject, Qt, QWidget, alive
from .timer import timer_of
from .windows import ToolWatch, view_in, window_of

_MESSAGE_MS = 5000


class OverlayKeeper(QObject):
    """Of the window that `docker` is in. The overlay is there while there is something to be seen
    on it, and goes with the user from document to document. `brain` is what the docker does."""

    def __init__(self, docker: QWidget) -> None:
        super().__init__(docker)
        self._docker = docker
        self.brain = Docker(self, BOOK, timer_of(docker), str(log_file()))
        self._editor = self.brain.editor
        self._overlay: Overlay | None = None
        self._tools = ToolWatch(self)
        self._tools.chosen.connect(self.brain.left)

    @property
    def _view(self) -> Any:
        """What the user works in; None where no document is open in the window."""
        return view_in(window_of(self._docker))

    # -- what the brain asks for ------------------------------------------------------------------

    def document(self) -> KritaDocument | None:
        view = self._view
        return None if view is None else KritaDocument(view.document())

    def new_document(self, name: str, picture: Pixels) -> tuple[KritaDocument, Node]:
        document, node = new_document(name, picture)
        window_of(self._docker).addView(document.document)
        document.document.refreshProjection()
        return document, node

    def has_mouse(self) -> bool:
        return bool(QApplication.mouseButtons() != Qt.MouseButton.NoButton)

    def follow(self) -> None:
        view, wanted = self._view, self._editor.canvas.sight.wanted
        if view is None or not wanted:
            self._remove_overlay()
            if view is None:
                self.brain.left()
        elif (overlay := self._lay_over(view)) is not None:
            overlay.show_scene(self._editor.scene(KritaDocument(view.document())))

    def take_keys(self) -> None:
        if alive(self._overlay):
            self._tools.watch(window_of(self._docker))
            self._overlay.take_keys()

    def reveal(self) -> None:
        self._docker.setVisible(True)
        self._docker.raise_()

    def show_window(self, window: Window) -> None:
        FormWindow(self._docker.window(), window).show()

    def alert(self, lines: str) -> None:
        if (view := self._view) is not None:
            view.showFloatingMessage(lines, QIcon(), _MESSAGE_MS, 1)

    def hint(self, sentence: str) -> None:
        bar = window_of(self._docker).qwindow().statusBar()
        if not (sentence and bar.currentMessage()):
            bar.showMessage(sentence)

    # -- helpers ----------------------------------------------------------------------------------

    def _lay_over(self, view: Any) -> Overlay | None:
        """The overlay on a view; None while Krita is still setting the view up."""
        if alive(self._overlay) and self._overlay.view == view:
            return self._overlay
        self._remove_overlay()
        if (canvas := canvas_widget(view)) is not None:
            self._overlay = Overlay(view, canvas, self._editor.desk.hand)
        return self._overlay

    def _remove_overlay(self) -> None:
        if alive(self._overlay):
            self._overlay.remove()
        self._overlay = None
