"""A window of the models that are there and those that can be had."""

from __future__ import annotations

from typing import Any

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.library import LIBRARY, LibraryForm
from draggan_server.host.link import Link
from draggan_server.host.sentences import words
from draggan_server.host.translation import tr

from .form_view import FormView
from .log import log_file
from .qt import QDialog, Qt, QVBoxLayout, QWidget
from .timer import timer_of

_SIZE = (520, 520)


class ModelsWindow(QDialog):
    """Beside Krita's own windows, which stay usable; what is done ends when it is closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr(words.MODELS))
        self.setAcceptDrops(True)
        form = Form()
        self._link = Link(timer_of(self), str(log_file()))
        self.view = FormView(form)
        self._library = LibraryForm(form, self._link)
        QVBoxLayout(self).addWidget(self.view.build_all(LIBRARY))
        self.resize(*_SIZE)
        self.finished.connect(lambda _result: self._link.close())

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        for url in event.mimeData().urls():
            self._library.add(url.toString())
