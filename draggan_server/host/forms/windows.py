"""Windows that show a form and nothing else, as data: a host has one renderer of them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.library import LIBRARY, LibraryForm
from draggan_server.host.forms.parts import Choice, Part
from draggan_server.host.forms.state import STATE, StateForm
from draggan_server.host.link import Every, Link, Stop
from draggan_server.host.sentences import state, words


@dataclass(frozen=True)
class Filled:
    """A form that is alive: `close` it with its window; `drop` takes the address of a file that is
    dropped on it, where it takes any."""

    close: Stop
    drop: Callable[[str], None] | None = None


@dataclass(frozen=True)
class Window:
    """`name` is that of its size in the settings; `fill` gets the host's timer and log file."""

    name: str
    title: str
    parts: tuple[Part, ...]
    fill: Callable[[Form, Every, str], Filled]

    @property
    def grows(self) -> bool:
        """Whether there is use for all the room that the user gives it."""
        return any(isinstance(part, Choice) and part.listed for part in self.parts)


def _fill_models(form: Form, every: Every, log_file: str) -> Filled:
    link = Link(every, log_file)
    library = LibraryForm(form, link)
    return Filled(link.close, library.add)


def _fill_state(form: Form, every: Every, log_file: str) -> Filled:
    return Filled(StateForm(form, every, log_file).close)


MODELS = Window("models", words.MODELS, LIBRARY, _fill_models)
STATE_OF_THINGS = Window("state", state.TITLE, STATE, _fill_state)
