"""The settings of a new picture as arguments of a procedure: each follows the other."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol

from draggan_server.host import settings
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import MODEL
from draggan_server.host.forms.sample import SEED, TRUNCATION, SampleForm
from draggan_server.host.mixing import format_mixture, main_seed
from draggan_server.host.settings import Settings
from draggan_server.wire.messages import MAX_PSI, EditOpened

_ITEMS = {"model": MODEL, "seed": SEED, "truncation": TRUNCATION}


class Config(Protocol):
    """The arguments, by their names."""

    def get_property(self, name: str) -> Any: ...

    def set_property(self, name: str, value: Any) -> None: ...


class SampleArguments:
    """`told` is called where a setting is another one."""

    def __init__(
        self,
        config: Config,
        form: Form,
        sample: SampleForm,
        remembered: Settings,
        told: Callable[[], None],
    ) -> None:
        self._config = config
        self._form = form
        self._sample = sample
        self._told = told
        config.set_property("model", remembered.model)
        config.set_property("truncation", remembered.truncation)
        for name, item in _ITEMS.items():
            self._take(name)
            form.on_change(item, functools.partial(self._give, name))

    def changed(self, name: str) -> None:
        """An argument is another one: the editor has reset it, or it was set from here."""
        item = _ITEMS.get(name)
        if item is not None and self._config.get_property(name) != self._form.value(item):
            self._take(name)
            self._sample.change(others=item is not SEED)
            self._told()

    def keep(self) -> EditOpened | None:
        """The picture that the settings describe is taken: they are its arguments from now on, and
        remembered. None where it is not there."""
        current = self._sample.samples.current
        if current is None:
            return None
        sample, opened = current
        self._config.set_property("model", sample.model)
        self._config.set_property("seed", main_seed(sample))
        self._config.set_property("mixture", format_mixture(sample))
        settings.remember(model=sample.model, truncation=sample.truncation_psi)
        return opened

    def _give(self, name: str, value: object) -> None:
        if self._config.get_property(name) != value:
            self._config.set_property(name, value)
        self._told()

    def _take(self, name: str) -> None:
        value = self._config.get_property(name)
        if name == "model":
            self._sample.models.choose(value)
            return
        if name == "truncation":
            value = min(max(value, -MAX_PSI), MAX_PSI)
        self._form.set(_ITEMS[name], value=value)
