"""Trust on first use: what was first downloaded from an address is what must come from it again."""

from __future__ import annotations

import json
from pathlib import Path

import filelock

from draggan_server.models.errors import InstallError
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse
from draggan_server.wire.whole_file import written_whole


class KnownHashes:
    """SHA-256 by address, in a JSON file that people can read and edit."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, url: str) -> str | None:
        """What was first downloaded from there. Raises `InstallError` for a damaged file."""
        return self._read().get(url)

    def add(self, url: str, sha256: str) -> None:
        """Remember it, unless the address is known. Raises `InstallError`, `OSError`."""
        with filelock.FileLock(f"{self.path}.lock"):
            known = self._read()
            if url not in known:
                known[url] = sha256
                with written_whole(self.path) as unfinished:
                    unfinished.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")

    def _read(self) -> dict[str, str]:
        try:
            return from_document(dict[str, str], parse(self.path.read_bytes()))
        except FileNotFoundError:
            return {}
        except ProtocolError:
            raise InstallError(
                "{path} is damaged. It says what was downloaded from where, to notice when "
                "something else comes: mend it, or remove it and trust the next downloads anew.",
                path=self.path,
            ) from None
