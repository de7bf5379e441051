"""The texts by which systemd, launchd and Windows' task scheduler run the daemon.

All of them start it when the user logs in and again when it fails; what ends in order, as after
`draggan stop` or after a long time without requests, stays ended.
"""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from pathlib import PurePath
from xml.etree import ElementTree

DESCRIPTION = "DragGAN's daemon for GIMP and Krita"
MARK = "Written by draggan service install"
LAUNCHD_LABEL = "org.draggan.daemon"
TASK_NAME = "DragGAN daemon"

_TASK_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"


def systemd_unit(command: Sequence[str]) -> str:
    """A unit for systemd's manager of the user's session."""
    return f"""\
# {MARK}.
[Unit]
Description={DESCRIPTION}

[Service]
Type=exec
ExecStart={_systemd_line(command)}
Restart=on-failure
RestartSec=5
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def launchd_plist(command: Sequence[str], errors: PurePath) -> bytes:
    """A launch agent. `errors` is the file for what is printed before the log is there."""
    return plistlib.dumps(
        {
            "Label": LAUNCHD_LABEL,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 5,
            "Umask": 0o077,
            "StandardErrorPath": str(errors),
            "ServiceDescription": f"{DESCRIPTION}. {MARK}.",
        }
    )


def windows_task(command: Sequence[str], user: str) -> str:
    """A task as `schtasks /Create /XML` takes it. `user` is DOMAIN\\NAME."""
    task = ElementTree.Element("Task", {"version": "1.3", "xmlns": _TASK_NAMESPACE})
    _fill(
        task,
        {
            "RegistrationInfo": {"Description": f"{DESCRIPTION}. {MARK}."},
            "Triggers": {"LogonTrigger": {"Enabled": "true", "UserId": user}},
            "Principals": {
                "Principal": {
                    "UserId": user,
                    "LogonType": "InteractiveToken",
                    "RunLevel": "LeastPrivilege",
                }
            },
            "Settings": {
                "MultipleInstancesPolicy": "IgnoreNew",
                "DisallowStartIfOnBatteries": "false",
                "StopIfGoingOnBatteries": "false",
                "StartWhenAvailable": "true",
                "RestartOnFailure": {"Interval": "PT1M", "Count": "3"},
                "ExecutionTimeLimit": "PT0S",
                "Hidden": "true",
            },
            "Actions": {"Exec": {"Command": command[0], "Arguments": _windows_line(command[1:])}},
        },
    )
    ElementTree.indent(task)
    return f'<?xml version="1.0" encoding="UTF-16"?>\n{ElementTree.tostring(task, "unicode")}\n'


def _systemd_line(command: Sequence[str]) -> str:
    """As systemd.service and systemd.syntax have it: specifiers and variables are not meant. The
    program's own path has specifiers, but no variables."""
    program, *arguments = (_quoted(part) for part in command)
    return " ".join([program, *(argument.replace("$", "$$") for argument in arguments)])


def _quoted(argument: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%")):
        argument = argument.replace(plain, escaped)
    return f'"{argument}"'


def _fill(parent: ElementTree.Element, content: dict[str, object]) -> None:
    for name, value in content.items():
        element = ElementTree.SubElement(parent, name)
        if isinstance(value, dict):
            _fill(element, value)
        else:
            element.text = str(value)


def _windows_line(arguments: Sequence[str]) -> str:
    from subprocess import list2cmdline

    return list2cmdline(arguments)
