"""The size that the user gave to a dialog, kept for the next time."""

from __future__ import annotations

from collections.abc import Iterator

from gi.repository import GLib, Gtk

from draggan_server.host import settings


class DialogSize:
    """Watches a dialog that is about to be shown; `name` is the dialog's in the settings."""

    def __init__(self, dialog: Gtk.Dialog, name: str) -> None:
        self._dialog = dialog
        self._name = name
        self._first: tuple[int, int] | None = None
        dialog.connect_after("map", lambda _dialog: GLib.idle_add(self._settle))

    def remember(self) -> None:
        """Keep the size, if the user has changed it. Call this while the dialog is still there.

        Where a fold was opened or closed since, that may be what has changed it: it is not kept.
        """
        size = self._size()
        if self._first not in (None, size):
            sizes = {**settings.load().sizes, self._name: size}
            settings.remember(sizes=sizes)

    def _settle(self) -> bool:
        # Once it is shown, what it asks for at first is asked for no more: it may be smaller.
        wanted = settings.load().sizes.get(self._name)
        if wanted is not None:
            self._dialog.resize(*wanted)
        self._first = wanted or self._size()
        for fold in _folds(self._dialog):
            fold.connect("notify::expanded", lambda *_: self._forget())
        return GLib.SOURCE_REMOVE

    def _forget(self) -> None:
        self._first = None

    def _size(self) -> tuple[int, int]:
        width, height = self._dialog.get_size()
        return width, height


def _folds(widget: Gtk.Widget) -> Iterator[Gtk.Expander]:
    """All that can be folded in a widget."""
    if isinstance(widget, Gtk.Expander):
        yield widget
    if isinstance(widget, Gtk.Container):
        for child in widget.get_children():
            yield from _folds(child)
