"""The list of models as a choice: the installed ones, and below them those that can be had."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Choice, Entry
from draggan_server.host.model_words import changes, licence_of, shows
from draggan_server.host.sentences import tips, words
from draggan_server.host.translation import tr
from draggan_server.wire.face import Face
from draggan_server.wire.messages import ModelInfo, ModelList, Pixels

MODEL = Choice("model", words.MODEL, tips.MODEL, asks=True)


class Models:
    """Installed models can be chosen, last those that change any picture; the others are grey and
    say where to get them.

    Until the models are listed the choice stands for the one of the name `first`, or where that is
    empty for the default one: no daemon is started by merely showing it. Where they are to `draw`,
    those that change any picture are not offered, since they draw none of their own. `listed` is
    called once they are listed.
    """

    def __init__(self, form: Form, first: str, item: Choice = MODEL, *, draw: bool = False) -> None:
        self._form = form
        self._item = item
        self._draw = draw
        self._first = first
        self.listed: Callable[[], None] = lambda: None
        self._known = False
        self._any_picture: tuple[ModelInfo, ...] = ()
        self._listed: dict[str, ModelInfo] = {}
        unknown = Entry("", first or tr(words.DEFAULT_MODEL))
        form.set(item, entries=(unknown,), value=unknown.name)

    @property
    def name(self) -> str | None:
        """The chosen model's name; None while none is listed."""
        return str(self._form.value(self._item)) if self._known else None

    @property
    def wanted(self) -> str:
        """The same; while none is listed that of the first one, which may be empty."""
        return self.name or self._first

    @property
    def instead(self) -> str:
        """The name of a model that changes any picture, empty where there is none."""
        return self._any_picture[0].name if self._any_picture else ""

    @property
    def draws(self) -> bool:
        """Whether the chosen model draws pictures of its own."""
        return all(self.name != one.name for one in self._any_picture)

    def size_of(self, name: str) -> tuple[int, int] | None:
        """The width and height of an installed model's pictures; None while that is not known."""
        found = self._listed.get(name)
        return None if found is None else (found.width, found.height)

    def face_of(self, name: str) -> Face | None:
        """Where eyes and mouths lie in its pictures; None where nobody knows."""
        found = self._listed.get(name)
        return None if found is None else found.face

    def show(self, listed: ModelList) -> None:
        """Offer these; the one chosen before stays chosen if it is among them."""
        wanted = self.wanted
        self._known = bool(listed.models)
        self._any_picture = () if self._draw else listed.any_picture
        self._listed = {one.name: one for one in listed.models}
        installed = [
            _entry(model, shows(model), listed.thumbnail(index))
            for index, model in enumerate(listed.models)
        ]
        installed += [_entry(model, changes(model), None) for model in self._any_picture]
        others = [
            _entry(model, tr(words.GET_MODEL), None, False, apart=place == 0)
            for place, model in enumerate(listed.available)
        ]
        self._form.set(self._item, entries=(*installed, *others))
        self.choose(wanted)
        self._form.unfold(self._item)
        self.listed()

    def show_none(self) -> None:
        """The models cannot be had now."""
        self._form.unfold(self._item, there=self._known)

    def choose(self, name: str) -> None:
        """Choose the model of that name, the default one where there is none."""
        names = [entry.name for entry in self._form.look(self._item).entries if entry.enabled]
        if self._known:
            self._form.set(self._item, value=name if name in names else names[0])


def _entry(
    model: ModelInfo, about: str, picture: Pixels | None, enabled: bool = True, apart: bool = False
) -> Entry:
    licence = tr(words.LICENCE, licence=licence_of(model))
    return Entry(model.name, model.name, about, licence, picture, enabled, apart)
