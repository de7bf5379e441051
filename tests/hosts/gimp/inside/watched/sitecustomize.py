"""Tells what is in the plug-in's dialogs: Python imports it by itself where it is on the path.

It writes to a file in the folder that `WATCHED` names, whose name is the number of this process,
for each dialog by its title: the `controls`, what a screen reader calls each of them, its tip and
value, where on the screen it lies, whether it is there and in sight now, and whether it had the
focus so far; and the `labels` that are to be read now, with their places. Places are left, top,
width and height in pixels of the screen.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

_EVERY = 0.2


def _watch(folder: Path) -> None:
    file = folder / f"{os.getpid()}.json"
    while "gi.repository.Gtk" not in sys.modules:
        time.sleep(_EVERY)
    from gi.repository import GLib, Gtk

    seen: dict[str, dict[str, Any]] = {}

    def look() -> bool:
        for dialog in seen.values():
            dialog["labels"].clear()
            for control in dialog["controls"].values():
                control["there"] = control["seen"] = False
        for window in Gtk.Window.list_toplevels():
            if window.get_mapped() and window.get_title():
                fresh: dict[str, Any] = {"controls": {}, "labels": []}
                _note(Gtk, window, seen.setdefault(window.get_title(), fresh))
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(seen))
        unfinished.rename(file)
        return True

    GLib.timeout_add(round(1000 * _EVERY), look)


def _note(gtk: Any, window: Any, dialog: dict[str, Any]) -> None:
    """The controls by their numbers; the focus may lie inside of one."""
    kinds = gtk.Button, gtk.Entry, gtk.Scale, gtk.ComboBox, gtk.TreeView, gtk.Expander
    focus, controls = window.get_focus(), dialog["controls"]

    def walk(widget: Any) -> None:
        is_control = isinstance(widget, kinds) or (
            widget.get_can_focus()
            and not isinstance(widget, (gtk.Label, gtk.ScrolledWindow, gtk.Scrollbar))
        )
        if is_control and widget.get_mapped():
            enabled, box = widget.is_sensitive(), _box(widget)
            kept = controls.setdefault(str(hash(widget)), {"focused": False, "able": False})
            kept |= {"kind": type(widget).__name__, "name": _name(widget), "box": box}
            kept |= {"tip": widget.get_tooltip_text() or "", "enabled": enabled, "there": True}
            kept |= {"seen": _is_in_sight(gtk, widget), "value": _value(gtk, widget)}
            inside = focus is not None and (focus == widget or focus.is_ancestor(widget))
            kept["able"] |= enabled
            kept["focused"] |= inside
        if isinstance(widget, gtk.Label) and widget.get_text() and _is_in_sight(gtk, widget):
            dialog["labels"].append({"text": widget.get_text(), "box": _box(widget)})
        if isinstance(widget, gtk.Container) and not isinstance(widget, (gtk.ComboBox, gtk.Button)):
            widget.forall(walk)

    if window.get_child() is not None:
        walk(window.get_child())


def _value(gtk: Any, widget: Any) -> Any:
    """A number, whether it is pressed or unfolded, or a text."""
    if isinstance(widget, (gtk.SpinButton, gtk.Scale)):
        return widget.get_value()
    if isinstance(widget, gtk.ToggleButton):
        return widget.get_active()
    if isinstance(widget, gtk.Expander):
        return widget.get_expanded()
    return widget.get_text() if isinstance(widget, gtk.Entry) else None


def _is_in_sight(gtk: Any, widget: Any) -> bool:
    """Whether all of it is, which may be scrolled or folded away."""
    left, top, width, height = _box(widget)
    port = widget.get_ancestor(gtk.Viewport)
    if not widget.get_mapped() or width <= 1 or port is None:
        return bool(widget.get_mapped() and width > 1)
    x, y, across, down = _box(port)
    return x <= left and y <= top and left + width <= x + across and top + height <= y + down


def _box(widget: Any) -> list[int]:
    top = widget.get_toplevel()
    _ok, left, above = top.get_window().get_origin()
    x, y = widget.translate_coordinates(top, 0, 0) or (0, 0)
    room, scale = widget.get_allocation(), widget.get_scale_factor()
    return [scale * value for value in (left + x, above + y, room.width, room.height)]


def _name(widget: Any) -> str:
    """As a screen reader finds it: its own, or that of the label that stands for it."""
    from gi.repository import Atk

    accessible = widget.get_accessible()
    if name := accessible.get_name():
        return str(name)
    relation = accessible.ref_relation_set().get_relation_by_type(Atk.RelationType.LABELLED_BY)
    if relation is None:
        return ""
    return " ".join(str(label.get_name()) for label in relation.get_target())


if sys.argv[0:1] and os.environ.get("WATCHED") and "draggan.py" in " ".join(sys.orig_argv):
    threading.Thread(target=_watch, args=(Path(os.environ["WATCHED"]),), daemon=True).start()
