"""The kinds of things that a form is made of, and how they lie beside and below each other.

Labels and tips are English sentences of `draggan_server.host.sentences`; a `Form` translates them.
An underscore in a label marks its key, which a host without such keys leaves out.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from draggan_server.wire.messages import Pixels


class Press(enum.Enum):
    """What a button tells of the fingers on it."""

    CLICK = "that it was pressed"
    FILE = "which file the user has chosen then; files may be dropped on it, too"
    TOGGLE = "whether it is down, where it stays until it is pressed again"
    HOLD = "whether it is down, while the finger is"
    FOLDER = "which folder, as a path, the user has chosen after it was pressed"


class Icon(enum.Enum):
    """What a button may show in place of its label, where there is little room."""

    DICE = "chance"


@dataclass(frozen=True)
class Item:
    """Something that shows a `Look`; the `key` names it within its form."""

    key: str
    label: str = ""
    tip: str = ""


@dataclass(frozen=True)
class Button(Item):
    """`main`: the one that the form is there for. Shows its look's picture, where that has one."""

    press: Press = Press.CLICK
    main: bool = False
    icon: Icon | None = None


@dataclass(frozen=True)
class Switch(Item):
    """On or off: its value is a bool."""


@dataclass(frozen=True)
class Number(Item):
    """A whole number, or one with so many decimals: its value is an int or a float.

    Where there is room, a slider may stand for it, over the values that are `usual`, with a mark at
    the one of most use.
    """

    least: float = 0
    most: float = 100
    step: float = 1
    digits: int = 0
    usual: tuple[float, float, float] | None = None
    """From, to, and the mark."""


@dataclass(frozen=True)
class Choice(Item):
    """One of its look's entries: its value is that one's name. `listed`: they are all in sight.

    `asks`: they are asked for each time the user opens the list, see `Form.open`. `narrow`: it does
    not ask for the room of its longest entry.
    """

    asks: bool = False
    narrow: bool = False
    listed: bool = False


@dataclass(frozen=True)
class Pictures(Item):
    """The pictures of its look's entries in a row; its value is the name of the one that is shown,
    and the user clicks another.

    `wraps`: they are in as many rows as there is need for, and scroll; each time their end is seen
    it is opened, see `Form.open`.
    """

    wraps: bool = False


@dataclass(frozen=True)
class Text(Item):
    """Words, which are its label; it `wraps` where they may be many."""

    wraps: bool = False


@dataclass(frozen=True)
class Line(Item):
    """A line that the user writes: its value. Until then its label stands there, in grey. Enter
    presses its button, as the mouse would."""

    button: Button | None = None


@dataclass(frozen=True)
class Status(Item):
    """A sentence that says what goes on, which is its label; some warn."""


@dataclass(frozen=True)
class Progress(Item):
    """A bar: how far something is, as a fraction and in words, which are its label. It keeps its
    room where it is not shown."""


@dataclass(frozen=True)
class Row:
    """Parts beside each other; with a label, a field of a form whose first part is the field.
    `weights` share out the room; a part with a weight of 0 takes no more than it needs.
    """

    parts: tuple[Item, ...]
    label: str = ""
    weights: tuple[int, ...] = ()


@dataclass(frozen=True)
class Group(Item):
    """Parts below each other, with a title above, which is its label; none where that is empty."""

    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Fold(Item):
    """Parts that are folded away below its label; its value says whether they are unfolded."""

    parts: tuple[Part, ...] = ()


Part = Item | Row


@dataclass(frozen=True)
class Entry:
    """What can be chosen. `about` says more than its label, in smaller letters; `apart`: it stands
    apart from those before it."""

    name: str
    label: str = ""
    about: str = ""
    tip: str = ""
    picture: Pixels | None = None
    enabled: bool = True
    apart: bool = False


def has_caption(part: Part) -> bool:
    """Whether its label stands before it, as a field's does."""
    listed = isinstance(part, Choice) and part.listed
    return isinstance(part, Number | Choice | Row) and bool(part.label) and not listed
