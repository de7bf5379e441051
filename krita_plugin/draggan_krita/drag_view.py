"""Krita as a desk sees it: layers read and added, points and frames shown on the canvas."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from draggan_server.host.affine import Affine
from draggan_server.host.desk import Desk
from draggan_server.host.editor import Reading
from draggan_server.host.forms.drag import EDIT
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.link import Link
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Request
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said
from draggan_server.host.settings import Settings
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

from .copies import recognise
from .editors import editor_of, known_editor
from .hidden import note_result, show_source
from .kept_points import keep_points
from .layers import (
    PictureLayer,
    active_picture,
    add_result,
    movable_mask,
    read_photo,
    read_picture,
)
from .memory import records_of, remember
from .nodes import active_layer, is_open, node_id, offset_of
from .overlay_keeper import OverlayKeeper
from .qt import QIcon, QWidget
from .windows import view_in, window_of

_MESSAGE_MS = 5000
_MESSAGE_COLUMNS = 60  # Krita breaks no lines


class DragView:
    """The editor of its `desk`, with the `overlay_keeper` for the canvas of `docker`'s window.

    `activate(document, node)` makes a layer the active one.
    """

    def __init__(
        self,
        docker: QWidget,
        link: Link,
        form: Form,
        models: Models,
        remembered: Settings,
        activate: Callable[[Any, Any], None],
    ) -> None:
        self._docker = docker
        self._activate = activate
        self.how_to_edit = tr(said.HOW_TO_EDIT)
        self.desk = Desk(self, link, form, models, remembered)
        self.overlay_keeper = OverlayKeeper(docker, self.desk.hand)

    @property
    def view(self) -> Any:
        """What the user works in; None where no document is open in the window."""
        return view_in(window_of(self._docker))

    @property
    def document(self) -> Any:
        view = self.view
        return None if view is None else view.document()

    @property
    def layer(self) -> Any:
        """The active layer; None where there is none."""
        document = self.document
        return None if document is None else active_layer(document)

    def recognise_copy(self) -> None:
        """Where the layer is a copy of one that can be dragged, let it be dragged too."""
        layer = self.layer
        if layer is not None:
            with contextlib.suppress(BadInput):  # said when the layer is to be dragged
                recognise(self.document, layer)

    # -- what the desk asks for -------------------------------------------------------------------

    def points(self) -> PairEditor:
        layer = self.layer
        return PairEditor() if layer is None else editor_of(self.document, layer)

    def points_of(self, layer: PictureLayer) -> PairEditor:
        return known_editor(layer.key)

    def looked_at(self) -> tuple[str, str]:
        """Of a layer that is being worked on: for merely looking at one no daemon is started."""
        layer = self.layer
        if layer is None or not (self.overlay_keeper.editing or self.desk.session.drags):
            return "", ""
        key, record = node_id(layer), None
        with contextlib.suppress(BadInput):  # said when the layer is to be dragged
            record = records_of(self.document).get(key)
        return key, "" if record is None else record.saved_state

    def to_picture(self) -> Affine:
        layer, region = active_picture(self._known_document())
        return region.way_from(offset_of(layer))

    def movable_mask(self, layer: PictureLayer | None = None) -> Pixels | None:
        document = self._known_document()
        region = layer.region if layer else active_picture(document)[1]
        return movable_mask(document, region)

    def read(self) -> Reading[PictureLayer]:
        return Reading(*read_picture(self._known_document()))

    def read_photo(self) -> Reading[PictureLayer]:
        layer, pixels = read_photo(self._known_document())
        return Reading(layer, "", pixels)

    def find(self, layer: PictureLayer) -> Found:
        if not is_open(layer.document):
            return Found.CLOSED
        return Found.REMOVED if layer.node is None else Found.THERE

    def keep_state(self, layer: PictureLayer, saved_state: str) -> None:
        if self.find(layer) is not Found.THERE:
            raise BadInput(refusals.LAYER_REMOVED, name=layer.name)
        remember(layer.document, layer.node, saved_state, layer.place)

    def place(
        self,
        request: Request[PictureLayer],
        picture: Pixels,
        saved_state: str,
        _pairs: Sequence[PointPair],
    ) -> PictureLayer:
        added = add_result(request, picture, saved_state)
        note_result(request.layer, added, picture)
        return added

    def result_changed(self, result: Result[PictureLayer]) -> None:
        show_source(result.request.layer, result.layer, result.there)

    def go_to(self, layer: PictureLayer) -> None:
        keep_points(layer.document, layer.node, self.points_of(layer).pairs)
        self._activate(layer.document, layer.node)

    def show_work(self, layer: PictureLayer | None, held: bool) -> None:
        self.overlay_keeper.show_drag(layer, held)

    def show_frame(self, _layer: PictureLayer, frame: Pixels) -> None:
        self.overlay_keeper.show_frame(frame)

    def compare(self, result: Result[PictureLayer] | None) -> None:
        self.overlay_keeper.compare(result)

    def points_edited(self) -> None:
        layer = self.layer
        if layer is not None:
            keep_points(self.document, layer, self.points().pairs)
        self.overlay_keeper.points_edited()

    def may_begin(self) -> bool:
        return self.overlay_keeper.may_begin()

    def alert(self, sentence: str) -> None:
        """On the canvas, where the user looks."""
        view = self.view
        if view is not None:
            lines = "\n".join(textwrap.wrap(sentence, _MESSAGE_COLUMNS))
            view.showFloatingMessage(lines, QIcon(), _MESSAGE_MS, 1)

    def leave(self) -> None:
        self.desk.form.choose(EDIT, False)

    def _known_document(self) -> Any:
        """The document, which knows by now of what its active layer is a copy."""
        document = self.document
        if document is None:
            raise BadInput(refusals.NO_DOCUMENT)
        self.recognise_copy()
        return document
