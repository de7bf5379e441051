"""The caption of a field in a dialog."""

from __future__ import annotations

from gi.repository import Gtk

from draggan_server.host.sentences import words
from draggan_server.host.translation import tr


def caption_of(label: str) -> Gtk.Label:
    """A label in the user's language, whose underscore marks the key that goes to its field."""
    text = tr(words.WITH_COLON, label=tr(label))
    return Gtk.Label(label=text, use_underline=True, xalign=0.0)
