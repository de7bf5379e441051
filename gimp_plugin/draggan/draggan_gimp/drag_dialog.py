"""The dialog of `plug-in-draggan-drag`: set points on the layer's picture, watch them move."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gdk, Gimp, GimpUi, Gtk

from draggan_server.host import settings
from draggan_server.host.corner_points import to_image, to_layer
from draggan_server.host.dialog.editor import DialogEditor
from draggan_server.host.forms import drag as items
from draggan_server.host.forms.closing import CLOSING
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import OPTIONS, STATE
from draggan_server.host.forms.parts import Group, Row
from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.forms.setup import SETUP, SetupForm
from draggan_server.host.forms.windows import STATE_OF_THINGS
from draggan_server.host.kept_pairs import format_pairs
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Request
from draggan_server.host.results import Result
from draggan_server.host.sentences import words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import Pixels

from .canvas_preview import CanvasPreview
from .dialog_size import DialogSize
from .form_dialog import show
from .layers import SourceLayer
from .log import log_file
from .point_view import PointView
from .timer import every
from .toolkit import GtkToolkit

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
_SIDE = (items.PHOTO, _POINTS, items.HISTORY, _MAY_CHANGE, OPTIONS)
"""What is looked for most comes first: in a small dialog the last of it is scrolled to."""
_ENDS = (items.CLOSE, items.CANCEL, items.STOP, items.START)
_ZOOMS = (items.FIT, items.FULL)
_FOOT = (SETUP, CLOSING, items.PROGRESS, items.STATUS)


def drag_in_dialog(
    source: SourceLayer, pairs: Sequence[PointPair], config: Gimp.ProcedureConfig
) -> Gimp.Layer | None:
    """Let the user drag; returns the last layer made, None where the user made none.

    `pairs` (image coordinates) are there from the start. The settings used go into `config`.
    """
    GimpUi.init("draggan")
    result = DragDialog(source).run(to_layer(pairs, source.offset))
    if result is None:
        return None
    _keep_for_repeat(config, result.request)
    return result.layer.layer


def _keep_for_repeat(config: Gimp.ProcedureConfig, request: Request[SourceLayer]) -> None:
    """For GIMP's Repeat: the same points again, or the path's if they came from there."""
    pairs, layer = list(request.pairs), request.layer
    if layer.image.is_valid() and pairs == layer.path_pairs():
        pairs = []
    config.set_property("points", format_pairs(to_image(pairs, layer.offset)))
    config.set_property("method", request.config.method)
    config.set_property("max-steps", request.config.max_steps)


class DragDialog:
    """The brain's `Dialog` in GTK."""

    def __init__(self, source: SourceLayer) -> None:
        self._dialog = GimpUi.Dialog(use_header_bar=False, role="draggan-drag")
        self._link = Link(every, str(log_file()))
        form = Form()
        self._editor = DialogEditor(self, source, self._link, form, settings.load())
        desk = self._editor.desk
        self._setup = SetupForm(form, self._link, desk.session.wake)
        form.on_press(STATE, lambda: show(STATE_OF_THINGS))
        self._preview = CanvasPreview()
        self._lay_out(Presenter(form, GtkToolkit()))
        self._size = DialogSize(self._dialog, "drag")
        GimpUi.window_set_transient(self._dialog)  # or it would vanish behind the image
        self._dialog.connect("response", lambda *_: self._editor.close_or_cancel())
        self._dialog.connect("key-press-event", self._on_key)
        self._dialog.connect("delete-event", lambda *_: True)  # its response comes first
        self._dialog.connect("focus-in-event", self._on_focus)

    def run(self, pairs: Sequence[PointPair]) -> Result[SourceLayer] | None:
        """The last result that is there when the dialog is closed. It begins with `pairs`, in the
        picture's pixels, or with those that are kept."""
        self._editor.begin(pairs)
        self._dialog.show_all()
        Gtk.main()
        self._setup.close()
        result = self._editor.end()
        self._link.close()
        self._size.remember()
        self._dialog.destroy()
        return result

    def _lay_out(self, view: Presenter[Gtk.Widget]) -> None:
        columns = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=12)
        columns.pack_start(PointView(self._editor.canvas).widget, True, True, 0)
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

    def _on_key(self, _dialog: Gtk.Dialog, event: Gdk.EventKey) -> bool:
        if event.keyval != Gdk.KEY_Escape:
            return False
        self._editor.desk.session.escape()
        return True

    def _on_focus(self, _dialog: Gtk.Dialog, _event: object) -> bool:
        self._editor.look_again()
        return False

    # -- what the brain asks for ------------------------------------------------------------------

    def show_name(self, name: str) -> None:
        self._dialog.set_title(tr(words.DRAG_TITLE, name=name))

    def preview(self, layer: SourceLayer, frame: Pixels) -> None:
        self._preview.show(layer, frame)

    def end_preview(self) -> None:
        self._preview.end()

    def close(self) -> None:
        Gtk.main_quit()
