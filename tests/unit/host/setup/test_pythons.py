"""Which Python is taken, and what is said where there is none."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from draggan_server.host.setup import pythons
from draggan_server.host.setup.pythons import find_python
from draggan_server.wire.errors import BadInput

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/usr/bin/krita")
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def interpreter(folder: Path, name: str, version: tuple[int, int], whole: bool = True) -> Path:
    """One that answers as if it were of that version."""
    program = folder / name
    said = json.dumps({"path": str(program), "version": list(version), "whole": whole})
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    return program


def test_the_best_of_several_is_taken(folder: Path) -> None:
    interpreter(folder, "python3", (3, 14))
    interpreter(folder, "python3.10", (3, 10))
    interpreter(folder, "python3.12", (3, 12))
    best = interpreter(folder, "python3.13", (3, 13))
    assert find_python() == pythons.Python(best, (3, 13))


def test_one_that_is_newer_than_known_is_better_than_none(folder: Path) -> None:
    interpreter(folder, "python3", (3, 17))
    assert find_python().version == (3, 17)


def test_one_without_venv_is_said_to_lack_it(folder: Path) -> None:
    python = interpreter(folder, "python3", (3, 13), whole=False)
    with pytest.raises(BadInput, match=f"{python} cannot make environments.*python3-venv"):
        find_python()
    interpreter(folder, "python3.11", (3, 11))
    assert find_python().version == (3, 11)


@pytest.mark.parametrize(
    ("platform", "advice"),
    [("linux", "sudo apt"), ("darwin", "brew install"), ("win32", "Microsoft Store")],
)
def test_where_there_is_none_it_is_said_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, platform: str, advice: str
) -> None:
    interpreter(folder, "python3", (3, 9))
    (folder / "python").write_text("#!/bin/sh\nexit 9\n")  # as Windows' own, which opens a shop
    (folder / "python").chmod(0o755)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(pythons, "_more_folders", list)
    with pytest.raises(BadInput, match=advice):
        find_python()


def test_the_python_of_these_tests_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    found = find_python()
    assert found.path.exists()
    assert found.version == sys.version_info[:2]
