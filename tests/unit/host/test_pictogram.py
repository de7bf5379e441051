"""Drawings of what models show that have no picture yet."""

from __future__ import annotations

import pytest

from draggan_server.host import pictogram as pictograms
from draggan_server.host.pictogram import SIDE, drawings, pictogram
from draggan_server.models.public_models import PUBLIC_MODELS

SUBJECTS = sorted({model.subject for model in PUBLIC_MODELS})


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_can_be_had_has_a_drawing(subject: str) -> None:
    drawn = pictogram(subject)
    assert drawn is not None
    assert (drawn.width, drawn.height, drawn.channels) == (SIDE, SIDE, 4)
    assert sum(value > 220 for value in drawn.data[0::4]) > 100
    assert set(drawn.data[3::4]) == {255}


def test_subjects_are_told_apart_and_others_have_none() -> None:
    drawings = {pictogram(subject) for subject in ("lions", "cats", "dogs", "faces", "churches")}
    assert len(drawings) == 5
    assert pictogram("teapots") is None


def test_each_file_is_a_drawing_of_something() -> None:
    files = {file.stem for file in pictograms._FOLDER.glob("*.svg")}
    assert files == set(drawings().values())


def test_a_die_is_of_one_colour_and_shows_five() -> None:
    picture = pictograms.die((10, 200, 30))
    pixels = [picture.data[at : at + 4] for at in range(0, len(picture.data), 4)]
    assert {pixel[:3] for pixel in pixels} == {bytes((10, 200, 30))}
    side, middle = pictograms.SIDE, pictograms.SIDE // 2
    opacity = [pixel[3] for pixel in pixels]
    assert opacity[middle * side + middle] > 200  # the fifth eye
    assert opacity[middle * side + side // 4] == 0  # none left of it
    assert max(opacity[:side]) == 0
