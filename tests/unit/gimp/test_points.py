from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.wire.errors import BadInput
from gimp_plugin.draggan.draggan_gimp.points import (
    PointPair,
    check_inside,
    format_pairs,
    parse_pairs,
    scaled,
    to_image,
    to_layer,
)

coordinates = st.floats(-1e6, 1e6)
pairs = st.builds(
    PointPair, st.tuples(coordinates, coordinates), st.tuples(coordinates, coordinates)
)


@given(st.lists(pairs, max_size=5))
def test_formatted_pairs_are_read_back_equal(some: list[PointPair]) -> None:
    assert parse_pairs(format_pairs(some)) == some


def test_the_order_is_handle_then_target_each_x_then_y() -> None:
    assert parse_pairs("[[1, 2, 3.5, 4]]") == [PointPair((1, 2), (3.5, 4))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[[1, 2", "not JSON"),
        ("{}", "not a list"),
        ("3", "not a list"),
        ("[1, 2, 3, 4]", "Point 1 is not a list of four numbers"),
        ("[[1, 2, 3]]", "Point 1 is not a list of four numbers"),
        ("[[1, 2, 3, 4], [1, 2, 3, 4, 5]]", "Point 2 is not a list of four numbers"),
        ('[[1, 2, 3, "4"]]', "Point 1 is not a list of four numbers"),
        ("[[1, 2, 3, true]]", "Point 1 is not a list of four numbers"),
        ("[[1, 2, 3, null]]", "Point 1 is not a list of four numbers"),
        ("[[1, 2, 3, NaN]]", "not a finite number"),
        ("[[1, 2, Infinity, 4]]", "not a finite number"),
        ("[[1, 2, 1e400, 4]]", "not a finite number"),
        (f"[[1, 2, 3, {10**400}]]", "too large"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_anything_else_is_refused_with_the_shape_that_is_wanted(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        parse_pairs(text)
    assert "[[handle x, handle y, target x, target y], ...]" in str(caught.value)


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


def test_formatted_pairs_are_plain_json() -> None:
    assert json.loads(format_pairs([PointPair((1.0, 2.0), (3.0, 4.0))])) == [[1, 2, 3, 4]]


def test_points_stay_where_they_are_on_a_layer_that_is_scaled() -> None:
    pairs = [PointPair((0.0, 9.5), (127.5, 63.0))]
    (twice,) = scaled(pairs, 2.0, 2.0)
    assert twice == PointPair((0.5, 19.5), (255.5, 126.5))
    assert scaled([twice], 0.5, 0.5) == pairs
    assert scaled(pairs, 1.0, 1.0) == pairs
