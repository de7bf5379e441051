from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host.kept_pairs import KeptPairs, format_pairs, parse_pairs
from draggan_server.host.pairs import PointPair
from draggan_server.wire.errors import BadInput

coordinates = st.floats(-1e6, 1e6)
places = st.tuples(coordinates, coordinates)
pairs = st.one_of(
    st.builds(PointPair, places, places, st.just(False)).filter(
        lambda pair: pair.handle != pair.target
    ),
    st.builds(PointPair.pin, places),
)


@given(st.lists(pairs, max_size=5))
def test_formatted_pairs_are_read_back_equal(some: list[PointPair]) -> None:
    assert parse_pairs(format_pairs(some)) == some


def test_the_order_is_handle_then_target_each_x_then_y() -> None:
    assert parse_pairs("[[1, 2, 3.5, 4]]") == [PointPair((1, 2), (3.5, 4))]


def test_formatted_pairs_are_plain_json() -> None:
    assert json.loads(format_pairs([PointPair((1.0, 2.0), (3.0, 4.0))])) == [[1, 2, 3, 4]]


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


@given(st.integers(1, 9999), st.integers(1, 9999), st.lists(pairs, max_size=5))
def test_what_is_kept_comes_back_equal_and_in_ascii(
    width: int, height: int, some: list[PointPair]
) -> None:
    kept = KeptPairs(width, height, tuple(some))
    text = kept.to_json()
    assert text.isascii()
    assert KeptPairs.from_json(text) == kept
    assert kept.at_size(width, height) == some


def test_points_stay_where_they_are_on_a_picture_that_is_scaled() -> None:
    kept = KeptPairs(100, 50, (PointPair((0.0, 9.5), (127.5, 63.0)),))
    (twice,) = kept.at_size(200, 100)
    assert twice == PointPair((0.5, 19.5), (255.5, 126.5))
    assert KeptPairs(200, 100, (twice,)).at_size(100, 50) == list(kept.pairs)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "{}",
        '{"size": [4, 4]}',
        '{"size": [4], "pairs": []}',
        '{"size": [0, 4], "pairs": []}',
        '{"size": [NaN, 4], "pairs": []}',
        '{"size": [Infinity, 4], "pairs": []}',
        '{"size": [4, 4], "pairs": [[1, 2]]}',
        '{"size": [4, 4], "pairs": [[1, 2, 3, NaN]]}',
        "[" * 100_000,
    ],
)
def test_damaged_text_is_as_good_as_no_pairs(text: str) -> None:
    assert KeptPairs.from_json(text) is None
