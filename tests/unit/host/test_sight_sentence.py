"""What is said once a model has looked at a photo: drag it, or choose another model."""

from __future__ import annotations

import pytest

from draggan_server.host.photo import sight_sentence
from draggan_server.host.sentences import said
from draggan_server.wire.photo_record import IN_THE_WORLD, TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState

PLACEMENT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def seen(explained: float) -> str:
    photo = PhotoRecord(4, 4, PLACEMENT, bytes(4 * TONE_VALUES), explained, 30.0)
    return EditState("lion", "0" * 64, 1, 1, bytes(4), photo).to_json()


@pytest.mark.parametrize("instead", ["", "anything"])
def test_a_model_that_explains_the_picture_is_the_one(instead: str) -> None:
    assert sight_sentence(seen(IN_THE_WORLD), instead) == said.SHOWN.format(
        model="lion", percent=int(100 * IN_THE_WORLD)
    )


def test_of_what_it_does_not_explain_the_user_is_told_what_could_change_it() -> None:
    little = seen(IN_THE_WORLD / 2)
    values = {"model": "lion", "percent": int(50 * IN_THE_WORLD)}
    outside = said.OUTSIDE_OF_WORLD.format(**values)
    assert sight_sentence(little, "") == f"{outside} {said.CHOOSE_ANOTHER_MODEL}"
    choose = said.CHOOSE_ANY_PICTURE.format(instead="anything")
    assert sight_sentence(little, "anything") == f"{outside} {choose} {said.RECOGNISE_AGAIN}"
