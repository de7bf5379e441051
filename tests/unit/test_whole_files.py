"""Files that appear whole or not at all, written by the program and by its package of networks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import draggan_server.wire.whole_file
import stylegan2.whole_file

Writing = Callable[[Path], AbstractContextManager[Path]]


@pytest.fixture(
    params=[draggan_server.wire.whole_file, stylegan2.whole_file],
    ids=lambda module: module.__name__.partition(".")[0],
)
def written_whole(request: pytest.FixtureRequest) -> Writing:
    """Each of the two, which are to do the same."""
    writing: Writing = request.param.written_whole
    return writing


def test_it_is_there_at_the_end_and_nothing_else(tmp_path: Path, written_whole: Writing) -> None:
    path = tmp_path / "a.txt"
    with written_whole(path) as unfinished:
        unfinished.write_text("new")
        assert not path.exists()
        assert unfinished.parent == tmp_path
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_where_writing_fails(tmp_path: Path, written_whole: Writing) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(unfinished: Path) -> None:
        unfinished.write_text("half of the n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), written_whole(path) as unfinished:
        fail(unfinished)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_at_once_do_not_meet(tmp_path: Path, written_whole: Writing) -> None:
    path = tmp_path / "a.txt"
    with written_whole(path) as one, written_whole(path) as other:
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"


def test_a_link_stays_a_link(tmp_path: Path, written_whole: Writing) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with written_whole(link) as unfinished:
        unfinished.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
