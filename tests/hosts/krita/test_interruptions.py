"""Drags that are stopped, or whose document, layer or worker vanishes, in real Krita."""

from __future__ import annotations

import time
from typing import Any

import pytest

from draggan_server.wire.client import Client
from draggan_server.wire.connector import connect
from draggan_server.wire.messages import GetStatus, Status
from tests.hosts.krita.krita_host import KritaHost
from tests.patience import deadline_in

pytestmark = pytest.mark.krita

Said = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def all_said(krita: KritaHost, fake_daemon: dict[str, str]) -> Said:
    """What one Krita said to all of them in turn; a crash in the middle would fail them all."""
    return krita.run("interruptions:all_in_turn", env=fake_daemon, seconds=200)


def test_cancel_leaves_nothing_and_stop_keeps_what_was_reached(all_said: Said) -> None:
    said = all_said["cancel_and_stop"]
    assert said["cancelled"]["same"]
    assert not said["cancelled"]["painted"]
    assert said["cancelled"]["status"].startswith("Cancelled")
    assert said["stopped"]["names"] == [*said["stopped"]["before"], "Dragged: endless, seed 1"]
    assert said["stopped"]["status"].startswith("Stopped after ")


def test_cancel_is_at_once(all_said: Said) -> None:
    for said in all_said["cancel_at_once"].values():
        assert said["status"] == "Cancelled; nothing was changed."
        assert said["idle"]
        assert said["same"]


def test_a_document_closed_in_the_middle(all_said: Said) -> None:
    said = all_said["document_closed"]
    assert said["closed"] == "The document was closed, so the work on it was discarded."
    assert not said["editing"]
    assert "no document" in said["nothing open"]
    assert said["names"] == ["Background", "steady, seed 1"]


def test_the_docker_closed_in_the_middle(all_said: Said) -> None:
    said = all_said["docker_closed"]
    assert said["hidden"]
    assert said["goes on"]
    assert said["status"].startswith("Stopped after ")


def test_a_window_closed_in_the_middle(all_said: Said) -> None:
    said = all_said["window_closed"]
    assert said["names"] == ["Background", "steady, seed 1", "Dragged: steady, seed 1"]
    assert said["status"].startswith("Arrived after 10 steps (")


def test_krita_left_in_the_middle_and_the_daemon_is_free_for_the_next(
    krita: KritaHost, fake_daemon: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = krita.run("interruptions:quit_in_the_middle", env=fake_daemon)
    assert (said["dragging"], krita.ended_with) == (True, 0)
    for name, value in fake_daemon.items():
        monkeypatch.setenv(name, value)
    client = connect(start_daemon=False)
    try:
        deadline = deadline_in(60)
        while _busy(client):
            assert time.monotonic() < deadline, "the daemon drags on for nobody"
            time.sleep(0.1)
    finally:
        client.close()


def _busy(client: Client) -> bool:
    status = client.ask(GetStatus())
    assert isinstance(status, Status)
    return [worker.state for worker in status.workers] != ["idle"]


def test_a_layer_removed_in_the_middle(all_said: Said) -> None:
    said = all_said["layer_removed"]
    assert said["status"] == (
        "The layer “endless, seed 1” was removed, so the work on it was discarded."
    )
    assert said["names"] == ["Background"]


def test_a_layer_removed_and_a_document_closed_while_frames_are_placed(all_said: Said) -> None:
    said = all_said["removed_while_frames_are_placed"]
    assert said["removed"] == (
        "The layer “steady, seed 1” was removed, so the work on it was discarded."
    )
    assert said["names"] == ["Background"]
    assert said["closed"] == "The document was closed, so the work on it was discarded."


def test_a_photo_removed_while_it_is_looked_at(all_said: Said) -> None:
    said = all_said["photo_removed"]
    assert said["state"] == "SEEING"
    assert said["status"] == "The layer “photo” was removed, so the work on it was discarded."
    assert said["names"] == ["Background"]
    assert not said["seen"]


def test_a_worker_lost_in_the_middle(all_said: Said) -> None:
    said = all_said["worker_lost"]
    assert "has ended 3 times while it did this, so it is not tried again" in said["lost"]
    assert said["same"]
    assert said["then"].startswith("Arrived after 10 steps (")
    assert said["names"][-1] == "Dragged: steady, seed 1"


def test_the_result_follows_a_moved_layer_and_leaves_out_paint_beyond(all_said: Said) -> None:
    said = all_said["moved_layer"]
    assert said["before"] == [2, 3, 64, 53]  # the picture, and paint up to (2, 3)
    assert said["result"] == [34 + 11, 24 - 5, 32, 32]
    ((_, target),) = said["pairs"]
    assert said["offset"] == [11, -5]  # the points are the layer's own, and the offset its source's
    assert target == pytest.approx([54, 44], abs=1)
