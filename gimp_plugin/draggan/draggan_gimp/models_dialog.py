"""The dialog of `plug-in-draggan-models`: the models that are there and those that can be had."""

from __future__ import annotations

from gi.repository import GimpUi, Gtk

from draggan_server.host.forms.drag import CLOSE
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.library import LIBRARY, LibraryForm
from draggan_server.host.link import Link
from draggan_server.host.sentences import words
from draggan_server.host.translation import tr

from .dialog_size import DialogSize
from .form_view import FormView, take_files
from .log import log_file
from .timer import every


def show() -> None:
    """Show it until the user closes it."""
    GimpUi.init("draggan")
    dialog = GimpUi.Dialog(use_header_bar=False, role="draggan-models", title=tr(words.MODELS))
    form, link = Form(), Link(every, str(log_file()))
    view, library = FormView(form), LibraryForm(form, link)
    rows = view.build_all(LIBRARY, spacing=9)
    rows.set_border_width(12)
    dialog.get_content_area().pack_start(rows, True, True, 0)
    dialog.get_action_area().add(view.build(CLOSE))
    form.on_press(CLOSE, lambda: dialog.response(Gtk.ResponseType.CLOSE))
    take_files(dialog, library.add)
    size = DialogSize(dialog, "models")
    dialog.show_all()
    dialog.run()
    link.close()
    size.remember()
    dialog.destroy()
