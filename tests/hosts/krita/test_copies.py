"""Copies of layers can be dragged as their originals can."""

from __future__ import annotations

from typing import Any

import pytest

from draggan_server.host.sentences.said import SHOWN
from tests.hosts.krita.krita_host import KritaHost

pytestmark = pytest.mark.krita


@pytest.fixture(scope="module")
def all_said(krita: KritaHost, fake_daemon: dict[str, str]) -> dict[str, Any]:
    return krita.run("copies:all_in_turn", env=fake_daemon, seconds=120)


def test_a_copy_is_dragged_where_it_lies(all_said: dict[str, Any]) -> None:
    said = all_said["of_layers"]
    places = {
        "duplicate": [44, 34, 32, 32],
        "moved duplicate": [51, 29, 32, 32],
        "duplicate of a painted one": [44, 34, 32, 32],
        "pasted into another document": [44, 34, 32, 32],
    }
    for name, place in places.items():
        assert said[name]["status"].startswith("Arrived"), name
        assert (said[name]["place"], said[name]["result"]) == (place, place), name
        assert said[name]["added"] == 1, name
    assert said["documents"]
    assert said["photo"]["status"] == SHOWN.format(model="steady", percent=100)
    assert said["photo"]["added"] == 0


def test_a_copy_is_recognised_where_its_original_is_gone(all_said: dict[str, Any]) -> None:
    assert all_said["of_a_removed_layer"]


def test_records_of_layers_that_cannot_come_back_are_dropped(all_said: dict[str, Any]) -> None:
    said = all_said["records_kept"]
    assert not said["lost"]
    assert said["removed"]
    assert said["names"] == ["Background", "steady, seed 1"]


def test_the_daemon_knows_what_no_open_document_does(all_said: dict[str, Any]) -> None:
    said = all_said["of_a_closed_document"]
    assert said["known before"] == ""
    assert said["status"].startswith("Arrived")
    assert said["names"][-1] == "Dragged: steady, seed 60"
    assert len(said["names"]) == 3
    assert said["known"]
