"""The dialog of `plug-in-draggan-drag`: set points on the layer's picture, watch them move."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gdk, Gimp, GimpUi, GLib, Gtk

from draggan_server.host import settings
from draggan_server.host.kept_pairs import format_pairs
from draggan_server.host.pairs import PointPair
from draggan_server.wire.client import Client
from draggan_server.wire.drag_config import DragConfig
from draggan_server.wire.drag_job import DragJob
from draggan_server.wire.errors import BadInput, DaemonUnreachable
from draggan_server.wire.messages import (
    DragCancelled,
    DragFinished,
    DragProgress,
    Pixels,
    check_point_pairs,
)
from draggan_server.wire.progress import DragMeter
from draggan_server.wire.sentences import CANCELLED, CLICK_TARGET, end_sentence

from .dialog_size import DialogSize
from .drag_panel import DragPanel
from .drag_request import End, layer_request
from .kept_pairs import read_pairs, write_pairs
from .layers import SourceLayer, find_source, insert_dragged
from .link import DaemonLink
from .paths import selected_pairs
from .pixels import read_rgba, read_selection, value_at
from .point_canvas import PointCanvas
from .points import to_image, to_layer
from .status_bar import StatusBar

_PREVIEW_SECONDS = 0.15
_ROOM = (560, 560)
_WATCH_MS = 400
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
    """Sets points, starts drags and puts their results into the image, until it is closed."""

    def __init__(self, source: SourceLayer, config: Gimp.ProcedureConfig) -> None:
        self._source = source
        self._config = config
        self._picture = read_rgba(source.layer)
        self._movable_mask: Pixels | None = None
        self._result: Gimp.Layer | None = None
        self._fallen_back = False
        self._before: list[tuple[SourceLayer, list[PointPair]]] = []  # what results came from
        self._job: DragJob | None = None
        self._start_when_ready = False
        self._meter = DragMeter()

        self._dialog = GimpUi.Dialog(use_header_bar=False, role="draggan-drag")
        self._close_button = self._dialog.add_button("_Close", Gtk.ResponseType.CANCEL)
        self._stop_button = self._dialog.add_button("S_top here", _STOP)
        self._start_button = self._dialog.add_button("_Start", _START)
        self._stop_button.set_tooltip_text("End the drag and keep what it has reached")
        self._start_button.get_style_context().add_class("suggested-action")
        self._canvas = PointCanvas(self._picture, _ROOM, self._on_points)
        self._panel = DragPanel(settings.load(), self._use_path, self._clear)
        self._status = StatusBar()
        self._lay_out()
        self._size = DialogSize(self._dialog, "drag")
        GimpUi.window_set_transient(self._dialog)  # or it would vanish behind the image
        self._dialog.connect("response", self._on_response)
        self._dialog.connect("key-press-event", self._on_key)
        self._dialog.connect("delete-event", lambda *_: True)  # its response comes first
        self._dialog.connect("focus-in-event", self._on_focus)
        self._link = DaemonLink(self._on_ready, self._on_no_daemon)

    def take_pairs(self, pairs: Sequence[PointPair]) -> None:
        """Show pairs given in image coordinates; without any, those kept with the layer."""
        self._canvas.load_pairs(
            to_layer(pairs, self._source.offset) or read_pairs(self._source.layer)
        )

    def run(self) -> Gimp.Layer | None:
        self._show_name()
        self._show_selection()
        self._status.say("Looking for the DragGAN daemon…")
        self._show_state()
        self._dialog.show_all()
        self._status.show_progress(None)
        watch = GLib.timeout_add(_WATCH_MS, self._on_watch)
        Gtk.main()
        GLib.source_remove(watch)
        self._link.close()
        if self._source.still_there():
            # After an undo, a step of our own would make redo impossible.
            pairs = self._canvas.editor.pairs
            write_pairs(self._source.layer, pairs, lasting=not self._fallen_back)
        self._size.remember()
        self._dialog.destroy()
        return self._result

    def _lay_out(self) -> None:
        columns = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
        columns.pack_start(self._canvas.widget, True, True, 0)
        columns.pack_start(self._panel.widget, False, False, 0)
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        rows.set_border_width(12)
        rows.pack_start(columns, True, True, 0)
        rows.pack_start(self._status.widget, False, False, 0)
        self._dialog.get_content_area().pack_start(rows, True, True, 0)

    # -- what the user does ---------------------------------------------------------------------

    def _on_response(self, _dialog: Gtk.Dialog, response: int) -> None:
        if response == _START:
            self._start()
        elif response == _STOP and self._job is not None:
            self._job.cancel(keep=True)
            self._status.say("Stopping…")
        elif response == Gtk.ResponseType.CANCEL and self._job is not None:
            self._job.cancel()
            self._status.say("Cancelling…")
        else:
            if self._job is not None:
                self._job.cancel()
            Gtk.main_quit()

    def _on_key(self, _dialog: Gtk.Dialog, event: Gdk.EventKey) -> bool:
        """Escape gives up one thing after the other: a pair in the making, a drag, the dialog."""
        if event.keyval != Gdk.KEY_Escape:
            return False
        if self._canvas.give_up():
            return True
        if self._job is not None:
            self._dialog.response(Gtk.ResponseType.CANCEL)
            return True
        return self._undragged() and not self._may_close()

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
            text="Close without dragging?",
        )
        question.format_secondary_text("The points stay with the layer and come back next time.")
        question.add_button("_Keep editing", Gtk.ResponseType.CANCEL)
        question.add_button("C_lose", Gtk.ResponseType.OK)
        question.set_default_response(Gtk.ResponseType.CANCEL)
        answer = question.run()
        question.destroy()
        return bool(answer == Gtk.ResponseType.OK)

    def _on_watch(self) -> bool:
        """The user may have undone a result in GIMP's own windows."""
        if self._job is None and self._before and not self._source.still_there():
            self._fall_back()
        return GLib.SOURCE_CONTINUE

    def _fall_back(self) -> None:
        """Go back to the layer that the result came from, with its points."""
        while self._before:
            source, pairs = self._before.pop()
            if source.still_there():
                break
        else:
            return
        try:
            self._source = find_source(source.image, [source.layer])
        except BadInput as error:
            self._status.warn(str(error))
            return
        self._result = source.layer if self._before else None
        self._fallen_back = True
        self._show_name()
        self._show_picture(read_rgba(source.layer))
        self._canvas.load_pairs(pairs)
        self._status.say(f"The result was undone. This is the layer “{self._source.name}” again.")
        self._show_state()

    def _on_focus(self, _dialog: Gtk.Dialog, _event: object) -> bool:
        """The user may have changed the selection, or the layer, in GIMP's own windows."""
        if self._job is None and self._source.still_there():
            self._picture = read_rgba(self._source.layer)
            if (self._picture.width, self._picture.height) == self._source.size:
                self._canvas.show_layer(self._picture)
                self._show_selection()
        return False

    def _on_points(self) -> None:
        held = self._held_points()
        if held:
            self._status.warn(
                f"Point {held[0]} begins in the dark part, where nothing may change: move it, or "
                "select that part too."
            )
        elif self._canvas.editor.half_set:
            self._status.say(CLICK_TARGET)
        else:
            self._status.say("")
        self._show_state()

    def _held_points(self) -> list[int]:
        """Numbers of the points that begin where nothing may change."""
        mask = self._movable_mask
        if mask is None:
            return []
        return [
            number
            for number, pair in enumerate(self._canvas.editor.pairs, start=1)
            if not value_at(mask, pair.handle)
        ]

    def _use_path(self) -> None:
        pairs = selected_pairs(self._source.image) if self._source.still_there() else []
        if pairs:
            self._canvas.set_all(to_layer(pairs, self._source.offset))
        else:
            self._status.warn("No path is selected, or it has no stroke of two anchors or more.")

    def _clear(self) -> None:
        self._canvas.set_all([])

    def _start(self) -> None:
        client = self._link.client
        if client is None or client.lost is not None:
            self._status.say("Looking for the DragGAN daemon…")
            self._start_when_ready = True
            if not self._link.connecting:
                self._link.reconnect()
            return
        self._canvas.editor.give_up()
        try:
            if not self._source.still_there():
                raise BadInput("The layer was deleted: close this, and select another layer.")
            self._source = find_source(self._source.image, [self._source.layer])
            pairs = self._canvas.editor.pairs
            config = DragConfig(method=self._panel.method, max_steps=self._panel.max_steps)
            request = layer_request(self._source, pairs, config)
            self._picture = request.layer
            self._meter = DragMeter()
            self._job = request.start(client, self._on_end, self._on_progress, _PREVIEW_SECONDS)
        except BadInput as error:
            self._status.warn(str(error))
            return
        self._keep_settings(config)
        self._canvas.picture.set_movable(None)
        self._status.say("Starting…")
        self._status.show_progress(0.0)
        self._show_state()

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

    # -- what the daemon says -------------------------------------------------------------------

    def _on_ready(self, _client: Client) -> None:
        self._status.say("")
        self._show_state()
        if self._start_when_ready:
            self._start_when_ready = False
            self._start()

    def _on_no_daemon(self, sentence: str) -> None:
        self._start_when_ready = False
        self._status.warn(sentence)
        self._show_state()

    def _on_progress(self, event: DragProgress) -> None:
        self._status.say(self._meter.take(event))
        self._status.show_progress(self._meter.fraction)
        if event.preview is not None:  # or the points would run ahead of the picture
            self._canvas.picture.set_picture(event.preview)
            self._canvas.show_handles(event.handle_points, event.arrived)

    def _on_end(self, end: End) -> None:
        self._job = None
        self._status.show_progress(None)
        if isinstance(end, DragFinished) and end.steps > 0:
            self._land(end)
        else:
            self._show_picture(self._picture)
            self._canvas.show_handles()
            if isinstance(end, DragFinished):
                self._status.warn(end_sentence(end))
            elif isinstance(end, DragCancelled):
                self._status.say(CANCELLED)
            elif end.code == DaemonUnreachable.code:
                self._status.warn(f"{end.message} Press Start to try again.")
            else:
                self._status.warn(end.message)
        self._show_state()

    def _land(self, end: DragFinished) -> None:
        pairs = self._canvas.editor.pairs
        left = [
            PointPair(handle, pair.target)
            for handle, pair in zip(end.handle_points, pairs, strict=True)
        ]
        try:
            self._result = insert_dragged(self._source, end.layer, end.saved_state, left)
        except BadInput as error:
            self._status.warn(str(error))
            return
        Gimp.displays_flush()
        self._before.append((self._source, pairs))
        self._fallen_back = False
        self._source = find_source(self._source.image, [self._result])
        self._show_name()
        self._show_picture(end.layer)
        self._canvas.load_pairs(left)
        if end.reason == "arrived":
            self._canvas.show_handles(end.handle_points, [True] * len(left))
        self._status.say(
            f"{end_sentence(end)} The result is the layer “{self._source.name}”; drag on, or close."
        )

    # -- what is shown --------------------------------------------------------------------------

    def _show_name(self) -> None:
        self._dialog.set_title(f"Drag points: {self._source.name}")

    def _show_picture(self, picture: Pixels) -> None:
        self._picture = picture
        self._canvas.show_layer(picture)
        self._show_selection()

    def _show_selection(self) -> None:
        there = self._source.still_there()
        mask = read_selection(self._source.image, self._source.layer) if there else None
        self._movable_mask = mask
        self._canvas.picture.set_movable(mask)
        self._panel.show_held(mask is not None)

    def _show_state(self) -> None:
        dragging = self._job is not None
        pairs = self._canvas.editor.pairs
        try:
            check_point_pairs(
                tuple(pair.handle for pair in pairs), tuple(pair.target for pair in pairs)
            )
            ready = True
        except BadInput:
            ready = False
        self._canvas.editable = not dragging
        self._panel.show_pairs(len(pairs), editable=not dragging)
        self._start_button.set_sensitive(ready and not dragging)
        self._stop_button.set_sensitive(dragging)
        self._close_button.set_label("_Cancel" if dragging else "_Close")
