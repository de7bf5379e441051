"""What cannot be done gets its sentence in Krita and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from draggan_server.host.sentences.said import PAINT_REPLACED
from draggan_server.models.public_models import PUBLIC_MODELS
from tests.hosts.krita.krita_host import KritaHost

pytestmark = pytest.mark.krita

Env = dict[str, str]
Said = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def all_said(krita: KritaHost, fake_daemon: Env) -> Said:
    """What one Krita said, in which everything was tried in turn."""
    return krita.run("refusals:all_in_turn", env=fake_daemon, seconds=200)


SENTENCES = {
    "no points": "There are no points",
    "handle at its target": "Point 1 is already at its target",
    "handle outside": "The handle of point 1",
    "target outside": "The target of point 1",
    "selection elsewhere": "The selection does not touch the layer's picture",
    "empty selection": "The selection does not touch the layer's picture",
    "handle held": "The handle of point 1 at (6, 6) lies outside of what may move",
    "locked": "is locked: unlock it",
    "group": "“group” is a layer group: select a layer inside it",
    "vector layer": "“shapes” is no paint layer",
    "too small": "The layer is 8 x 8 pixels; a drag needs at least 16 x 16",
    "empty": "The layer “empty” is empty",
    "damaged annotation": "The document's DragGAN notes are damaged",
    "newer annotation": "from a newer version",
}


def test_without_a_document(all_said: Said) -> None:
    said = all_said["without_document"]
    assert "no document" in said["draggan_start_drag"]
    assert "no document" in said["draggan_edit_points"]
    assert not said["editing"]
    assert said["draggan_cancel_drag"] == "No drag is under way."


def test_without_a_daemon(krita: KritaHost) -> None:
    said = krita.run("refusals:without_daemon")
    for attempt, button in (("new picture", "New picture"), ("start", "Start")):
        assert "cannot be started" in said[attempt]["status"]
        assert said[attempt]["status"].endswith(f" Press {button} to try again.")
        assert "install" in said[attempt]["status"]
        assert said[attempt]["same"]
        assert said[f"{attempt} again"]
    assert "cannot be started" in said["models"]


def test_what_a_document_may_hold(all_said: Said) -> None:
    said = all_said["in_document"]
    assert said.keys() == SENTENCES.keys()
    for attempt, sentence in SENTENCES.items():
        assert sentence in said[attempt]["status"]
        assert said[attempt]["same"], attempt


def test_points_that_could_not_be_dragged(all_said: Said) -> None:
    said: Any = all_said["setting_points"]
    for attempt in ("on a stamp", "pulled on a stamp"):
        assert SENTENCES["too small"] in said[attempt]["status"]
        assert (said[attempt]["pairs"], said[attempt]["veil"]) == (0, False)
    assert not said["painted"]
    assert said["on the picture"]["pairs"] == 1
    assert said["on the picture"]["status"].startswith("Press on what should move")
    outside = said["one outside of the selection"]
    assert outside["status"].startswith("Point 1 begins in the dark part")
    assert (outside["pairs"], outside["veil"]) == (2, [32, 32])
    held, movable = said["brightness"]
    assert held < 0.7 * movable
    assert said["none outside"]["status"].startswith("Press on what should move")
    assert said["none outside"]["veil"]
    assert not said["nothing selected"]["veil"]


def test_what_the_daemon_refuses_late(all_said: Said) -> None:
    said = all_said["late"]
    assert said["refusing"]["status"] == "The layer does not show this picture any more."
    assert "inside DragGAN" in said["failing"]["status"]
    assert said["hungry"]["status"] == "No memory is left."
    assert all(attempt["same"] for attempt in said.values())


def test_a_model_that_is_not_installed(krita: KritaHost, daemon: Env) -> None:
    """Its name is said, and how it is got where somebody publishes it."""
    public = PUBLIC_MODELS[0].name
    said = krita.run("refusals:unknown_model", {"models": ["no-such-model", public]}, daemon)
    for name, how in (
        ("no-such-model", "'draggan models list' says which others are available"),
        (public, f"Get it with: draggan models pull {public}"),
    ):
        assert f"model “{name}”" in said[name]["status"]
        assert how in said[name]["status"]
        assert said[name]["same"]


def test_a_layer_that_was_edited_is_dragged_where_its_picture_is(
    krita: KritaHost, daemon: Env
) -> None:
    said = krita.run("refusals:edited", env=daemon, seconds=200)
    for edit in ("mirrored", "desaturated"):
        assert "does not show" not in said[edit]["status"]
        assert not said[edit]["same"], said[edit]
        far, near = said[edit]["changes"]
        assert far < 2 < near, said[edit]
    assert "seems to have been painted over" in said["covered"]["status"]
    assert "Undo that, drag, and do it again" in said["covered"]["status"]
    assert said["covered"]["same"]
    assert said["painted"]["status"].startswith("Arrived")
    assert PAINT_REPLACED in said["painted"]["status"]
    assert not said["painted"]["same"]
