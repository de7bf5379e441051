"""Tells what can be done by keyboard in the plug-in's dialogs: Python imports it by itself where it
is on the path. It writes, for each dialog by its title, the controls, what a screen reader calls
each of them, and which of them had the focus so far, to the file that `WATCHED` names."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

_EVERY = 0.2


def _watch(file: Path) -> None:
    while "gi.repository.Gtk" not in sys.modules:
        time.sleep(_EVERY)
    from gi.repository import GLib, Gtk

    seen: dict[str, dict[str, Any]] = {}

    def look() -> bool:
        for window in Gtk.Window.list_toplevels():
            if window.get_mapped() and window.get_title():
                _note(Gtk, window, seen.setdefault(window.get_title(), {}))
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(seen))
        unfinished.rename(file)
        return True

    GLib.timeout_add(round(1000 * _EVERY), look)


def _note(gtk: Any, window: Any, seen: dict[str, Any]) -> None:
    """The controls by their numbers; the focus may lie inside of one."""
    kinds = gtk.Button, gtk.Entry, gtk.Scale, gtk.ComboBox, gtk.TreeView, gtk.Expander
    focus = window.get_focus()

    def walk(widget: Any) -> None:
        control = isinstance(widget, kinds) or (
            widget.get_can_focus()
            and not isinstance(widget, (gtk.Label, gtk.ScrolledWindow, gtk.Scrollbar))
        )
        if control and widget.get_mapped() and widget.is_sensitive():
            kept = seen.setdefault(str(hash(widget)), {"focused": False})
            kept |= {"kind": type(widget).__name__, "name": _name(widget)}
            inside = focus is not None and (focus == widget or focus.is_ancestor(widget))
            kept["focused"] |= inside
        if isinstance(widget, gtk.Container) and not isinstance(widget, (gtk.ComboBox, gtk.Button)):
            widget.forall(walk)

    if window.get_child() is not None:
        walk(window.get_child())


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
