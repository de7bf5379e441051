"""What the platforms' programs are asked to do; they stand here as scripts that write it down."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from draggan_server.cli.service import service
from draggan_server.service import managers
from draggan_server.service.managers import Launchd, Systemd, TaskScheduler, manager
from draggan_server.wire.errors import BadInput

COMMAND = ("/opt/python", "-m", "draggan_server", "serve")
UNIT = ".config/systemd/user/draggan.service"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("USERDOMAIN", raising=False)
    for name in ("systemctl", "launchctl", "schtasks"):
        stand_in(tmp_path, name)
    return tmp_path


def stand_in(home: Path, name: str, then: str = "") -> None:
    program = home / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{home}/asked"\n{then}\n')
    program.chmod(0o755)


def asked(home: Path) -> list[str]:
    """What was asked since the last time."""
    said = (home / "asked").read_text().splitlines()
    (home / "asked").unlink()
    return said


def test_systemd_starts_it_at_each_login(home: Path) -> None:
    systemd = Systemd()
    assert not systemd.is_installed()
    systemd.install(COMMAND)
    assert systemd.is_installed()
    assert 'ExecStart="/opt/python" "-m" "draggan_server" "serve"' in (home / UNIT).read_text()
    assert asked(home) == [
        "systemctl --user daemon-reload",
        "systemctl --user enable draggan.service",
        "systemctl --user restart draggan.service",
    ]
    systemd.install(("/new", "serve"))  # again, over the old one
    assert "/new" in (home / UNIT).read_text()
    asked(home)
    systemd.remove()
    assert not (home / UNIT).exists()
    assert asked(home) == [
        "systemctl --user disable --now draggan.service",
        "systemctl --user daemon-reload",
    ]


def test_a_unit_of_somebody_else_stays(home: Path) -> None:
    (home / UNIT).parent.mkdir(parents=True)
    (home / UNIT).write_text("[Service]\nExecStart=/mine\n")
    assert not Systemd().is_installed()
    with pytest.raises(BadInput, match="was not written by DragGAN"):
        Systemd().install(COMMAND)
    assert "/mine" in (home / UNIT).read_text()
    assert not (home / "asked").exists()


def test_what_systemd_says_is_handed_on(home: Path) -> None:
    stand_in(home, "systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    with pytest.raises(BadInput, match="daemon-reload” failed: Failed to connect to bus"):
        Systemd().install(COMMAND)
    (home / "bin/systemctl").unlink()
    with pytest.raises(BadInput, match="systemctl is not on this computer"):
        Systemd().install(COMMAND)
    assert not (home / UNIT).exists()  # nothing is installed that nobody started


def test_a_unit_that_was_there_stays_where_its_replacement_is_not_taken(home: Path) -> None:
    Systemd().install(COMMAND)
    stand_in(home, "systemctl", "exit 1")
    with pytest.raises(BadInput, match="daemon-reload"):
        Systemd().install(COMMAND)
    assert Systemd().is_installed()


def test_launchd_starts_it_at_each_login(home: Path) -> None:
    launchd = Launchd()
    launchd.install(COMMAND)
    agent = home / "Library/LaunchAgents/org.draggan.daemon.plist"
    assert launchd.is_installed()
    domain = f"gui/{os.getuid()}"
    assert asked(home) == [f"launchctl bootstrap {domain} {agent}"]
    stand_in(home, "launchctl", '[ "$1" != bootout ]')  # as where it is not loaded
    launchd.install(COMMAND)
    bootout = f"launchctl bootout {domain}/org.draggan.daemon"
    assert asked(home) == [bootout, f"launchctl bootstrap {domain} {agent}"]
    launchd.remove()
    assert asked(home) == [bootout]
    assert not launchd.is_installed()


def test_the_task_scheduler(home: Path) -> None:
    python = home / "python.exe"
    (home / "pythonw.exe").touch()
    stand_in(home, "schtasks", f'[ "$1" = /Create ] && /bin/cp "$6" "{home}/task"; exit 0')
    TaskScheduler().install((str(python), "serve"))
    create, run = asked(home)
    assert create.startswith("schtasks /Create /F /TN DragGAN daemon /XML ")
    assert run == "schtasks /Run /TN DragGAN daemon"
    assert str(home / "pythonw.exe") in (home / "task").read_text("utf-16")
    TaskScheduler().remove()
    assert asked(home)[-1] == "schtasks /Delete /F /TN DragGAN daemon"


@pytest.mark.parametrize(
    ("platform", "kind"), [("linux", Systemd), ("darwin", Launchd), ("win32", TaskScheduler)]
)
def test_each_platform_has_one(monkeypatch: pytest.MonkeyPatch, platform: str, kind: type) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert isinstance(manager(), kind)


def test_the_command_runs_the_daemon_without_end(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managers.sys, "platform", "linux")
    run = CliRunner().invoke
    assert run(service, ["status"]).exit_code == 1
    assert "No service" in run(service, ["remove"]).output
    assert run(service, ["install"]).exit_code == 0
    command = f'ExecStart="{sys.executable}" "-m" "draggan_server" "serve" "--idle-minutes" "0"'
    assert command in (home / UNIT).read_text().splitlines()
    assert run(service, ["status"]).exit_code == 0
    ray = ["--ray", "studio:6379", "--workers", "2", "--gpus-per-worker", "0.5"]
    assert run(service, ["install", *ray]).exit_code == 0
    words = '"--workers" "2" "--ray" "studio:6379" "--gpus-per-worker" "0.5"'
    assert f"{command} {words}" in (home / UNIT).read_text().splitlines()
    assert "is removed" in run(service, ["remove"]).output
    assert not (home / UNIT).exists()
