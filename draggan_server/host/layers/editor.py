"""An editor with such layers, as a desk sees it."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Callable, Sequence
from typing import Protocol

from draggan_server.host.affine import Affine
from draggan_server.host.desk import Desk
from draggan_server.host.editor import Reading
from draggan_server.host.forms.drag import EDIT
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.layers.beat import Beat, later
from draggan_server.host.layers.document import Document, Node, PictureLayer
from draggan_server.host.layers.framing import Framing
from draggan_server.host.layers.hiding import Hiding
from draggan_server.host.layers.pictures import LayerPictures, movable_mask
from draggan_server.host.layers.points import Points
from draggan_server.host.layers.records import Records
from draggan_server.host.layers.scene import CanvasSight, Scene
from draggan_server.host.link import Link
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import Bounds, PointPair
from draggan_server.host.request import Request, Spread
from draggan_server.host.results import Found, Result, gone
from draggan_server.host.sentences import refusals, said
from draggan_server.host.settings import Settings
from draggan_server.host.translation import tr
from draggan_server.host.whereabouts import Whereabouts
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

_FOLLOW_MS = 100
"""How soon it is noticed that another layer or document is active."""
_ACTIVATE_MS = 50
"""Krita itself activates a layer some time after it was added."""
_MESSAGE_COLUMNS = 60


class LayerBook:
    """What is known of the layers of all documents, for as long as the editor runs: the same in all
    of its windows."""

    def __init__(self) -> None:
        self.records = Records()
        self.points = Points(self.records)
        self.pictures = LayerPictures(self.records)
        self.hiding = Hiding()


class Window(Protocol):
    """What is asked of a window of the editor."""

    def document(self) -> Document | None:
        """What the user works on in it; None where no document is open in it."""

    def follow(self) -> None:
        """What is to be seen over the canvas may have changed."""

    def has_mouse(self) -> bool:
        """Whether a button of the mouse is held: until it is let go nobody chooses another layer
        or selects anything."""

    def alert(self, lines: str) -> None:
        """Show a sentence, in lines, on the canvas, where the user looks."""

    def hint(self, sentence: str) -> None:
        """Show a sentence where the editor tells what its tools do, unless it tells something
        there; an empty one takes away whatever is told."""


class LayerEditor:
    """The editor of its `desk`, for one window; `canvas` is what lies over that one's canvas."""

    def __init__(
        self,
        window: Window,
        book: LayerBook,
        link: Link,
        form: Form,
        models: Models,
        remembered: Settings,
    ) -> None:
        self._window = window
        self._book = book
        self._link = link
        self._looked_at = ""
        self._shown: PairEditor | None = None
        self._hinted = ""
        self.canvas = CanvasSight(book.points, book.pictures)
        self.desk: Desk[PictureLayer] = Desk(self, link, form, models, remembered)
        frame, sight = self.desk.hand.frame, self.canvas.sight
        self._framing = Framing(frame, book.pictures, sight, models.size_of)
        self._beat = Beat(link.every, _FOLLOW_MS, self.between_strokes(self.follow))

    def between_strokes(self, act: Callable[[], None]) -> Callable[[], None]:
        """The same, to be called again and again: while the user paints or moves the canvas the
        editor's time is for that."""
        safe = self.desk.guarded(act)
        return lambda: None if self._window.has_mouse() else safe()

    def look(self) -> None:
        """Another layer may be active now, which may be a copy of one that can be dragged."""
        _document, node = self._active()
        if node is not None and node.key != self._looked_at:
            self._looked_at = node.key
            self._recognise_copy()
        self.desk.look()

    def follow(self) -> None:
        """What is to be seen over the canvas may have changed; while there is anything, it is
        looked at again and again."""
        self._beat.be(self.canvas.sight.wanted)
        self._window.follow()
        if self.canvas.sight.editing:
            if self.how_to_edit != self._hinted:
                self._window.hint("")  # it was for another layer
            self._hinted = self.how_to_edit
            self._window.hint(self._hinted)

    def close(self) -> None:
        """The window is gone, and its canvas: what is under way is given up."""
        self.canvas.edit(False)
        self.desk.session.close()
        self._beat.be(False)

    @property
    def how_to_edit(self) -> str:
        pulls = self.desk.hand.live and self.desk.follows
        return tr(said.HOW_TO_PULL if pulls else said.HOW_TO_EDIT)

    def activate(self, node: Node) -> None:
        """Make a layer the active one, if it is still there when that can be done."""

        def activate() -> None:
            if node.is_there:
                node.activate()
                self.follow()
                self.look()

        later(self._link.every, _ACTIVATE_MS, self.desk.guarded(activate))

    def scene(self, document: Document) -> Scene:
        """What lies over the canvas that shows a document now. Asked again and again."""
        scene = self.canvas.look(document)
        is_other = scene.points is not self._shown
        self._framing.look(document, anew=is_other)
        if is_other:
            self._shown = scene.points
            self.look()
            self.desk.layer_shown()
        return scene

    def edit(self, editing: bool) -> None:
        """Points are set on the canvas from now on, or not any more. Raises `BadInput` where no
        document is open."""
        if editing and self._window.document() is None:
            self.desk.form.choose(EDIT, False)
            raise BadInput(refusals.NO_DOCUMENT)
        self.canvas.edit(editing)
        self.follow()
        self.look()
        if editing:
            self.desk.session.wake()
        else:
            self._window.hint("")

    # -- what the desk asks for -------------------------------------------------------------------

    def points(self) -> PairEditor:
        document, node = self._active()
        if document is None or node is None:
            return PairEditor()
        return self._book.points.of(document, node)

    def points_of(self, layer: PictureLayer) -> PairEditor:
        return self._book.points.known(layer.key)

    def looked_at(self) -> tuple[str, str]:
        """Of a layer that is being worked on: for merely looking at one no daemon is started."""
        document, node = self._active()
        if document is None or node is None:
            return "", ""
        if not (self.canvas.sight.editing or self.desk.session.drags):
            return "", ""
        record = None
        with contextlib.suppress(BadInput):  # said when the layer is to be dragged
            record = self._book.records.of(document).get(node.key)
        return node.key, "" if record is None else record.saved_state

    def to_picture(self) -> Affine:
        node, region = self._book.pictures.active(self._known_document())
        return region.way_from(node.offset)

    def check_place(self, *, carries: bool = False) -> None:
        document = self._known_document()

        def keep(node: Node, found: Whereabouts) -> None:
            points = self._book.points.of(document, node)
            points.painted.load(found.painted(points.painted.rows, carries))
            if carries:
                way = found.kept_region.way_from(node.offset).then(found.way(carries))
                way = way.then(found.region.way_from(node.offset).inverted())
                points.load([pair.mapped(way) for pair in points.pairs])
            self._book.points.keep(document, node)
            self.follow()

        question = self._book.pictures.moved(document, keep)
        if question is not None:
            raise question

    def movable_mask(self, layer: PictureLayer | None = None) -> Pixels | None:
        document = self._known_document()
        region = layer.region if layer else self._book.pictures.active(document)[1]
        return movable_mask(document, region)

    def layer_mask(self) -> Pixels | None:
        node, region = self._book.pictures.active(self._known_document())
        mask = node.mask(region)
        return None if mask is None else Pixels(region.width, region.height, 1, mask)

    def read(self) -> Reading[PictureLayer]:
        return self._book.pictures.read(self._known_document())

    def read_photo(self) -> Reading[PictureLayer]:
        document = self._known_document()
        return self._book.pictures.read_photo(document, self._framing.region(document))

    def find(self, layer: PictureLayer) -> Found:
        return layer.found()

    def keep_state(self, layer: PictureLayer, saved_state: str) -> None:
        node = layer.node if layer.document.is_open else None
        if node is None:
            raise gone(layer.found(), layer.name)
        self._book.records.remember(layer.document, node, saved_state, layer.place)

    def place(
        self,
        request: Request[PictureLayer],
        picture: Pixels,
        saved_state: str,
        _pairs: Sequence[PointPair],
    ) -> PictureLayer:
        if isinstance(request, Spread):
            added = self._book.pictures.add_frames(request, picture, saved_state)
        else:
            added = self._book.pictures.add_result(request, picture, saved_state)
        self._book.hiding.note(request.layer, added, picture)
        painted = self._book.points.known(request.layer.key).painted.rows
        self._book.points.known(added.key).painted.load(painted)
        return added

    def result_changed(self, result: Result[PictureLayer]) -> None:
        self._book.hiding.show_source(result.request.layer, result.layer, result.there)

    def go_to(self, layer: PictureLayer) -> None:
        node = layer.node
        if node is not None:
            self._book.points.keep(layer.document, node)
            self.activate(node)

    def show_work(self, layer: PictureLayer | None, held: bool) -> None:
        if self.canvas.sight.show_work(layer, held):
            self.follow()

    def show_frame(self, _layer: PictureLayer, frame: Pixels) -> None:
        self.canvas.sight.show_frame(frame)
        self.follow()

    def compare(self, result: Result[PictureLayer] | None, at: float | None = None) -> None:
        self.canvas.sight.compare(result, at)
        self.follow()

    def darken(self, shown: Pixels | None) -> None:
        self.canvas.sight.darken(shown)
        self.follow()

    def points_edited(self) -> None:
        document, node = self._active()
        if document is not None and node is not None:
            self._book.points.keep(document, node)
        self.canvas.sight.points_edited()

    def mask_painted(self) -> None:
        self.canvas.look_at_mask()
        self.follow()

    def may_begin(self) -> bool:
        try:
            document = self._known_document()
            node, region = self._book.pictures.active(document)
        except BadInput:
            self.desk.session.wake()  # which says what is wrong
            return False
        left, top = node.offset
        bounds = Bounds.of_picture(region.width, region.height, region.x - left, region.y - top)
        self._book.points.of(document, node).bounds = bounds
        return True

    def alert(self, sentence: str) -> None:
        self._window.alert("\n".join(textwrap.wrap(sentence, _MESSAGE_COLUMNS)))

    def leave(self) -> None:
        self.desk.form.choose(EDIT, False)

    # -- helpers ----------------------------------------------------------------------------------

    def _active(self) -> tuple[Document | None, Node | None]:
        document = self._window.document()
        return document, None if document is None else document.active()

    def _known_document(self) -> Document:
        """The document, which knows by now of what its active layer is a copy."""
        document = self._window.document()
        if document is None:
            raise BadInput(refusals.NO_DOCUMENT)
        self._recognise_copy()
        return document

    def _recognise_copy(self) -> None:
        document, node = self._active()
        if document is not None and node is not None:
            with contextlib.suppress(BadInput):  # said when the layer is to be dragged
                self._book.records.recognise(document, node)
