from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from draggan_server.plugins import vendored


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A whole vendor folder, and an interpreter that has not loaded the package yet."""
    package = tmp_path / "vendor" / "draggan_server"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "vendor" / "install.json").write_text(json.dumps({"version": "1.2.3"}))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "draggan_server", sys)  # so that it is put back at the end
    del sys.modules["draggan_server"]
    return tmp_path / "vendor"


def test_the_folder_s_own_copy_is_loaded_and_the_folder_comes_last(folder: Path) -> None:
    before = list(sys.path)
    vendored.load(folder)
    assert sys.modules["draggan_server"].__file__ == str(folder / "draggan_server/__init__.py")
    assert sys.path == [*before, str(folder)]
    vendored.load(folder)
    assert sys.path == [*before, str(folder)]


def test_another_copy_in_the_interpreter(folder: Path, tmp_path: Path) -> None:
    vendored.load(folder)
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(vendored.VendorError, match="Another plug-in has loaded"):
        vendored.load(other)


def test_versions_that_differ_are_said(folder: Path) -> None:
    (folder / "install.json").write_text(json.dumps({"version": "1.2.2"}))
    with pytest.raises(vendored.VendorError, match=r"version 1\.2\.3.*of 1\.2\.2"):
        vendored.load(folder)


@pytest.mark.parametrize("record", ["", "[]", "{}"])
def test_a_record_that_cannot_be_read(folder: Path, record: str) -> None:
    (folder / "install.json").write_text(record)
    with pytest.raises(vendored.VendorError, match="install record is unreadable"):
        vendored.load(folder)


def test_files_that_are_missing_are_said(folder: Path) -> None:
    with pytest.raises(vendored.VendorError, match="is missing"):
        vendored.load(folder / "nowhere")
    (folder / "draggan_server/__init__.py").unlink()
    (folder / "draggan_server").rmdir()
    with pytest.raises(vendored.VendorError, match="incomplete"):
        vendored.load(folder)
