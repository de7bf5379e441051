"""Points set on Krita's canvas with a real mouse."""

from __future__ import annotations

import dataclasses
import math

import pytest

from draggan_server.host.sentences.said import HOW_TO_EDIT
from tests.hosts.krita.krita_host import KritaHost, screen

pytestmark = pytest.mark.krita

VIEWS = [
    {"zoom": 1.0, "rotation": 0, "mirror": False},
    {"zoom": 2.2, "rotation": 25, "mirror": True},
]


@pytest.mark.parametrize("scale", [1, 2])
def test_they_land_where_the_mouse_was(krita: KritaHost, scale: int) -> None:
    size, variables = (1200 * scale, 900 * scale), {"QT_SCALE_FACTOR": str(scale)}
    with screen(krita.system, krita.folder, size) as display:
        shown = dataclasses.replace(krita, display=display.name)
        said = shown.run("points:by_mouse", {"views": VIEWS}, variables, opengl=True)
    assert said["canvas"] == "KisOpenGLCanvas2"
    assert len(said["pairs"]) == len(VIEWS)
    for pairs in said["pairs"]:
        assert len(pairs) == 1
        for point, spot in zip(pairs[0], said["spots"], strict=True):
            assert math.dist(point, spot) < 1


def test_they_are_pinned_and_snap_to_what_stands_out(krita: KritaHost) -> None:
    said = krita.run("points:pinned_and_snapped")
    pair, pinned = said["pinned"]
    assert pair == pytest.approx([110, 112, 160, 60, False], abs=0.6)
    assert pinned == pytest.approx([250, 150, 250, 150, True], abs=0.6)
    snapped, still = said["snapped"]
    assert math.dist(snapped[:2], (99.5, 99.5)) < 0.5
    assert (snapped[2:], still) == (pair[2:], pinned)
    assert said["nothing near"] == said["snapped"]
    assert "Nothing stands out" in said["said"]
    assert said["let go"] == [snapped, [*pinned[:4], False]]
    assert said["pinned by the button"] == said["snapped"]
    assert said["active tool"]
    assert said["undone"] == said["pinned"]
    assert "square" in said["layers"]


def test_they_are_moved_and_removed_while_the_canvas_zooms_and_pans(krita: KritaHost) -> None:
    said = krita.run("points:editing")
    first, second = said["set another"]
    assert said["set"] == said["undone"] == [first]
    assert said["undone beyond the first"] == []
    assert "plain" in said["layers after undo"]
    assert said["redone"] == [first, second]
    (handle, target), other = said["move the first target"]
    assert handle == first[0]
    assert other == second
    # The rings were pressed a little beside their middles, which must not make them jump.
    assert target == pytest.approx([first[1][0] + 20, first[1][1] - 30], abs=0.01)
    assert said["click only"] == said["given up"] == [[handle, target], second]
    assert "click where it should go" in said["said after the click"]
    *others, (third_handle, third_target) = said["click, click"]
    assert others == said["click only"]
    left_and_down = [third_target[0] - 1, third_target[1] + 10]
    assert said["nudged"] == [*others, [third_handle, pytest.approx(left_and_down, abs=1e-6)]]
    raised = [handle[0], handle[1] - 1]
    assert said["the next end nudged"][0] == [pytest.approx(raised, abs=1e-6), target]
    assert said["clicks and keys undone"] == others
    assert said["zoomed"]
    assert said["panned"] == pytest.approx([30, 20], abs=1)
    assert said["after zoom and pan"] == [[handle, target], second]
    assert said["after a pan with the middle button"] == [[handle, target], second]
    assert said["right click on the first"] == [second]
    assert said["Delete on the last"] == []
    assert said["layer untouched"]
    ((handle, target),) = said["by pen"]
    assert handle == pytest.approx([50, 60], abs=0.01)
    assert target == pytest.approx([90, 64], abs=0.01)
    assert said["still untouched"]
    assert said["painted after closing the overlay"]


def test_they_belong_to_their_layer(krita: KritaHost) -> None:
    said = krita.run("points:of_layers_and_documents")
    assert said["set on upper"] == "1 point"
    assert said["lower active"] == "No points"
    assert said["upper active again"] == "1 point"
    assert said["grabbed after the move"]
    assert said["another document"] == "No points"
    assert said["set there"] == "1 point"
    assert said["the first document again"] == "1 point"
    assert said["editing"]
    assert not said["editing with none open"]


def test_editing_is_left_by_another_tool_and_by_escape(krita: KritaHost) -> None:
    said = krita.run("points:tools_and_escape")
    pairs = said["set"]["pairs"]
    assert len(pairs) == 1
    assert all(act["pairs"] == pairs for act in said.values())
    editing = {name for name, act in said.items() if act["editing"]}
    assert editing == {"set", "Escape in the middle of a pull"}
    for name, act in said.items():
        assert act["hint"] == (HOW_TO_EDIT if name in editing else ""), name
    painted = {name for name, act in said.items() if act["painted"]}
    assert painted == {"the brush chosen", "the brush by its key"}
    assert not said["the brush by its key"]["selected"]
    assert said["rectangle select"]["selected"] == pytest.approx([40, 40], abs=2)


def test_windows_do_not_take_each_others_mouse(krita: KritaHost) -> None:
    said = krita.run("points:in_two_windows")
    assert said["window"] == "MainWindow#2"
    assert said["painted"]
    assert said["pairs in the other"] == []
    assert said["overlays"] == said["overlays on one document"] == [1, 1]
    assert said["pairs of the same layer"] == said["seen in the first"] == 2
