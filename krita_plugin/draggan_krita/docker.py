"""The DragGAN docker: joins its panel, the overlay on the canvas, the layers and the daemon."""

from __future__ import annotations

import contextlib
import random
import textwrap
from typing import Any

from krita import DockWidget, Krita

from draggan_server.host import settings
from draggan_server.host.advice import advice
from draggan_server.host.affine import Affine
from draggan_server.host.faults import failure_sentence
from draggan_server.host.history import Strip
from draggan_server.host.link import Link
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.samples import Samples
from draggan_server.host.sentences import refusals, said
from draggan_server.host.session import Session
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    EditOpened,
    Failure,
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
        self.panel = Panel(settings.load())
        self.setWidget(self.panel)
        self._link = Link(timer_of(self), str(log_file()))
        self.samples = Samples(self._link, self.panel)
        view = DragView(
            self,
            self._link,
            self.panel,
            self._document,
            self._activate,
            self.say,
            self._say_how_to_edit,
            self._points_changed,
        )
        self.session: Session[PictureLayer] = view.session
        self._overlay_keeper = view.overlay_keeper
        self._strip = Strip(self._link, self.panel.history.show_moments)
        self._warned = False
        self._looked_at = ""  # the layer that was looked at last, whether it is a copy
        # Krita 5.2 does not say when another layer becomes active: it is looked up while seen.
        self._counter = QTimer(self)
        self._counter.setInterval(_COUNT_MS)
        self._counter.timeout.connect(lambda: self._count_points())
        panel, keeper = self.panel, self._overlay_keeper
        panel.models_wanted.connect(self.samples.list_models)
        panel.sample_changed.connect(self.samples.change)
        panel.dice_thrown.connect(lambda: panel.seed.setValue(random.randrange(100_000)))
        panel.picture_wanted.connect(lambda: self.new_picture())
        panel.editing_toggled.connect(lambda on: self.edit_points(on))
        panel.clear_wanted.connect(lambda: self.clear_points())
        panel.start_wanted.connect(self.session.start)
        panel.recognise_wanted.connect(self.session.recognise)
        panel.options.toggled.connect(lambda on: settings.remember(options=on))
        panel.stop_wanted.connect(self.session.stop)
        panel.cancel_wanted.connect(self.session.cancel)
        panel.escaped.connect(self.session.escape)
        panel.moment_chosen.connect(self.session.go_to)
        panel.compared.connect(lambda held: self._compare(held))
        panel.live_toggled.connect(self.follow_hand)
        keeper.set_live(panel.live.isChecked())
        keeper.layer_shown.connect(lambda: self._points_changed())
        keeper.refused.connect(self.session.wake)
        keeper.left.connect(lambda: panel.show_editing(False))
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
        self.panel.say(sentence, error)
        self._warned = self._warned or error
        view = self._view()
        if error and view is not None:
            lines = "\n".join(textwrap.wrap(sentence, _MESSAGE_COLUMNS))
            view.showFloatingMessage(lines, QIcon(), _MESSAGE_MS, 1)

    # -- picture ----------------------------------------------------------------------------------

    @guarded
    def new_picture(self, reveal: bool = False) -> None:
        """Draw a picture into the active document, or into a new one; then, with `reveal`, show
        this docker."""
        document = self._document()
        check_document(document)
        self.panel.new_picture.setEnabled(False)
        self.say(tr(said.DRAWING), error=False)
        self.samples.take(
            lambda sample, opened: self._drawn(document, sample, opened, reveal),
            lambda failure: self._not_drawn(failure),
        )

    @guarded
    def _drawn(self, document: Any, sample: SampleSource, opened: EditOpened, reveal: bool) -> None:
        self.panel.new_picture.setEnabled(True)
        settings.remember(model=sample.model, truncation=sample.truncation_psi)
        document, node = place_sample(window_of(self), document, sample, opened)
        self._activate(document, node)
        if reveal:
            # Krita lays its dockers out when the first document is opened.
            QTimer.singleShot(_LAY_OUT_MS, self.reveal)
        self.say(tr(said.PICTURE_IS_THERE, name=node.name()), error=False)

    def _not_drawn(self, failure: Failure) -> None:
        self.panel.new_picture.setEnabled(True)
        self.say(failure_sentence(failure, said.NEW_PICTURE_TO_TRY_AGAIN))

    # -- points -----------------------------------------------------------------------------------

    @guarded
    def edit_points(self, editing: bool) -> None:
        """Put the overlay for setting points on the canvas, or take it away."""
        if editing and self._view() is None:
            self.panel.show_editing(False)
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
            self.panel.say(sentence or tr(said.HOW_TO_EDIT), warns)
        self._warned = bool(sentence)

    @guarded
    def _count_points(self) -> None:
        layer = self._layer()
        if layer is not None and node_id(layer) != self._looked_at:
            self._looked_at = node_id(layer)
            self._recognise()
        self.panel.show_pairs(len(self._editor().pairs))
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
        self.panel.history.compare.setEnabled(self.session.result_of(key) is not None)

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
        if live and not self.panel.edit.isChecked():
            self.panel.edit.setChecked(True)

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
