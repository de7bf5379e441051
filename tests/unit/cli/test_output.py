"""Where a command cannot write its output, that is said before work is done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from draggan_server.cli.output import PICTURE_ENDINGS, check_output
from draggan_server.wire.errors import BadInput


def test_what_can_be_written_may_be_there_already(tmp_path: Path) -> None:
    check_output(tmp_path / "new.png", PICTURE_ENDINGS)
    (tmp_path / "old.png").touch()
    check_output(tmp_path / "old.png", PICTURE_ENDINGS)


def test_what_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.png").mkdir()
    for name, said in (
        ("a.txt", "must end in one of .png, .ora"),
        ("none/a.png", "is not there: make it first"),
        ("folder.png", "is a folder: give the name of a file"),
    ):
        with pytest.raises(BadInput, match=said):
            check_output(tmp_path / name, PICTURE_ENDINGS)
    monkeypatch.setattr(os, "access", lambda folder, mode: (folder, mode) != (tmp_path, os.W_OK))
    with pytest.raises(BadInput, match="Nothing can be written into the folder"):
        check_output(tmp_path / "a.png", PICTURE_ENDINGS)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="There is no disk that is always full.")
def test_where_standard_output_is_full_that_is_said() -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "draggan_server", "models", "info", "toy-lion"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("draggan: ")
    assert "No space left" in done.stderr
