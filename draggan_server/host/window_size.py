"""The size that the user gave to a window, kept for the next time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from draggan_server.host import settings
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Fold, Group, Part, Row
from draggan_server.host.settings import Size


class WindowSize:
    """`name` is that of the window in the settings, `parts` of a form are in it."""

    def __init__(self, name: str, form: Form, parts: Sequence[Part]) -> None:
        self._name = name
        self._first: Size | None = None
        for fold in _folds(parts):
            form.on_change(fold, lambda _unfolded: self._forget())

    def opened(self, size: Size) -> Size | None:
        """The window is shown, of that size; the one that it had last, None where it has none."""
        wanted = settings.load().sizes.get(self._name)
        self._first = wanted or size
        return wanted

    def closed(self, size: Size) -> None:
        """The window is closed: keep its size, if the user has changed it.

        Where a fold was opened or closed since, that may be what has changed it: it is not kept.
        """
        if self._first not in (None, size):
            settings.remember(sizes={**settings.load().sizes, self._name: size})

    def _forget(self) -> None:
        self._first = None


def _folds(parts: Sequence[Part]) -> Iterator[Fold]:
    for part in parts:
        if isinstance(part, Fold):
            yield part
        if isinstance(part, Row | Group | Fold):
            yield from _folds(part.parts)
