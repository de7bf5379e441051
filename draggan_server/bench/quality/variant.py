"""What is compared: a method with its options, by a name."""

from __future__ import annotations

import dataclasses
from typing import get_type_hints

from draggan_server.diffusion.drag import settings_for
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.wire.drag_config import (
    DIFFUSION_METHOD,
    DragConfig,
    DragganConfig,
    drag_config,
    options_of,
)
from draggan_server.wire.errors import BadInput

REFERENCE = "reference"
"""The variant of this name is no method of ours: it is DragGAN as published, see `published`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Variant:
    """A row of the tables. `diffusion` is the model that drags, where it is not the one that made
    the lions."""

    name: str
    config: DragConfig
    diffusion: DiffusionModel | None = None

    def capped(self, max_steps: int) -> Variant:
        """The same with at most so many steps."""
        steps = min(max_steps, self.config.max_steps)
        config = dataclasses.replace(self.config, max_steps=steps)
        return dataclasses.replace(self, config=config)


def parse_variant(text: str, base: DragConfig) -> Variant:
    """`NAME:option=value,option=value`, the options `method` and those of the method; or just a
    method, or `REFERENCE`.

    What is not given is as in `base`, of another method its defaults and the steps of `base`, of
    diffusion models' at most as many.
    Raises `BadInput`.
    """
    name, _, options = text.partition(":")
    if not options and name == REFERENCE:
        return Variant(name, DragganConfig(max_steps=base.max_steps))
    given = dict(_parts(option, text) for option in options.split(",")) if options else {}
    method = given.pop("method", base.method if options else name)
    start = base
    if method == DIFFUSION_METHOD:
        start = settings_for(base)
    elif method != base.method:
        start = drag_config(method, max_steps=base.max_steps)
    # By the method's own settings, which say what it has not.
    values = {key: _parse(method, key, value) for key, value in given.items()}
    kept = {option: getattr(start, option) for option in options_of(method)}
    return Variant(name, drag_config(method, **{**kept, **values}))


def _parts(option: str, text: str) -> tuple[str, str]:
    key, equals, value = option.partition("=")
    if not equals:
        raise BadInput(f"{option!r} in the variant {text!r} is not an option: write option=value.")
    return key, value


def _parse(method: str, key: str, value: str) -> object:
    """The value of a setting: a number where it is one."""
    hint = get_type_hints(type(drag_config(method))).get(key, str)
    kinds = {kind for kind in getattr(hint, "__args__", (hint,)) if kind is not type(None)}
    for kind in (int, float):
        if kind not in kinds:
            continue
        try:
            return kind(value)
        except ValueError:
            raise BadInput(f"{value!r} is no value for {key}.") from None
    return value
