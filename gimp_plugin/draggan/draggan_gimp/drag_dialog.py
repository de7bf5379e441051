"""The dialog of `plug-in-draggan-drag`: set points on the layer's picture, watch them move."""

from __future__ import annotations

from gi.repository import Gdk, Gimp, GimpUi, Gtk

from draggan_server.host import settings
from draggan_server.host.dialog.editor import DialogEditor
from draggan_server.host.dialog.layout import BELOW, BESIDE, ENDS, ZOOMS
from draggan_server.host.dialog.scripts import repeated
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import STATE
from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.forms.windows import STATE_OF_THINGS
from draggan_server.host.link import Link
from draggan_server.host.results import Result
from draggan_server.host.sentences import words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import Pixels

from .canvas_preview import CanvasPreview
from .form_dialog import FormDialog, show
from .layers import SourceLayer
from .log import log_file
from .point_view import PointView
from .timer import every


def drag_in_dialog(source: SourceLayer, config: Gimp.ProcedureConfig) -> SourceLayer | None:
    """Let the user drag; returns the last layer made, None where the user made none.

    The points of a path are there from the start. The settings used go into `config`.
    """
    GimpUi.init("draggan")
    result = DragDialog(source).run()
    if result is None:
        return None
    for name, value in repeated(result.request).items():
        config.set_property(name, value)
    return result.layer


class DragDialog:
    """The brain's `Dialog` in GTK."""

    def __init__(self, source: SourceLayer) -> None:
        self._source = source
        self._dialog = GimpUi.Dialog(use_header_bar=False, role="draggan-drag")
        form = Form()
        self._inside = FormDialog(self._dialog, "drag", form, BESIDE)
        link = Link(every, str(log_file()))
        self._editor = DialogEditor(self, source, link, form, settings.load())
        form.on_press(STATE, lambda: show(STATE_OF_THINGS))
        self._preview = CanvasPreview()
        self._lay_out(self._inside.view)
        GimpUi.window_set_transient(self._dialog)  # or it would vanish behind the image
        self._dialog.connect("response", lambda *_: self._editor.close_or_cancel())
        self._dialog.connect("key-press-event", self._on_key)
        self._dialog.connect("delete-event", lambda *_: True)  # its response comes first
        self._dialog.connect("focus-in-event", lambda *_: self._editor.look_again())

    def run(self) -> Result[SourceLayer] | None:
        """The last result that is there when the dialog is closed. It begins with the points of a
        path, or with those that are kept."""
        self._editor.begin(self._source.path_pairs())
        self._dialog.show_all()
        Gtk.main()
        result = self._editor.end()
        self._inside.end()
        return result

    def _lay_out(self, view: Presenter[Gtk.Widget]) -> None:
        columns = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
        columns.pack_start(PointView(self._editor.canvas).widget, True, True, 0)
        beside = view.build_all(BESIDE, spacing=18)
        beside.set_hexpand(False)  # what is inside expands, but the room is the picture's
        # It scrolls rather than make the dialog higher when there is more to see.
        side = Gtk.ScrolledWindow(propagate_natural_height=True, child=beside)
        side.set_overlay_scrolling(False)  # which would cover the ends of buttons
        side.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
        columns.pack_start(side, False, False, 0)
        self._inside.add(columns, grows=True)
        self._inside.add(view.build_all(BELOW, spacing=6))
        ends = self._dialog.get_action_area()
        for button in (*ZOOMS, *ENDS):
            widget = view.build(button)
            ends.add(widget)
            ends.set_child_secondary(widget, button in ZOOMS)

    def _on_key(self, _dialog: Gtk.Dialog, event: Gdk.EventKey) -> bool:
        if event.keyval != Gdk.KEY_Escape:
            return False
        self._editor.desk.session.escape()
        return True

    # -- what the brain asks for ------------------------------------------------------------------

    def show_name(self, name: str) -> None:
        self._dialog.set_title(tr(words.DRAG_TITLE, name=name))

    def preview(self, layer: SourceLayer, frame: Pixels) -> None:
        self._preview.show(layer, frame)

    def end_preview(self) -> None:
        self._preview.end()

    def close(self) -> None:
        Gtk.main_quit()
