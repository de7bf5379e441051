"""A window of `draggan_server.host.forms.windows` as a dialog."""

from __future__ import annotations

from gi.repository import GimpUi, Gtk

from draggan_server.host.forms.drag import CLOSE
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.forms.windows import Window
from draggan_server.host.translation import tr

from .dialog_size import DialogSize
from .log import log_file
from .timer import every
from .toolkit import GtkToolkit, take_files


def show(window: Window) -> None:
    """Show it until the user closes it."""
    GimpUi.init("draggan")
    title, role = tr(window.title), f"draggan-{window.name}"
    dialog = GimpUi.Dialog(use_header_bar=False, role=role, title=title)
    form = Form()
    view, filled = Presenter(form, GtkToolkit()), window.fill(form, every, str(log_file()))
    rows = view.build_all(window.parts, spacing=9)
    rows.set_border_width(12)
    dialog.get_content_area().pack_start(rows, True, True, 0)
    dialog.get_action_area().add(view.build(CLOSE))
    form.on_press(CLOSE, lambda: dialog.response(Gtk.ResponseType.CLOSE))
    if filled.drop is not None:
        take_files(dialog, filled.drop)
    size = DialogSize(dialog, window.name)
    dialog.show_all()
    dialog.run()
    filled.close()
    size.remember()
    dialog.destroy()
