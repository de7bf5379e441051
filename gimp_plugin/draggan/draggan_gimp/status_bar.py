"""A line of words with a progress bar, for the foot of a dialog."""

from __future__ import annotations

from gi.repository import GimpUi, Gtk

from draggan_server.host.host import Shown

_LEAST_HEIGHT = 38
"""Pixels, for two lines: a longer text takes its room from what is above it."""
_WIDTH = 40
"""Characters: as narrow as the words may become, and as wide as they make the dialog."""


class StatusBar:
    """Says what goes on; a warning gets a sign in front."""

    def __init__(self) -> None:
        self._sign = Gtk.Image.new_from_icon_name(GimpUi.ICON_DIALOG_WARNING, Gtk.IconSize.BUTTON)
        self._sign.set_no_show_all(True)
        self._label = Gtk.Label(xalign=0.0, yalign=0.0)
        self._label.set_line_wrap(True)
        self._label.set_width_chars(_WIDTH)
        self._label.set_max_width_chars(_WIDTH)
        self._label.set_size_request(-1, _LEAST_HEIGHT)
        self._bar = Gtk.ProgressBar()
        self._bar.set_show_text(True)
        line = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
        line.pack_start(self._sign, False, False, 0)
        line.pack_start(self._label, True, True, 0)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.widget.pack_start(self._bar, False, False, 0)
        self.widget.pack_start(line, False, False, 0)

    def say(self, text: str) -> None:
        self._sign.hide()
        self._show(text)

    def warn(self, text: str) -> None:
        self._sign.show()
        self._show(text)

    def show_drag(self, shown: Shown) -> None:
        """How far a drag is, where one is under way."""
        self._bar.set_text(shown.words)
        self._bar.set_opacity(1.0 if shown.busy else 0.0)  # keeps its room in the dialog
        if shown.busy and shown.fraction is None:
            self._bar.pulse()
        else:
            self._bar.set_fraction(shown.fraction or 0.0)

    def hide_progress(self) -> None:
        """For a dialog in which nothing takes long."""
        self._bar.hide()

    def _show(self, text: str) -> None:
        self._label.set_text(text)
