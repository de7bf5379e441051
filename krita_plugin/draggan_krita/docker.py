"""The DragGAN docker: joins its panel, the overlay on the canvas, the layers and the daemon."""

from __future__ import annotations

import contextlib
import textwrap
from typing import Any

from krita import DockWidget, Krita

from draggan_server.host import settings
from draggan_server.host.advice import advice
from draggan_server.host.affine import Affine
from draggan_server.host.faults import failure_sentence
from draggan_server.host.forms import drag as items
from draggan_server.host.forms.drag import Points
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.sample import NEW_PICTURE, SampleForm
from draggan_server.host.history import Strip
from draggan_server.host.link import Link
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.sentences import refusals, said
from draggan_server.host.session import Session
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    EditOpened,
    Failure,
    Pixels,
    SampleSource,
)

from .copies import recognise
from .drag_view import DragView
from .editors import editor_of
from .guard import guarded
from .kept_points import keep_points
from .layers import PictureLayer, draggable_layer, movable_mask, picture_region
from .log import log_file
from .memory import note_layers, records_of
from .nodes import active_layer, is_open, node_id, offset_of
from .panel import Panel
from .picture import check_document, place_sample
from .qt import QIcon, QTimer
from .timer import timer_of
from .windows import view_in, window_of

DOCKER_ID = "draggan"

_COUNT_MS = 500
_LAY_OUT_MS = 500
_MESSAGE_MS = 5000
_MESSAGE_COLUMNS = 60  # Krita breaks no lines


class DragganDocker(DockWidget):
    """One for each window of Krita."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("DragGAN")
        remembered = settings.load()
        self.form = Form()
        self._link = Link(timer_of(self), str(log_file()))
        self._sample = SampleForm(
            self.form, self._link, remembered, self._show_picture, self._say_quietly
        )
        view = DragView(
            self,
            self._link,
            self.form,
            self._sample,
            remembered,
            self._document,
            self._activate,
            self.say,
            self._say_how_to_edit,
            self._points_changed,
        )
        self.session: Session[PictureLayer] = view.session
        self._overlay_keeper = view.overlay_keeper
        self._drag = view.drag
        self.panel = Panel(self.form)
        self.setWidget(self.panel)
        self._strip = Strip(self._link, self._drag.show_moments)
        self._warned = False
        self._looked_at = ""  # the layer that was looked at last, whether it is a copy
        # Krita 5.2 does not say when another layer becomes active: it is looked up while seen.
        self._counter = QTimer(self)
        self._counter.setInterval(_COUNT_MS)
        self._counter.timeout.connect(lambda: self._count_points())
        form, keeper = self.form, self._overlay_keeper
        form.on_press(NEW_PICTURE, lambda: self.new_picture())
        form.on_change(items.EDIT, lambda on: self.edit_points(on))
        form.on_press(items.CLEAR, lambda: self.clear_points())
        form.on_change(items.COMPARE, lambda held: self._compare(held))
        form.on_change(items.LIVE, lambda live: self.follow_hand(live))
        self.panel.escaped.connect(self.session.escape)
        keeper.set_live(remembered.live)
        keeper.layer_shown.connect(lambda: self._points_changed())
        keeper.refused.connect(self.session.wake)
        keeper.left.connect(lambda: form.choose(items.EDIT, False))
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
        self._say_quietly(sentence, error)
        self._warned = self._warned or error
        view = self._view()
        if error and view is not None:
            lines = "\n".join(textwrap.wrap(sentence, _MESSAGE_COLUMNS))
            view.showFloatingMessage(lines, QIcon(), _MESSAGE_MS, 1)

    def _say_quietly(self, sentence: str, error: bool) -> None:
        """In the docker only: nobody pressed a button."""
        self._drag.say(sentence, error)

    # -- picture ----------------------------------------------------------------------------------

    @guarded
    def new_picture(self, reveal: bool = False) -> None:
        """Draw a picture into the active document, or into a new one; then, with `reveal`, show
        this docker."""
        document = self._document()
        check_document(document)
        self.form.enable(False, NEW_PICTURE)
        self.say(tr(said.DRAWING), error=False)
        self._sample.samples.take(
            lambda sample, opened: self._drawn(document, sample, opened, reveal),
            lambda failure: self._not_drawn(failure),
        )

    @guarded
    def _drawn(self, document: Any, sample: SampleSource, opened: EditOpened, reveal: bool) -> None:
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
        if editing and self._view() is None:
            self.form.choose(items.EDIT, False)
            raise BadInput(refusals.NO_DOCUMENT)
        self._overlay_keeper.set_editing(editing)
        self._count_points()
        if editing:
            self.session.wake()

    @guarded
    def clear_points(self) -> None:
        """Remove the active layer's points."""
        self._editor().clear()
        self._points_changed()

    @guarded
    def _points_changed(self) -> None:
        self._count_points()
        layer = self._layer()
        if layer is not None and not self.session.shown.busy:
            keep_points(self._document(), layer, self._editor().pairs)
        if self._overlay_keeper.editing and not self.session.shown.busy:
            self._advise()

    def _say_how_to_edit(self) -> None:
        self._warned = True  # until what is said now, a refusal or not, holds no more
        self._advise()

    def _advise(self) -> None:
        """Say what is to be known of the points, without laying it on the canvas."""
        document = self._document()
        try:
            layer, record = draggable_layer(document)
            region = picture_region(layer, record)
        except BadInput:
            return  # said when a point is to be set
        try:
            mask = movable_mask(document, region)
        except BadInput as error:
            sentence, warns = tr_error(error), True
        else:
            dx, dy = region.shift_from(offset_of(layer))
            sentence, warns = advice(self._editor(), mask, Affine(e=dx, f=dy))
        if sentence or self._warned:
            self._say_quietly(sentence or tr(said.HOW_TO_EDIT), warns)
        self._warned = bool(sentence)

    @guarded
    def _count_points(self) -> None:
        layer = self._layer()
        if layer is not None and node_id(layer) != self._looked_at:
            self._looked_at = node_id(layer)
            self._recognise()
        compares = layer is not None and self.session.result_of(node_id(layer)) is not None
        self._drag.show_points(Points(len(self._editor().pairs), compares=compares))
        self._show_history(layer)

    # -- history ----------------------------------------------------------------------------------

    def _show_history(self, layer: Any) -> None:
        """Show what a layer was, if it is worked on: to look at one starts no daemon."""
        worked_on = self._overlay_keeper.editing or self.session.drags
        key = "" if layer is None or not worked_on else node_id(layer)
        record = None
        with contextlib.suppress(BadInput):  # said when the layer is to be dragged
            record = records_of(self._document()).get(key) if key else None
        self._strip.look("" if record is None else record.saved_state)

    @guarded
    def _compare(self, held: bool) -> None:
        layer = self._layer()
        result = None if layer is None or not held else self.session.result_of(node_id(layer))
        self._overlay_keeper.compare(result)

    # -- drag -------------------------------------------------------------------------------------

    @guarded
    def follow_hand(self, live: bool) -> None:
        """Let the picture follow the hand at once, or wait for Start."""
        self._overlay_keeper.set_live(live)
        settings.remember(live=live)
        if live and not self.form.value(items.EDIT):
            self.form.choose(items.EDIT, True)

    # -- helpers ----------------------------------------------------------------------------------

    def _view(self) -> Any:
        return view_in(window_of(self))

    def _document(self) -> Any:
        view = self._view()
        return None if view is None else view.document()

    def _layer(self) -> Any:
        document = self._document()
        return None if document is None else active_layer(document)

    def _recognise(self) -> None:
        """Where the active layer is a copy of one that can be dragged, let it be dragged too."""
        layer = self._layer()
        if layer is not None:
            with contextlib.suppress(BadInput):  # said when the layer is to be dragged
                recognise(self._document(), layer)

    def _editor(self) -> PairEditor:
        layer = self._layer()
        return PairEditor() if layer is None else editor_of(self._document(), layer)

    @guarded
    def _follow(self) -> None:
        document = self._document()
        if document is not None:
            with contextlib.suppress(BadInput):
                note_layers(document)
        self._overlay_keeper.follow()
        self._count_points()

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
