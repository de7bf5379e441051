"""The DragGAN docker: joins its panel, the canvas, the layers and the daemon."""

from __future__ import annotations

import contextlib
from typing import Any

from krita import DockWidget, Krita

from draggan_server.host import settings
from draggan_server.host.forms import drag as items
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import STATE
from draggan_server.host.forms.sample import NEW_PICTURE, SampleForm
from draggan_server.host.forms.setup import SetupForm
from draggan_server.host.forms.windows import STATE_OF_THINGS
from draggan_server.host.layers.new_picture import NewPicture
from draggan_server.host.link import Link
from draggan_server.host.sentences import said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

from .documents import BOOK
from .form_window import show
from .log import log_file
from .overlay_keeper import OverlayKeeper
from .panel import Panel
from .qt import QTimer
from .timer import timer_of

DOCKER_ID = "draggan"

_LOOK_MS = 500  # Krita 5.2 does not say when another layer becomes active
_LAY_OUT_MS = 500


class DragganDocker(DockWidget):
    """One for each window of Krita."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("DragGAN")
        remembered = settings.load()
        form = self.form = Form()
        self._link = Link(timer_of(self), str(log_file()))
        self._sample = SampleForm(
            form, self._link, remembered, self._show_picture, self._say_quietly
        )
        self._overlay_keeper = OverlayKeeper(
            self, self._link, form, self._sample.models, remembered
        )
        self.editor = self._overlay_keeper.editor
        self.desk, self.session = self.editor.desk, self.editor.desk.session
        self._overlay_keeper.left.connect(lambda: form.choose(items.EDIT, False))
        self._setup = SetupForm(form, self._link, self._sample.samples.list_models)
        self.panel = Panel(form)
        self.panel.escaped.connect(self.session.escape)
        self.setWidget(self.panel)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self.desk.guarded(self.editor.look))
        for button in (items.PIN, items.SNAP):
            form.on_press(button, self._overlay_keeper.take_keys)
        self._picture = NewPicture(self._overlay_keeper, BOOK.records, self.desk, self._sample)
        form.on_press(STATE, lambda: show(self, STATE_OF_THINGS))
        self.desk.listen(items.EDIT, self._edit_points)
        self.desk.say(tr(said.FIRST), False)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._look.start()

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._look.stop()

    def reveal(self) -> None:
        """Bring the docker to where it can be seen."""
        self.setVisible(True)
        self.raise_()

    def canvasChanged(self, canvas: Any) -> None:
        # Krita calls this while it is still building or destroying the view.
        QTimer.singleShot(0, self.desk.guarded(self._follow))

    def toggle_editing(self) -> None:
        """Begin or end the setting of points, as the button does."""
        self.form.choose(items.EDIT, not self.form.value(items.EDIT))

    def _edit_points(self, editing: bool) -> None:
        self.editor.edit(editing)
        if editing:
            self._overlay_keeper.take_keys()

    def _follow(self) -> None:
        document = self._overlay_keeper.document()
        if document is not None:
            with contextlib.suppress(BadInput):
                BOOK.records.note_layers(document)
        self._overlay_keeper.follow()
        self.editor.look()

    def _say_quietly(self, sentence: str, error: bool) -> None:
        self.desk.say_quietly(sentence, error)

    def new_picture(self, reveal: bool = False) -> None:
        """Draw a picture into the active document, or into a new one; then, with `reveal`, show
        this docker. Raises `BadInput` where that cannot be."""

        def done() -> None:
            if reveal:
                # Krita lays its dockers out when the first document is opened.
                QTimer.singleShot(_LAY_OUT_MS, self.reveal)

        self._picture.draw(done)

    def _show_picture(self, picture: Pixels | None) -> None:
        self.form.set(NEW_PICTURE, picture=picture)


def active_docker() -> DragganDocker | None:
    """The docker of the window that the user works in."""
    window = Krita.instance().activeWindow()
    for docker in window.dockers() if window is not None else ():
        if docker.objectName() == DOCKER_ID:
            return docker
    return None
