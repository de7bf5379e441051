"""The picture that New picture would draw, shown once the settings rest."""

from __future__ import annotations

from draggan_server.wire.messages import EditOpened, Failure, SampleSource

from .panel import Panel
from .qt import QObject, QTimer, pyqtSignal
from .sampler import Sampler

_REST_MS = 200  # a wheel on the seed asks for one picture, not for twenty


class Preview(QObject):
    """Draws one picture at a time; the newest settings win."""

    failed = pyqtSignal(object)
    """A `Failure`."""

    def __init__(self, parent: QObject, sampler: Sampler, panel: Panel) -> None:
        super().__init__(parent)
        self._sampler = sampler
        self._panel = panel
        self._drawing = False
        self._rest = QTimer(self)
        self._rest.setInterval(_REST_MS)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._draw)
        panel.sample_changed.connect(self._rest.start)

    def show(self, sample: SampleSource, opened: EditOpened) -> None:
        """Show a picture; another is drawn where the settings have changed meanwhile."""
        self._drawing = False
        self._panel.show_preview(opened.picture)
        if sample != self._sampler.wanted():
            self._rest.start()

    def _draw(self) -> None:
        if not self._drawing:
            self._drawing = True
            self._sampler.draw(self.show, self._fail)

    def _fail(self, failure: Failure) -> None:
        self._drawing = False
        self._panel.show_preview(None)
        self.failed.emit(failure)
