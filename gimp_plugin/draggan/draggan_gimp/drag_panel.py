"""The settings beside the picture in the dialog of a drag."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import GimpUi, Gtk

from draggan_server.host.settings import Settings
from draggan_server.wire.drag_config import MAX_POINTS, MAX_STEPS_LIMIT, METHODS

_HOW_TO = (
    "Press on the picture where something is, and drag to where it should go; or click the one, "
    "then the other.\n\n"
    "Drag a point to move it, or use the arrow keys; right-click or Delete removes it."
)
_HELD = "What is selected. The dark part is held, to the pixel."
_NOT_HELD = "The whole layer. Select a part of it in the image to hold the rest still."
_TEXT_CHARS = 28


class DragPanel:
    """Widgets for the points and for how the drag is done; `settings` gives their first values."""

    def __init__(
        self,
        settings: Settings,
        on_use_path: Callable[[], None],
        on_clear: Callable[[], None],
    ) -> None:
        self._count = Gtk.Label(xalign=0.0)
        self._from_path = _button("From _path", on_use_path)
        self._from_path.set_tooltip_text(
            "Take the strokes of the selected path, each from its first to its last anchor"
        )
        self._clear = _button("C_lear", on_clear)
        self._held = _text("")
        self._method = Gtk.ComboBoxText()
        for name in METHODS:
            self._method.append(name, name)
        self._method.set_active_id(settings.method)
        self._max_steps = Gtk.SpinButton.new_with_range(1, MAX_STEPS_LIMIT, 10)
        self._max_steps.set_value(settings.max_steps)
        self._max_steps.set_tooltip_text("The drag ends after so many steps, arrived or not")

        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=18)
        self.widget.set_hexpand(False)  # what is inside expands, but the room is the picture's
        self.widget.pack_start(self._points_frame(), False, False, 0)
        self.widget.pack_start(_frame("May change", self._held), False, False, 0)
        self.widget.pack_start(self._drag_frame(), False, False, 0)

    @property
    def method(self) -> str:
        return str(self._method.get_active_id())

    @property
    def max_steps(self) -> int:
        return int(self._max_steps.get_value_as_int())

    def show_pairs(self, count: int, *, editable: bool) -> None:
        words = {0: "No points yet", 1: "1 point"}.get(count, f"{count} points")
        self._count.set_text(words if count <= MAX_POINTS else f"{words}: {MAX_POINTS} at most")
        self._clear.set_sensitive(editable and count > 0)
        for widget in (self._from_path, self._method, self._max_steps):
            widget.set_sensitive(editable)

    def show_held(self, held: bool) -> None:
        self._held.set_text(_HELD if held else _NOT_HELD)

    def _points_frame(self) -> Gtk.Widget:
        buttons = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6, homogeneous=True)
        buttons.pack_start(self._from_path, True, True, 0)
        buttons.pack_start(self._clear, True, True, 0)
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=9)
        for row in (_text(_HOW_TO), self._count, buttons):
            rows.pack_start(row, False, False, 0)
        return _frame("Points", rows)

    def _drag_frame(self) -> Gtk.Widget:
        grid = Gtk.Grid(row_spacing=6, column_spacing=12)
        for row, (label, widget) in enumerate(
            (("Met_hod:", self._method), ("Ma_ximum steps:", self._max_steps))
        ):
            caption = Gtk.Label(label=label, use_underline=True, xalign=0.0)
            caption.set_mnemonic_widget(widget)
            widget.set_hexpand(True)
            grid.attach(caption, 0, row, 1, 1)
            grid.attach(widget, 1, row, 1, 1)
        return _frame("Drag", grid)


def _frame(title: str, content: Gtk.Widget) -> Gtk.Widget:
    frame = GimpUi.Frame.new(title)
    frame.add(content)
    return frame


def _text(words: str) -> Gtk.Label:
    label = Gtk.Label(label=words, xalign=0.0)
    label.set_line_wrap(True)
    label.set_max_width_chars(_TEXT_CHARS)
    return label


def _button(label: str, on_click: Callable[[], None]) -> Gtk.Button:
    button = Gtk.Button.new_with_mnemonic(label)
    button.connect("clicked", lambda _button: on_click())
    return button
