"""The edits, kept in SQLite so that a restart of the daemon or of the machine loses none.

A row is an edit as it stood after one of its changes; the newer one has the larger `rowid`, since
the time of day may jump. The documents are the truth; this is a cache of them, so that old rows may
be dropped. Each owner has room of its own, and finds nothing of others.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

VERSION = 2
"""Version of the tables, in SQLite's `user_version`. 0 is what was written before it was set."""

MAX_REVISIONS = 500
"""Edits that are kept: of more the oldest are dropped. One takes 10 KB to 3 MB, as long as its
history."""

OWNER = ""
"""Whose edits are those of the daemon's own user. Guests own theirs by their names."""

MAX_GUEST_REVISIONS = 200
MAX_GUEST_CHARS = 64 << 20
"""What is kept of each guest, in rows and in characters of their states."""


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """An edit as it stands after `revision` accepted changes."""

    edit_id: str
    revision: int
    saved_state: str


class EditStore:
    """The edits by their id. No method raises: what the disk refuses is kept in memory."""

    def __init__(self, path: Path | None) -> None:
        """Open the store at `path`, or one in memory only.

        Raises `sqlite3.Error`, and `NewerStore` for one that a newer daemon has written.
        """
        self._unwritten: dict[tuple[str, str], StoredEdit] = {}
        self._connection = sqlite3.connect(":memory:" if path is None else path)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            with self._connection:
                _bring_up_to_date(self._connection)
        except (sqlite3.Error, NewerStore):
            self._connection.close()
            raise

    @classmethod
    def open(cls, path: Path) -> EditStore:
        """The store at `path`; a damaged one is put aside.

        One of a newer daemon is left as it is, and one that the disk refuses, and edits are kept
        in memory.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return cls(path)
        except NewerStore as error:
            logger.warning("the edits at %s: %s; edits are kept in memory only", path, error)
            return cls(None)
        except (OSError, sqlite3.Error) as error:
            logger.warning("the edits at %s cannot be used: %s", path, error)
            if not _is_damage(error):
                return cls(None)
        try:
            path.replace(path.with_name(f"{path.name}.damaged"))
            return cls(path)
        except (OSError, sqlite3.Error) as error:
            logger.warning("edits are kept in memory only: %s", error)
            return cls(None)

    def save(self, edit: StoredEdit, fingerprint: str | None = None, owner: str = OWNER) -> None:
        """Add a revision; it is on disk when this returns, unless the disk refuses it.

        `fingerprint` is that of the picture that it shows, by which its state can be found even
        after the edit was removed.
        """
        size = len(edit.saved_state)
        row = (edit.edit_id, edit.revision, edit.saved_state, fingerprint, time.time(), owner, size)
        if self._change(_SAVE, row):
            self._unwritten.pop((owner, edit.edit_id), None)
        else:  # a full disk must not cost the user a finished drag
            self._unwritten[owner, edit.edit_id] = edit
        if owner == OWNER:
            self._change(_PRUNE, (owner, MAX_REVISIONS))
        else:
            self._change(_PRUNE_GUEST, (owner, MAX_GUEST_REVISIONS, MAX_GUEST_CHARS))

    def find(self, edit_id: str, owner: str = OWNER) -> StoredEdit | None:
        """The newest revision of an edit."""
        if (owner, edit_id) in self._unwritten:
            return self._unwritten[owner, edit_id]
        rows = self._read(_NEWEST, edit_id, owner)
        return StoredEdit(*rows[0]) if rows else None

    def remove(self, edit_id: str, owner: str = OWNER) -> None:
        """Forget an edit, but not the states of its pictures."""
        self._unwritten.pop((owner, edit_id), None)
        self._change(_DELETE_UNSEEN, (edit_id, owner))
        self._change(_CLOSE, (edit_id, owner))

    def forget_all_but(self, guests: Iterable[str]) -> None:
        """Forget everything of owners that are neither the daemon's user nor among `guests`."""
        kept = {OWNER, *guests}
        for (owner,) in self._read("SELECT DISTINCT owner FROM revisions"):
            if owner not in kept:
                self._change("DELETE FROM revisions WHERE owner = ?", (owner,))
        for owner, edit_id in list(self._unwritten):
            if owner not in kept:
                del self._unwritten[owner, edit_id]

    def find_picture(self, fingerprint: str, owner: str = OWNER) -> str | None:
        """The newest state of a picture."""
        rows = self._read(_PICTURE, fingerprint, owner)
        return rows[0][0] if rows else None

    def count(self, owner: str = OWNER) -> int:
        """Edits that are open."""
        rows = self._read(_OPEN, owner)
        unwritten = {edit_id for whose, edit_id in self._unwritten if whose == owner}
        return len({edit_id for (edit_id,) in rows} | unwritten)

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


class NewerStore(Exception):
    """The tables are of a version that this daemon does not know."""


def _is_damage(error: OSError | sqlite3.Error) -> bool:
    """Whether it is the file that is not right, and not the disk."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF  # the primary code
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Make or convert the tables, all or nothing. Raises `NewerStore`."""
    connection.execute("BEGIN IMMEDIATE")
    ((version,),) = connection.execute("PRAGMA user_version")
    if version > VERSION:
        raise NewerStore(f"a newer daemon wrote them (version {version}, this one: {VERSION})")
    if version == VERSION:
        return
    if version == 0:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {name for (name,) in found}
        connection.execute(_TABLE_1)
        connection.execute("CREATE INDEX revisions_by_picture ON revisions (fingerprint)")
        for table, conversion in _FROM_VERSION_0.items():
            if table in tables:
                connection.execute(conversion)
                connection.execute(f"DROP TABLE {table}")
    for column in _COLUMNS_2:
        connection.execute(f"ALTER TABLE revisions ADD COLUMN {column}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


_TABLE_1 = """CREATE TABLE revisions (
    edit_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    saved_state TEXT NOT NULL,
    fingerprint TEXT,
    changed_at REAL NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (edit_id, revision)
)"""

_COLUMNS_2 = ("owner TEXT NOT NULL DEFAULT ''", "size INTEGER NOT NULL DEFAULT 0")

_FROM_VERSION_0 = {
    "edits": """INSERT INTO revisions
        SELECT edit_id, revision, saved_state, NULL, changed_at, 0 FROM edits
        ORDER BY changed_at""",
    "pictures": """INSERT INTO revisions
        SELECT fingerprint, 0, saved_state, fingerprint, changed_at, 1 FROM pictures
        ORDER BY changed_at""",
}

_SAVE = """INSERT OR REPLACE INTO revisions
    (edit_id, revision, saved_state, fingerprint, changed_at, owner, size)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""

_NEWEST = """SELECT edit_id, revision, saved_state FROM revisions
    WHERE edit_id = ? AND owner = ? AND NOT closed ORDER BY revision DESC LIMIT 1"""

_PICTURE = """SELECT saved_state FROM revisions
    WHERE fingerprint = ? AND owner = ? ORDER BY rowid DESC LIMIT 1"""

_OPEN = "SELECT DISTINCT edit_id FROM revisions WHERE owner = ? AND NOT closed"

_CLOSE = "UPDATE revisions SET closed = 1 WHERE edit_id = ? AND owner = ?"

_DELETE_UNSEEN = """DELETE FROM revisions
    WHERE edit_id = ? AND owner = ? AND fingerprint IS NULL"""

_PRUNE = """DELETE FROM revisions WHERE owner = ?1 AND rowid NOT IN (
    SELECT rowid FROM revisions WHERE owner = ?1 ORDER BY rowid DESC LIMIT ?2
)"""

# The newest one stays, however large it is.
_PRUNE_GUEST = """DELETE FROM revisions WHERE rowid IN (
    SELECT rowid FROM (
        SELECT rowid, row_number() OVER newest_first AS place, sum(size) OVER newest_first AS sizes
        FROM revisions WHERE owner = ?1
        WINDOW newest_first AS (ORDER BY rowid DESC)
    ) WHERE place > ?2 OR (place > 1 AND sizes > ?3)
)"""
