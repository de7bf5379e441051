"""Bringing a host's folder from what is there to what is to be there.

Only files that an installation wrote are changed or removed. What a folder holds besides, and
files that were edited since, stay as they are.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from draggan_server.plugins.manifest import Manifest, digest
from draggan_server.wire.whole_file import written_whole


@dataclass(frozen=True)
class Plan:
    """Paths below a host's folder, as its manifest names them.

    `blocked` are files that would have to be overwritten and that no installation wrote; `edited`
    are files that are no longer needed and stay because they were changed.
    """

    write: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return bool(self.write or self.remove)


def plan(folder: Path, before: Manifest, after: Manifest) -> Plan:
    """How to get from one manifest to the other. Reads the files that are there, changes none."""
    write: list[str] = []
    remove: list[str] = []
    blocked: list[str] = []
    edited: list[str] = []
    for path, digests in after.files.items():
        there = _digest_of(folder, path)
        if there in digests:
            continue
        if there is None and not os.path.lexists(folder / path):
            write.append(path)
        else:
            (write if before.knows(path, there) else blocked).append(path)
    for path in before.files:
        if path not in after.files and os.path.lexists(folder / path):
            there = _digest_of(folder, path)
            (remove if before.knows(path, there) else edited).append(path)
    return Plan(tuple(write), tuple(remove), tuple(blocked), tuple(edited))


def carry_out(todo: Plan, folder: Path, source: Path) -> None:
    """Do it; new files come from `source`. Raises `OSError`, and may be called again then."""
    for path in todo.write:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(target) as unfinished:
            shutil.copyfile(source / path, unfinished)
            shutil.copymode(source / path, unfinished)
    for path in todo.remove:
        (folder / path).unlink(missing_ok=True)
        _remove_compiled(folder / path)
    for path in todo.remove:
        _remove_empty(folder, PurePosixPath(path))


def _digest_of(folder: Path, path: str) -> str | None:
    """None also for what is no plain file: a link may lead to files of somebody else."""
    parts = [folder / path, *(folder / parent for parent in PurePosixPath(path).parents[:-1])]
    try:
        plain = (folder / path).is_file() and not any(part.is_symlink() for part in parts)
        return digest(folder / path) if plain else None
    except OSError:
        return None


def _remove_compiled(path: Path) -> None:
    """What Python itself wrote beside a module."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)


def _remove_empty(folder: Path, path: PurePosixPath) -> None:
    for parent in [path.parent / "__pycache__", *path.parents[:-1]]:
        place = folder / parent
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
