"""An editor with such a dialog, as a desk sees it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from draggan_server.host.affine import Affine
from draggan_server.host.desk import Desk
from draggan_server.host.dialog.canvas import PointCanvas
from draggan_server.host.dialog.item import Item, ItemT
from draggan_server.host.dialog.layer import DialogLayer
from draggan_server.host.dialog.placing import add_result
from draggan_server.host.editor import Reading
from draggan_server.host.forms.closing import Closing
from draggan_server.host.forms.drag import (
    CLOSE,
    EDIT,
    FIT,
    FROM_PATH,
    FULL,
    IN_IMAGE,
    PHOTO,
    PHOTO_MODEL,
    TO_PATH,
)
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.forms.setup import SetupForm
from draggan_server.host.frame import outline_of
from draggan_server.host.link import Link
from draggan_server.host.mask_rows import MaskRows
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import Bounds, PointPair
from draggan_server.host.region import Region
from draggan_server.host.request import Request
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said
from draggan_server.host.settings import Settings
from draggan_server.host.sight import Sight
from draggan_server.host.split import split_picture
from draggan_server.host.translation import tr
from draggan_server.host.viewer import Zoom
from draggan_server.host.whereabouts import Whereabouts
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import EditState

ROOM = (560, 560)
"""For the picture at first."""

ShownT = TypeVar("ShownT", bound=Item)


class Dialog(Protocol[ShownT]):
    """What is asked of the dialog."""

    def show_name(self, name: str) -> None:
        """Of the layer."""

    def preview(self, layer: DialogLayer[ShownT], frame: Pixels) -> None:
        """Show a frame in the image, too."""

    def end_preview(self) -> None:
        """Leave the image as it was."""

    def close(self) -> None:
        """Close the dialog."""


class DialogEditor(Generic[ItemT]):
    """The editor of its `desk`, for as long as the dialog is there; `canvas` shows the layer."""

    how_to_edit = ""  # stands beside the picture

    def __init__(
        self,
        dialog: Dialog[ItemT],
        layer: DialogLayer[ItemT],
        link: Link,
        form: Form,
        remembered: Settings,
    ) -> None:
        self._dialog = dialog
        self._layer = layer
        self._picture = layer.pixels()
        self._before: tuple[Pixels, float | None] | None = None
        self._asked = ""  # the picture of which the daemon has said where it lies
        self._painted: dict[str, MaskRows | None] = {}  # of layers that were left, by their keys
        self._form = form
        self._sight: Sight[DialogLayer[ItemT]] = Sight(self._points_in_sight)
        self._sight.edit(True)
        form.set(EDIT, value=True)
        models = Models(form, remembered.model, PHOTO_MODEL)
        self.desk: Desk[DialogLayer[ItemT]] = Desk(self, link, form, models, remembered)
        self._frame, self._models = self.desk.hand.frame, models
        models.listed = self.desk.guarded(self._models_listed)
        size = self._picture.width, self._picture.height
        self.canvas: PointCanvas[DialogLayer[ItemT]] = PointCanvas(self.desk.hand, size, ROOM)
        for button, zoom in ((FIT, Zoom.FIT), (FULL, Zoom.FULL)):
            form.on_press(button, functools.partial(self.canvas.zoom, zoom))
        self._link = link
        self._setup = SetupForm(form, link, self.desk.session.wake)
        self._closing = Closing(form)
        self.desk.listen(FROM_PATH, lambda _value: self._use_path())
        self.desk.listen(TO_PATH, lambda _value: self._make_path())
        form.on_press(CLOSE, dialog.close)

    def begin(self, pairs: Sequence[PointPair]) -> None:
        """The dialog is there; `pairs` are given, or else those that are kept with the layer."""
        self.points().load(pairs or self._layer.kept_pairs())
        self.points().painted.load(self._layer.kept_mask())
        self._show_layer()
        session = self.desk.session
        session.wake()
        if self._layer.is_photo:  # once it is asked whether it is none: the user chooses first
            self.desk.list_models()
        self.desk.show(session.shown)
        self.desk.look()

    def end(self) -> Result[DialogLayer[ItemT]] | None:
        """The dialog is closed; the last result that is there."""
        session = self.desk.session
        self._setup.close()
        session.close()
        self._dialog.end_preview()
        if self._layer.is_there:
            # After an undo, a step of our own would make redo impossible.
            self._layer.keep_pairs(self.points().pairs, lasting=not session.undone)
            self._layer.keep_mask(self.points().painted.rows, lasting=not session.undone)
        self._link.close()
        results = [result for result in session.drags if result.there]
        return results[-1] if results else None

    def close_or_cancel(self) -> None:
        """The window's own button was pressed."""
        if self._sight.busy:
            self.desk.session.cancel()
        else:
            self._dialog.close()

    def look_again(self) -> None:
        """The user may have changed the selection, or the layer, in the editor's own windows."""
        if self._sight.busy or not self._layer.is_there:
            return
        with contextlib.suppress(BadInput):  # said when it is to be dragged
            layer = self._layer.now()
            if not layer.saved_state or layer.region == self._layer.region:
                self._layer = layer
                self._show_layer()

    # -- what the desk asks for -------------------------------------------------------------------

    def points(self) -> PairEditor:
        return self.desk.hand.editor

    def points_of(self, layer: DialogLayer[ItemT]) -> PairEditor:
        return self.points()

    def looked_at(self) -> tuple[str, str]:
        return self._layer.key, self._layer.saved_state

    def to_picture(self) -> Affine:
        return self._known_layer().to_picture

    def check_place(self, *, carries: bool = False) -> None:
        layer, seen = self._known_layer(), self.points()

        def keep(found: Whereabouts) -> None:
            self._asked = asked
            if not found.is_new or not layer.is_there:
                return
            layer.keep_found(found, seen.pairs, seen.painted.rows, carries)
            self._layer = layer.now()
            seen.load(self._layer.kept_pairs())
            seen.painted.load(self._layer.kept_mask())
            self._show_layer()

        question = layer.moved(keep)
        asked = "" if question is None else layer.pixels().fingerprint()
        if question is not None and self._asked != asked:
            raise question

    def movable_mask(self, layer: DialogLayer[ItemT] | None = None) -> Pixels | None:
        return (layer or self._layer).movable_mask()

    def layer_mask(self) -> Pixels | None:
        return self._known_layer().mask()

    def read(self) -> Reading[DialogLayer[ItemT]]:
        layer = self._known_layer()
        self._picture = layer.pixels()
        return Reading(layer, layer.saved_state, self._picture)

    def read_photo(self) -> Reading[DialogLayer[ItemT]]:
        self._layer.check_there()
        photo = self._layer.as_photo()
        if not self._layer.saved_state:
            self._layer = photo
            self._show_frame()
            around = self._seen.region
            photo = photo.at(self._frame.region.moved(around.x, around.y))
        return Reading(photo, "", photo.pixels())

    def find(self, layer: DialogLayer[ItemT]) -> Found:
        return layer.found()

    def keep_state(self, layer: DialogLayer[ItemT], saved_state: str) -> None:
        layer.check_there()
        layer.keep_state(saved_state)
        self.points().load(layer.kept_pairs())
        self.go_to(layer)
        self.points().painted.load(None)
        self._show_held()
        self.desk.look()

    def place(
        self,
        request: Request[DialogLayer[ItemT]],
        picture: Pixels,
        saved_state: str,
        pairs: Sequence[PointPair],
    ) -> DialogLayer[ItemT]:
        self._dialog.end_preview()
        return add_result(request, picture, saved_state, pairs, self.points().painted.rows)

    def result_changed(self, result: Result[DialogLayer[ItemT]]) -> None:
        pass  # the editor's undo takes back all that a result has changed

    def go_to(self, layer: DialogLayer[ItemT]) -> None:
        self._take_painted_of(layer)
        self._layer = layer.now()
        self._show_layer()

    def show_work(self, layer: DialogLayer[ItemT] | None, held: bool) -> None:
        if self._sight.show_work(layer, held):
            self._dialog.end_preview()
            if self._layer.saved_state or not self._layer.is_there:
                self._show_picture()
            else:
                self._show_layer()
        self._show_use()

    def show_frame(self, layer: DialogLayer[ItemT], frame: Pixels) -> None:
        self._sight.show_frame(frame)
        self.canvas.show_frame(frame)
        if self.desk.session.request is not None and self._form.value(IN_IMAGE):
            self._dialog.preview(layer, frame)

    def compare(self, result: Result[DialogLayer[ItemT]] | None, at: float | None = None) -> None:
        self._sight.compare(result, at)
        self._before = None if result is None else (result.request.pixels, at)
        self.canvas.show_veil(self._sight.veil)
        self._show_compared()

    def darken(self, shown: Pixels | None) -> None:
        self._sight.darken(shown)
        self.canvas.show_veil(self._sight.veil)

    def points_edited(self) -> None:
        self._closing.withdraw()
        self._sight.points_edited()
        self.canvas.show_veil(self._sight.veil)
        self.canvas.points_changed()

    def mask_painted(self) -> None:
        self._show_held()

    def may_begin(self) -> bool:
        return True

    def alert(self, sentence: str) -> None:
        pass  # the dialog is in sight

    def leave(self) -> None:
        """Escape closes the dialog, once it is asked where there are points that were not dragged;
        pressed again it keeps the dialog."""
        pairs = self.points().pairs
        if self._closing.asked:
            self._closing.withdraw()
        elif pairs and self._layer.is_there and pairs != self._layer.kept_pairs():
            self._closing.ask()
        else:
            self._dialog.close()

    # -- helpers ----------------------------------------------------------------------------------

    def _points_in_sight(self, layer: DialogLayer[ItemT]) -> PairEditor:
        """A result's points are loaded by the time that its drag is over."""
        return self.points() if layer.key == self._layer.key else PairEditor()

    def _take_painted_of(self, layer: DialogLayer[ItemT]) -> None:
        """Of another layer: what was painted when it was left, or else what is kept with it."""
        painted = self.points().painted
        self._painted[self._layer.key] = painted.rows
        if layer.key not in self._painted:
            self._painted[layer.key] = layer.kept_mask()
        if self._painted[layer.key] != painted.rows:
            painted.load(self._painted[layer.key])

    def _known_layer(self) -> DialogLayer[ItemT]:
        """The layer as it is now. Raises `BadInput`; `UnknownPicture` where it has no state."""
        self._layer.check_there()
        self._layer = self._layer.now()
        self._layer.check_known()
        if self._frame.there:  # its state was asked for meanwhile
            self._show_layer()
        return self._layer

    def _use_path(self) -> None:
        pairs = self._known_layer().path_pairs()
        if not pairs:
            raise BadInput(refusals.NO_PATH)
        self.points().set_all(pairs)
        self.desk.points_changed()

    def _make_path(self) -> None:
        layer = self._known_layer()
        layer.add_path(self.points().pairs)
        self.desk.say_quietly(tr(said.PATH_MADE), False)

    def _show_layer(self) -> None:
        self._dialog.show_name(self._layer.name)
        self._picture = self._seen.pixels()
        self._show_frame()
        self._show_picture()
        self._show_use()

    @property
    def _seen(self) -> DialogLayer[ItemT]:
        """The layer with what the dialog shows of it: where nothing is known of its picture yet,
        more than a model is to look at, and that while it does."""
        if self._layer.saved_state:
            return self._layer
        return self._sight.layer or self._layer.around()

    def _show_frame(self) -> None:
        """What a model is to look at, or where what it shows lies."""
        layer, around = self._layer, self._seen.region
        if layer.saved_state:
            state = EditState.from_json(layer.saved_state)
            size, photo = self._models.size_of(state.model), state.photo
            self._frame.hide(outline_of(photo, size, layer.size, (0.0, 0.0)))
        elif self._sight.busy:
            self._frame.hide()
        else:
            limits = Region(0, 0, around.width, around.height)
            self._frame.show(layer.key, layer.region.moved(-around.x, -around.y), limits)

    def _models_listed(self) -> None:
        if self._layer.is_there:
            self._show_frame()
            self.canvas.points_changed()

    def _show_picture(self) -> None:
        """The picture, and what of it may move."""
        self.points().bounds = Bounds.of_picture(self._picture.width, self._picture.height)
        self.canvas.show_picture(self._picture)
        if self._before is not None:
            self._show_compared()
        self._show_held()

    def _show_compared(self) -> None:
        seen = self._picture
        if self._before is not None:
            before, at = self._before
            seen = before if at is None else split_picture(before, seen, at)
        self.canvas.show_frame(seen)

    def _show_held(self) -> None:
        mask = painted = self.points().painted.seen
        if painted is None and self._layer.is_there:
            mask = self._seen.selected()
        self._sight.select(mask)
        self.canvas.show_veil(self._sight.veil)
        self.desk.show_held(mask is not None, painted is not None)

    def _show_use(self) -> None:
        """Whether points can be set, and whether a model is needed for it."""
        self._form.set(PHOTO, visible=self._layer.is_photo)
        self.canvas.let_edit(bool(self._layer.saved_state) and self._sight.editable)
