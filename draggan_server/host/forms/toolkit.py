"""What a host says of its toolkit: how a widget of each kind is made, and how it is set.

What a widget shows at a time, and what its user's doings mean, is decided by the `Presenter`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from draggan_server.host.forms.parts import (
    Button,
    Choice,
    Entry,
    Line,
    Number,
    Pictures,
    Progress,
    Row,
    Status,
    Switch,
    Text,
)

W = TypeVar("W")


class Aspect(enum.Enum):
    """What of a widget can be set, in the order in which it is; with what its setter gets."""

    NAME = "a text by which a screen reader names it"
    LABEL = "a text"
    PICTURE = "an RGBA picture as `Pixels`; None: it has none any more"
    ENTRIES = "a `Filling`"
    FRACTION = "from 0 to 1; None: how far it is cannot be said"
    WARNS = "whether its label says that something is wrong"
    VALUE = (
        "what it stands at: a bool, a number, a text, or the place of one of its entries, -1 for "
        "none; a gap has a place, too"
    )
    TIP = "a text, which may be empty"
    ENABLED = "whether it can be used"
    VISIBLE = "whether it is seen; it keeps its settings meanwhile"


@dataclass(frozen=True)
class Filling:
    """Entries to be added, None for a gap between them. What was there goes before, unless it
    `stays`. `pictured`: they have pictures, or keep the room for one."""

    entries: tuple[Entry | None, ...]
    pictured: bool
    stays: bool = False


Setters = Mapping[Aspect, Callable[[Any], object]]


@dataclass(frozen=True)
class Made(Generic[W]):
    """A widget, and how aspects of it are set: at first it is seen and can be used."""

    widget: W
    setters: Setters


@dataclass(frozen=True)
class Laid(Generic[W]):
    """What lies in a line; where it is a field it has a `caption`, which names the widget
    `named`."""

    widget: W
    caption: str = ""
    named: W | None = None


class Told(Protocol):
    """What a widget says of its user. While it is set, it may say so, too: nobody listens then."""

    def pressed(self) -> None:
        """A button was pressed."""

    def changed(self, value: Any) -> None:
        """It stands at another value, as the setter of `Aspect.VALUE` has it."""

    def opened(self) -> None:
        """The user wants to see what can be chosen, or has come to the end of the pictures."""

    def entered(self) -> None:
        """Enter was pressed in it."""

    def dropped(self, file: str) -> None:
        """A file was dropped on it, of this path or address."""


class Toolkit(Protocol[W]):
    """The widgets of a host. `has_keys`: an underscore in a label marks its key; elsewhere labels
    come without."""

    has_keys: bool

    def button(self, item: Button, told: Told) -> Made[W]: ...

    def switch(self, item: Switch, told: Told) -> Made[W]: ...

    def number(self, item: Number, told: Told) -> Made[W]: ...

    def choice(self, item: Choice, told: Told) -> Made[W]: ...

    def pictures(self, item: Pictures, told: Told) -> Made[W]: ...

    def text(self, item: Text, told: Told) -> Made[W]: ...

    def line(self, item: Line, told: Told) -> Made[W]:
        """Its label stands there in grey until something is written, which is its value."""

    def status(self, item: Status, told: Told) -> Made[W]: ...

    def progress(self, item: Progress, told: Told) -> Made[W]: ...

    def group(self, title: str, inside: W) -> Made[W]:
        """A title above what is inside."""

    def fold(self, inside: W, told: Told) -> Made[W]:
        """What is inside can be folded away; its value says whether it is unfolded."""

    def beside(self, widgets: Sequence[W], row: Row) -> W:
        """The widgets of a row."""

    def below(self, lines: Sequence[Laid[W]], spacing: int) -> W:
        """Lines below each other, with captions in a column of their own, `spacing` pixels
        apart, where the host has that much room."""

    def common(self, widget: W) -> Setters:
        """The setters of what all widgets have: name, tip, enabled, visible."""

    def unfold(self, widget: W) -> None:
        """Show what can be chosen."""

    def choose_file(self, widget: W, title: str) -> str:
        """The path that the user chooses; empty for none."""

    def choose_folder(self, widget: W) -> str:
        """The same of a folder."""
