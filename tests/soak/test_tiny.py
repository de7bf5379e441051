"""The smallest size of each check, so that a change that breaks one is seen at once; and in CI the
size of CI, of those that take a minute or two and measure no times."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak import frames, fresh_machine
from tests.soak.__main__ import CHECKS
from tests.soak.row import Row

README = Path(__file__).with_name("README.md")

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


SMALL = [name for name in CHECKS if name != "fresh-machine"]
"""All but the one that builds a machine."""

IN_CI = ("frames", "delivery", "strangers")
"""The others together take a machine of two cores some 40 minutes: `.ci/nightly`."""


@pytest.mark.parametrize("name", SMALL)
def test_nothing_is_wrong(name: str, tmp_path: Path) -> None:
    if name == "cluster" and os.environ.get("CI") != "true":
        pytest.importorskip("ray", reason="pip install 'draggan-server[ray]'")
    whole = name in IN_CI and os.environ.get("CI") == "true"
    rows = CHECKS[name]("ci" if whole else "tiny", tmp_path)
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


def test_a_fresh_machine_is_given_what_the_readme_asks_for_and_does_what_it_says() -> None:
    readme = (fresh_machine.TREE / "README.md").read_text(encoding="utf-8")
    asked = re.search(r"\| Debian, Ubuntu \| `sudo apt install (.*)` \|", readme)
    assert asked is not None
    assert set(asked[1].split()) <= set(fresh_machine.PACKAGES)
    for steps in fresh_machine.STEPS.values():
        for command, _ in steps:
            assert f"\n{command} " in readme
    for test in fresh_machine.DRAGS.split():
        assert (fresh_machine.TREE / test).is_file()


def test_a_command_that_fails_on_a_fresh_machine_is_counted_and_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Machine:
        def __init__(self, folder: Path, suite: str) -> None:
            assert (folder, suite) == (tmp_path, "trixie")

        def call(self, command: str, env: dict[str, str]) -> int:
            return int(command == "make test")

    monkeypatch.setattr(fresh_machine, "FreshMachine", Machine)
    (row,) = fresh_machine.run("ci", tmp_path)
    assert (row.count, row.wrong, row.figures) == (2, 1, "make test")
