"""What is set once and then folded away: how points are dragged, and how photos are looked at."""

from __future__ import annotations

from draggan_server.host.sentences import tips, words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import Quality

METHOD_WORDS = {
    "newton": (words.METHOD_NEWTON, tips.METHOD_NEWTON),
    "draggan": (words.METHOD_DRAGGAN, tips.METHOD_DRAGGAN),
    "freedrag": (words.METHOD_FREEDRAG, tips.METHOD_FREEDRAG),
}
"""The name of each method, and what it does to the picture."""

QUALITY_WORDS: dict[Quality, str] = {
    "fast": words.QUALITY_FAST,
    "normal": words.QUALITY_NORMAL,
    "best": words.QUALITY_BEST,
}
"""How closely a photo may be looked at."""


def method_name(method: str) -> str:
    """A method as the user chooses it, with its own name in brackets."""
    return tr(METHOD_WORDS[method][0], method=method)


def method_tip(method: str) -> str:
    """What a method does to the picture."""
    return tr(METHOD_WORDS[method][1])
