"""Several logs read as one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from draggan_server.cli.logs import logs
from draggan_server.wire.install_record import log_folder

TRACEBACK = "Traceback (most recent call last):\n  File x\nValueError: no"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    folder = log_folder()
    folder.mkdir(parents=True)
    (folder / "daemon.log.1").write_text("2026-01-01 00:00:01,000 INFO a: old\n")
    (folder / "daemon.log").write_text(
        "2026-01-01 00:00:02,000 INFO a: begins\n"
        f"2026-01-01 00:00:05,000 ERROR a: broke\n{TRACEBACK}\n"
    )
    (folder / "worker.log").write_text("2026-01-01 00:00:04,000 WARNING w: slow\n")
    gimp = tmp_path / ".local/state/draggan/gimp.log"
    gimp.write_text("2026-01-01 00:00:03,000 INFO g: hello\n")
    flatpak = tmp_path / ".var/app/org.gimp.GIMP/.local/state/draggan/gimp.log"
    flatpak.parent.mkdir(parents=True)
    flatpak.write_text("2026-01-01 00:00:06,000 INFO g: packed\n")
    return tmp_path


def run(*arguments: str) -> str:
    done = CliRunner().invoke(logs, arguments)
    assert done.exit_code == 0
    return done.output


def test_in_the_order_of_time_with_tracebacks(home: Path) -> None:
    said = run().splitlines()
    assert [line.split("] ")[-1] for line in said if "[" in line] == [
        "a: old",
        "a: begins",
        "g: hello",
        "w: slow",
        "a: broke",
        "g: packed",
    ]
    broke = said.index("2026-01-01 00:00:05,000 ERROR [daemon] a: broke")
    assert said[broke + 1 : broke + 4] == TRACEBACK.splitlines()


def test_the_last_ones_and_the_grave_ones(home: Path) -> None:
    assert run("-n", "1") == "2026-01-01 00:00:06,000 INFO [gimp] g: packed\n"
    assert run("-n", "0") == ""
    grave = run("--level", "warning")
    assert "slow" in grave
    assert "broke" in grave
    assert "INFO" not in grave


def test_the_files_are_named(home: Path) -> None:
    lines = run("--files").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["daemon", "worker", "gimp", "gimp"]
    assert all(Path(line.partition(": ")[2]).is_file() for line in lines)


def test_new_lines_are_followed(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "draggan_server", "logs", "-f", "-n", "1"],
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "packed" in process.stdout.readline()
        with (log_folder() / "worker.log").open("a") as log:
            log.write("2026-01-01 00:00:09,000 INFO w: new\n")
        started = time.monotonic()
        assert process.stdout.readline() == "2026-01-01 00:00:09,000 INFO [worker] w: new\n"
        assert time.monotonic() - started < 30
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
