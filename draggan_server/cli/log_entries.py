"""The logs of the daemon, of its worker and of the plug-ins, read as one."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from draggan_server.plugins.folders import gimp_homes, krita_homes
from draggan_server.wire.install_record import daemon_log, log_folder

_OLDER = (".2", ".1", "")
"""Endings of the files that rotation leaves, the oldest first."""

_BEGINNING = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) ([A-Z]+) (.*)")


@dataclass
class Entry:
    """What one line of a log says, with the lines of a traceback that follow it."""

    time: str  # as it is written, which sorts by itself
    level: str
    source: str  # "daemon", "worker", "gimp" or "krita"
    lines: list[str] = field(default_factory=list)

    @property
    def severity(self) -> int:
        return logging.getLevelNamesMapping().get(self.level, logging.INFO)

    @property
    def key(self) -> tuple[str, str, str]:
        """The same one while its traceback is still being written."""
        return self.time, self.source, self.lines[0]

    def __str__(self) -> str:
        first, *rest = self.lines
        return "\n".join([f"{self.time} {self.level} [{self.source}] {first}", *rest])


def log_files() -> Iterator[tuple[str, Path]]:
    """(source, file) of each log that is there."""
    workers = sorted(log_folder().glob("worker*.log"))
    found = [("daemon", daemon_log()), *(("worker", path) for path in workers)]
    found += [("gimp", folder / "draggan/gimp.log") for folder in _state_folders()]
    found += [("krita", home.data / "draggan.log") for home in krita_homes()]
    yield from ((source, file) for source, file in found if file.is_file())


def entries() -> list[Entry]:
    """All of them, the oldest first."""
    found = [entry for source, file in log_files() for entry in _read(source, file)]
    return sorted(found, key=lambda entry: entry.time)


def _state_folders() -> Iterator[Path]:
    """Where GIMP's plug-in logs: GLib's folder for states, in packages one of their own."""
    yield Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    if local := os.environ.get("LOCALAPPDATA"):
        yield Path(local)
    for package, home in gimp_homes():
        if package:
            yield home.parents[1] / ".local/state"


def _read(source: str, file: Path) -> Iterator[Entry]:
    entry: Entry | None = None
    for ending in _OLDER:
        try:
            text = file.with_name(f"{file.name}{ending}").read_text("utf-8", errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            if beginning := _BEGINNING.fullmatch(line):
                if entry is not None:
                    yield entry
                time, level, rest = beginning.groups()
                entry = Entry(time, level, source, [rest])
            elif entry is not None:
                entry.lines.append(line)
    if entry is not None:
        yield entry
