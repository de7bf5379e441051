"""The dialog of `plug-in-draggan-drag`: set points on the layer's picture, watch them move."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from gi.repository import Gdk, Gimp, GimpUi, Gtk

from draggan_server.host import settings
from draggan_server.host.advice import advice
from draggan_server.host.hand import Hand
from draggan_server.host.history import Strip
from draggan_server.host.host import Shown
from draggan_server.host.kept_pairs import format_pairs
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import Request, Return
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said, tips, words
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
from .drag_panel import DragPanel
from .drag_request import layer_request, photo_request
from .history_strip import HistoryStrip
from .kept_pairs import read_pairs, write_pairs
from .layers import SourceLayer, find_photo, find_source, insert_dragged, keep_photo
from .log import log_file
from .paths import selected_pairs
from .pixels import read_rgba, read_selection
from .point_canvas import PointCanvas
from .points import to_image, to_layer
from .status_bar import StatusBar
from .timer import every

_ROOM = (560, 560)
_START, _STOP = 1, 2


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
        self._close_button = self._dialog.add_button(tr(words.CLOSE), Gtk.ResponseType.CANCEL)
        self._stop_button = self._dialog.add_button(tr(words.STOP), _STOP)
        self._start_button = self._dialog.add_button(tr(words.START), _START)
        self._stop_button.set_tooltip_text(tr(tips.STOP))
        self._start_button.set_tooltip_text(tr(tips.START))
        self._start_button.get_style_context().add_class("suggested-action")
        self._link = Link(every, str(log_file()))
        self._session = Session(self, self._link)
        self._hand = Hand(self._session, self._on_points)
        self._canvas = PointCanvas(self._picture, _ROOM, self._hand)
        remembered = settings.load()
        self._hand.live = remembered.live
        self._panel = DragPanel(
            remembered,
            self._use_path,
            self._clear,
            self._follow_hand,
            lambda in_image: settings.remember(in_image=in_image),
            self._recognise,
        )
        self._panel.show_photo(source.is_photo)
        self._preview = CanvasPreview()
        self._status = StatusBar()
        self._history = HistoryStrip(self._session.go_to, self._compare)
        self._strip = Strip(self._link, self._history.show)
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
        columns = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
        columns.pack_start(self._canvas.widget, True, True, 0)
        self._panel.widget.pack_start(self._history.widget, False, False, 0)
        # It scrolls rather than make the dialog higher when there is more to see.
        side = Gtk.ScrolledWindow()
        side.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
        side.set_propagate_natural_height(True)
        side.add(self._panel.widget)
        columns.pack_start(side, False, False, 0)
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        rows.set_border_width(12)
        rows.pack_start(columns, True, True, 0)
        rows.pack_start(self._status.widget, False, False, 0)
        self._dialog.get_content_area().pack_start(rows, True, True, 0)

    # -- what the user does ---------------------------------------------------------------------

    def _on_response(self, _dialog: Gtk.Dialog, response: int) -> None:
        if response == _START:
            self._session.start()
        elif response == _STOP:
            self._session.stop()
        elif response == Gtk.ResponseType.CANCEL and self._busy:
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
            self._status.warn(tr(refusals.NO_PATH))

    def _clear(self) -> None:
        self._canvas.set_all([])

    def _recognise(self) -> None:
        self._session.recognise()

    def _listed(self, event: Event) -> None:
        if isinstance(event, ModelList):
            self._panel.photo.show_models(event)

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
        config = drag_config(
            method=self._panel.options.method, max_steps=self._panel.options.max_steps
        )
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
        request = photo_request(photo, self._panel.photo.model, self._panel.options.quality)
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
        self._status.warn(sentence) if error else self._status.say(sentence)

    def show(self, shown: Shown) -> None:
        self._status.show_drag(shown)
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
        self._stop_button.set_sensitive(shown.may(Cause.STOP))
        self._close_button.set_label(tr(words.CANCEL if shown.busy else words.CLOSE))
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
        if self._panel.in_image:
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
        self._panel.show_photo(self._source.is_photo)
        self._panel.photo.set_sensitive(not self._busy)
        self._panel.options.set_sensitive(not self._busy)
        self._panel.show_pairs(len(pairs), editable=known and not self._busy)
        compares = self._session.result_of(self._source.key) is not None
        self._history.set_usable(not self._busy, compares and not self._busy)
        self._start_button.set_sensitive(known and ready and not self._busy)
