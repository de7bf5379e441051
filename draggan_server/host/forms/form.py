"""What the items of a form show at a time, and what happens when the user touches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from draggan_server.host.forms.parts import Entry, Item
from draggan_server.host.translation import tr
from draggan_server.wire.messages import Pixels


@dataclass(frozen=True)
class Look:
    """What an item shows, in the user's language; which of it matters depends on its kind.

    `fraction` is None where something goes on and how far it is cannot be said.
    """

    label: str = ""
    tip: str = ""
    enabled: bool = True
    visible: bool = True
    value: Any = None
    warns: bool = False
    fraction: float | None = 0.0
    picture: Pixels | None = None
    entries: tuple[Entry, ...] = ()

    def entry(self) -> Entry | None:
        """The one that is chosen."""
        return next((entry for entry in self.entries if entry.name == self.value), None)


class FormView(Protocol):
    """What shows a form: a host's renderer. It may leave items out."""

    def show(self, item: Item, look: Look) -> None:
        """An item looks like this now. What the widget says of it meanwhile is not the user's."""

    def unfold(self, item: Item) -> None:
        """The entries of a choice that the user has opened are there."""


class Form:
    """The looks of items. The brain sets looks and listens; a view shows them, and says what the
    user does by `act` and `open`.

    A form need not be told which items it has: each has a look, whether a view shows it or not. The
    value that the user gives to an item is in its look before the listeners are called.
    """

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}
        self._listeners: dict[str, list[Callable[[Any], None]]] = {}
        self._openers: dict[str, Callable[[], None]] = {}
        self._opened: set[str] = set()
        self._view: FormView | None = None
        self._showing = False

    def look(self, item: Item) -> Look:
        if item.key not in self._looks:
            self._looks[item.key] = Look(_said(item.label), _said(item.tip))
        return self._looks[item.key]

    def value(self, item: Item) -> Any:
        return self.look(item).value

    def set(self, item: Item, **changes: Any) -> None:
        """Change fields of an item's look."""
        before = self.look(item)
        after = self._looks[item.key] = replace(before, **changes)
        if after != before:
            self.show(item)

    def choose(self, item: Item, value: Any) -> None:
        """Give an item another value as the user does."""
        if value != self.value(item):
            self.set(item, value=value)
            self._tell(item, value)

    def enable(self, enabled: bool, *items: Item) -> None:
        for item in items:
            self.set(item, enabled=enabled)

    def on_press(self, item: Item, listen: Callable[[], None]) -> None:
        """Call this when the user presses a button."""
        self.on_change(item, lambda _value: listen())

    def on_change(self, item: Item, listen: Callable[[Any], None]) -> None:
        """Call this with the value that the user has given to an item."""
        self._listeners.setdefault(item.key, []).append(listen)

    def on_open(self, item: Item, listen: Callable[[], None]) -> None:
        """Call this when the user opens a choice that asks; then `unfold` it."""
        self._openers[item.key] = listen

    def unfold(self, item: Item, there: bool = True) -> None:
        """The entries of a choice that asks are there, or cannot be had: if the user has opened it,
        it unfolds, or may be opened again."""
        if item.key in self._opened:
            self._opened.remove(item.key)
            if there and self._view is not None:
                self._view.unfold(item)

    # -- for a view -------------------------------------------------------------------------------

    def show_in(self, view: FormView) -> None:
        """Show the form there from now on."""
        self._view = view

    def show_nowhere(self) -> None:
        """The view is gone."""
        self._view = None

    def act(self, item: Item, value: Any = None) -> bool:
        """The user has touched an item. What a widget says while it is shown a look does not
        count: False."""
        if self._showing:
            return False
        self._looks[item.key] = replace(self.look(item), value=value)
        self._tell(item, value)
        return True

    def press(self, button: Item | None) -> None:
        """The user has asked for it otherwise than by the mouse: nothing while it is off."""
        if button is not None and self.look(button).enabled:
            self.act(button)

    def open(self, item: Item) -> None:
        """The user has opened a choice that asks."""
        if item.key in self._openers and item.key not in self._opened:
            self._opened.add(item.key)
            self._openers[item.key]()

    def show(self, item: Item) -> None:
        """Let the view show an item's look; it calls this for a widget that it has just made."""
        before, self._showing = self._showing, True
        try:
            if self._view is not None:
                self._view.show(item, self.look(item))
        finally:
            self._showing = before

    def _tell(self, item: Item, value: Any) -> None:
        for listen in self._listeners.get(item.key, ()):
            listen(value)


def _said(sentence: str) -> str:
    return tr(sentence) if sentence else ""
