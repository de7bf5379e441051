"""Pictures in rows, which scroll, and ask for more at their end."""

from __future__ import annotations

from gi.repository import Gtk

from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.parts import Entry, Pictures

from .picture_view import small_pixbuf

_SIDE = 64
_HEIGHT = 230
"""Pixels of a picture, and of what is seen of the grid."""


class PictureGrid:
    """Adds what comes at the end and leaves the rest where it is scrolled to."""

    def __init__(self, form: Form, item: Pictures) -> None:
        self._form = form
        self._item = item
        self._entries: tuple[Entry, ...] = ()
        self._flow = Gtk.FlowBox(selection_mode=Gtk.SelectionMode.NONE, homogeneous=True)
        self._flow.set_valign(Gtk.Align.START)
        self._flow.set_min_children_per_line(4)
        self.widget = Gtk.ScrolledWindow()
        self.widget.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
        self.widget.set_size_request(-1, _HEIGHT)
        self.widget.add(self._flow)
        self.widget.connect("edge-reached", self._on_edge)
        self._buttons: list[Gtk.ToggleButton] = []
        self._painting = False

    def paint(self, look: Look) -> None:
        known = len(self._entries)
        if look.entries[:known] != self._entries:
            for child in self._flow.get_children():
                child.destroy()
            self._buttons, known = [], 0
        self._entries = look.entries
        for entry in look.entries[known:]:
            self._buttons.append(self._button(entry))
            self._flow.add(self._buttons[-1])
        self._flow.show_all()
        self._painting = True
        for entry, button in zip(self._entries, self._buttons, strict=True):
            button.set_active(entry.name == look.value)
        self._painting = False

    def _button(self, entry: Entry) -> Gtk.ToggleButton:
        image = Gtk.Image.new_from_pixbuf(small_pixbuf(entry.picture, _SIDE))
        button = Gtk.ToggleButton(image=image)
        button.set_tooltip_text(entry.tip)
        button.get_accessible().set_name(entry.tip)
        button.connect("toggled", lambda _: self._on_click(entry.name))
        return button

    def _on_click(self, name: str) -> None:
        if self._painting:
            return
        self._form.act(self._item, name)
        self._form.show(self._item)

    def _on_edge(self, _widget: Gtk.Widget, edge: Gtk.PositionType) -> None:
        if edge == Gtk.PositionType.BOTTOM:
            self._form.open(self._item)
