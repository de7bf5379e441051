"""The lowest versions that pyproject.toml promises, as requirements for pip.

python -m tests.lowest      prints them, a line each: of the program, and of what tests it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import tomllib

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
_TESTED_BY = ("hypothesis", "pytest")
_PROMISE = re.compile(r"([A-Za-z0-9_-]+)>=([0-9.]+)")


def lowest() -> Iterator[str]:
    """NAME==VERSION of each dependency. Raises `ValueError` for one that promises no lowest."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    dev = project["optional-dependencies"]["dev"]
    for promise in project["dependencies"] + [d for d in dev if d.startswith(_TESTED_BY)]:
        if (match := _PROMISE.fullmatch(promise)) is None:
            raise ValueError(f"{promise!r} does not say its lowest version as NAME>=VERSION")
        yield f"{match[1]}=={match[2]}"


if __name__ == "__main__":
    print("\n".join(lowest()))
