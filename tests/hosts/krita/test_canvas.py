"""What lies over Krita's canvas, on both of its kinds, read from the screen; fingers and a pen."""

from __future__ import annotations

import math

import pytest

from draggan_server.host.shapes import Ink
from tests.hosts.krita.krita_host import KritaHost

pytestmark = pytest.mark.krita

VIEWS = [
    {"zoom": 1.0, "rotation": 0, "mirror": False},
    {"zoom": 1.6, "rotation": 25, "mirror": False},
    {"zoom": 1.3, "rotation": -40, "mirror": True},
]


@pytest.mark.parametrize("opengl", [False, True])
def test_it_lies_where_the_layer_does(krita: KritaHost, opengl: bool) -> None:
    said = krita.run("canvas:over_it", {"views": VIEWS}, seconds=200, opengl=opengl)
    assert said["canvas"] == ("KisOpenGLCanvas2" if opengl else "KisQPainterCanvas")
    assert len(said["views"]) == len(VIEWS)
    for view in said["views"]:
        for seen, expected, own in zip(view["frame"], view["expected"], view["own"], strict=True):
            assert math.dist(seen, expected) < 1.0
            assert math.dist(seen, own) > 30
        held, movable = view["brightness"]
        assert held < 0.7 * movable
        handle, target = view["rings"]
        assert _name(Ink.HANDLE) in handle
        assert _name(Ink.TARGET) in target


@pytest.mark.parametrize("opengl", [False, True])
def test_no_brush_is_seen_where_points_are_set(krita: KritaHost, opengl: bool) -> None:
    said = krita.run("canvas:brush_outline", seconds=120, opengl=opengl)
    assert said == {"before": True, "while": False, "after": True}


def _name(ink: Ink) -> str:
    red, green, blue, _alpha = ink.value
    return f"#{red:02x}{green:02x}{blue:02x}"
