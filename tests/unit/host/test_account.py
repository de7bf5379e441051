"""What scripts are told of a layer's picture."""

from __future__ import annotations

import json
import struct

import pytest

from draggan_server.host.account import account
from draggan_server.host.pairs import PointPair
from draggan_server.wire.drag_record import DragRecord, LatentChange
from draggan_server.wire.errors import BadInput
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState

SAMPLE = SampleRecord(8, 0.7, ((8, 0.65), (33, 0.35)))
PLACEMENT = (1.0, 0.0, 3.0, 0.0, 1.0, 4.0, 0.0, 0.0, 1.0)
PHOTO = PhotoRecord(60, 40, PLACEMENT, bytes(4 * TONE_VALUES), 0.75, 31.0)
DRAG = DragRecord(((1.0, 2.0),), ((3.0, 4.0),), ((3.0, 4.0),), "newton", 5, LatentChange())


def told(content: SampleRecord | PhotoRecord | None, drags: int = 0, position: int = 0) -> object:
    state = EditState(
        "lion", "0" * 64, 1, 2, struct.pack("<2f", 0, 0), content, (DRAG,) * drags, position
    )
    return json.loads(account(state.to_json(), ()))


def test_of_a_layer_without_a_state_the_points_are_told() -> None:
    text = account("", [PointPair((1.0, 2.5), (3.0, 4.0))])
    assert json.loads(text) == {"known": False, "points": [[1, 2.5, 3, 4]]}


def test_of_a_sample_what_drew_it_and_its_drags() -> None:
    assert told(SAMPLE, drags=2, position=1) == {
        "known": True,
        "model": "lion",
        "sample": {"seed": 8, "truncation": 0.7, "mixture": [[8, 0.65], [33, 0.35]]},
        "photo": None,
        "drags": [{"points": 1, "method": "newton", "steps": 5}] * 2,
        "position": 1,
        "forgotten": 0,
        "points": [],
    }


def test_of_a_photo_how_well_it_is_shown() -> None:
    found = told(PHOTO)
    assert isinstance(found, dict)
    assert (found["sample"], found["photo"]) == (
        None,
        {"width": 60, "height": 40, "explained": 0.75},
    )


def test_a_damaged_state_is_refused() -> None:
    with pytest.raises(BadInput):
        account("{", ())
