"""What is set once and then folded away: how points are dragged, and how photos are looked at."""

from __future__ import annotations

from draggan_server.host import settings
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Button, Choice, Entry, Fold, Number
from draggan_server.host.result_place import ResultPlace
from draggan_server.host.sentences import setup, state, tips, words
from draggan_server.host.settings import Settings
from draggan_server.host.translation import tr
from draggan_server.wire.drag_config import MAX_STEPS_LIMIT, METHODS, DragConfig, drag_config
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

RESULT_WORDS: dict[ResultPlace, tuple[str, str]] = {
    "new-layer": (words.RESULT_NEW_LAYER, tips.RESULT_NEW_LAYER),
    "same-layer": (words.RESULT_SAME_LAYER, tips.RESULT_SAME_LAYER),
    "group": (words.RESULT_GROUP, tips.RESULT_GROUP),
}
"""The name of each place of a result, and what it does to the image."""

METHOD = Choice("method", words.METHOD)
MAX_STEPS = Number("max_steps", words.MAX_STEPS, tips.MAX_STEPS, 1, MAX_STEPS_LIMIT, 10)
QUALITY = Choice("quality", words.QUALITY, tips.QUALITY)
RESULT = Choice("result", words.RESULT)
RESET = Button("reset", words.RESET, tips.RESET)
STATE = Button("state", state.OPEN, state.OPEN_TIP)
MANAGE = Button("manage", setup.MANAGE, setup.MANAGE_TIP)
FIELDS = (METHOD, MAX_STEPS, QUALITY, RESET)
OPTIONS = Fold("options", words.OPTIONS, parts=(*FIELDS, STATE, MANAGE))
PLACING_OPTIONS = Fold("options", words.OPTIONS, parts=(RESULT, *OPTIONS.parts))
"""For an editor that can put a result into any place."""


class Options:
    """The options of a form; `remembered` gives their first values."""

    def __init__(self, form: Form, remembered: Settings) -> None:
        self._form = form
        methods = (Entry(name, method_name(name), tip=method_tip(name)) for name in METHODS)
        form.set(METHOD, entries=tuple(methods))
        qualities = (Entry(name, tr(label)) for name, label in QUALITY_WORDS.items())
        form.set(QUALITY, entries=tuple(qualities))
        results = (
            Entry(place, tr(name), tip=tr(tip)) for place, (name, tip) in RESULT_WORDS.items()
        )
        form.set(RESULT, entries=tuple(results))
        form.set(OPTIONS, value=remembered.options)
        self._show(remembered)
        form.on_press(RESET, self._reset)
        form.on_change(RESULT, lambda place: settings.remember(result=place))
        form.on_change(OPTIONS, lambda unfolded: settings.remember(options=unfolded))

    def config(self) -> DragConfig:
        """How a drag is done."""
        method, max_steps = self._form.value(METHOD), self._form.value(MAX_STEPS)
        return drag_config(method=method, max_steps=max_steps)

    def quality(self) -> Quality:
        """How closely a photo is looked at."""
        quality: Quality = self._form.value(QUALITY)
        return quality

    def place(self) -> ResultPlace:
        """Where the result of a drag is put."""
        place: ResultPlace = self._form.value(RESULT)
        return place

    def enable(self, enabled: bool) -> None:
        self._form.enable(enabled, *FIELDS, RESULT)

    def _reset(self) -> None:
        self._form.choose(RESULT, Settings().result)
        self._show(Settings())

    def _show(self, values: Settings) -> None:
        self._form.set(METHOD, value=values.method)
        self._form.set(MAX_STEPS, value=values.max_steps)
        self._form.set(QUALITY, value=values.quality)
        self._form.set(RESULT, value=values.result)


def method_name(method: str) -> str:
    """A method as the user chooses it, with its own name in brackets."""
    return tr(METHOD_WORDS[method][0], method=method)


def method_tip(method: str) -> str:
    """What a method does to the picture."""
    return tr(METHOD_WORDS[method][1])
