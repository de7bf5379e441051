"""What a session of drags asks of Krita: layers read and added, points and frames shown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from draggan_server.host import settings
from draggan_server.host.forms.drag import EDIT, DragForm
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.sample import SampleForm
from draggan_server.host.host import Shown
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import Request, Return
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals
from draggan_server.host.session import Session
from draggan_server.host.settings import Settings
from draggan_server.host.states import Cause, State
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import DragFinished, Pixels, WentToDrag

from .copies import recognise
from .editors import editor_of, known_editor
from .hidden import note_result, show_source
from .kept_points import keep_points
from .layers import (
    PictureLayer,
    add_result,
    draggable_layer,
    read_photo,
    read_picture,
    read_request,
)
from .memory import remember
from .nodes import active_layer, is_open
from .overlay_keeper import OverlayKeeper
from .qt import QWidget


class DragView:
    """The host of its `session`, with the `overlay_keeper` for the canvas of `docker`'s window.

    `document()` is what the user works on (None: nothing is open), `activate(document, node)`
    makes a layer the active one, `say` speaks where the user looks, `say_how_to_edit` of points
    that can be set, and `changed` is called after an edit of points.
    """

    def __init__(
        self,
        docker: QWidget,
        link: Link,
        form: Form,
        sample: SampleForm,
        remembered: Settings,
        document: Callable[[], Any],
        activate: Callable[[Any, Any], None],
        say: Callable[[str, bool], None],
        say_how_to_edit: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self.session = Session(self, link)
        self.overlay_keeper = OverlayKeeper(docker, self.session, changed)
        self.drag = DragForm(form, self.session, remembered)
        self._form = form
        self._sample = sample
        self._document = document
        self._activate = activate
        self._asked: Request[PictureLayer] | PhotoRequest[PictureLayer] | None = None
        self.say = say
        self._say_how_to_edit = say_how_to_edit

    def read(self, live: bool) -> Request[PictureLayer]:
        document = self._known_document()
        layer = active_layer(document)
        pairs: Sequence[PointPair] = ()
        if layer is not None:
            editor = editor_of(document, layer)
            if not live:
                editor.give_up()
            pairs = editor.pairs
        config = self.drag.options.config()
        self._asked = request = read_request(document, pairs, config, live)
        settings.remember(method=config.method, max_steps=config.max_steps)
        return request

    def read_photo(self) -> PhotoRequest[PictureLayer]:
        model, quality = self._sample.models.wanted, self.drag.options.quality()
        self._asked = request = read_photo(self._known_document(), model, quality)
        settings.remember(model=model, quality=quality)
        return request

    def know(self, request: PhotoRequest[PictureLayer], saved_state: str) -> None:
        layer = request.layer
        if self.find(layer) is not Found.THERE:
            raise BadInput(refusals.LAYER_REMOVED, name=layer.name)
        remember(layer.document, layer.node, saved_state, layer.place)

    def welcome(self) -> None:
        if self.overlay_keeper.editing:
            draggable_layer(self._known_document())
            self._say_how_to_edit()

    def _known_document(self) -> Any:
        """The document, which knows by now of what its active layer is a copy."""
        document = self._document()
        if document is None:
            raise BadInput(refusals.NO_DOCUMENT)
        layer = active_layer(document)
        if layer is not None:
            with contextlib.suppress(BadInput):  # said when the layer is to be dragged
                recognise(document, layer)
        return document

    def read_return(self, position: int) -> Return[PictureLayer]:
        document = self._known_document()
        picture, saved_state, pixels = read_picture(document)
        pairs = editor_of(document, picture.node).pairs
        in_picture = tuple(pair.mapped(picture.to_picture) for pair in pairs)
        config = self.drag.options.config()
        self._asked = Return(
            picture, saved_state, pixels, None, in_picture, config, position=position
        )
        return self._asked

    def find(self, layer: PictureLayer) -> Found:
        if not is_open(layer.document):
            return Found.CLOSED
        return Found.REMOVED if layer.node is None else Found.THERE

    def place(
        self,
        request: Request[PictureLayer],
        result: DragFinished | WentToDrag,
        pairs: Sequence[PointPair],
    ) -> PictureLayer:
        added = add_result(request, result.layer, result.saved_state)
        note_result(request.layer, added, result.layer)
        return added

    def show(self, shown: Shown) -> None:
        self.drag.show(shown)
        if shown.state is State.CHOOSING:
            self._sample.samples.list_models()
        asked = self._asked if shown.busy else None
        held = isinstance(asked, Request) and asked.live and shown.may(Cause.PULL)
        self.overlay_keeper.show_drag(None if asked is None else asked.layer, held)

    def show_step(
        self,
        request: Request[PictureLayer],
        pairs: Sequence[PointPair],
        arrived: Sequence[bool],
        frame: Pixels,
    ) -> None:
        back = request.layer.to_picture.inverted()
        self.overlay_keeper.show_step([back.map(pair.handle) for pair in pairs], arrived, frame)

    def show_sight(self, request: PhotoRequest[PictureLayer], frame: Pixels) -> None:
        self.overlay_keeper.show_frame(frame)

    def show_layer(self, layer: PictureLayer, pairs: Sequence[PointPair], arrived: bool) -> None:
        back = layer.to_picture.inverted()
        editor = known_editor(layer.key)
        editor.load(pair.mapped(back) for pair in pairs)
        if arrived:
            editor.follow_drag([pair.handle for pair in editor.pairs], [True] * len(pairs))
        keep_points(layer.document, layer.node, editor.pairs)
        self._activate(layer.document, layer.node)

    def result_changed(self, result: Result[PictureLayer]) -> None:
        show_source(result.request.layer, result.layer, result.there)

    def give_up_pair(self) -> bool:
        return self.overlay_keeper.hand.give_up()

    def leave(self) -> None:
        self._form.choose(EDIT, False)
