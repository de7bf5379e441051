"""The docker in Krita's default layout."""

from __future__ import annotations

import pytest

from draggan_server.host.layers.actions import ACTIONS
from tests.hosts.krita.krita_host import KritaHost

pytestmark = pytest.mark.krita

WINDOWS = [(1400, 860), (1024, 768)]


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_done_with_a_drag_is_always_in_sight(
    krita: KritaHost, fake_daemon: dict[str, str], language: str
) -> None:
    arguments = {"windows": WINDOWS, "language": language}
    said = krita.run("layout:sizes", arguments, {**fake_daemon, "LANGUAGE": language})
    assert said["start"] == {"en": "Start", "de": "Starten"}[language]
    assert said["menu"] == {"en": "New Picture", "de": "Neues Bild"}[language]
    # None can clash with one of Krita's; the driver of these tests has no action.
    assert said["shortcuts"] == {f"draggan_{name}": [] for name in ("menu", *ACTIONS)}
    for width, height in WINDOWS:
        assert said[f"{width} x {height}"] == []
    assert max(said["height"]) < 300  # Krita gives it no more
    assert said["floating"] == []
    assert said["floating size"] == [230, 420]
    assert said["right to left"] == []
    assert said["folded to the left"]
    assert said["set from the right"] == pytest.approx([15, 10], abs=1)  # no mirrored picture


def test_what_unfolds_at_the_lower_end_comes_into_sight(
    krita: KritaHost, fake_daemon: dict[str, str]
) -> None:
    said = krita.run("layout:unfolding", {"heights": {"low": 300, "high": 450}}, fake_daemon)
    assert said["high"]["cut"] == []
    # There is no room for all: it is seen from its head on.
    assert said["low"]["cut"] == ["state"]
    assert all(seen["head when folded"] for seen in said.values())
    assert said["low"]["head"] == 0


def test_the_key_tab_goes_through_all_of_the_docker_from_above(
    krita: KritaHost, fake_daemon: dict[str, str]
) -> None:
    said = krita.run("layout:by_tab", {}, fake_daemon, seconds=200)
    assert set(said["answering"]) <= set(said["visited"])
    tops = [said["top"][key] for key in said["visited"]]
    assert tops == sorted(tops)
