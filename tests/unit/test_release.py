"""What makes a folder of files a release."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import draggan_server
from tests import release
from tests.release import ReleaseError, check_files, expected_files, version, write_sums

REPOSITORY = release.REPOSITORY


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    for name in expected_files():
        (tmp_path / name).write_text(name)
    return tmp_path


def test_the_version_stands_in_one_place() -> None:
    assert version() == draggan_server.__version__
    listed = subprocess.run(
        [
            "git",
            "grep",
            "-lF",
            version(),
            "--",
            "*.py",
            "*.toml",
            "*.desktop",
            "*.json",
            "Makefile",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    ).stdout.split()
    named = [
        path
        for path in listed
        if not path.startswith("tests/")
        and re.search(rf"version[\W_]+{re.escape(version())}\b", (REPOSITORY / path).read_text())
    ]
    assert named == ["draggan_server/__init__.py"]


def test_a_folder_with_exactly_its_files_is_a_release(dist: Path) -> None:
    check_files(dist)
    (dist / "draggan_server-0.0.1.tar.gz").touch()
    with pytest.raises(ReleaseError, match=r"too much .*0\.0\.1"):
        check_files(dist)


def test_a_file_that_is_missing_is_named(dist: Path) -> None:
    (dist / expected_files()[2]).unlink()
    with pytest.raises(ReleaseError, match=r"missing .*draggan-gimp"):
        check_files(dist)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_the_sums_are_those_of_sha256sum(dist: Path) -> None:
    write_sums(dist)
    write_sums(dist)  # again, and not of itself
    check = ["sha256sum", "--check", "--strict", release.SUMS]
    done = subprocess.run(check, cwd=dist, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.count(": OK") == len(expected_files())
    (dist / expected_files()[0]).write_text("changed")
    assert subprocess.run(check, cwd=dist, capture_output=True).returncode == 1
