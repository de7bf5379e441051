"""The dialog of `plug-in-draggan-sample`: leaf through a model's pictures and take one."""

from __future__ import annotations

from gi.repository import Gimp, GimpUi, Gtk

from draggan_server.host import settings
from draggan_server.host.dialog.canvas import Canvas
from draggan_server.host.forms.arguments import SampleArguments
from draggan_server.host.forms.drag import STATUS
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.sample import SAMPLE, SampleForm
from draggan_server.host.forms.setup import SETUP, SetupForm
from draggan_server.host.link import Link
from draggan_server.host.sentences import said, words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import EditOpened, Pixels

from .form_dialog import FormDialog
from .log import log_file
from .picture_view import PictureView
from .timer import every

_ROOM = (384, 384)
_FIRST_SIZE = (256, 256)  # until the first picture says its own


def choose_picture(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig) -> EditOpened | None:
    """Let the user choose; None when they cancelled. The settings chosen are then in `config`."""
    GimpUi.init("draggan")
    return SampleDialog(procedure, config).run()


class SampleDialog:
    """Shows the picture for the settings, and asks for another when they change.

    The dialog is GIMP's own for a procedure's arguments, for its button that resets them.
    """

    def __init__(self, procedure: Gimp.Procedure, config: Gimp.ProcedureConfig) -> None:
        self._dialog = GimpUi.ProcedureDialog.new(procedure, config, tr(words.NEW_PICTURE))
        self._dialog.set_ok_label(tr(words.CREATE_LAYER))
        self._form = Form()
        self._canvas = Canvas(_FIRST_SIZE, _ROOM)
        self._inside = FormDialog(self._dialog, "sample", self._form, SAMPLE)
        self._link = Link(every, str(log_file()))
        remembered = settings.load()
        self._sample = SampleForm(self._form, self._link, remembered, self._show_picture, self._say)
        self._setup = SetupForm(self._form, self._link, self._sample.samples.draw)
        self._arguments = SampleArguments(
            config, self._form, self._sample, remembered, self._show_state
        )
        config.connect("notify", lambda _config, argument: self._arguments.changed(argument.name))
        view = self._inside.view
        self._inside.add(PictureView(self._canvas).widget, grows=True)
        for part in (view.build_all(SAMPLE), view.build(SETUP), view.build(STATUS)):
            self._inside.add(part)

    def run(self) -> EditOpened | None:
        self._say(tr(said.LOOKING_FOR_DAEMON), False)
        self._sample.samples.draw()
        self._dialog.show_all()
        taken = self._dialog.run()
        opened = self._arguments.keep() if taken else None
        self._setup.close()
        self._sample.samples.close()
        self._link.close()
        self._inside.end()
        return opened

    def _show_picture(self, picture: Pixels | None) -> None:
        if picture is not None:
            self._canvas.show_picture(picture)
        self._show_state()

    def _say(self, sentence: str, warns: bool) -> None:
        self._form.set(STATUS, label=sentence, warns=warns)

    def _show_state(self) -> None:
        """Whether there is a picture to be taken."""
        button = self._dialog.get_widget_for_response(Gtk.ResponseType.OK)
        button.set_sensitive(self._sample.samples.current is not None)
