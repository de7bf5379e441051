"""What an installation wrote into a host's folder: each file with its SHA-256.

By it an upgrade and an uninstallation know what is theirs. The manifest lies in the plug-in's own
folder, in release zips, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.wire.whole_file import written_whole

NAME = "manifest.json"

_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """`files` holds, for each path below the host's folder, the hashes of what may have been
    written there: one, or two while an upgrade is under way."""

    version: str
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def knows(self, path: str, digest: str | None) -> bool:
        """Whether a file of this content was written at `path`."""
        return digest is not None and digest in self.files.get(path, ())

    def joined_with(self, other: Manifest) -> Manifest:
        """The manifest of a folder that may hold files of either."""
        paths = dict.fromkeys([*self.files, *other.files])
        files = {
            path: tuple(dict.fromkeys([*self.files.get(path, ()), *other.files.get(path, ())]))
            for path in paths
        }
        return Manifest(self.version, files)

    def write(self, path: Path) -> None:
        """Raises `OSError`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as unfinished:
            text = json.dumps(to_document(self), indent=1)
            unfinished.write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Manifest | None:
        """None where there is none that makes sense."""
        try:
            with path.open("rb") as file:
                read = from_document(cls, parse(file.read(_MAX_BYTES)))
        except (OSError, ProtocolError):
            return None
        return read if all(map(_is_inner, read.files)) else None


def manifest_of(folder: Path, version: str) -> Manifest:
    """The manifest of every file below `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return Manifest(
        version, {path.relative_to(folder).as_posix(): (digest(path),) for path in files}
    )


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises `OSError`."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_inner(name: str) -> bool:
    """Whether a path cannot lead out of the folder."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name)
