"""The size that the user gave to a dialog, kept for the next time."""

from __future__ import annotations

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
        """Keep the size, if the user has changed it. Call this while the dialog is still there."""
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
        return GLib.SOURCE_REMOVE

    def _size(self) -> tuple[int, int]:
        width, height = self._dialog.get_size()
        return width, height
