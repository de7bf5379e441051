"""Strategies for points of a layer and for how it lies on a screen."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from draggan_server.host.affine import Affine

coordinates = st.floats(-5000, 5000)
points = st.tuples(coordinates, coordinates)


@st.composite
def views(draw: st.DrawFn) -> Affine:
    """Zoom, rotation, mirror and pan, as a canvas has them."""
    zoom, angle = draw(st.floats(0.05, 40)), draw(st.floats(0, 2 * math.pi))
    mirror = draw(st.sampled_from((1, -1)))
    cos, sin = zoom * math.cos(angle), zoom * math.sin(angle)
    return Affine(mirror * cos, mirror * sin, -sin, cos, draw(coordinates), draw(coordinates))
