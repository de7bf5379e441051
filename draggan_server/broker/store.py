"""The edits, kept in SQLite so that a restart of the daemon or of the machine loses none.

The documents are the truth; this is a cache of them, so that old edits may be dropped.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

MAX_EDITS = 500
"""More than so many, and those untouched for longest are dropped. An edit takes 10 to 100 KB."""

MAX_PICTURES = 500
"""Of more than so many pictures the states of the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """An edit as it stands after `revision` accepted changes."""

    edit_id: str
    revision: int
    saved_state: str


class EditStore:
    """The edits by their id. No method raises: what the disk refuses is kept in memory."""

    def __init__(self, path: Path | None) -> None:
        """Open the store at `path`, or one in memory only. Raises `sqlite3.Error`."""
        self._unwritten: dict[str, StoredEdit] = {}
        self._connection = sqlite3.connect(":memory:" if path is None else path)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            with self._connection:
                self._connection.execute(_TABLE)
                self._connection.execute(_PICTURE_TABLE)
        except sqlite3.Error:
            self._connection.close()
            raise

    @classmethod
    def open(cls, path: Path) -> EditStore:
        """The store at `path`; a damaged one is put aside, an unusable place replaced by memory."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return cls(path)
        except (OSError, sqlite3.Error) as error:
            logger.warning("the edits at %s cannot be used: %s", path, error)
        try:
            path.replace(path.with_name(f"{path.name}.damaged"))
            return cls(path)
        except (OSError, sqlite3.Error) as error:
            logger.warning("edits are kept in memory only: %s", error)
            return cls(None)

    def save(self, edit: StoredEdit) -> None:
        """Add or replace an edit; it is on disk when this returns, unless the disk refuses it."""
        row = (edit.edit_id, edit.revision, edit.saved_state, time.time())
        if self._change("INSERT OR REPLACE INTO edits VALUES (?, ?, ?, ?)", row):
            self._unwritten.pop(edit.edit_id, None)
        else:  # a full disk must not cost the user a finished drag
            self._unwritten[edit.edit_id] = edit
        self._change(_PRUNE, (MAX_EDITS,))

    def find(self, edit_id: str) -> StoredEdit | None:
        if edit_id in self._unwritten:
            return self._unwritten[edit_id]
        rows = self._read(
            "SELECT edit_id, revision, saved_state FROM edits WHERE edit_id = ?", edit_id
        )
        return StoredEdit(*rows[0]) if rows else None

    def remove(self, edit_id: str) -> None:
        self._unwritten.pop(edit_id, None)
        self._change("DELETE FROM edits WHERE edit_id = ?", (edit_id,))

    def save_picture(self, fingerprint: str, saved_state: str) -> None:
        """Keep the state of a picture. What the disk refuses is lost: its document has it."""
        row = (fingerprint, saved_state, time.time())
        self._change("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?)", row)
        self._change(_PRUNE_PICTURES, (MAX_PICTURES,))

    def find_picture(self, fingerprint: str) -> str | None:
        """The state of a picture."""
        rows = self._read("SELECT saved_state FROM pictures WHERE fingerprint = ?", fingerprint)
        return rows[0][0] if rows else None

    def count(self) -> int:
        rows = self._read("SELECT edit_id FROM edits")
        return len({edit_id for (edit_id,) in rows} | self._unwritten.keys())

    def close(self) -> None:
        self._connection.close()

    def _change(self, statement: str, values: tuple[object, ...]) -> bool:
        try:
            with self._connection:
                self._connection.execute(statement, values)
        except sqlite3.Error as error:
            logger.warning("an edit cannot be written: %s", error)
            return False
        return True

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            logger.warning("the edits cannot be read: %s", error)
            return []


_TABLE = """CREATE TABLE IF NOT EXISTS edits (
    edit_id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    saved_state TEXT NOT NULL,
    changed_at REAL NOT NULL
)"""

_PRUNE = """DELETE FROM edits WHERE edit_id NOT IN (
    SELECT edit_id FROM edits ORDER BY changed_at DESC LIMIT ?
)"""

_PICTURE_TABLE = """CREATE TABLE IF NOT EXISTS pictures (
    fingerprint TEXT PRIMARY KEY,
    saved_state TEXT NOT NULL,
    changed_at REAL NOT NULL
)"""

_PRUNE_PICTURES = """DELETE FROM pictures WHERE fingerprint NOT IN (
    SELECT fingerprint FROM pictures ORDER BY changed_at DESC LIMIT ?
)"""
