"""The Python that the daemon is to run with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from draggan_server.host.sentences import setup
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import from_document, parse
from draggan_server.wire.launch import outside_environment

OLDEST = (3, 11)

_PREFERRED = ((3, 13), (3, 12), (3, 11), (3, 14))
"""The newest ones may be too new for PyTorch."""

_TIMEOUT = 20.0  # seconds
_ASK = Path(__file__).with_name("ask_python.py")
_HOW = {"win32": setup.NO_PYTHON_WINDOWS, "darwin": setup.NO_PYTHON_MACOS}


@dataclass(frozen=True)
class Python:
    """An interpreter that can make environments."""

    path: Path
    version: tuple[int, int]


def find_python() -> Python:
    """The best one of this machine. Raises `BadInput` with what to install where there is none."""
    incomplete: Path | None = None
    found: dict[tuple[int, int], Python] = {}
    for candidate in _candidates():
        asked = _ask(candidate)
        if asked is None or asked.version < OLDEST:
            continue
        if asked.whole:
            found.setdefault(asked.version, Python(asked.path, asked.version))
        else:
            incomplete = incomplete or asked.path
    for version in (*_PREFERRED, *sorted(found)):
        if version in found:
            return found[version]
    if incomplete is not None:
        raise BadInput(setup.NO_VENV, python=incomplete)
    raise BadInput(_HOW.get(sys.platform, setup.NO_PYTHON_LINUX))


def _candidates() -> Iterator[list[str]]:
    """Commands that may run a Python, each once."""
    seen: set[str] = set()
    own = Path(sys.executable or "")
    names = [f"python{major}.{minor}" for major, minor in _PREFERRED] + ["python3", "python"]
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), *_more_folders()])
    paths = [shutil.which(name, path=folders) for name in names]
    if own.stem.startswith("python"):  # in Krita it is Krita
        paths.append(str(own))
    for path in paths:
        if path is not None and path not in seen:
            seen.add(path)
            yield [path]
    if launcher := shutil.which("py"):
        yield from ([launcher, f"-{major}.{minor}"] for major, minor in _PREFERRED)


def _more_folders() -> list[str]:
    """Programs started from macOS' Finder have a PATH without these."""
    return ["/opt/homebrew/bin", "/usr/local/bin"] if sys.platform == "darwin" else []


@dataclass(frozen=True)
class _Answer:
    """What a Python says of itself; one that is `whole` can make environments."""

    path: Path
    version: tuple[int, int]
    whole: bool


def _ask(command: list[str]) -> _Answer | None:
    try:
        done = subprocess.run(
            [*command, "-I", str(_ASK)],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            env=outside_environment(),
        )
        return from_document(_Answer, parse(done.stdout))
    except (OSError, UnicodeDecodeError, ProtocolError, subprocess.TimeoutExpired):
        return None
