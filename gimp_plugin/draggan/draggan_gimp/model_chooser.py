"""The list of models: a small picture, the name and what it shows; below, the available ones."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import GdkPixbuf, GLib, Gtk, Pango

from draggan_server.host.model_words import about_model, how_to_get
from draggan_server.host.sentences import words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import ModelInfo, ModelList, Pixels

_SIDE = 40
_NAME, _PICTURE, _TEXT, _INSTALLED, _LICENCE = range(5)
_SEPARATOR = ""


class ModelChooser:
    """Installed models can be chosen; the others are grey and say how to get them.

    `on_change()` is called when the choice has changed, also by `choose`. It asks for the room of
    so many characters, or of its longest text.
    """

    def __init__(self, on_change: Callable[[], None], characters: int = -1) -> None:
        self._rows = Gtk.ListStore(str, GdkPixbuf.Pixbuf, str, bool, str)
        self.widget = Gtk.ComboBox.new_with_model(self._rows)
        self.widget.set_id_column(_NAME)
        picture, text = Gtk.CellRendererPixbuf(), Gtk.CellRendererText()
        text.set_property("ellipsize", Pango.EllipsizeMode.END)  # a model may say a lot
        text.set_property("xpad", 8)
        text.set_property("width-chars", characters)
        text.set_property("max-width-chars", characters)
        self.widget.pack_start(picture, False)
        self.widget.pack_start(text, True)
        for cell, property_name, column in ((picture, "pixbuf", _PICTURE), (text, "markup", _TEXT)):
            self.widget.add_attribute(cell, property_name, column)
            self.widget.add_attribute(cell, "sensitive", _INSTALLED)
        self.widget.set_row_separator_func(lambda rows, row: rows[row][_NAME] == _SEPARATOR)
        self._on_change = on_change
        self.widget.connect("changed", self._changed)

    @property
    def name(self) -> str | None:
        """The chosen model's name; None while none is listed."""
        return self.widget.get_active_id()

    def show(self, listed: ModelList) -> None:
        for index, model in enumerate(listed.models):
            about = about_model(model)
            self._add(model, about, _pixbuf(listed.thumbnail(index)), True)
        if listed.available:
            self._rows.append([_SEPARATOR, None, "", False, ""])
        for model in listed.available:
            self._add(model, how_to_get(model), _pixbuf(None), False)

    def clear(self) -> None:
        self._rows.clear()

    def choose(self, name: str | None) -> None:
        """Choose the model of that name, the default one where there is none."""
        installed = [row[_NAME] for row in self._rows if row[_INSTALLED]]
        if name in installed:
            self.widget.set_active_id(name)
        elif installed:
            self.widget.set_active(0)

    def _add(
        self, model: ModelInfo, about: str, picture: GdkPixbuf.Pixbuf, installed: bool
    ) -> None:
        text = f"{_escaped(model.name)}\n<small>{_escaped(about)}</small>"
        self._rows.append([model.name, picture, text, installed, model.licence])

    def _changed(self, _widget: Gtk.ComboBox) -> None:
        row = self.widget.get_active_iter()
        tip = None if row is None else tr(words.LICENCE, licence=self._rows[row][_LICENCE])
        self.widget.set_tooltip_text(tip)
        self._on_change()


def _escaped(text: str) -> str:
    return GLib.markup_escape_text(" ".join(text.split()))


def _pixbuf(picture: Pixels | None) -> GdkPixbuf.Pixbuf:
    if picture is None:
        empty = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, _SIDE, _SIDE)
        empty.fill(0)
        return empty
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(picture.data),
        GdkPixbuf.Colorspace.RGB,
        True,
        8,
        picture.width,
        picture.height,
        picture.width * 4,
    ).scale_simple(_SIDE, _SIDE, GdkPixbuf.InterpType.BILINEAR)
