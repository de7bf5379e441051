"""Points on the command line."""

import click
import pytest

from draggan_server.cli.points import face_marks, point_pair


def test_a_pair_is_read() -> None:
    assert point_pair("1,2.5:-0.25,4e1") == ((1.0, 2.5), (-0.25, 40.0))


@pytest.mark.parametrize("text", ["", "1,2", "1,2:3", "1,2:3,4:5,6", "a,b:c,d", "1,2,3:4,5"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="64,90:64,104"):
        point_pair(text)


def test_a_face_is_read() -> None:
    assert face_marks("98,107:158,105.5:-1,1.6e2") == ((98, 107), (158, 105.5), (-1, 160))


@pytest.mark.parametrize("text", ["", "1,2:3,4", "1,2:3,4:5", "1,2:3,4:5,6:7,8", "1:2:3"])
def test_what_is_no_face_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="98,107:158,105:128,160"):
        face_marks(text)
