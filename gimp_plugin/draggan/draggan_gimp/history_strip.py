"""The drags that the picture has: small pictures to go back to, and a button to compare."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import GdkPixbuf, GimpUi, Gtk

from draggan_server.host.history import Moment
from draggan_server.host.sentences import tips, words
from draggan_server.host.translation import tr

from .picture_view import pixbuf_of

_SIDE = 48


class HistoryStrip:
    """`on_chosen` gets the position of the picture that was clicked; `on_compare` whether the
    button is held."""

    def __init__(
        self, on_chosen: Callable[[int], None], on_compare: Callable[[bool], None]
    ) -> None:
        self._on_chosen = on_chosen
        self._moments = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=3)
        scrolled = Gtk.ScrolledWindow()
        scrolled.set_policy(Gtk.PolicyType.AUTOMATIC, Gtk.PolicyType.NEVER)
        scrolled.add(self._moments)
        self._compare = Gtk.Button.new_with_mnemonic(tr(words.COMPARE))
        self._compare.set_tooltip_text(tr(tips.COMPARE))
        self._compare.connect("pressed", lambda _button: on_compare(True))
        self._compare.connect("released", lambda _button: on_compare(False))
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        rows.pack_start(scrolled, False, False, 0)
        rows.pack_start(self._compare, False, False, 0)
        self.widget = GimpUi.Frame.new(tr(words.HISTORY))
        self.widget.add(rows)
        self.widget.show_all()
        self.widget.set_no_show_all(True)
        self.show(())

    def show(self, moments: tuple[Moment, ...]) -> None:
        """Show these; no strip at all where there are none."""
        for child in self._moments.get_children():
            child.destroy()
        for moment in moments:
            picture = pixbuf_of(moment.picture).scale_simple(
                _SIDE, _SIDE, GdkPixbuf.InterpType.BILINEAR
            )
            button = Gtk.ToggleButton(image=Gtk.Image.new_from_pixbuf(picture))
            button.set_tooltip_text(tr(tips.HISTORY, moment=moment.words))
            button.set_active(moment.shown)
            button.connect("toggled", lambda _button, at=moment.position: self._on_chosen(at))
            self._moments.pack_start(button, False, False, 0)
        self._moments.show_all()
        self.widget.set_visible(bool(moments))

    def set_usable(self, strip: bool, compare: bool) -> None:
        """Whether a picture can be gone back to, and whether there is one to compare with."""
        self._moments.set_sensitive(strip)
        self._compare.set_sensitive(compare)
