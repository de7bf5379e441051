"""A small window out of which a file can be dragged, as out of a file manager. It runs by itself,
until the file has been dropped where it was wanted: `python3 drag_source.py TITLE FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk


def main(title: str, file: Path) -> None:
    window = Gtk.Window(title=title, default_width=200, default_height=100)
    grip = Gtk.EventBox(visible_window=True)
    grip.add(Gtk.Label(label=file.name))
    grip.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
    grip.drag_source_add_uri_targets()
    taken = []

    def give(_grip: Gtk.Widget, _context: object, data: Gtk.SelectionData, *_: object) -> None:
        data.set_uris([file.as_uri()])
        taken.append(file)

    grip.connect("drag-data-get", give)
    grip.connect("drag-end", lambda *_: Gtk.main_quit() if taken else None)
    window.add(grip)
    window.connect("destroy", Gtk.main_quit)
    window.show_all()
    Gtk.main()


main(sys.argv[1], Path(sys.argv[2]))
