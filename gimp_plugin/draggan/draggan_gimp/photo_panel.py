"""What shows a photo, in the dialog of a drag."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import Gtk

from draggan_server.host.sentences import tips, words
from draggan_server.host.settings import Settings
from draggan_server.host.translation import tr
from draggan_server.wire.messages import ModelList

from .caption import caption_of
from .model_chooser import ModelChooser

_MODEL_CHARACTERS = 12
"""The width of the list of models: the room is the picture's."""


class PhotoPanel:
    """The model that shows it, and the button that has it look."""

    def __init__(self, settings: Settings, on_recognise: Callable[[], None]) -> None:
        self._remembered = settings.model
        self._models = ModelChooser(lambda: None, _MODEL_CHARACTERS)
        self._recognise = Gtk.Button.new_with_mnemonic(tr(words.RECOGNISE))
        self._recognise.set_tooltip_text(tr(tips.RECOGNISE))
        self._recognise.connect("clicked", lambda _button: on_recognise())
        self._recognise.set_hexpand(True)
        self.widget = Gtk.Grid(row_spacing=6, column_spacing=12)
        caption = caption_of(words.MODEL)
        caption.set_mnemonic_widget(self._models.widget)
        self._models.widget.set_hexpand(True)
        self.widget.attach(caption, 0, 0, 1, 1)
        self.widget.attach(self._models.widget, 1, 0, 1, 1)
        self.widget.attach(self._recognise, 0, 1, 2, 1)

    @property
    def model(self) -> str:
        """The chosen model's name; until the models are listed, that of the one used last."""
        return self._models.name or self._remembered

    def show_models(self, listed: ModelList) -> None:
        self._models.show(listed)
        self._models.choose(self._remembered)

    def set_sensitive(self, sensitive: bool) -> None:
        self.widget.set_sensitive(sensitive)
