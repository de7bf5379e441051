"""The edits on disk."""

from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path

import pytest

from draggan_server.broker import store as store_module
from draggan_server.broker.store import EditStore, StoredEdit

EDIT = StoredEdit("a", 3, "state")


def test_an_edit_comes_back_after_closing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "edits.sqlite3"
    store = EditStore.open(path)
    store.save(StoredEdit("a", 2, "before"))
    store.save(EDIT)
    store.close()
    store = EditStore.open(path)
    assert store.find("a") == EDIT
    assert store.find("b") is None
    store.remove("a")
    assert (store.find("a"), store.count()) == (None, 0)
    store.close()


@pytest.mark.parametrize("seconds", [1, -1])  # the time of day may jump back
def test_the_oldest_are_dropped(seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_REVISIONS", 2)
    clock = itertools.count(0, seconds)
    monkeypatch.setattr(store_module.time, "time", lambda: float(next(clock)))
    store = EditStore(None)
    for edit in (StoredEdit("a", 0, ""), StoredEdit("b", 0, "")):
        store.save(edit)
    store.save(StoredEdit("a", 1, ""))
    store.save(StoredEdit("c", 0, ""))  # b is the oldest but for what a was before
    assert store.find("b") is None
    assert store.find("a") == StoredEdit("a", 1, "")
    assert store.count() == 2
    store.close()


@pytest.mark.parametrize("seconds", [1, -1])
def test_the_newest_pictures_are_remembered(
    seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_REVISIONS", 3)
    clock = itertools.count(0, seconds)
    monkeypatch.setattr(store_module.time, "time", lambda: float(next(clock)))
    store = EditStore.open(tmp_path / "edits.sqlite3")
    for number, fingerprint in enumerate("baabc"):
        store.save(StoredEdit(str(number), 0, str(number)), fingerprint)
        store.remove(str(number))
    assert store.count() == 0
    store.close()
    store = EditStore.open(tmp_path / "edits.sqlite3")
    assert [store.find_picture(name) for name in "abcd"] == ["2", "3", "4", None]
    store.close()


def test_a_damaged_store_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "edits.sqlite3"
    path.write_bytes(b"this is no database, whatever it is called" * 100)
    store = EditStore.open(path)
    store.save(EDIT)
    store.close()
    assert (tmp_path / "edits.sqlite3.damaged").read_bytes().startswith(b"this is no database")
    store = EditStore.open(path)
    assert store.find("a") == EDIT
    store.close()


def test_a_place_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = EditStore.open(tmp_path / "file" / "edits.sqlite3")
    store.save(EDIT)
    assert store.find("a") == EDIT
    store.close()


def test_what_the_disk_refuses_to_open_is_left_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "edits.sqlite3"
    path.mkdir()
    store = EditStore.open(path)
    store.save(EDIT)
    assert store.find("a") == EDIT
    store.close()
    assert [found.name for found in tmp_path.iterdir()] == ["edits.sqlite3"]


def test_what_the_disk_refuses_is_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "edits.sqlite3"
    store = EditStore.open(path)
    store.save(StoredEdit("a", 2, "before"))
    other = sqlite3.connect(path)
    other.execute("DROP TABLE revisions")
    other.commit()
    other.close()
    store.save(EDIT)
    assert store.find("a") == EDIT
    assert store.find("b") is None
    assert store.count() == 1
    store.remove("a")
    assert store.find("a") is None
    store.close()


def test_every_revision_has_its_picture(tmp_path: Path) -> None:
    store = EditStore.open(tmp_path / "edits.sqlite3")
    for revision, picture in enumerate("pqr"):
        store.save(StoredEdit("a", revision, f"state {revision}"), picture)
    assert store.find("a") == StoredEdit("a", 2, "state 2")
    assert [store.find_picture(name) for name in "pqr"] == ["state 0", "state 1", "state 2"]
    store.save(StoredEdit("b", 0, "opened again"))
    assert store.count() == 2
    for name in "ab":
        store.remove(name)
    assert (store.find("a"), store.count()) == (None, 0)
    assert store.find_picture("q") == "state 1"
    store.close()


VERSION_0 = """
CREATE TABLE edits (edit_id TEXT PRIMARY KEY, revision INTEGER NOT NULL,
    saved_state TEXT NOT NULL, changed_at REAL NOT NULL);
CREATE TABLE pictures (fingerprint TEXT PRIMARY KEY, saved_state TEXT NOT NULL,
    changed_at REAL NOT NULL);
INSERT INTO edits VALUES ('a', 3, 'state', 5.0), ('b', 0, 'other', 6.0);
INSERT INTO pictures VALUES ('p', 'state', 5.0);
"""


def test_a_store_of_an_older_daemon_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "edits.sqlite3"
    older = sqlite3.connect(path)
    older.executescript(VERSION_0)
    older.close()
    for _ in range(2):
        store = EditStore.open(path)
        assert store.find("a") == EDIT
        assert store.find("b") == StoredEdit("b", 0, "other")
        assert (store.find_picture("p"), store.count()) == ("state", 2)
        store.close()


def test_a_store_from_before_there_were_guests_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "edits.sqlite3"
    older = sqlite3.connect(path)
    older.execute(store_module._TABLE_1)
    older.execute("CREATE INDEX revisions_by_picture ON revisions (fingerprint)")
    older.execute("INSERT INTO revisions VALUES ('a', 3, 'state', 'p', 5.0, 0)")
    older.execute("PRAGMA user_version = 1")
    older.commit()
    older.close()
    for _ in range(2):
        store = EditStore.open(path)
        assert (store.find("a"), store.find_picture("p"), store.count()) == (EDIT, "state", 1)
        assert (store.find("a", "anna"), store.find_picture("p", "anna")) == (None, None)
        store.close()


def test_a_store_of_a_newer_daemon_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "edits.sqlite3"
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {store_module.VERSION + 1}")
    newer.execute("CREATE TABLE wonders (name TEXT)")
    newer.commit()
    store = EditStore.open(path)
    store.save(EDIT)
    assert store.find("a") == EDIT
    store.close()
    assert newer.execute("SELECT name FROM sqlite_master").fetchall() == [("wonders",)]
    newer.close()
    assert [file.name for file in tmp_path.iterdir()] == ["edits.sqlite3"]
