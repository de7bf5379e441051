"""Drags that are stopped, or whose document, layer or worker vanishes, in real Krita."""

from __future__ import annotations

import pytest

from tests.hosts.krita.krita_host import KritaHost

pytestmark = pytest.mark.krita

Env = dict[str, str]


def test_cancel_leaves_nothing_and_stop_keeps_what_was_reached(
    krita: KritaHost, fake_daemon: Env
) -> None:
    said = krita.run("interruptions:cancel_and_stop", env=fake_daemon)
    assert said["cancelled"]["same"]
    assert "cancelled" in said["cancelled"]["status"]
    assert said["stopped"]["names"] == [*said["stopped"]["before"], "Dragged: endless, seed 1"]
    assert said["stopped"]["status"].startswith("Stopped (")


def test_a_document_closed_in_the_middle(krita: KritaHost, fake_daemon: Env) -> None:
    said = krita.run("interruptions:document_closed", env=fake_daemon)
    assert said["closed"] == "The document was closed, so its drag was discarded."
    assert not said["editing"]
    assert "no document" in said["nothing open"]
    assert said["names"] == ["Background", "steady, seed 1"]


def test_a_layer_removed_in_the_middle(krita: KritaHost, fake_daemon: Env) -> None:
    said = krita.run("interruptions:layer_removed", env=fake_daemon)
    assert said["status"] == ("The layer “endless, seed 1” was removed, so its drag was discarded.")
    assert said["names"] == ["Background"]


def test_a_worker_lost_in_the_middle(krita: KritaHost, fake_daemon: Env) -> None:
    said = krita.run("interruptions:worker_lost", env=fake_daemon)
    assert "ended with code 3" in said["lost"]
    assert said["same"]
    assert said["then"].startswith("Arrived (10 steps")
    assert said["names"][-1] == "Dragged: steady, seed 1"


def test_the_result_follows_a_moved_layer_and_leaves_out_paint_beyond(
    krita: KritaHost, fake_daemon: Env
) -> None:
    said = krita.run("interruptions:moved_layer", env=fake_daemon)
    assert said["before"] == [2, 3, 64, 53]  # the picture, and paint up to (2, 3)
    assert said["result"] == [34 + 11, 24 - 5, 32, 32]
    ((_, target),) = said["pairs"]
    assert target == pytest.approx([54 + 11, 44 - 5], abs=1)
    assert said["offset"] == [0, 0]
