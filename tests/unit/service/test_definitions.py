"""What the platforms are told, read back by their own rules where that can be done here."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest

from draggan_server.service.definitions import launchd_plist, systemd_unit, windows_task

COMMAND = (sys.executable, "-m", "draggan_server", "serve", "--idle-minutes", "0")


def test_systemd_s_says_what_to_run() -> None:
    unit = systemd_unit(("/my folder/python", "-m", "100%", "$HOME", 'a"b\\c'))
    assert r'ExecStart="/my folder/python" "-m" "100%%" "$$HOME" "a\"b\\c"' in unit.splitlines()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("folder", ["plain", "with space % and $HOME"])
def test_systemd_takes_it(tmp_path: Path, folder: str) -> None:
    program = tmp_path / folder / "python"
    program.parent.mkdir()
    program.symlink_to(sys.executable)
    unit = tmp_path / "draggan.service"
    unit.write_text(systemd_unit((str(program), *COMMAND[1:])))
    assert _verify(unit) == []
    unit.write_text(unit.read_text().replace(str(program).replace("%", "%%"), "/not/there"))
    unit.write_text(unit.read_text().replace("Restart=", "Restart=nonsense-"))
    assert _verify(unit)  # it does complain


def _verify(unit: Path) -> list[str]:
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(unit.parent)},
        capture_output=True,
        text=True,
    )
    return [line for line in done.stderr.splitlines() if unit.name in line]


def test_launchd_s_is_a_property_list() -> None:
    agent = plistlib.loads(launchd_plist(COMMAND, PurePosixPath("/tmp/errors")))
    assert agent["ProgramArguments"] == list(COMMAND)
    assert agent["RunAtLoad"] is True
    assert agent["KeepAlive"] == {"SuccessfulExit": False}  # so that `draggan stop` stops it
    assert agent["Umask"] == 0o077
    assert agent["StandardErrorPath"] == "/tmp/errors"


def test_the_task_of_windows_is_whole() -> None:
    text = windows_task((r"C:\A & B\python.exe", "-m", "a b", 'c"d'), "HOME\\Ä")
    task = ElementTree.fromstring(text.encode("utf-16"))
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert task.findtext("t:Actions/t:Exec/t:Command", "", space) == r"C:\A & B\python.exe"
    assert task.findtext("t:Actions/t:Exec/t:Arguments", "", space) == r'-m "a b" c\"d'
    assert task.findtext("t:Triggers/t:LogonTrigger/t:UserId", "", space) == "HOME\\Ä"
    assert task.findtext("t:Settings/t:ExecutionTimeLimit", "", space) == "PT0S"
    order = [child.tag.partition("}")[2] for child in task]
    expected = ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"]
    assert order == expected  # the schema's sequence
