"""`make` on machines that lack something: what it says, and that nothing half-made stays."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = ".venv/bin/python"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Makefile", "constraints.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


def make(folder: Path, python: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", ENVIRONMENT, f"PYTHON={python}"], cwd=folder, capture_output=True, text=True
    )


def python_that(folder: Path, refusal: str) -> Path:
    """This Python, except that a command line with `refusal` fails."""
    script = folder / "python"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *{refusal}*) exit 1;; esac\nexec "{sys.executable}" "$@"\n'
    )
    script.chmod(0o755)
    return script


def test_make_says_what_to_install_where_python_is_missing(folder: Path) -> None:
    done = make(folder, "python-that-is-not-there")
    assert done.returncode != 0
    assert "python-that-is-not-there is not installed. Debian" in done.stdout


def test_without_venv_the_package_is_named(folder: Path) -> None:
    """As on a plain Debian, whose python3 comes without ensurepip."""
    done = make(folder, python_that(folder, "ensurepip"))
    assert done.returncode != 0
    assert "sudo apt install python3-venv" in done.stdout
    assert not (folder / ".venv").exists()


def test_an_environment_that_fails_leaves_nothing(folder: Path) -> None:
    done = make(folder, python_that(folder, "'-m venv'"))
    assert done.returncode != 0
    assert not (folder / ".venv").exists()


def test_a_half_made_environment_is_made_anew_and_a_whole_one_kept(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=folder, check=True)
    marker = folder / ".venv" / "marker"
    marker.touch()
    assert make(folder, sys.executable).returncode == 0
    assert not marker.exists()
    pip = subprocess.run([folder / ENVIRONMENT, "-m", "pip", "--version"], capture_output=True)
    assert pip.returncode == 0
    marker.touch()
    assert make(folder, sys.executable).returncode == 0
    assert marker.exists()


def test_an_environment_whose_python_is_gone_is_made_anew(folder: Path) -> None:
    """As after an upgrade of the system."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ENVIRONMENT).symlink_to(folder / "gone")
    assert make(folder, sys.executable).returncode == 0
    assert subprocess.run([folder / ENVIRONMENT, "-c", "import pip"]).returncode == 0


def test_the_readme_names_what_is_needed() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for command in ("sudo apt install make python3-venv", "dnf install", "pacman -S", "brew"):
        assert command in readme
