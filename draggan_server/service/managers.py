"""Who runs services on this platform: where definitions lie, and how they are switched on."""

from __future__ import annotations

import contextlib
import getpass
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import platformdirs

from draggan_server.service.definitions import (
    LAUNCHD_LABEL,
    MARK,
    TASK_NAME,
    launchd_plist,
    systemd_unit,
    windows_task,
)
from draggan_server.wire.errors import BadInput
from draggan_server.wire.whole_file import written_whole

_UNIT = "draggan.service"
_TIMEOUT = 60.0  # seconds


class Manager(Protocol):
    """What keeps the daemon running. All methods raise `BadInput` with what went wrong."""

    @property
    def where(self) -> str:
        """Where the definition lies, for the user."""

    def is_installed(self) -> bool: ...

    def install(self, command: Sequence[str]) -> None:
        """Write the definition, or replace the one there, and start the service."""

    def remove(self) -> None:
        """Stop the service and take the definition out."""


def manager() -> Manager:
    """This platform's."""
    if sys.platform == "win32":
        return TaskScheduler()
    return Launchd() if sys.platform == "darwin" else Systemd()


class Systemd:
    """systemd's manager of the user's session."""

    def __init__(self) -> None:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        self._file = config / "systemd/user" / _UNIT

    @property
    def where(self) -> str:
        return str(self._file)

    def is_installed(self) -> bool:
        return _is_ours(self._file)

    def install(self, command: Sequence[str]) -> None:
        with _written(self._file, systemd_unit(command).encode()):
            _run("systemctl", "--user", "daemon-reload")
            _run("systemctl", "--user", "enable", _UNIT)
            _run("systemctl", "--user", "restart", _UNIT)

    def remove(self) -> None:
        _run("systemctl", "--user", "disable", "--now", _UNIT)
        self._file.unlink(missing_ok=True)
        _run("systemctl", "--user", "daemon-reload")


class Launchd:
    """macOS' launchd."""

    def __init__(self) -> None:
        self._file = Path.home() / "Library/LaunchAgents" / f"{LAUNCHD_LABEL}.plist"

    @property
    def where(self) -> str:
        return str(self._file)

    def is_installed(self) -> bool:
        return _is_ours(self._file)

    def install(self, command: Sequence[str]) -> None:
        errors = platformdirs.user_log_path("draggan") / "service.err"
        errors.parent.mkdir(parents=True, exist_ok=True)
        if self.is_installed():
            _run("launchctl", "bootout", self._target(), may_fail=True)
        with _written(self._file, launchd_plist(command, errors)):
            _run("launchctl", "bootstrap", self._domain(), str(self._file))

    def remove(self) -> None:
        _run("launchctl", "bootout", self._target(), may_fail=True)  # it may not be loaded
        self._file.unlink(missing_ok=True)

    def _domain(self) -> str:
        return f"gui/{os.getuid()}"

    def _target(self) -> str:
        return f"{self._domain()}/{LAUNCHD_LABEL}"


class TaskScheduler:
    """Windows' task scheduler."""

    @property
    def where(self) -> str:
        return f"the task scheduler, as “{TASK_NAME}”"

    def is_installed(self) -> bool:
        return _run("schtasks", "/Query", "/TN", TASK_NAME, may_fail=True)

    def install(self, command: Sequence[str]) -> None:
        domain = os.environ.get("USERDOMAIN")
        user = f"{domain}\\{getpass.getuser()}" if domain else getpass.getuser()
        with tempfile.TemporaryDirectory(prefix="draggan-") as folder:
            file = Path(folder) / "task.xml"
            file.write_text(windows_task(_without_window(command), user), encoding="utf-16")
            _run("schtasks", "/Create", "/F", "/TN", TASK_NAME, "/XML", str(file))
        _run("schtasks", "/Run", "/TN", TASK_NAME)

    def remove(self) -> None:
        _run("schtasks", "/End", "/TN", TASK_NAME, may_fail=True)  # it may not run
        _run("schtasks", "/Delete", "/F", "/TN", TASK_NAME)


def _without_window(command: Sequence[str]) -> list[str]:
    """python.exe would open a console; pythonw.exe beside it does not."""
    program = Path(command[0])
    windowless = program.with_name("pythonw.exe")
    use = program.name.lower() == "python.exe" and windowless.exists()
    return [str(windowless) if use else command[0], *command[1:]]


def _is_ours(file: Path) -> bool:
    try:
        return MARK.encode() in file.read_bytes()
    except OSError:
        return False


@contextlib.contextmanager
def _written(file: Path, content: bytes) -> Iterator[None]:
    """Write a definition. One that was not there before is taken out where it is not taken."""
    new = not file.exists()
    _write(file, content)
    try:
        yield
    except BadInput:
        if new:
            file.unlink(missing_ok=True)
        raise


def _write(file: Path, content: bytes) -> None:
    if file.exists() and not _is_ours(file):
        raise BadInput(
            f"{file} was not written by DragGAN, so it stays as it is. Move it away, then try "
            "again."
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as unfinished:
            unfinished.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror or error}.") from None


def _run(*command: str, may_fail: bool = False) -> bool:
    """Whether the command ended well. Raises `BadInput` where it must and does not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT)
        problem = (done.stderr or done.stdout).strip() if done.returncode else None
    except FileNotFoundError:
        problem = f"{command[0]} is not on this computer"
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    if problem is not None and not may_fail:
        raise BadInput(f"“{' '.join(command)}” failed: {problem}")
    return problem is None
