"""The user's files are written whole, and for nobody else to read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from draggan_server.wire.whole_file import write_private


def test_it_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.toml"
    for text in ("old", "Löwe"):
        write_private(path, text)
    assert path.read_text(encoding="utf-8") == "Löwe"
    assert os.listdir(path.parent) == ["a.toml"]


def test_what_was_there_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "half of it \udc80")
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["a.toml"]


@pytest.mark.skipif(os.name != "posix", reason="permissions and links are POSIX's")
def test_only_its_owner_can_read_it_and_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "dotfiles.toml", tmp_path / "a.toml"
    target.write_text("readable for all")
    link.symlink_to(target)
    write_private(link, "new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
