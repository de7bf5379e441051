"""The dialog of `plug-in-draggan-sample`: leaf through a model's pictures and take one."""

from __future__ import annotations

import functools

from gi.repository import Gimp, GimpUi, GObject, Gtk

from draggan_server.host import settings
from draggan_server.host.dialog.canvas import Canvas
from draggan_server.host.forms.drag import STATUS
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import MODEL
from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.forms.sample import SAMPLE, SEED, TRUNCATION, SampleForm
from draggan_server.host.forms.setup import SETUP, SetupForm
from draggan_server.host.link import Link
from draggan_server.host.mixing import format_mixture, main_seed
from draggan_server.host.sentences import said, words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import MAX_PSI, EditOpened, Pixels

from .dialog_size import DialogSize
from .log import log_file
from .picture_view import PictureView
from .timer import every
from .toolkit import GtkToolkit

_SIDE = 384
_FIRST_SIZE = (256, 256)  # until the first picture says its own
_ARGUMENTS = {"model": MODEL, "seed": SEED, "truncation": TRUNCATION}


def choose_picture(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig) -> EditOpened | None:
    """Let the user choose; None when they cancelled. The settings chosen are then in `config`."""
    GimpUi.init("draggan")
    return SampleDialog(procedure, config).run()


class SampleDialog:
    """Shows the picture for the settings, and asks for another when they change.

    The dialog is GIMP's own for a procedure's arguments, for its button that resets them.
    """

    def __init__(self, procedure: Gimp.Procedure, config: Gimp.ProcedureConfig) -> None:
        self._config = config
        self._dialog = GimpUi.ProcedureDialog.new(procedure, config, tr(words.NEW_PICTURE))
        self._dialog.set_ok_label(tr(words.CREATE_LAYER))
        self._picture = Canvas(_FIRST_SIZE, (_SIDE, _SIDE))
        self._form = Form()
        self._link = Link(every, str(log_file()))
        remembered = settings.load()
        self._sample = SampleForm(self._form, self._link, remembered, self._show_picture, self._say)
        self._setup = SetupForm(self._form, self._link, self._sample.samples.draw)
        config.set_property("model", remembered.model)
        config.set_property("truncation", remembered.truncation)
        for name, setting in _ARGUMENTS.items():
            self._take_argument(name)
            self._form.on_change(setting, functools.partial(self._give, name))
        config.connect("notify", lambda _config, argument: self._on_argument(argument))
        self._lay_out()
        self._size = DialogSize(self._dialog, "sample")

    def run(self) -> EditOpened | None:
        self._say(tr(said.LOOKING_FOR_DAEMON), False)
        self._sample.samples.draw()
        self._dialog.show_all()
        taken = self._dialog.run()
        current = self._sample.samples.current
        self._setup.close()
        self._sample.samples.close()
        self._link.close()
        self._size.remember()
        self._dialog.destroy()
        if not taken or current is None:
            return None
        sample, opened = current
        self._config.set_property("model", sample.model)
        self._config.set_property("seed", main_seed(sample))
        self._config.set_property("mixture", format_mixture(sample))
        settings.remember(model=sample.model, truncation=sample.truncation_psi)
        return opened

    def _lay_out(self) -> None:
        view = Presenter(self._form, GtkToolkit())
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        rows.set_border_width(12)
        rows.pack_start(PictureView(self._picture).widget, True, True, 0)
        rows.pack_start(view.build_all(SAMPLE), False, False, 0)
        rows.pack_start(view.build(SETUP), False, False, 0)
        rows.pack_start(view.build(STATUS), False, False, 0)
        self._dialog.get_content_area().pack_start(rows, True, True, 0)

    # -- the procedure's arguments ----------------------------------------------------------------

    def _give(self, name: str, value: object) -> None:
        if self._config.get_property(name) != value:
            self._config.set_property(name, value)
        self._show_state()

    def _on_argument(self, argument: GObject.ParamSpec) -> None:
        """The dialog's Reset button has changed it, or the user."""
        setting = _ARGUMENTS.get(argument.name)
        if setting and self._config.get_property(argument.name) != self._form.value(setting):
            self._take_argument(argument.name)
            self._sample.change(others=setting is not SEED)
            self._show_state()

    def _take_argument(self, name: str) -> None:
        value = self._config.get_property(name)
        if name == "model":
            self._sample.models.choose(value)
            return
        if name == "truncation":
            value = min(max(value, -MAX_PSI), MAX_PSI)
        self._form.set(_ARGUMENTS[name], value=value)

    # -- what is shown ----------------------------------------------------------------------------

    def _show_picture(self, picture: Pixels | None) -> None:
        if picture is not None:
            self._picture.show_picture(picture)
        self._show_state()

    def _say(self, sentence: str, warns: bool) -> None:
        self._form.set(STATUS, label=sentence, warns=warns)

    def _show_state(self) -> None:
        """Whether there is a picture to be taken."""
        button = self._dialog.get_widget_for_response(Gtk.ResponseType.OK)
        button.set_sensitive(self._sample.samples.current is not None)
