"""Sharing a machine by the commands that a user types."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon import private_environment, running_daemon
from tests.patience import patient


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def draggan(home: Path, *words: str, code: int = 0, typed: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "draggan_server", *words],
        env={**os.environ, **private_environment(home)},
        input=typed,
        capture_output=True,
        text=True,
        timeout=patient(180),
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_picture_is_drawn_and_dragged_on_another_machine(tmp_path: Path) -> None:
    house, guest = tmp_path / "house", tmp_path / "guest"
    for home in (house, guest):
        home.mkdir()
    assert "Say where others reach" in draggan(house, "keys", "add", "anna", code=2)
    with running_daemon(house, serve=("--listen", f"127.0.0.1:{free_port()}")):
        pytest.importorskip("segno")
        line, *code = draggan(house, "keys", "add", "anna", "--qr").splitlines()
        assert line.startswith("draggan://127.0.0.1:")
        assert any("█" in row or "▄" in row or "▀" in row for row in code)
        assert "anna" in draggan(house, "keys", "list")
        assert "This machine is used" in draggan(guest, "connect")
        assert "Used from now on: 127.0.0.1:" in draggan(guest, "connect", "-", typed=line)
        picture, dragged = str(guest / "lion.png"), str(guest / "roar.png")
        draggan(guest, "sample", "--seed", "33", "-o", picture)
        said = draggan(guest, "drag", picture, "--point", "114,160:114,170", "-o", dragged)
        assert "roar.png" in said
        assert "Running at 127.0.0.1:" in draggan(guest, "status")
        path = str(Path(__file__))
        refused = draggan(guest, "sample", "--model", path, "--seed", "1", "-o", picture, code=2)
        assert "on the machine that computes" in refused
        assert "anna has no key" in draggan(house, "keys", "revoke", "anna")
        refused = draggan(guest, "sample", "--seed", "33", "-o", picture, code=2)
        assert "does not take your invitation" in refused
        assert "does not take" in draggan(guest, "connect", line, code=2)
        assert "This machine is used" in draggan(guest, "connect", "--this-machine")
        assert "No daemon is running" in draggan(guest, "stop")


def test_what_is_no_invitation(tmp_path: Path) -> None:
    assert "This is no invitation" in draggan(tmp_path, "connect", "hello", code=2)
    assert "not both" in draggan(tmp_path, "connect", "x", "--this-machine", code=2)
    assert "This machine is used" in draggan(tmp_path, "connect")
    assert "Nobody has a key" in draggan(tmp_path, "keys", "list")
