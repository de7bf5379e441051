"""The settings beside the picture in the dialog of a drag."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import GimpUi, Gtk

from draggan_server.host.sentences import tips, words
from draggan_server.host.settings import Settings
from draggan_server.host.translation import plain, tr, tr_count
from draggan_server.wire.drag_config import MAX_POINTS

from .options_panel import OptionsPanel
from .photo_panel import PhotoPanel

_TEXT_CHARS = 28


class DragPanel:
    """Widgets for the points and for how the drag is done; `settings` gives their first values."""

    def __init__(
        self,
        settings: Settings,
        on_use_path: Callable[[], None],
        on_clear: Callable[[], None],
        on_live: Callable[[bool], None],
        on_in_image: Callable[[bool], None],
        on_recognise: Callable[[], None],
    ) -> None:
        self.photo = PhotoPanel(settings, on_recognise)
        self._photo_frame = _frame(tr(words.PHOTO), self.photo.widget)
        self._count = Gtk.Label(xalign=0.0)
        self._from_path = _button(tr(words.FROM_PATH), on_use_path)
        self._from_path.set_tooltip_text(tr(tips.FROM_PATH))
        self._clear = _button(tr(words.CLEAR), on_clear)
        self._clear.set_tooltip_text(tr(tips.CLEAR))
        self._held = _text("")
        self._live = _switch(words.FOLLOW, tips.FOLLOW, settings.live, on_live)
        self._in_image = _switch(words.IN_IMAGE, tips.IN_IMAGE, settings.in_image, on_in_image)
        self.options = OptionsPanel(settings)

        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=18)
        self.widget.set_hexpand(False)  # what is inside expands, but the room is the picture's
        self.widget.pack_start(self._photo_frame, False, False, 0)
        self.widget.pack_start(self._points_frame(), False, False, 0)
        self.widget.pack_start(_frame(tr(words.MAY_CHANGE), self._held), False, False, 0)
        self.widget.pack_start(self.options.widget, False, False, 0)

    @property
    def in_image(self) -> bool:
        """Whether frames are to be shown in the image, too."""
        return bool(self._in_image.get_active())

    def show_photo(self, there: bool) -> None:
        """Whether the layer is a photo, which a model has to show."""
        self._photo_frame.set_no_show_all(not there)
        if there:
            self._photo_frame.show_all()
        else:
            self._photo_frame.hide()

    def show_pairs(self, count: int, *, editable: bool) -> None:
        counted = words.COUNTED_POINTS if count <= MAX_POINTS else words.TOO_MANY_POINTS
        text = tr_count(counted, count, most=MAX_POINTS) if count else tr(words.NO_POINTS)
        self._count.set_text(text)
        self._clear.set_sensitive(editable and count > 0)
        for widget in (self._from_path, self._live, self._in_image):
            widget.set_sensitive(editable)

    def show_held(self, held: bool) -> None:
        self._held.set_text(tr(tips.HELD if held else tips.NOT_HELD))

    def _points_frame(self) -> Gtk.Widget:
        buttons = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6, homogeneous=True)
        buttons.pack_start(self._from_path, True, True, 0)
        buttons.pack_start(self._clear, True, True, 0)
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=9)
        for row in (
            _text(tr(tips.HOW_TO_SET)),
            self._live,
            self._in_image,
            self._count,
            buttons,
        ):
            rows.pack_start(row, False, False, 0)
        return _frame(plain(tr(words.POINTS)), rows)


def _frame(title: str, content: Gtk.Widget) -> Gtk.Widget:
    frame = GimpUi.Frame.new(title)
    frame.add(content)
    return frame


def _text(text: str) -> Gtk.Label:
    label = Gtk.Label(label=text, xalign=0.0)
    label.set_line_wrap(True)
    label.set_max_width_chars(_TEXT_CHARS)
    return label


def _switch(
    label: str, tip: str, active: bool, on_toggle: Callable[[bool], None]
) -> Gtk.CheckButton:
    switch = Gtk.CheckButton.new_with_mnemonic(tr(label))
    switch.set_tooltip_text(tr(tip))
    switch.set_active(active)
    switch.connect("toggled", lambda button: on_toggle(button.get_active()))
    return switch


def _button(label: str, on_click: Callable[[], None]) -> Gtk.Button:
    button = Gtk.Button.new_with_mnemonic(label)
    button.connect("clicked", lambda _button: on_click())
    return button
