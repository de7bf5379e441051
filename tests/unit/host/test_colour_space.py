"""Bytes of an editor's colour spaces."""

from __future__ import annotations

import pytest

from draggan_server.host.layers.colour_space import SRGB_PROFILE, ColourSpace, srgb8

RGBA, BGRA = bytes((1, 2, 3, 4, 5, 6, 7, 8)), bytes((3, 2, 1, 4, 7, 6, 5, 8))


def convert(
    data: bytes, width: int, height: int, source: ColourSpace, target: ColourSpace
) -> bytes:
    """Says in the first byte to which depth."""
    assert (width, height) == (2, 1)
    assert SRGB_PROFILE in (source.profile, target.profile)
    return bytes([int(target.depth[1:])]) + data[1:]


@pytest.mark.parametrize("profile", [SRGB_PROFILE, "sRGB built-in"])
def test_srgb_of_eight_bits_is_only_put_into_another_order(profile: str) -> None:
    space = ColourSpace("RGBA", "U8", profile, convert)
    assert space.to_rgba8(BGRA, 2, 1) == RGBA
    assert space.from_rgba8(RGBA, 2, 1) == BGRA


@pytest.mark.parametrize(
    "names", [("RGBA", "U8", "Adobe"), ("GRAYA", "U16", "gray"), ("RGBA", "U16", SRGB_PROFILE)]
)
def test_all_else_is_converted_by_the_editor(names: tuple[str, str, str]) -> None:
    space = ColourSpace(*names, convert)
    depth = int(names[1][1:])
    assert space.to_rgba8(BGRA, 2, 1) == bytes((1, 2, 8, 4)) + RGBA[4:]
    assert space.from_rgba8(RGBA, 2, 1) == bytes((depth, 2, 1, 4)) + BGRA[4:]


def test_spaces_of_equal_names_are_equal() -> None:
    names = "RGBA", "U8", SRGB_PROFILE
    assert ColourSpace(*names, convert) == srgb8(lambda data, *_: data)
    assert srgb8(convert).names == names
