"""The dialog of `plug-in-draggan-drag`: set points on the layer's picture, watch them move."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence

from gi.repository import Gdk, Gimp, GimpUi, Gtk

from draggan_server.host import settings
from draggan_server.host.affine import Affine
from draggan_server.host.corner_points import to_image, to_layer
from draggan_server.host.desk import Desk
from draggan_server.host.editor import Reading
from draggan_server.host.forms import drag as items
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.forms.options import OPTIONS, STATE
from draggan_server.host.forms.parts import Group, Row
from draggan_server.host.forms.setup import SETUP, SetupForm
from draggan_server.host.forms.windows import STATE_OF_THINGS
from draggan_server.host.kept_pairs import format_pairs
from draggan_server.host.link import Link
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Request
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said, words
from draggan_server.host.sight import Sight
from draggan_server.host.translation import tr
from draggan_server.host.viewer import Zoom
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

from .canvas_preview import CanvasPreview
from .dialog_size import DialogSize
from .form_dialog import show
from .form_view import FormView
from .kept_pairs import read_pairs, write_pairs
from .layers import (
    SourceLayer,
    find_photo,
    find_source,
    insert_dragged,
    keep_photo,
    movable_mask,
)
from .log import log_file
from .paths import selected_pairs
from .pixels import read_rgba, read_selection
from .point_canvas import PointCanvas
from .timer import every

_ROOM = (560, 560)
_POINTS = Group(
    "points",
    words.POINTS,
    parts=(
        items.HOW_TO_SET,
        items.LIVE,
        items.IN_IMAGE,
        Row((items.COUNT, items.PIN, items.SNAP)),
        Row((items.FROM_PATH, items.CLEAR)),
    ),
)
_MAY_CHANGE = Group("may_change", words.MAY_CHANGE, parts=(items.HELD,))
_SIDE = (items.PHOTO, _POINTS, _MAY_CHANGE, OPTIONS, items.HISTORY)
_ENDS = (items.CLOSE, items.CANCEL, items.STOP, items.START)
_ZOOMS = {items.FIT: Zoom.FIT, items.FULL: Zoom.FULL}
_FOOT = (SETUP, items.PROGRESS, items.STATUS)


def drag_in_dialog(
    source: SourceLayer, pairs: Sequence[PointPair], config: Gimp.ProcedureConfig
) -> Gimp.Layer | None:
    """Let the user drag; returns the last layer made, None where the user made none.

    `pairs` (image coordinates) are there from the start. The settings used go into `config`.
    """
    GimpUi.init("draggan")
    dialog = DragDialog(source)
    dialog.take_pairs(pairs)
    result = dialog.run()
    if result is None:
        return None
    _keep_for_repeat(config, result.request)
    return result.layer.layer


def _keep_for_repeat(config: Gimp.ProcedureConfig, request: Request[SourceLayer]) -> None:
    """For GIMP's Repeat: the same points again, or the path's if they came from there."""
    pairs, offset = list(request.pairs), request.layer.offset
    if request.layer.image.is_valid():
        from_path = to_layer(selected_pairs(request.layer.image), offset)
        pairs = [] if pairs == from_path else pairs
    config.set_property("points", format_pairs(to_image(pairs, offset)))
    config.set_property("method", request.config.method)
    config.set_property("max-steps", request.config.max_steps)


class DragDialog:
    """Sets points, starts drags and puts their results into the image, until it is closed.

    To its desk it is the editor.
    """

    how_to_edit = ""  # stands beside the picture

    def __init__(self, source: SourceLayer) -> None:
        self._source = source
        self._picture = read_rgba(source.layer, source.region)
        self._sight: Sight[SourceLayer] = Sight(self._points_in_sight)
        self._sight.edit(True)  # for as long as the dialog is there
        self._dialog = GimpUi.Dialog(use_header_bar=False, role="draggan-drag")
        self._link = Link(every, str(log_file()))
        remembered = settings.load()
        form = self._form = Form()
        form.set(items.EDIT, value=True)
        models = Models(form, remembered.model, items.PHOTO_MODEL)
        self._desk = Desk(self, self._link, form, models, remembered)
        self._session = self._desk.session
        self._setup = SetupForm(form, self._link, self._session.wake)
        self._canvas = PointCanvas(self._picture, _ROOM, self._desk.hand)
        self._desk.listen(items.FROM_PATH, lambda _value: self._use_path())
        form.on_press(items.CLOSE, Gtk.main_quit)
        for button, zoom in _ZOOMS.items():
            form.on_press(button, functools.partial(self._canvas.zoom, zoom))
        form.on_press(STATE, lambda: show(STATE_OF_THINGS))
        self._preview = CanvasPreview()
        self._lay_out()
        self._size = DialogSize(self._dialog, "drag")
        GimpUi.window_set_transient(self._dialog)  # or it would vanish behind the image
        self._dialog.connect("response", self._on_response)
        self._dialog.connect("key-press-event", self._on_key)
        self._dialog.connect("delete-event", lambda *_: True)  # its response comes first
        self._dialog.connect("focus-in-event", self._on_focus)

    def take_pairs(self, pairs: Sequence[PointPair]) -> None:
        """Show pairs given in image coordinates; without any, those kept with the layer."""
        given = to_layer(pairs, self._source.offset)
        self.points().load(given or read_pairs(self._source.layer))

    def run(self) -> Result[SourceLayer] | None:
        """The last result that is there when the dialog is closed."""
        self._show_source()
        self._dialog.show_all()
        self._session.wake()
        if self._source.is_photo:  # once it is asked whether it is none: the user chooses first
            self._desk.list_models()
        self._desk.show(self._session.shown)
        self._desk.look()
        Gtk.main()
        self._setup.close()
        self._session.close()
        self._link.close()
        self._preview.end()
        if self._source.still_there():
            # After an undo, a step of our own would make redo impossible.
            pairs = self.points().pairs
            write_pairs(self._source.layer, pairs, lasting=not self._session.undone)
        self._size.remember()
        self._dialog.destroy()
        results = [result for result in self._session.drags if result.there]
        return results[-1] if results else None

    def _lay_out(self) -> None:
        view = FormView(self._form)
        columns = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
        columns.pack_start(self._canvas.widget, True, True, 0)
        beside = view.build_all(_SIDE, spacing=18)
        beside.set_hexpand(False)  # what is inside expands, but the room is the picture's
        # It scrolls rather than make the dialog higher when there is more to see.
        side = Gtk.ScrolledWindow()
        side.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
        side.set_propagate_natural_height(True)
        side.add(beside)
        columns.pack_start(side, False, False, 0)
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        rows.set_border_width(12)
        rows.pack_start(columns, True, True, 0)
        rows.pack_start(view.build_all(_FOOT, spacing=6), False, False, 0)
        self._dialog.get_content_area().pack_start(rows, True, True, 0)
        ends = self._dialog.get_action_area()
        for button in (*_ZOOMS, *_ENDS):
            widget = view.build(button)
            ends.add(widget)
            ends.set_child_secondary(widget, button in _ZOOMS)

    # -- what the user does ---------------------------------------------------------------------

    def _on_response(self, _dialog: Gtk.Dialog, _response: int) -> None:
        """The window's own button to close it."""
        if self._sight.busy:
            self._session.cancel()
        else:
            Gtk.main_quit()

    def _on_key(self, _dialog: Gtk.Dialog, event: Gdk.EventKey) -> bool:
        if event.keyval != Gdk.KEY_Escape:
            return False
        self._session.escape()
        return True

    def _on_focus(self, _dialog: Gtk.Dialog, _event: object) -> bool:
        """The user may have changed the selection, or the layer, in GIMP's own windows."""
        if not self._sight.busy and self._source.still_there():
            with contextlib.suppress(BadInput):  # said when it is to be dragged
                source = find_source(self._source.image, [self._source.layer])
                if not source.saved_state or source.region == self._source.region:
                    self._source = source
                    self._show_source()
        return False

    def _use_path(self) -> None:
        source = self._known_source()
        pairs = selected_pairs(source.image)
        if not pairs:
            raise BadInput(refusals.NO_PATH)
        self.points().set_all(to_layer(pairs, source.offset))
        self._desk.points_changed()

    # -- what the desk asks for -------------------------------------------------------------------

    def points(self) -> PairEditor:
        return self._desk.hand.editor

    def _points_in_sight(self, layer: SourceLayer) -> PairEditor:
        """A result's points are loaded by the time that its drag is over."""
        return self.points() if layer.key == self._source.key else PairEditor()

    def points_of(self, layer: SourceLayer) -> PairEditor:
        return self.points()

    def looked_at(self) -> tuple[str, str]:
        return self._source.key, self._source.saved_state

    def to_picture(self) -> Affine:
        return self._known_source().to_picture

    def movable_mask(self, layer: SourceLayer | None = None) -> Pixels | None:
        return movable_mask(layer or self._source)

    def read(self) -> Reading[SourceLayer]:
        source = self._known_source()
        self._picture = read_rgba(source.layer, source.region)
        return Reading(source, source.saved_state, self._picture)

    def read_photo(self) -> Reading[SourceLayer]:
        if not self._source.still_there():
            raise BadInput(refusals.LAYER_DELETED)
        photo = find_photo(self._source.image, self._source.layer)
        return Reading(photo, "", read_rgba(photo.layer, photo.region))

    def find(self, layer: SourceLayer) -> Found:
        return layer.find()

    def keep_state(self, layer: SourceLayer, saved_state: str) -> None:
        keep_photo(layer, saved_state)
        self.points().load(read_pairs(layer.layer))
        self.go_to(layer)
        self._desk.look()

    def place(
        self,
        request: Request[SourceLayer],
        picture: Pixels,
        saved_state: str,
        pairs: Sequence[PointPair],
    ) -> SourceLayer:
        self._preview.end()
        layer = insert_dragged(request, picture, saved_state, pairs)
        Gimp.displays_flush()
        return find_source(request.layer.image, [layer])

    def result_changed(self, result: Result[SourceLayer]) -> None:
        pass  # GIMP's undo takes back all that a result has changed

    def go_to(self, layer: SourceLayer) -> None:
        self._source = find_source(layer.image, [layer.layer])
        self._show_source()

    def show_work(self, layer: SourceLayer | None, held: bool) -> None:
        if self._sight.show_work(layer, held):
            self._preview.end()
            self._canvas.show_layer(self._picture)
            self._show_selection()
        self._show_use()

    def show_frame(self, layer: SourceLayer, frame: Pixels) -> None:
        self._sight.show_frame(frame)
        self._canvas.picture.show_frame(frame)
        drags = self._session.request is not None
        if drags and self._form.value(items.IN_IMAGE):
            self._preview.show(layer, frame)

    def compare(self, result: Result[SourceLayer] | None) -> None:
        self._sight.compare(result)
        seen = self._sight.picture
        self._canvas.picture.show_frame(self._picture if seen is None else seen[0])

    def points_edited(self) -> None:
        self._canvas.picture.queue_redraw()

    def may_begin(self) -> bool:
        return True

    def alert(self, sentence: str) -> None:
        pass  # the dialog is in sight

    def leave(self) -> None:
        pairs, there = self.points().pairs, self._source.still_there()
        undragged = pairs and there and pairs != read_pairs(self._source.layer)
        if not undragged or self._may_close():
            Gtk.main_quit()

    # -- what is shown --------------------------------------------------------------------------

    def _known_source(self) -> SourceLayer:
        """The layer as it is now. Raises `BadInput`; `UnknownPicture` where it has no state."""
        if not self._source.still_there():
            raise BadInput(refusals.LAYER_DELETED)
        self._source = find_source(self._source.image, [self._source.layer])
        self._source.check_known()
        return self._source

    def _show_source(self) -> None:
        self._dialog.set_title(tr(words.DRAG_TITLE, name=self._source.name))
        self._picture = read_rgba(self._source.layer, self._source.region)
        self._canvas.show_layer(self._picture)
        self._show_selection()
        self._show_use()

    def _show_selection(self) -> None:
        """What may move, while nothing does."""
        source, mask = self._source, None
        if source.still_there():
            mask = read_selection(source.image, source.layer, source.region)
        self._canvas.picture.set_movable(None if self._sight.busy else mask)
        self._desk.show_held(mask is not None)

    def _show_use(self) -> None:
        """Whether points can be set, and whether a model is needed for it."""
        known = bool(self._source.saved_state)
        self._form.set(items.PHOTO, visible=self._source.is_photo)
        self._canvas.editable = known and self._sight.editable

    def _may_close(self) -> bool:
        question = Gtk.MessageDialog(
            transient_for=self._dialog,
            modal=True,
            message_type=Gtk.MessageType.QUESTION,
            text=tr(said.CLOSE_QUESTION),
        )
        question.format_secondary_text(tr(said.POINTS_STAY))
        question.add_button(tr(words.KEEP_EDITING), Gtk.ResponseType.CANCEL)
        question.add_button(tr(words.CLOSE_ANYWAY), Gtk.ResponseType.OK)
        question.set_default_response(Gtk.ResponseType.CANCEL)
        answer = question.run()
        question.destroy()
        return bool(answer == Gtk.ResponseType.OK)
