"""Point pairs on the command line."""

import click
import pytest

from draggan_server.cli.points import point_pair


def test_a_pair_is_read() -> None:
    assert point_pair("1,2.5:-0.25,4e1") == ((1.0, 2.5), (-0.25, 40.0))


@pytest.mark.parametrize("text", ["", "1,2", "1,2:3", "1,2:3,4:5,6", "a,b:c,d", "1,2,3:4,5"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="64,90:64,104"):
        point_pair(text)
