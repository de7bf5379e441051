"""The options of a drag, folded away until they are wanted."""

from __future__ import annotations

from gi.repository import Gtk

from draggan_server.host import settings
from draggan_server.host.options import QUALITY_WORDS, method_name, method_tip
from draggan_server.host.sentences import tips, words
from draggan_server.host.settings import Settings
from draggan_server.host.translation import tr
from draggan_server.wire.drag_config import MAX_STEPS_LIMIT, METHODS
from draggan_server.wire.messages import Quality

from .caption import caption_of


class OptionsPanel:
    """Widgets for how a drag is done; `remembered` gives their first values."""

    def __init__(self, remembered: Settings) -> None:
        self._method = Gtk.ComboBoxText()
        for name in METHODS:
            self._method.append(name, method_name(name))
        self._method.connect("changed", self._on_method)
        self._max_steps = Gtk.SpinButton.new_with_range(1, MAX_STEPS_LIMIT, 10)
        self._max_steps.set_tooltip_text(tr(tips.MAX_STEPS))
        self._quality = Gtk.ComboBoxText()
        for quality, name in QUALITY_WORDS.items():
            self._quality.append(quality, tr(name))
        self._quality.set_tooltip_text(tr(tips.QUALITY))
        self._show(remembered)
        reset = Gtk.Button.new_with_mnemonic(tr(words.RESET))
        reset.set_tooltip_text(tr(tips.RESET))
        reset.connect("clicked", lambda _button: self._show(Settings()))
        self._grid = Gtk.Grid(row_spacing=6, column_spacing=12, margin_top=6, margin_start=12)
        rows = (
            (words.METHOD, self._method),
            (words.MAX_STEPS, self._max_steps),
            (words.QUALITY, self._quality),
        )
        for row, (label, widget) in enumerate(rows):
            caption = caption_of(label)
            caption.set_mnemonic_widget(widget)
            widget.set_hexpand(True)
            self._grid.attach(caption, 0, row, 1, 1)
            self._grid.attach(widget, 1, row, 1, 1)
        self._grid.attach(reset, 0, len(rows), 2, 1)
        self.widget = Gtk.Expander.new_with_mnemonic(tr(words.OPTIONS))
        self.widget.add(self._grid)
        self.widget.set_expanded(remembered.options)
        self.widget.connect("notify::expanded", self._on_expanded)

    @property
    def method(self) -> str:
        return str(self._method.get_active_id())

    @property
    def max_steps(self) -> int:
        return int(self._max_steps.get_value_as_int())

    @property
    def quality(self) -> Quality:
        return self._quality.get_active_id()

    def set_sensitive(self, sensitive: bool) -> None:
        self._grid.set_sensitive(sensitive)

    def _show(self, values: Settings) -> None:
        self._method.set_active_id(values.method)
        self._max_steps.set_value(values.max_steps)
        self._quality.set_active_id(values.quality)

    def _on_method(self, _widget: Gtk.ComboBoxText) -> None:
        self._method.set_tooltip_text(method_tip(self.method))

    def _on_expanded(self, _widget: Gtk.Expander, _property: object) -> None:
        settings.remember(options=self.widget.get_expanded())
