"""Shows a form by the widgets of a toolkit, and knows what it means what their user does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.parts import (
    Button,
    Choice,
    Entry,
    Fold,
    Group,
    Item,
    Line,
    Number,
    Part,
    Pictures,
    Press,
    Progress,
    Row,
    Status,
    Switch,
    Text,
    has_caption,
)
from draggan_server.host.forms.toolkit import Aspect, Filling, Laid, Made, Setters, Told, Toolkit, W
from draggan_server.host.translation import plain, tr

_ALWAYS = {Aspect.VALUE, Aspect.FRACTION}
"""Set each time that something changes: the user may have changed the one, and where how far it is
cannot be said, the other moves with each time."""


@dataclass
class _Shown:
    """A widget and what was set of it last. Its `user` is kept here: Qt holds methods that are
    connected to its signals by weak references."""

    setters: Setters
    user: _User
    last: dict[Aspect, Any] = field(
        default_factory=lambda: {Aspect.ENABLED: True, Aspect.VISIBLE: True}
    )
    entries: tuple[Entry, ...] = ()


class Presenter(Generic[W]):
    """Makes the widgets of a form, part by part, and keeps them as their looks say.

    `widgets` has them by the keys of their items.
    """

    def __init__(self, form: Form, toolkit: Toolkit[W]) -> None:
        self._form = form
        self._toolkit = toolkit
        self._shown: dict[str, _Shown] = {}
        self.widgets: dict[str, W] = {}
        self._makers: dict[type[Item], Callable[[Any, Told], Made[W]]] = {
            Button: toolkit.button,
            Switch: toolkit.switch,
            Number: toolkit.number,
            Choice: toolkit.choice,
            Pictures: toolkit.pictures,
            Text: toolkit.text,
            Line: toolkit.line,
            Status: toolkit.status,
            Progress: toolkit.progress,
            Group: self._group,
            Fold: lambda item, told: toolkit.fold(self.build_all(item.parts), told),
        }
        form.show_in(self)

    def build(self, part: Part) -> W:
        """The widget of a part, which shows it from now on."""
        if isinstance(part, Row):
            return self._toolkit.beside([self.build(inner) for inner in part.parts], part)
        user = _User(self, part)
        made = self._makers[type(part)](part, user)
        setters = {**self._toolkit.common(made.widget), **made.setters}
        self._shown[part.key] = _Shown(setters, user)
        self.widgets[part.key] = made.widget
        self._form.show(part)
        return made.widget

    def build_all(self, parts: Sequence[Part], spacing: int = 9) -> W:
        """Parts below each other; fields have their captions before them."""
        return self._toolkit.below([self._line(part) for part in parts], spacing)

    def _line(self, part: Part) -> Laid[W]:
        widget = self.build(part)
        if not has_caption(part):
            return Laid(widget)
        first = part.parts[0] if isinstance(part, Row) else part
        return Laid(widget, self._keyed(tr(part.label)), self.widgets[first.key])

    def _group(self, item: Group, _told: Told) -> Made[W]:
        inside = self.build_all(item.parts)
        if not item.label:
            return Made(inside, {})
        return self._toolkit.group(plain(tr(item.label)), inside)

    def _keyed(self, label: str) -> str:
        return label if self._toolkit.has_keys else plain(label)

    # -- what the form asks for -------------------------------------------------------------------

    def show(self, item: Item, look: Look) -> None:
        shown = self._shown.get(item.key)
        if shown is None:
            return
        for aspect, value in self._aspects(item, look, shown).items():
            setter = shown.setters.get(aspect)
            if setter and (aspect in _ALWAYS or shown.last.get(aspect) != value):
                shown.last[aspect] = value
                setter(value)

    def unfold(self, item: Item) -> None:
        self._toolkit.unfold(self.widgets[item.key])

    def _aspects(self, item: Item, look: Look, shown: _Shown) -> dict[Aspect, Any]:
        keyed, chosen = isinstance(item, Button | Switch | Fold), look.entry()
        tip = look.label if isinstance(item, Status) else look.tip
        aspects = {
            Aspect.LABEL: self._keyed(look.label) if keyed else look.label,
            Aspect.PICTURE: look.picture,
            Aspect.FRACTION: look.fraction,
            Aspect.WARNS: look.warns,
            Aspect.VALUE: _value(item, look),
            Aspect.TIP: (chosen.tip if chosen else "") or tip,
            Aspect.ENABLED: look.enabled,
            Aspect.VISIBLE: look.visible,
        }
        unseen = isinstance(item, Choice | Pictures) or (isinstance(item, Button) and item.icon)
        if unseen and look.label:
            aspects[Aspect.NAME] = plain(look.label)
        if look.entries != shown.entries:
            aspects[Aspect.ENTRIES] = _filling(item, look.entries, shown.entries)
            shown.entries = look.entries
        return {aspect: aspects[aspect] for aspect in Aspect if aspect in aspects}

    # -- what the widgets say ---------------------------------------------------------------------

    def pressed(self, item: Item) -> None:
        """For `_User`: an item was pressed."""
        press, widget = getattr(item, "press", Press.CLICK), self.widgets[item.key]
        if press is Press.CLICK:
            self._form.act(item)
            return
        title = plain(self._form.look(item).label)
        chosen = (
            self._toolkit.choose_file(widget, title)
            if press is Press.FILE
            else self._toolkit.choose_folder(widget)
        )
        if chosen:
            self._form.act(item, chosen)

    def changed(self, item: Item, value: Any) -> None:
        """For `_User`: an item stands at another value."""
        if isinstance(item, Number) and not item.digits:
            value = round(value)
        if not isinstance(item, Choice | Pictures):
            self._form.act(item, value)
            return
        places = _with_gaps(item, self._form.look(item).entries)
        entry = places[value] if 0 <= value < len(places) else None
        if entry is not None and self._form.act(item, entry.name) and isinstance(item, Pictures):
            self._form.show(item)  # a widget may show another one than the one that is meant

    def opened(self, item: Item) -> None:
        """For `_User`: an item was opened."""
        if isinstance(item, Choice) and not item.asks:
            self.unfold(item)
        else:
            self._form.open(item)

    def entered(self, item: Item) -> None:
        """For `_User`: Enter was pressed in an item."""
        if isinstance(item, Line):
            self._form.press(item.button)

    def dropped(self, item: Item, file: str) -> None:
        """For `_User`: a file was dropped on an item."""
        self._form.act(item, file)


@dataclass(frozen=True)
class _User:
    """Says what the user does to one item."""

    presenter: Presenter[Any]
    item: Item

    def pressed(self) -> None:
        self.presenter.pressed(self.item)

    def changed(self, value: Any) -> None:
        self.presenter.changed(self.item, value)

    def opened(self) -> None:
        self.presenter.opened(self.item)

    def entered(self) -> None:
        self.presenter.entered(self.item)

    def dropped(self, file: str) -> None:
        self.presenter.dropped(self.item, file)


def _value(item: Item, look: Look) -> Any:
    if isinstance(item, Choice | Pictures):
        places = _with_gaps(item, look.entries)
        names = [None if entry is None else entry.name for entry in places]
        return names.index(look.value) if look.value in names and look.value is not None else -1
    if isinstance(item, Line):
        return look.value or ""
    return (look.value or 0) if isinstance(item, Number) else bool(look.value)


def _filling(item: Item, entries: tuple[Entry, ...], before: tuple[Entry, ...]) -> Filling:
    stays = isinstance(item, Pictures) and bool(before) and entries[: len(before)] == before
    new = entries[len(before) :] if stays else entries
    pictured = any(entry.picture for entry in entries)
    return Filling(_with_gaps(item, new), pictured, stays)


def _with_gaps(item: Item, entries: tuple[Entry, ...]) -> tuple[Entry | None, ...]:
    """What stands apart of the entries of a choice has a gap before it."""
    if not isinstance(item, Choice):
        return entries
    gapped: list[Entry | None] = []
    for entry in entries:
        gapped += [None, entry] if entry.apart and gapped else [entry]
    return tuple(gapped)
