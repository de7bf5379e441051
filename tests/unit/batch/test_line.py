"""What a line of a batch asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.batch.line import Line, Work, read_line
from draggan_server.wire.errors import BadInput

IN, OUT = Path("/in"), Path("/out")


def read(**line: Any) -> Work:
    return read_line(Line(7, json.dumps(line).encode()), IN, OUT)


def test_a_sample() -> None:
    assert read(do="sample", seed=33, truncation_psi=0.5, output="a/lion.png").words == (
        *("sample", "--seed", "33", "--truncation-psi", "0.5"),
        *("--output", "/out/a/lion.png", "--"),
    )


def test_a_drag_of_a_file_and_its_points() -> None:
    points = [[[114, 160], [114, 184]], "1,2:3,4"]
    work = read(do="drag", input="-lion.png", point=points, mask="m.png", method="newton")
    assert work.output == "000007.png"
    assert work.words == (
        *("drag", "--point", "114,160:114,184", "--point", "1,2:3,4", "--mask", "/in/m.png"),
        *("--method", "newton", "--output", "/out/000007.png", "--", "/in/-lion.png"),
    )


def test_a_photo() -> None:
    work = read(do="invert", photo="/else/p.jpg", model="m", region=[1, 2, 30, 40])
    assert work.words[1:] == (
        *("--model", "m", "--region", "1,2,30,40"),
        *("--output", "/out/000007.png", "--", "/else/p.jpg"),
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({}, '"do" is None'),
        ({"do": "stop"}, "\"do\" is 'stop'"),
        ({"do": "sample", "sead": 1}, "sample has no 'sead'"),
        ({"do": "sample", "json": True}, "sample has no 'json'"),
        ({"do": "sample", "seed": True}, "'seed' is neither"),
        ({"do": "sample", "seed": {}}, "'seed' is neither"),
        ({"do": "drag", "seed": 1, "point": "1,2:3,4"}, "'point' is not a list"),
        ({"do": "drag", "seed": 1, "point": [[]]}, "'point' is neither"),
        *(
            ({"do": "sample", "seed": 1, "output": name}, "within the batch's folder")
            for name in ("", "/etc/x.png", "../x.png", "a/../../x.png", "a\\b.png", 3, None, "..")
        ),
    ],
)
def test_what_is_refused(line: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why.replace("[", r"\[")):
        read(**line)


@given(st.binary(max_size=200))
def test_any_bytes_are_work_or_a_sentence(text: bytes) -> None:
    with pytest.raises(BadInput):
        read_line(Line(1, text), IN, OUT)


@given(st.dictionaries(st.sampled_from(["do", "seed", "point", "output", "input", "x"]), st.none()))
def test_any_object_is_work_or_a_sentence(line: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        read(**{**line, "do": None})
