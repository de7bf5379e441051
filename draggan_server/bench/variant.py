"""What is compared: a method with its options, by a name."""

from __future__ import annotations

import dataclasses
from typing import get_type_hints

from draggan_server.wire.drag_config import DragConfig
from draggan_server.wire.errors import BadInput

_FIELDS = {field.name: field for field in dataclasses.fields(DragConfig)}


REFERENCE = "reference"
"""The variant of this name is no method of ours: it is DragGAN as published, see `published`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Variant:
    """A row of the tables."""

    name: str
    config: DragConfig

    def capped(self, max_steps: int) -> Variant:
        """The same with at most so many steps."""
        steps = min(max_steps, self.config.max_steps)
        return Variant(self.name, dataclasses.replace(self.config, max_steps=steps))


def parse_variant(text: str, base: DragConfig) -> Variant:
    """`NAME:option=value,option=value`, the options those of `DragConfig`; or just a method, or
    `REFERENCE`.

    What is not given is as in `base`. Raises `BadInput`.
    """
    name, _, options = text.partition(":")
    if not options and name == REFERENCE:
        return Variant(name, base)
    if not options:
        return Variant(name, dataclasses.replace(base, method=name))
    values: dict[str, object] = {}
    for option in options.split(","):
        key, equals, value = option.partition("=")
        if not equals or key not in _FIELDS:
            raise BadInput(
                f"{option!r} in the variant {text!r} is not an option. Write option=value; the "
                f"options are {', '.join(_FIELDS)}."
            )
        values[key] = _parse(key, value)
    return Variant(name, dataclasses.replace(base, **values))  # type: ignore[arg-type]


def _parse(key: str, value: str) -> object:
    hint = get_type_hints(DragConfig)[key]
    kinds = {kind for kind in getattr(hint, "__args__", (hint,)) if kind is not type(None)}
    for kind in (bool, int, float, str):
        if kind not in kinds:
            continue
        if kind is bool:
            if value in ("true", "false"):
                return value == "true"
            break
        try:
            return kind(value)
        except ValueError:
            break
    raise BadInput(f"{value!r} is no value for {key}.")
