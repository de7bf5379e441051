"""Drawings of what models show that have no picture yet, and icons of commands."""

from __future__ import annotations

import pytest

from draggan_server.host import pictogram as pictograms
from draggan_server.host.layers.actions import ACTIONS
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


@pytest.mark.parametrize("name", ACTIONS)
def test_each_command_has_an_icon_of_one_colour_with_nothing_around(name: str) -> None:
    picture = pictograms.icon(name, (10, 200, 30))
    pixels = [picture.data[at : at + 4] for at in range(0, len(picture.data), 4)]
    assert {pixel[:3] for pixel in pixels} == {bytes((10, 200, 30))}
    opacity = [pixel[3] for pixel in pixels]
    assert sum(value > 220 for value in opacity) > 60
    assert max(opacity[:SIDE]) == 0


def test_no_icon_is_another_command_s_or_nobody_s() -> None:
    drawn = {pictograms.icon(name, (0, 0, 0)) for name in ACTIONS}
    assert len(drawn) == len(ACTIONS)
    assert {file.stem for file in pictograms._ICONS.glob("*.svg")} == set(ACTIONS)


def test_the_die_of_another_seed_shows_five() -> None:
    opacity = pictograms.icon("another_seed", (10, 200, 30)).data[3::4]
    middle = SIDE // 2
    assert opacity[middle * SIDE + middle] > 200  # the fifth eye
    assert opacity[middle * SIDE + SIDE // 4] == 0  # none left of it
