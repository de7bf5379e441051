"""Columns, for people and for programs."""

from __future__ import annotations

import pytest

from draggan_server.cli.table import print_rows


def test_columns_are_as_wide_as_what_is_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([("lions", "512 x 512"), ("獅子", "8 x 8"), ("a[b]", "")], indent=2)
    # A character of Chinese takes two columns of a terminal.
    assert capsys.readouterr().out == "  lions  512 x 512\n  獅子   8 x 8\n  a[b]\n"


def test_a_program_gets_a_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    long = "/".join(["folder"] * 60)
    print_rows([("File", long), ("", "")])
    assert capsys.readouterr().out == f"File  {long}\n\n"


def test_a_terminal_gets_lines_that_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    digest = "0123456789abcdef" * 4
    print_rows([("SHA-256", digest)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 40 for line in lines)
    assert "".join(line[9:] for line in lines) == digest
