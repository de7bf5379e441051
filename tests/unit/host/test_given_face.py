"""A face as a script gives it."""

from __future__ import annotations

import pytest

from draggan_server.host.given_face import parse_face
from draggan_server.wire.errors import BadInput


def test_a_face_in_image_coordinates_is_one_in_pixels_of_the_layer() -> None:
    text = "[[10.5, 12.5], [22.5, 12], [16, 30.5]]"
    assert parse_face(text, (3, -2)) == ((7, 14), (19, 13.5), (12.5, 32))


def test_where_none_is_given_there_is_none() -> None:
    assert parse_face(" ", (0, 0)) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("eyes", "“eyes” is no face"),
        ("[[1, 2], [3, 4]]", r"as \[\[eye x, eye y\]"),
        ("[[1, 2], [3, 4], [5, 6], [7, 8]]", "is no face"),
        ("[[1, 2], [3, 4], [5]]", "is no face"),
        ("3", "is no face"),
        ('{"a": 1}', "is no face"),
        ("[[1, 2], [3, 4], [5, null]]", "is no face"),
        (f"[[1, 2], [3, 4], [5, {10**400}]]", "is no face"),
        ("[" * 100_000, "is no face"),
        ("[[1, 2], [3, 4], [5, NaN]]", "outside of any picture"),
        ("[[1, 2], [3, 4], [3, 4]]", "three different places"),
    ],
)
def test_what_is_no_face_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        parse_face(text, (0, 0))
    assert len(str(caught.value)) < 300
