"""Recorded gestures, read strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from draggan_server.files.gesture import Gesture, Move, read_gesture
from draggan_server.wire.errors import BadInput

GOOD: dict[str, Any] = {
    "handle_points": [[1, 2]],
    "moves": [
        {"time": 0, "target_points": [[1, 2.5]]},
        {"time": 0.5, "target_points": [[9, 2], [3, 3]], "handle_points": [[1, 2], [3, 3]]},
    ],
    "end": 1.5,
}


def read(tmp_path: Path, document: Any) -> Gesture:
    path = tmp_path / "gesture.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_gesture(path)


def test_a_gesture_is_what_the_file_says(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == Gesture(
        ((1.0, 2.0),),
        (
            Move(0.0, ((1.0, 2.5),)),
            Move(0.5, ((9.0, 2.0), (3.0, 3.0)), ((1.0, 2.0), (3.0, 3.0))),
        ),
        1.5,
    )
    assert not read(tmp_path, {**GOOD, "keep": False}).keep


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ({}, "lacks the fields"),
        ({**GOOD, "speed": 2}, "unknown fields: \\['speed'\\]"),
        ({**GOOD, "moves": []}, "1 to 100000 moves"),
        ({**GOOD, "handle_points": []}, "no points"),
        ({**GOOD, "handle_points": [[1]]}, "not a list of 2"),
        ({**GOOD, "end": 0.2}, "times of a gesture rise"),
        ({**GOOD, "moves": [{"time": -1, "target_points": [[1, 2]]}]}, "times of a gesture rise"),
        ({**GOOD, "end": 1e9}, "at most 600"),
        ({**GOOD, "end": "soon"}, "not a number"),
        ({**GOOD, "moves": [{"time": 0, "target_points": []}]}, "1 handle points but 0"),
        ({**GOOD, "moves": [{"time": 0, "target_points": [[1, 2]], "x": 1}]}, "unknown fields"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(BadInput, match=f"gesture.json holds no gesture. .*{words}"):
        read(tmp_path, document)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_gesture(tmp_path / "none.json")


def test_the_gesture_of_the_documents_picture_pulls_at_one_point() -> None:
    gesture = read_gesture(Path(__file__).parents[3] / "pages/live.json")
    assert len(gesture.handle_points) == 1
    assert gesture.moves[-1].time < gesture.end
    assert gesture.keep
