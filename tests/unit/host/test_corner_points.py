from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host.corner_points import check_inside, to_image, to_layer
from draggan_server.host.pairs import PointPair
from draggan_server.wire.errors import BadInput


def test_the_centre_of_a_layers_first_pixel_is_half_a_pixel_inside_its_corner() -> None:
    in_image = [PointPair((10.5, 20.5), (138.0, 20.0))]
    assert to_layer(in_image, (10, 20)) == [PointPair((0.0, 0.0), (127.5, -0.5))]


@given(
    st.lists(st.builds(PointPair, *[st.tuples(st.integers(-999, 999), st.integers(-999, 999))] * 2))
)
def test_to_image_is_the_inverse_of_to_layer(some: list[PointPair]) -> None:
    assert to_image(to_layer(some, (-7, 31)), (-7, 31)) == some


@pytest.mark.parametrize("point", [(10.0, 20.0), (138.0, 148.0), (10.0, 148.0), (74.5, 84.5)])
def test_a_point_on_a_layer_or_its_border_is_inside(point: tuple[float, float]) -> None:
    check_inside([PointPair(point, (74.0, 84.0))], (10, 20), (128, 128))
    check_inside([PointPair((74.0, 84.0), point)], (10, 20), (128, 128))


@pytest.mark.parametrize("point", [(9.9, 50.0), (138.1, 50.0), (50.0, 19.9), (50.0, 148.1)])
@pytest.mark.parametrize("end", ["handle", "target"])
def test_a_point_beyond_a_layers_border_is_named(point: tuple[float, float], end: str) -> None:
    inside = PointPair((74.0, 84.0), (75.0, 85.0))
    with pytest.raises(BadInput, match=f"The {end} of point 2 at .* lies outside the layer"):
        check_inside([inside, inside._replace(**{end: point})], (10, 20), (128, 128))
