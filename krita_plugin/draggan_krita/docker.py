"""The DragGAN docker: joins its panel, the canvas, the layers and the daemon."""

from __future__ import annotations

import contextlib
from typing import Any

from krita import DockWidget, Krita

from draggan_server.host import settings
from draggan_server.host.faults import failure_sentence
from draggan_server.host.forms import drag as items
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import STATE
from draggan_server.host.forms.sample import NEW_PICTURE, SampleForm
from draggan_server.host.forms.setup import SetupForm
from draggan_server.host.forms.windows import STATE_OF_THINGS
from draggan_server.host.link import Link
from draggan_server.host.sentences import refusals, said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import EditOpened, Failure, Pixels, Sample

from .drag_view import DragView
from .form_window import show
from .guard import guarded
from .log import log_file
from .memory import note_layers
from .nodes import is_open, node_id
from .panel import Panel
from .picture import check_document, place_sample
from .qt import QTimer
from .timer import timer_of
from .windows import window_of

DOCKER_ID = "draggan"

_COUNT_MS = 500
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
        self.view = DragView(
            self, self._link, form, self._sample.models, remembered, self._activate
        )
        self.desk = self.view.desk
        self.session = self.desk.session
        self._setup = SetupForm(form, self._link, self._set_up)
        self.panel = Panel(form)
        self.panel.escaped.connect(self.session.escape)
        self.setWidget(self.panel)
        self._looked_at = ""  # the layer that was looked at last, whether it is a copy
        # Krita 5.2 does not say when another layer becomes active: it is looked up while seen.
        self._counter = QTimer(self)
        self._counter.setInterval(_COUNT_MS)
        self._counter.timeout.connect(lambda: self._look())
        form.on_press(NEW_PICTURE, lambda: self.new_picture())
        form.on_press(STATE, lambda: show(self, STATE_OF_THINGS))
        form.on_change(items.EDIT, lambda on: self.edit_points(on))
        self._overlay_keeper = self.view.overlay_keeper
        self._overlay_keeper.layer_shown.connect(lambda: self._layer_shown())
        self._overlay_keeper.refused.connect(self.session.wake)
        for button in (items.PIN, items.SNAP):
            form.on_press(button, self._overlay_keeper.take_keys)
        self._overlay_keeper.left.connect(lambda: form.choose(items.EDIT, False))
        self.say(tr(said.FIRST), error=False)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._counter.start()

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._counter.stop()

    def reveal(self) -> None:
        """Bring the docker to where it can be seen."""
        self.setVisible(True)
        self.raise_()

    def canvasChanged(self, canvas: Any) -> None:
        # Krita calls this while it is still building or destroying the view.
        QTimer.singleShot(0, self._follow)

    def say(self, sentence: str, error: bool = True) -> None:
        """Say something where the user looks: in the docker, and errors on the canvas as well."""
        self.desk.say(sentence, error)

    def _set_up(self) -> None:
        """There is a daemon now."""
        self._sample.samples.list_models()

    def _say_quietly(self, sentence: str, error: bool) -> None:
        self.desk.say_quietly(sentence, error)

    # -- picture ----------------------------------------------------------------------------------

    @guarded
    def new_picture(self, reveal: bool = False) -> None:
        """Draw a picture into the active document, or into a new one; then, with `reveal`, show
        this docker."""
        document = self.view.document
        check_document(document)
        self.form.enable(False, NEW_PICTURE)
        self.say(tr(said.DRAWING), error=False)
        self._sample.samples.take(
            lambda sample, opened: self._drawn(document, sample, opened, reveal),
            lambda failure: self._not_drawn(failure),
        )

    @guarded
    def _drawn(self, document: Any, sample: Sample, opened: EditOpened, reveal: bool) -> None:
        self.form.enable(True, NEW_PICTURE)
        settings.remember(model=sample.model, truncation=sample.truncation_psi)
        document, node = place_sample(window_of(self), document, sample, opened)
        self._activate(document, node)
        if reveal:
            # Krita lays its dockers out when the first document is opened.
            QTimer.singleShot(_LAY_OUT_MS, self.reveal)
        self.say(tr(said.PICTURE_IS_THERE, name=node.name()), error=False)

    def _not_drawn(self, failure: Failure) -> None:
        self.form.enable(True, NEW_PICTURE)
        self.say(failure_sentence(failure, said.NEW_PICTURE_TO_TRY_AGAIN))

    def _show_picture(self, picture: Pixels | None) -> None:
        self.form.set(NEW_PICTURE, picture=picture)

    def toggle_editing(self) -> None:
        """Begin or end the setting of points, as the button does."""
        self.form.choose(items.EDIT, not self.form.value(items.EDIT))

    # -- points -----------------------------------------------------------------------------------

    @guarded
    def edit_points(self, editing: bool) -> None:
        """Put the overlay for setting points on the canvas, or take it away."""
        if editing and self.view.view is None:
            self.form.choose(items.EDIT, False)
            raise BadInput(refusals.NO_DOCUMENT)
        self._overlay_keeper.set_editing(editing)
        self._look()
        if editing:
            self.session.wake()

    @guarded
    def clear_points(self) -> None:
        """Remove the active layer's points."""
        self.desk.clear()

    @guarded
    def _layer_shown(self) -> None:
        self._look()
        self.desk.points_changed()

    @guarded
    def _look(self) -> None:
        """Another layer may be active now."""
        layer = self.view.layer
        if layer is not None and node_id(layer) != self._looked_at:
            self._looked_at = node_id(layer)
            self.view.recognise_copy()
        self.desk.look()

    @guarded
    def _follow(self) -> None:
        document = self.view.document
        if document is not None:
            with contextlib.suppress(BadInput):
                note_layers(document)
        self._overlay_keeper.follow()
        self._look()

    def _activate(self, document: Any, node: Any) -> None:
        # Krita itself activates a node some time after it was added.
        QTimer.singleShot(50, lambda: self._activate_now(document, node))

    @guarded
    def _activate_now(self, document: Any, node: Any) -> None:
        if is_open(document) and node.parentNode() is not None:
            document.setActiveNode(node)
            document.waitForDone()
            self._follow()


def active_docker() -> DragganDocker | None:
    """The docker of the window that the user works in."""
    window = Krita.instance().activeWindow()
    for docker in window.dockers() if window is not None else ():
        if docker.objectName() == DOCKER_ID:
            return docker
    return None
