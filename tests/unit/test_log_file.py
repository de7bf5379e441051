"""Logs, and what becomes of them where the disk refuses them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from draggan_server.log_file import log_to_file, open_errors


def logged(path: Path) -> None:
    handler = log_to_file(path)
    logging.getLogger("draggan_server").warning("said")
    logging.getLogger().removeHandler(handler)
    handler.close()


def test_a_log_has_a_line_of_what_was_said(tmp_path: Path) -> None:
    logged(tmp_path / "log" / "one.log")
    assert "WARNING draggan_server: said" in (tmp_path / "log" / "one.log").read_text()


def test_where_no_log_can_be_written_it_is_said_aloud(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_text("in the way")
    logged(tmp_path / "log" / "one.log")
    said = capsys.readouterr().err
    assert "no log is written" in said
    assert "WARNING draggan_server: said" in said


def test_what_crashes_print_goes_beside_the_log(tmp_path: Path) -> None:
    for afresh, words in ((False, b"one"), (False, b"two"), (True, b"three")):
        with open_errors(tmp_path / "log" / "one.log", afresh=afresh) as errors:
            errors.write(words)
        found = (tmp_path / "log" / "one.err").read_bytes()
        assert found == {b"one": b"one", b"two": b"onetwo", b"three": b"three"}[words]


def test_what_crashes_print_goes_nowhere_where_the_disk_refuses_it(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")
    with open_errors(tmp_path / "log" / "one.log", afresh=True) as errors:
        errors.write(b"one")
