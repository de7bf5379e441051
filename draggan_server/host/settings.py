"""What the plug-ins remember between uses, in one file that all hosts share.

A TOML file in the daemon's configuration folder. It is a convenience: what is damaged, out of
range or cannot be written is logged and never gets into the way of the work. Two hosts may write
at once: the file is whole at any time, and what was written last holds.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from draggan_server.host.brush_tip import LEAST_SIZE, MOST_SIZE
from draggan_server.host.result_place import RESULT_PLACES, ResultPlace
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput, DragganError
from draggan_server.wire.install_record import install_record
from draggan_server.wire.messages import DEFAULT_PSI, Quality, SampleSource
from draggan_server.wire.whole_file import write_private

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = "settings.toml"
MAX_BYTES = 64 * 1024
MAX_SIDE = 20_000
"""Pixels of a dialog's side; larger ones are no screen's."""

_logger = logging.getLogger(__name__)
_HEADER = (
    "# What DragGAN's plug-ins remember. Delete this file, and they begin with their defaults.\n"
)
_DEFAULTS = drag_config()

QUALITIES: tuple[Quality, ...] = get_args(Quality)

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Settings:
    """`model` is a model's name, empty for the default one. `live`: the picture follows the hand at
    once; `in_image`: the image's own window shows it meanwhile, too. `quality`: how closely photos
    are looked at. `result`: where that of a drag is put. `options`: they are unfolded.
    `brush_size`: in pixels of the picture; `brush_hardness`: in percent. `sizes` are those that the
    user gave to dialogs, by the dialogs' names. Raises `BadInput` or `ValueError` on a value out of
    range.
    """

    model: str = ""
    truncation: float = DEFAULT_PSI
    method: str = _DEFAULTS.method
    max_steps: int = _DEFAULTS.max_steps
    live: bool = True
    quality: Quality = "normal"
    result: ResultPlace = RESULT_PLACES[0]
    in_image: bool = False
    options: bool = False
    brush_size: int = 60
    brush_hardness: int = 80
    sizes: Mapping[str, Size] = field(default_factory=dict)

    def __post_init__(self) -> None:
        SampleSource(self.model, 0, self.truncation)
        drag_config(method=self.method, max_steps=self.max_steps)
        if self.quality not in QUALITIES:
            raise ValueError(f"{self.quality!r} is no quality")
        if self.result not in RESULT_PLACES:
            raise ValueError(f"{self.result!r} is no place for a result")
        if not (LEAST_SIZE <= self.brush_size <= MOST_SIZE and 0 <= self.brush_hardness <= 100):
            raise ValueError(f"no brush is {self.brush_size} pixels, {self.brush_hardness}% hard")
        for name, (width, height) in self.sizes.items():
            if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
                raise ValueError(f"the dialog {name!r} cannot be {width} x {height} pixels large")


def load(path: Path | None = None) -> Settings:
    """What is remembered; defaults for what is not, or makes no sense."""
    try:
        where = path or settings_file()
        with where.open("rb") as file:
            document = tomllib.loads(file.read(MAX_BYTES).decode("utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError, DragganError) as error:
        _logger.warning("the settings cannot be read, the defaults are used: %s", error)
        return Settings()
    settings = Settings()
    for name, read in _READERS.items():
        if name in document:
            settings = _with(settings, name, read, document[name])
    return settings


def remember(path: Path | None = None, **changes: Any) -> None:
    """Write fields of `Settings` to the file; the others stay as they are there."""
    try:
        where = path or settings_file()
        before = load(where)
        settings = replace(before, **changes)
        if settings != before:
            write_private(where, _to_toml(settings))
    except (OSError, UnicodeError, DragganError) as error:
        _logger.warning("the settings are not remembered: %s", error)


def settings_file() -> Path:
    """Where the settings lie. Raises `DaemonUnreachable` as `install_record` does."""
    return install_record().connection_file.with_name(FILE_NAME)


def _with(settings: Settings, name: str, read: Callable[[Any], Any], value: Any) -> Settings:
    try:
        return replace(settings, **{name: read(value)})
    except (BadInput, TypeError, ValueError) as error:
        _logger.warning("the setting %s is ignored: %s", name, error)
        return settings


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is not true or false")
    return value


def _number(value: Any) -> float:
    return value if isinstance(value, float) else float(_whole(value))


def _sizes(value: Any) -> dict[str, Size]:
    sizes = {}
    for name, (width, height) in dict(value).items():
        sizes[_text(name)] = _whole(width), _whole(height)
    return sizes


_READERS: dict[str, Callable[[Any], Any]] = {
    "model": _text,
    "truncation": _number,
    "method": _text,
    "max_steps": _whole,
    "live": _flag,
    "quality": _text,
    "result": _text,
    "in_image": _flag,
    "options": _flag,
    "brush_size": _whole,
    "brush_hardness": _whole,
    "sizes": _sizes,
}


def _to_toml(settings: Settings) -> str:
    lines = [f"{name} = {_value(getattr(settings, name))}" for name in _READERS if name != "sizes"]
    lines += ["", "[sizes]"]
    lines += [f"{_value(name)} = {_value(list(size))}" for name, size in settings.sizes.items()]
    return _HEADER + "\n".join(lines) + "\n"


def _value(value: str | float | list[int]) -> str:
    """A value in TOML, which writes these as JSON does; but it forbids the character 0x7f."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
