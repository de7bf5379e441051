"""Saved states: what a document keeps, and what a damaged or hostile document may bring."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.wire.errors import BadInput
from draggan_server.wire.state import MAX_STATE_CHARS, DragRecord, EditState, LayerThumbnail
from tests.unit.wire import examples

points = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=3).map(tuple)
records = st.builds(
    DragRecord,
    handle_points=points,
    target_points=points,
    final_points=points,
    method=st.text(max_size=8),
    steps=st.integers(0, 2000),
)


@st.composite
def thumbnails(draw: st.DrawFn) -> LayerThumbnail:
    width, height = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    rgba, painted = (
        draw(st.binary(min_size=size, max_size=size))
        for size in (width * height * 4, width * height)
    )
    return LayerThumbnail(width, height, rgba, painted)


@st.composite
def states(draw: st.DrawFn) -> EditState:
    num_ws, w_dim = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    values = st.floats(width=32, allow_nan=False, allow_infinity=False)
    size = num_ws * w_dim
    latent = draw(st.lists(values, min_size=size, max_size=size))
    return EditState(
        model=draw(st.text(max_size=8)),
        model_sha256=draw(st.text("0123456789abcdef", max_size=64)),
        num_ws=num_ws,
        w_dim=w_dim,
        w_plus=struct.pack(f"<{size}f", *latent),
        seed=draw(st.none() | st.integers(0, 2**32 - 1)),
        truncation_psi=draw(st.none() | st.floats(-2, 2)),
        drags=tuple(draw(st.lists(records, max_size=2))),
        left=draw(st.none() | thumbnails()),
    )


def document(**changes: Any) -> str:
    state = EditState("m", "0", 1, 2, struct.pack("<2f", 1, 2), drags=())
    return json.dumps({**json.loads(state.to_json()), **changes})


@given(states())
def test_a_state_comes_back_equal_and_as_ascii(state: EditState) -> None:
    text = state.to_json()
    assert text.isascii()
    assert EditState.from_json(text) == state


@given(states(), st.data())
def test_any_value_replaced_gives_a_state_or_bad_input(state: EditState, data: Any) -> None:
    fields = json.loads(state.to_json())
    chosen = data.draw(st.sampled_from(sorted(fields)))
    fields[chosen] = data.draw(examples.json_like)
    try:
        changed = EditState.from_json(json.dumps(fields))
    except BadInput:
        return
    assert EditState.from_json(changed.to_json()) == changed


@given(st.text())
def test_any_text_gives_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        EditState.from_json(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 100_000, "not JSON"),
        ("{}", "key 'draggan' is missing"),
        (document(draggan=2), "newer version"),
        (document(num_ws=2), "announced"),
        (document(num_ws=-1, w_dim=-2), "cannot be right"),
        (document(num_ws=10**6, w_dim=10**6), "cannot be right"),
        (document(w_plus="AADAfwAAwH8="), "not finite"),
        (document(w_plus="ä"), "damaged"),
        (document(truncation_psi=float("nan")), "not a finite number"),
        (document(drags=[{"handle_points": [[1]]}]), "damaged"),
        (document(left={"width": 2, "height": 1, "rgba": "AAAA", "painted": "AAA="}), "announced"),
        (document(left={"width": 129, "height": 1, "rgba": "", "painted": ""}), "129 x 1"),
        (document(left={"width": 0, "height": 0, "rgba": "", "painted": ""}), "0 x 0"),
        (document(left=[1]), "damaged"),
        (" " * (MAX_STATE_CHARS + 1), "characters"),
    ],
)
def test_what_is_wrong_is_said(text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        EditState.from_json(text)
