"""The picture follows the hand on Krita's canvas, with the default model on a real daemon."""

from __future__ import annotations

import pytest

from draggan_server.host.sentences import said as words
from tests.hosts.krita.krita_host import KritaHost

pytestmark = pytest.mark.krita


def test_the_picture_follows_the_hand(krita: KritaHost, daemon: dict[str, str]) -> None:
    said = krita.run("live:gesture", env=daemon, seconds=300)
    before = said["before"]
    assert said["editing"]
    assert said["while pulled"] == words.FOLLOWING
    assert said["words"].endswith(" px to go")
    assert said["names while pulled"] == before
    assert said["frames"] >= 8
    assert said["kept"] == [*before, "Dragged: toy-lion, seed 8"]
    assert said["ended"].startswith("Arrived after ")
    ((handle, target),) = said["pairs"]
    assert target == pytest.approx([130, 204], abs=1)
    assert handle == pytest.approx(target, abs=4)
    assert said["escaped"] == words.CANCELLED
    assert said["after escape"] == said["kept"]
    assert said["pairs after escape"] == said["pairs"]
    assert said["undone"] == before
    assert said["said of it"] == words.UNDONE
    handle, target = said["pairs with Shift"][-1]
    assert (handle, target) == (pytest.approx([90, 90], abs=1), pytest.approx([90, 106], abs=1))
    assert said["frames with Shift"] == 0
    assert said["words while flat"] == words.NOTHING_TO_HOLD
    handle, target = said["pair while outside"]
    assert handle == pytest.approx([130, 188], abs=1)
    assert target == pytest.approx([130, 255], abs=1)  # not where the hand is, 298


def test_a_result_lies_under_no_veil_until_points_or_the_selection_are_edited(
    krita: KritaHost, daemon: dict[str, str]
) -> None:
    said = krita.run("live:veil", env=daemon, seconds=300)
    assert {name: there for name, (there, _) in said.items()} == {
        "before": True,
        "after": False,
        "another part": True,
        "again": False,
        "another point": True,
    }
    veiled = [brightness for there, brightness in said.values() if there]
    assert max(veiled) < 0.7 * min(brightness for there, brightness in said.values() if not there)
