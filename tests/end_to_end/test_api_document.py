"""What draggan_server/API.md promises: its examples run, and every public name stands in it."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon import running_daemon
from tests.patience import patient

DOCUMENT = Path(__file__).parents[2] / "draggan_server/API.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
EXAMPLES = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
PACKAGES = ("draggan_server.batch", "draggan_server.wire", "stylegan2", "stylegan2.checkpoints")
PUBLIC = [
    (package, name) for package in PACKAGES for name in importlib.import_module(package).__all__
]
SHOW = """
assert picture.shape == (1, 3, 256, 256), picture.shape
assert finished.reason == "arrived", finished
assert (width, len(rgba)) == (256, 256 * 256 * 4)
"""


def test_the_examples_run(tmp_path: Path) -> None:
    assert EXAMPLES.count("connect()") == 1
    with running_daemon(tmp_path) as environment:
        done = subprocess.run(
            [sys.executable, "-c", EXAMPLES + SHOW],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=patient(120),
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "StyleGAN2 (256, 256)\n"


def test_the_examples_have_the_types_that_they_say(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    examples = tmp_path / "examples.py"
    examples.write_text(EXAMPLES, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", str(examples)],
        cwd=DOCUMENT.parents[1],  # with the settings of `make check`, and what it found
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("package", "name"), PUBLIC)
def test_a_public_name_is_there_and_documented(package: str, name: str) -> None:
    found = getattr(importlib.import_module(package), name)
    assert not inspect.ismodule(found), f"{package}.{name} is hidden by a module of that name"
    if inspect.isclass(found) or inspect.isfunction(found):
        assert inspect.getdoc(found), f"{package}.{name} says nothing of itself"
    shown = re.search(rf"^::: {re.escape(package)}(\.\w+)*\.{name}$", TEXT, re.MULTILINE)
    whole = re.search(rf"^::: {re.escape(package)}(\.errors)?$", TEXT, re.MULTILINE)
    assert shown or whole or f"`{name}`" in TEXT, f"{package}.{name} does not stand in API.md"


def test_what_is_not_there_is_said_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'roar'"):
        getattr(importlib.import_module("draggan_server.wire"), "ro" + "ar")
