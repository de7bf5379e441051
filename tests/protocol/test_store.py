"""The edits on disk."""

from __future__ import annotations

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


def test_the_oldest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_EDITS", 2)
    clock = iter(range(10))
    monkeypatch.setattr(store_module.time, "time", lambda: float(next(clock)))
    store = EditStore(None)
    for name in ("a", "b"):
        store.save(StoredEdit(name, 0, ""))
    store.save(StoredEdit("a", 1, ""))  # touched, so that b is the oldest now
    store.save(StoredEdit("c", 0, ""))
    assert store.find("b") is None
    assert store.find("a") == StoredEdit("a", 1, "")
    assert store.count() == 2
    store.close()


def test_the_newest_pictures_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_PICTURES", 2)
    clock = iter(range(10))
    monkeypatch.setattr(store_module.time, "time", lambda: float(next(clock)))
    store = EditStore.open(tmp_path / "edits.sqlite3")
    for fingerprint, state in (("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")):
        store.save_picture(fingerprint, state)
    store.close()
    store = EditStore.open(tmp_path / "edits.sqlite3")
    assert [store.find_picture(name) for name in "abc"] == ["3", None, "4"]
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


def test_what_the_disk_refuses_is_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "edits.sqlite3"
    store = EditStore.open(path)
    store.save(StoredEdit("a", 2, "before"))
    other = sqlite3.connect(path)
    other.execute("DROP TABLE edits")
    other.commit()
    other.close()
    store.save(EDIT)
    assert store.find("a") == EDIT
    assert store.find("b") is None
    assert store.count() == 1
    store.remove("a")
    assert store.find("a") is None
    store.close()
