"""The smallest size of each check, so that a change that breaks one is seen at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak import frames
from tests.soak.__main__ import CHECKS
from tests.soak.row import Row

README = Path(__file__).with_name("README.md")

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_is_wrong(name: str, tmp_path: Path) -> None:
    rows = CHECKS[name]("tiny", tmp_path)
    assert rows
    for row in rows:
        assert row.count > 0
        assert row.wrong == 0, row


def test_what_is_wrong_is_counted_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> None:
        raise RuntimeError("this one")

    monkeypatch.setattr(frames, "REQUESTS", frames.REQUESTS[:1])
    monkeypatch.setattr(frames.EditState, "from_json", fails)
    (row,) = frames.run("tiny")
    assert row.wrong == frames.SIZES["tiny"] // 10
    assert "RuntimeError: this one" in capsys.readouterr().out


def test_the_command_prints_rows_of_the_table() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "tiny", "delivery"],
        cwd=README.parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    head = done.stdout.split("|")[1].strip()
    assert f"| {head} |" in README.read_text(encoding="utf-8")
    assert str(Row(head, 1, 0)).count("|") == done.stdout.count("|")
