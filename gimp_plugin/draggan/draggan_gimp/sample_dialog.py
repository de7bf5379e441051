"""The dialog of `plug-in-draggan-sample`: leaf through a model's pictures and take one."""

from __future__ import annotations

import random

from gi.repository import Gimp, GimpUi, GObject, Gtk

from draggan_server.host import settings
from draggan_server.host.faults import failure_sentence
from draggan_server.host.link import Link
from draggan_server.host.samples import Samples
from draggan_server.host.sentences import said, tips, words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import (
    DEFAULT_PSI,
    MAX_PSI,
    EditOpened,
    Failure,
    ModelList,
    SampleSource,
)

from .caption import caption_of
from .dialog_size import DialogSize
from .limits import MAX_SEED
from .log import log_file
from .model_chooser import ModelChooser
from .picture_view import PictureView
from .status_bar import StatusBar
from .timer import every

_SIDE = 384
_FIRST_SIZE = (256, 256)  # until the first picture says its own
_SETTLE_MS = 120
"""A slider is asked about once it has rested for so long."""


def choose_picture(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig) -> EditOpened | None:
    """Let the user choose; None when they cancelled. The settings chosen are then in `config`."""
    GimpUi.init("draggan")
    return SampleDialog(procedure, config).run()


class SampleDialog:
    """Shows the picture for the settings, and asks for another when they change."""

    def __init__(self, procedure: Gimp.Procedure, config: Gimp.ProcedureConfig) -> None:
        self._config = config
        self._dialog = GimpUi.ProcedureDialog.new(procedure, config, tr(words.NEW_PICTURE))
        self._dialog.set_ok_label(tr(words.CREATE_LAYER))
        self._picture = PictureView(_FIRST_SIZE, (_SIDE, _SIDE))
        self._seed = Gtk.SpinButton.new_with_range(0, MAX_SEED, 1)
        self._psi = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 0, 1.5, 0.05)
        self._model = ModelChooser(self._on_model)
        self._status = StatusBar()
        self._lay_out()
        self._size = DialogSize(self._dialog, "sample")
        self._link = Link(every, str(log_file()))
        self._samples = Samples(self._link, self)
        self._bind()

    def run(self) -> EditOpened | None:
        self._status.say(tr(said.LOOKING_FOR_DAEMON))
        self._samples.draw()
        self._show_state()
        self._dialog.show_all()
        self._status.hide_progress()
        taken = self._dialog.run()
        current = self._samples.current
        self._samples.close()
        self._link.close()
        self._size.remember()
        self._dialog.destroy()
        if not taken or current is None:
            return None
        sample, opened = current
        settings.remember(model=sample.model, truncation=sample.truncation_psi)
        return opened

    def _lay_out(self) -> None:
        another = Gtk.Button.new_with_mnemonic(tr(words.ANOTHER))
        another.set_tooltip_text(tr(tips.ANOTHER_SEED))
        another.connect("clicked", self._on_another)
        self._seed.set_tooltip_text(tr(tips.SEED))
        self._psi.set_tooltip_text(tr(tips.TRUNCATION))
        self._psi.set_value_pos(Gtk.PositionType.RIGHT)
        self._psi.add_mark(DEFAULT_PSI, Gtk.PositionType.BOTTOM, None)
        seed = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
        seed.pack_start(self._seed, True, True, 0)
        seed.pack_start(another, False, False, 0)
        grid = Gtk.Grid(row_spacing=6, column_spacing=12)
        for row, (label, widget, main) in enumerate(
            (
                (words.MODEL, self._model.widget, self._model.widget),
                (words.SEED, seed, self._seed),
                (words.TRUNCATION, self._psi, self._psi),
            )
        ):
            caption = caption_of(label)
            caption.set_mnemonic_widget(main)
            widget.set_hexpand(True)
            grid.attach(caption, 0, row, 1, 1)
            grid.attach(widget, 1, row, 1, 1)
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        rows.set_border_width(12)
        rows.pack_start(self._picture.widget, True, True, 0)
        rows.pack_start(grid, False, False, 0)
        rows.pack_start(self._status.widget, False, False, 0)
        self._dialog.get_content_area().pack_start(rows, True, True, 0)

    def _bind(self) -> None:
        remembered = settings.load()
        self._config.set_property("model", remembered.model)
        self._config.set_property("truncation", remembered.truncation)
        both = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
        self._config.bind_property("seed", self._seed.get_adjustment(), "value", both)
        self._config.bind_property("truncation", self._psi.get_adjustment(), "value", both)
        self._config.connect("notify", self._on_setting)

    # -- what the user does ---------------------------------------------------------------------

    def _on_another(self, _button: Gtk.Button) -> None:
        self._seed.set_value(random.randrange(MAX_SEED + 1))

    def _on_model(self) -> None:
        name = self._model.name
        if name is not None and name != self._config.get_property("model"):
            self._config.set_property("model", name)

    def _on_setting(self, _config: Gimp.ProcedureConfig, setting: GObject.ParamSpec) -> None:
        if setting.name == "model":  # the dialog's Reset button
            self._choose_model()
        self._samples.change()
        self._show_state()

    def _choose_model(self) -> None:
        self._model.choose(self._config.get_property("model"))

    # -- what the samples ask for -----------------------------------------------------------------

    def wanted(self) -> SampleSource | None:
        model = self._model.name
        if model is None:
            return None
        psi = min(max(self._config.get_property("truncation"), -MAX_PSI), MAX_PSI)
        return SampleSource(model, self._config.get_property("seed"), psi)

    def show_models(self, listed: ModelList) -> None:
        self._model.clear()
        self._model.show(listed)
        self._choose_model()

    def show_no_models(self) -> None:
        self._show_state()

    def show_drawing(self) -> None:
        self._status.say(tr(said.DRAWING))

    def show_sample(self, _sample: SampleSource, opened: EditOpened) -> None:
        self._picture.set_picture(opened.picture)
        size = {"width": opened.picture.width, "height": opened.picture.height}
        self._status.say(tr(words.PIXELS, **size))
        self._show_state()

    def show_failure(self, failure: Failure) -> None:
        self._status.warn(failure_sentence(failure, said.SETTING_TO_TRY_AGAIN))
        self._show_state()

    def _show_state(self) -> None:
        button = self._dialog.get_widget_for_response(Gtk.ResponseType.OK)
        button.set_sensitive(self._samples.current is not None)
