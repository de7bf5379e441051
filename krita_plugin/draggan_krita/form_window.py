"""A window of `draggan_server.host.forms.windows`."""

from __future__ import annotations

from typing import Any

from draggan_server.host.forms.drag import CLOSE
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.forms.windows import Window
from draggan_server.host.translation import tr
from draggan_server.host.window_size import WindowSize

from .log import log_file
from .qt import QDialog, Qt, QVBoxLayout, QWidget
from .timer import timer_of
from .toolkit import QtToolkit

_SIZE = (520, 520)  # until the user gives it another


class FormWindow(QDialog):
    """Beside Krita's own windows, which stay usable; what is done ends when it is closed."""

    def __init__(self, parent: QWidget, window: Window) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr(window.title))
        form = Form()
        self.view = Presenter(form, QtToolkit())
        self._filled = window.fill(form, timer_of(self), str(log_file()))
        self.setAcceptDrops(self._filled.drop is not None)
        rows = QVBoxLayout(self)
        rows.addWidget(self.view.build_all(window.parts), int(window.grows))
        if not window.grows:
            rows.addStretch(1)
        rows.addWidget(self.view.build(CLOSE), 0, Qt.AlignmentFlag.AlignRight)
        form.on_press(CLOSE, self.close)
        self._size = WindowSize(window.name, form, window.parts)
        self.resize(*_SIZE)
        self.finished.connect(self._close)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        if (wanted := self._size.opened((self.width(), self.height()))) is not None:
            self.resize(*wanted)

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        if self._filled.drop is not None:
            for url in event.mimeData().urls():
                self._filled.drop(url.toString())

    def _close(self, _result: int) -> None:
        self._filled.close()
        self._size.closed((self.width(), self.height()))
