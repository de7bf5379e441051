"""The dialog of `plug-in-draggan-drag`: set points on the layer's picture, watch them move."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from gi.repository import Gdk, Gimp, GimpUi, Gtk

from draggan_server.host import settings
from draggan_server.host.advice import advice
from draggan_server.host.forms import drag as items
from draggan_server.host.forms.drag import DragForm, Points
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.forms.options import OPTIONS
from draggan_server.host.forms.parts import Group, Row
from draggan_server.host.hand import Hand
from draggan_server.host.history import Strip
from draggan_server.host.host import Shown
from draggan_server.host.kept_pairs import format_pairs
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import Request, Return
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said, words
from draggan_server.host.session import Session
from draggan_server.host.states import Cause
from draggan_server.host.translation import tr
from draggan_server.wire.drag_config import DragConfig, drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    DragFinished,
    Event,
    ListModels,
    ModelList,
    Pixels,
    WentToDrag,
    check_point_pairs,
)

from .canvas_preview import CanvasPreview
from .dialog_size import DialogSize
from .drag_request import layer_request, photo_request
from .form_view import FormView
from .kept_pairs import read_pairs, write_pairs
from .layers import SourceLayer, find_photo, find_source, insert_dragged, keep_photo
from .log import log_file
from .paths import selected_pairs
from .pixels import read_rgba, read_selection
from .point_canvas import PointCanvas
from .points import to_image, to_layer
from .timer import every

_ROOM = (560, 560)
_POINTS = Group(
    "points",
    words.POINTS,
    parts=(
        items.HOW_TO_SET,
        items.LIVE,
        items.IN_IMAGE,
        items.COUNT,
        Row((items.FROM_PATH, items.CLEAR)),
    ),
)
_MAY_CHANGE = Group("may_change", words.MAY_CHANGE, parts=(items.HELD,))
_SIDE = (items.PHOTO, _POINTS, _MAY_CHANGE, OPTIONS, items.HISTORY)
_ENDS = (items.CLOSE, items.CANCEL, items.STOP, items.START)
_FOOT = (items.PROGRESS, items.STATUS)


def drag_in_dialog(
    source: SourceLayer, pairs: Sequence[PointPair], config: Gimp.ProcedureConfig
) -> Gimp.Layer | None:
    """Let the user drag; returns the last layer made, None where the user made none.

    `pairs` (image coordinates) are there from the start. The settings used go into `config`.
    """
    GimpUi.init("draggan")
    dialog = DragDialog(source, config)
    dialog.take_pairs(pairs)
    return dialog.run()


class DragDialog:
    """Sets points, starts drags and puts their results into the image, until it is closed.

    To its session it is the host.
    """

    def __init__(self, source: SourceLayer, config: Gimp.ProcedureConfig) -> None:
        self._source = source
        self._config = config
        self._picture = read_rgba(source.layer, source.region)
        self._movable_mask: Pixels | None = None
        self._busy = self._held = False
        self._frame_shown = False

        self._dialog = GimpUi.Dialog(use_header_bar=False, role="draggan-drag")
        self._link = Link(every, str(log_file()))
        self._session = Session(self, self._link)
        self._hand = Hand(self._session, self._on_points)
        self._canvas = PointCanvas(self._picture, _ROOM, self._hand)
        remembered = settings.load()
        self._hand.live = remembered.live
        self._form = Form()
        self._models = Models(self._form, remembered.model, items.PHOTO_MODEL)
        self._panel = DragForm(self._form, self._session, remembered)
        self._form.on_press(items.FROM_PATH, self._use_path)
        self._form.on_press(items.CLEAR, lambda: self._canvas.set_all([]))
        self._form.on_press(items.CLOSE, Gtk.main_quit)
        self._form.on_change(items.LIVE, self._follow_hand)
        self._form.on_change(items.COMPARE, self._compare)
        self._form.set(items.PHOTO, visible=source.is_photo)
        self._preview = CanvasPreview()
        self._strip = Strip(self._link, self._panel.show_moments)
        self._lay_out()
        self._size = DialogSize(self._dialog, "drag")
        GimpUi.window_set_transient(self._dialog)  # or it would vanish behind the image
        self._dialog.connect("response", self._on_response)
        self._dialog.connect("key-press-event", self._on_key)
        self._dialog.connect("delete-event", lambda *_: True)  # its response comes first
        self._dialog.connect("focus-in-event", self._on_focus)

    def take_pairs(self, pairs: Sequence[PointPair]) -> None:
        """Show pairs given in image coordinates; without any, those kept with the layer."""
        self._canvas.load_pairs(
            to_layer(pairs, self._source.offset) or read_pairs(self._source.layer)
        )

    def run(self) -> Gimp.Layer | None:
        self._show_name()
        self._show_selection()
        self._dialog.show_all()
        self._session.wake()
        self.show(self._session.shown)
        if self._source.is_photo:
            self._link.request(ListModels(), self._listed)
        self._strip.look(self._source.saved_state)
        Gtk.main()
        self._session.close()
        self._link.close()
        self._preview.end()
        if self._source.still_there():
            # After an undo, a step of our own would make redo impossible.
            pairs = self._canvas.editor.pairs
            write_pairs(self._source.layer, pairs, lasting=not self._session.undone)
        self._size.remember()
        self._dialog.destroy()
        results = [result.layer.layer for result in self._session.drags if result.there]
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
        for button in _ENDS:
            self._dialog.get_action_area().add(view.build(button))

    # -- what the user does ---------------------------------------------------------------------

    def _on_response(self, _dialog: Gtk.Dialog, _response: int) -> None:
        """The window's own button to close it."""
        if self._busy:
            self._session.cancel()
        else:
            Gtk.main_quit()

    def _on_key(self, _dialog: Gtk.Dialog, event: Gdk.EventKey) -> bool:
        if event.keyval != Gdk.KEY_Escape:
            return False
        self._session.escape()
        return True

    def _undragged(self) -> bool:
        """Whether there are pairs that were set since the last drag."""
        pairs = self._canvas.editor.pairs
        return (
            bool(pairs) and self._source.still_there() and pairs != read_pairs(self._source.layer)
        )

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

    def _on_focus(self, _dialog: Gtk.Dialog, _event: object) -> bool:
        """The user may have changed the selection, or the layer, in GIMP's own windows."""
        if not self._busy and self._source.still_there():
            with contextlib.suppress(BadInput):  # said when it is to be dragged
                source = find_source(self._source.image, [self._source.layer])
                if not source.saved_state or source.region == self._source.region:
                    self._source = source
                    self._show_picture(read_rgba(source.layer, source.region))
        return False

    def _on_points(self) -> None:
        if self._busy:
            return
        self.say(*advice(self._canvas.editor, self._movable_mask, self._source.to_picture))
        self._show_pairs()

    def _use_path(self) -> None:
        pairs = selected_pairs(self._source.image) if self._source.still_there() else []
        if pairs:
            self._canvas.set_all(to_layer(pairs, self._source.offset))
        else:
            self.say(tr(refusals.NO_PATH), True)

    def _listed(self, event: Event) -> None:
        if isinstance(event, ModelList):
            self._models.show(event)

    def _follow_hand(self, live: bool) -> None:
        self._hand.give_up()
        self._hand.live = live
        settings.remember(live=live)

    def _keep_settings(self, config: DragConfig) -> None:
        """For the next use; and for GIMP's Repeat, the same points again, or the path's if they
        came from there."""
        settings.remember(method=config.method, max_steps=config.max_steps)
        pairs, offset = self._canvas.editor.pairs, self._source.offset
        if pairs == to_layer(selected_pairs(self._source.image), offset):
            pairs = []
        self._config.set_property("points", format_pairs(to_image(pairs, offset)))
        self._config.set_property("method", config.method)
        self._config.set_property("max-steps", config.max_steps)

    # -- what the session asks for ----------------------------------------------------------------

    def read(self, live: bool) -> Request[SourceLayer]:
        if not self._source.still_there():
            raise BadInput(refusals.LAYER_DELETED)
        if not live:
            self._canvas.editor.give_up()
        self._source = find_source(self._source.image, [self._source.layer])
        self._source.check_known()
        config = self._panel.options.config()
        request = layer_request(self._source, self._canvas.editor.pairs, config, live)
        self._picture = request.pixels
        self._keep_settings(config)
        return request

    def welcome(self) -> None:
        self._source = find_source(self._source.image, [self._source.layer])
        self._source.check_known()
        self._on_points()

    def read_return(self, position: int) -> Return[SourceLayer]:
        source = self._source = find_source(self._source.image, [self._source.layer])
        source.check_known()
        self._picture = read_rgba(source.layer, source.region)
        pairs = tuple(self._canvas.editor.pairs)
        state, config = source.saved_state, drag_config()
        return Return(source, state, self._picture, None, pairs, config, position=position)

    def read_photo(self) -> PhotoRequest[SourceLayer]:
        if not self._source.still_there():
            raise BadInput(refusals.LAYER_DELETED)
        photo = find_photo(self._source.image, self._source.layer)
        request = photo_request(photo, self._models.wanted, self._panel.options.quality())
        settings.remember(model=request.model, quality=request.quality)
        return request

    def know(self, request: PhotoRequest[SourceLayer], saved_state: str) -> None:
        source = request.layer
        keep_photo(source, saved_state)
        self.show_layer(find_source(source.image, [source.layer]), read_pairs(source.layer), False)

    def find(self, layer: SourceLayer) -> Found:
        return layer.find()

    def place(
        self,
        request: Request[SourceLayer],
        result: DragFinished | WentToDrag,
        pairs: Sequence[PointPair],
    ) -> SourceLayer:
        self._preview.end()
        layer = insert_dragged(request, result.layer, result.saved_state, pairs)
        Gimp.displays_flush()
        return find_source(request.layer.image, [layer])

    def say(self, sentence: str, error: bool) -> None:
        self._panel.say(sentence, error)

    def show(self, shown: Shown) -> None:
        self._panel.show(shown)
        if shown.busy != self._busy:
            self._busy = shown.busy
            self._canvas.picture.set_movable(None if shown.busy else self._movable_mask)
        if not shown.busy and self._frame_shown:
            self._frame_shown = False
            self._preview.end()
            self._canvas.show_handles()
            self._show_picture(self._picture)
        request = self._session.request
        self._held = request is not None and request.live and shown.may(Cause.PULL)
        self._show_pairs()

    def show_step(
        self,
        request: Request[SourceLayer],
        pairs: Sequence[PointPair],
        arrived: Sequence[bool],
        frame: Pixels,
    ) -> None:
        self._frame_shown = True
        self._canvas.picture.show_frame(frame)
        if self._form.value(items.IN_IMAGE):
            self._preview.show(request.layer, frame)
        if len(pairs) == len(self._canvas.editor.pairs):  # not of a pair that a click has left none
            self._canvas.show_handles([pair.handle for pair in pairs], arrived)

    def show_sight(self, request: PhotoRequest[SourceLayer], frame: Pixels) -> None:
        self._frame_shown = True
        self._canvas.picture.show_frame(frame)

    def show_layer(self, layer: SourceLayer, pairs: Sequence[PointPair], arrived: bool) -> None:
        self._source = find_source(layer.image, [layer.layer])
        self._frame_shown = False
        self._show_name()
        self._show_picture(read_rgba(self._source.layer, self._source.region))
        self._strip.look(self._source.saved_state)
        self._canvas.load_pairs(pairs)
        if arrived:
            self._canvas.show_handles([pair.handle for pair in pairs], [True] * len(pairs))
        self._show_pairs()

    def result_changed(self, result: Result[SourceLayer]) -> None:
        pass  # GIMP's undo takes back all that a result has changed

    def give_up_pair(self) -> bool:
        there = self._hand.give_up()
        self._canvas.picture.queue_redraw()
        return there

    def leave(self) -> None:
        if not self._undragged() or self._may_close():
            Gtk.main_quit()

    # -- what is shown --------------------------------------------------------------------------

    def _compare(self, held: bool) -> None:
        result = self._session.result_of(self._source.key)
        before = result.request.pixels if held and result is not None else self._picture
        self._canvas.picture.show_frame(before)

    def _show_name(self) -> None:
        self._dialog.set_title(tr(words.DRAG_TITLE, name=self._source.name))

    def _show_picture(self, picture: Pixels) -> None:
        self._picture = picture
        self._canvas.show_layer(picture)
        self._show_selection()

    def _show_selection(self) -> None:
        there = self._source.still_there()
        source = self._source
        mask = read_selection(source.image, source.layer, source.region) if there else None
        self._movable_mask = mask
        self._canvas.picture.set_movable(mask)
        self._panel.show_held(mask is not None)

    def _show_pairs(self) -> None:
        pairs = self._canvas.editor.pairs
        try:
            check_point_pairs(
                tuple(pair.handle for pair in pairs), tuple(pair.target for pair in pairs)
            )
            ready = True
        except BadInput:
            ready = False
        known = bool(self._source.saved_state)
        self._canvas.editable = known and (self._held or not self._busy)
        self._form.set(items.PHOTO, visible=self._source.is_photo)
        compares = self._session.result_of(self._source.key) is not None
        self._panel.show_points(Points(len(pairs), known, ready, compares))
