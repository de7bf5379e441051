"""Dialogs of GTK's that show a form."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gdk, GimpUi, GLib, Gtk

from draggan_server.host.forms.drag import CLOSE
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Part
from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.forms.windows import Window
from draggan_server.host.translation import tr
from draggan_server.host.window_size import WindowSize

from .log import log_file
from .timer import every
from .toolkit import GtkToolkit, take_files


class FormDialog:
    """What all dialogs have: `rows`, in which `view` shows parts of a form, and the size that the
    user gave last to the one of that `name`; some of its `parts` may be folded."""

    def __init__(self, dialog: Gtk.Dialog, name: str, form: Form, parts: Sequence[Part]) -> None:
        self._dialog = dialog
        self._size = WindowSize(name, form, parts)
        self.view = Presenter(form, GtkToolkit())
        self.rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        self.rows.set_border_width(12)
        dialog.get_content_area().pack_start(self.rows, True, True, 0)
        dialog.connect_after("map", lambda _dialog: GLib.idle_add(self._settle))
        keys = Gtk.AccelGroup()
        keys.connect(Gdk.KEY_w, Gdk.ModifierType.CONTROL_MASK, 0, lambda *_: dialog.close())
        dialog.add_accel_group(keys)

    def add(self, widget: Gtk.Widget, grows: bool = False) -> None:
        """Below what is there."""
        self.rows.pack_start(widget, grows, grows, 0)

    def end(self) -> None:
        """The user has closed it."""
        self._size.closed(tuple(self._dialog.get_size()))
        self._dialog.destroy()

    def _settle(self) -> bool:
        # Once it is shown, what it asks for at first is asked for no more: it may be smaller.
        wanted = self._size.opened(tuple(self._dialog.get_size()))
        if wanted is not None:
            self._dialog.resize(*wanted)
        return GLib.SOURCE_REMOVE


def show(window: Window) -> None:
    """Show a window of the brain's until the user closes it."""
    GimpUi.init("draggan")
    title, role = tr(window.title), f"draggan-{window.name}"
    dialog, form = GimpUi.Dialog(use_header_bar=False, role=role, title=title), Form()
    inside = FormDialog(dialog, window.name, form, window.parts)
    filled = window.fill(form, every, str(log_file()))
    inside.add(inside.view.build_all(window.parts), grows=True)
    dialog.get_action_area().add(inside.view.build(CLOSE))
    form.on_press(CLOSE, lambda: dialog.response(Gtk.ResponseType.CLOSE))
    if filled.drop is not None:
        take_files(dialog, filled.drop)
    dialog.show_all()
    dialog.run()
    filled.close()
    inside.end()
