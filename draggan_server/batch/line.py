"""A line of a batch: a JSON object that says one command of `draggan` and its options.

`{"do": "drag", "input": "lion.png", "point": [[[114, 160], [114, 184]]], "output": "roar.png"}`
"""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import click

from draggan_server.cli.model_name import whole_name
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import parse

COMMANDS = ("sample", "drag", "invert")
MAX_LINE_BYTES = 1 << 20
_LEFT_OUT = ("json", "help")


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1. `text` is without the line's end."""

    number: int
    text: bytes

    @property
    def digest(self) -> str:
        """Another one where the line was changed."""
        return hashlib.sha256(self.text).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class LineResult:
    """What came of a line. `output` is within the batch's folder; `error` says why there is none,
    and `code` which class of `draggan_server.wire.errors` it is of.
    """

    number: int
    digest: str
    output: str
    seconds: float
    attempts: int = 1
    error: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A line that can be done: the command's words, and its output within the batch's folder."""

    words: tuple[str, ...]
    output: str


def read_line(line: Line, inputs: Path, folder: Path) -> Work:
    """What a line asks for. Names of files that it reads are relative to `inputs`.

    Raises `BadInput` with what is wrong.
    """
    document = _parse(line.text)
    name = document.pop("do", None)
    if name not in COMMANDS:
        raise BadInput(f'"do" is {name!r:.60}: it must be one of {", ".join(COMMANDS)}.')
    output = _output(document.pop("output", f"{line.number:06d}.png"))
    options: list[str] = []
    arguments: list[str] = []
    for key, param in _params(_command(name)).items():
        if key in document:
            words = _words(key, param, document.pop(key), inputs)
            (arguments if isinstance(param, click.Argument) else options).extend(words)
    if document:
        raise BadInput(f"{name} has no {', '.join(map(repr, sorted(document)))}.")
    written = ("--output", str(folder / output))
    return Work((name, *options, *written, "--", *arguments), output)


def _parse(text: bytes) -> dict[str, Any]:
    if len(text) > MAX_LINE_BYTES:
        raise BadInput(f"The line has more than {MAX_LINE_BYTES} bytes.")
    try:
        return parse(text)
    except ProtocolError as error:
        raise BadInput(f"The line cannot be read. {error}") from None


def _command(name: str) -> click.Command:
    command = getattr(importlib.import_module(f"draggan_server.cli.{name}"), name)
    assert isinstance(command, click.Command)
    return command


def _params(command: click.Command) -> dict[str, click.Parameter]:
    """The command's arguments and options, by the names that a line calls them."""
    params: dict[str, click.Parameter] = {}
    for param in command.params:
        if isinstance(param, click.Argument):
            params[param.make_metavar(click.Context(command)).strip("[].").lower()] = param
        else:
            key = max(param.opts, key=len).lstrip("-").replace("-", "_")
            if key not in (*_LEFT_OUT, "output"):
                params[key] = param
    return params


def _words(key: str, param: click.Parameter, value: Any, inputs: Path) -> list[str]:
    many = param.multiple if isinstance(param, click.Option) else False
    if many and not isinstance(value, list):
        raise BadInput(f"{key!r} is not a list.")
    words: list[str] = []
    for one in value if many else [value]:
        word = _word(key, one)
        if isinstance(param.type, click.Path):
            word = str(inputs / word)
        elif key == "model":
            word = whole_name(word, inputs)
        words += [word] if isinstance(param, click.Argument) else [max(param.opts, key=len), word]
    return words


def _word(key: str, value: Any) -> str:
    """A value as the command line has it: numbers by commas, and pairs of points by colons."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(one, list) for one in value):
        return ":".join(_word(key, one) for one in value)
    if isinstance(value, list) and value and not any(isinstance(one, list) for one in value):
        return ",".join(_word(key, one) for one in value)
    raise BadInput(f"{key!r} is neither a text nor a number nor a list of numbers.")


def _output(name: Any) -> str:
    path = PurePosixPath(name) if isinstance(name, str) else PurePosixPath()
    if not path.name or path.is_absolute() or ".." in path.parts or "\\" in str(name):
        raise BadInput(f'"output" is {name!r:.200}: give a file name within the batch\'s folder.')
    return str(path)
