"""Saved states: what a document keeps, and what a damaged or hostile document may bring."""

from __future__ import annotations

import base64
import json
import re
import struct
import tracemalloc
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.wire import state as state_module
from draggan_server.wire.drag_record import (
    MAX_MASK_BYTES,
    DragRecord,
    LatentChange,
    PackedMask,
)
from draggan_server.wire.errors import BadInput
from draggan_server.wire.photo_original import PhotoOriginal
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import (
    MAX_DRAGS,
    MAX_HISTORY_BYTES,
    MAX_STATE_CHARS,
    EditState,
    LayerThumbnail,
)
from tests.unit.wire import examples

points = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=3).map(tuple)
single = st.floats(width=32, allow_nan=False, allow_infinity=False)
half = st.floats(width=16, allow_nan=False, allow_infinity=False)


@st.composite
def changes(draw: st.DrawFn, num_ws: int, w_dim: int) -> LatentChange:
    rows = sorted(draw(st.sets(st.integers(0, num_ws - 1))))
    bits, floats = draw(st.sampled_from(((16, half), (32, single))))
    size = len(rows) * w_dim
    values = draw(st.lists(floats, min_size=size, max_size=size))
    return LatentChange(
        tuple(rows), bits, struct.pack(f"<{size}{'e' if bits == 16 else 'f'}", *values)
    )


@st.composite
def masks(draw: st.DrawFn) -> PackedMask:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    size = width * height
    mask = PackedMask.of(width, height, draw(st.binary(min_size=size, max_size=size)))
    assert mask is not None
    return mask


def records(num_ws: int, w_dim: int) -> st.SearchStrategy[DragRecord]:
    return st.builds(
        DragRecord,
        handle_points=points,
        target_points=points,
        final_points=points,
        method=st.text(max_size=8),
        steps=st.integers(0, 2000),
        change=changes(num_ws, w_dim),
        mask=st.none() | masks(),
    )


@st.composite
def thumbnails(draw: st.DrawFn) -> LayerThumbnail:
    width, height = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    rgba, painted = (
        draw(st.binary(min_size=size, max_size=size))
        for size in (width * height * 4, width * height)
    )
    return LayerThumbnail(width, height, rgba, painted)


def samples() -> st.SearchStrategy[SampleRecord]:
    return st.builds(SampleRecord, examples.seeds, st.floats(-2, 2), st.just(()) | examples.parts)


@st.composite
def photos(draw: st.DrawFn) -> PhotoRecord:
    tone = struct.pack(f"<{3 * TONE_VALUES}f", *([draw(single)] * 3 * TONE_VALUES))
    scale = draw(st.floats(0.1, 10))
    placement = (scale, 0.0, draw(st.floats(-9, 9)), 0.0, scale, 0.0, 0.0, 0.0, 1.0)
    sample = draw(st.none() | samples())
    parts = st.builds(PhotoOriginal, st.integers(0, 9), st.integers(0, 9), masks(), st.binary())
    original = draw(st.none() | parts)
    likeness = draw(st.none() | st.just(0.5))
    return PhotoRecord(
        draw(st.integers(1, 99)), 7, placement, tone, 0.5, 30.0, sample, original, likeness
    )


@st.composite
def states(draw: st.DrawFn) -> EditState:
    num_ws, w_dim = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    size = num_ws * w_dim
    latent = draw(st.lists(single, min_size=size, max_size=size))
    drags = tuple(draw(st.lists(records(num_ws, w_dim), max_size=2)))
    return EditState(
        model=draw(st.text(max_size=8)),
        model_sha256=draw(st.text("0123456789abcdef", max_size=64)),
        num_ws=num_ws,
        w_dim=w_dim,
        start=struct.pack(f"<{size}f", *latent),
        content=draw(st.none() | samples() | photos()),
        drags=drags,
        position=draw(st.integers(0, len(drags))),
        forgotten=draw(st.integers(0, 9)),
        left=draw(st.none() | thumbnails()),
        any_picture=draw(st.booleans()),
    )


STATE = EditState("m", "0", 1, 2, struct.pack("<2f", 1, 2))


def document(**changes: Any) -> str:
    return json.dumps({**json.loads(STATE.to_json()), **changes})


def drag_by(*values: float, bits: int = 16, mask: PackedMask | None = None) -> DragRecord:
    packed = struct.pack(f"<{len(values)}{'e' if bits == 16 else 'f'}", *values)
    return DragRecord((), (), (), "newton", 1, LatentChange((0,), bits, packed), mask)


def with_drags(*drags: DragRecord) -> EditState:
    state = STATE
    for drag in drags:
        state = state.with_drag(drag)
    return state


def damaged_drag(**changes: Any) -> str:
    """A document of one drag by 1 and 2, with something of it replaced."""
    fields = json.loads(with_drags(drag_by(1, 2)).to_json())
    drag = fields["drags"][0]
    for name, value in changes.items():
        (drag if name == "mask" else drag["change"])[name] = value
    return json.dumps(fields)


def mask_of(packed: bytes, width: int = 2, height: int = 2) -> dict[str, Any]:
    packed_text = base64.b64encode(packed).decode()
    return {"width": width, "height": height, "packed": packed_text}


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
        (document(draggan=state_module.FORMAT + 1), "newer version"),
        (document(draggan=True), "key 'draggan' is missing"),
        (document(num_ws=2), "announced"),
        (document(num_ws=-1, w_dim=-2), "cannot be right"),
        (document(num_ws=10**6, w_dim=10**6), "cannot be right"),
        (document(start="AADAfwAAwH8="), "not finite"),
        (document(start="ä"), "damaged"),
        (document(draggan=1, start=1), "start is not a text"),
        (document(position=1), "at drag 1 of 0"),
        (document(position=-1), "at drag -1 of 0"),
        (document(forgotten=-1), "damaged"),
        (damaged_drag(rows=[1]), "does not fit a latent of 1 x 2"),
        (damaged_drag(rows=[-1]), "rows that a drag changed are damaged"),
        (damaged_drag(rows=[0, 0]), "rows that a drag changed are damaged"),
        (damaged_drag(rows=[0, 1]), "does not fit"),
        (damaged_drag(bits=8), "change of the latent is damaged"),
        (damaged_drag(bits=32), "does not fit"),
        (damaged_drag(values="AAA="), "does not fit"),
        (damaged_drag(values="AAAA"), "change of the latent is damaged"),
        (damaged_drag(values="AHwAfA=="), "not finite"),
        (damaged_drag(mask=mask_of(bytes(MAX_MASK_BYTES + 1))), "mask takes"),
        (damaged_drag(mask=mask_of(b"", width=0)), "mask of 0 x 2"),
        (damaged_drag(mask=mask_of(b"", width=5000)), "mask of 5000 x 2"),
        (
            document(drags=[json.loads(damaged_drag())["drags"][0]] * (MAX_DRAGS + 1)),
            f"holds {MAX_DRAGS + 1} drags",
        ),
        (
            document(content={"kind": "sample", "seed": 1, "truncation_psi": float("nan")}),
            "not a finite number",
        ),
        (document(content={"kind": "dream"}), "kind 'dream'; known are sample, photo"),
        (document(draggan=2, photo=[1]), "damaged"),
        (document(draggan=2, seed=1), "damaged"),
        (document(drags=[{"handle_points": [[1]]}]), "damaged"),
        (document(left={"width": 2, "height": 1, "rgba": "AAAA", "painted": "AAA="}), "announced"),
        (document(left={"width": 129, "height": 1, "rgba": "", "painted": ""}), "129 x 1"),
        (document(left={"width": 0, "height": 0, "rgba": "", "painted": ""}), "0 x 0"),
        (document(left=[1]), "damaged"),
        (" " * (MAX_STATE_CHARS + 1), "characters"),
    ],
)
def test_what_is_wrong_is_said(text: str, sentence: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BadInput) as raised:
        EditState.from_json(text)
    cause = raised.value.__cause__
    assert re.search(sentence, f"{raised.value} {cause}")
    if cause is not None:  # what a user can do nothing with, and is in no catalog
        assert "The saved state is damaged: take an earlier copy" in str(raised.value)
        assert str(cause) in caplog.text


class TestHistory:
    def test_each_drag_s_latent_is_there_to_the_bit(self) -> None:
        """As numpy adds float32, on whatever machine."""
        random = np.random.default_rng(1)
        state = EditState("m", "0", 3, 64, random.normal(size=192).astype("<f4").tobytes())
        latent, latents = np.frombuffer(state.start, "<f4").reshape(3, 64), [state.start]
        for kind in ("<f2", "<f4") * 10:
            change = random.normal(size=(2, 64)).astype(kind)
            bits = 8 * change.itemsize
            record = DragRecord((), (), (), "m", 1, LatentChange((0, 2), bits, change.tobytes()))
            state = EditState.from_json(state.with_drag(record).to_json())
            latent = latent.copy()
            latent[[0, 2]] += change.astype(np.float32)
            latents.append(latent.astype("<f4").tobytes())
        assert [state.w_plus_at(n) for n in range(21)] == latents
        assert state.w_plus == latents[-1]
        assert replace(state, position=7).w_plus == latents[7]

    def test_a_drag_from_an_earlier_place_gives_up_what_came_after(self) -> None:
        state = replace(with_drags(drag_by(1, 1), drag_by(2, 2), drag_by(4, 4)), position=1)
        state = state.with_drag(drag_by(8, 8))
        assert struct.unpack("<2f", state.w_plus) == (10, 11)
        assert (len(state.drags), state.position, state.forgotten) == (2, 2, 0)

    def test_of_too_many_the_oldest_are_forgotten(self) -> None:
        state = with_drags(*(drag_by(1, 1) for _ in range(MAX_DRAGS + 3)))
        assert (len(state.drags), state.position, state.forgotten) == (MAX_DRAGS, MAX_DRAGS, 3)
        assert struct.unpack("<2f", state.start) == (4, 5)
        assert struct.unpack("<2f", state.w_plus) == (MAX_DRAGS + 4, MAX_DRAGS + 5)

    def test_what_a_history_takes_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(state_module, "MAX_HISTORY_BYTES", 1000)
        mask = PackedMask.of(20, 20, np.random.default_rng(1).bytes(400))
        state = with_drags(*(drag_by(1, 1, mask=mask) for _ in range(5)))
        assert (len(state.drags), state.forgotten) == (2, 3)
        assert struct.unpack("<2f", state.w_plus) == (6, 7)

    def test_the_largest_history_is_a_state_that_can_be_read(self) -> None:
        size = 18 * 512
        state = EditState("m", "0", 18, 512, bytes(4 * size))
        change = LatentChange(tuple(range(18)), 32, bytes(4 * size))
        third = ((1 / 3, 1 / 3),) * 100
        drag = DragRecord(third, third, third, "m", 1, change)
        while not state.forgotten:
            state = state.with_drag(drag)
        assert sum(d.size for d in state.drags) > MAX_HISTORY_BYTES / 2
        assert EditState.from_json(state.to_json()) == state

    def test_drags_that_add_up_to_infinity(self) -> None:
        state = with_drags(drag_by(3e38, 3e38, bits=32), drag_by(1, 1))
        hostile = replace(state, drags=(state.drags[0], state.drags[0]))
        with pytest.raises(BadInput, match="do not add up to a latent"):
            _ = hostile.w_plus

    @pytest.mark.parametrize("packed", [b"", b"nonsense", zlib.compress(b"abc")])
    def test_a_mask_that_cannot_be_unpacked(self, packed: bytes) -> None:
        with pytest.raises(BadInput, match="cannot be unpacked"):
            PackedMask(2, 2, packed).data()

    def test_a_mask_that_would_fill_the_memory(self) -> None:
        bomb = zlib.compress(bytes(50_000_000), 9)
        tracemalloc.start()
        try:
            with pytest.raises(BadInput, match="cannot be unpacked"):
                PackedMask(2, 2, bomb).data()
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()

    def test_a_mask_that_takes_too_much(self) -> None:
        size = 2 * MAX_MASK_BYTES
        assert PackedMask.of(size // 64, 64, np.random.default_rng(1).bytes(size)) is None


FORMAT_1 = (
    '{"draggan":1,"model":"m","model_sha256":"0","num_ws":1,"w_dim":2,"w_plus":"AACAPwAAAEA=",'
    '"seed":3,"truncation_psi":0.5,"drags":[{"handle_points":[[1.0,2.0]],"target_points":'
    '[[3.0,4.0]],"final_points":[[3.0,4.0]],"method":"newton","steps":4}],"left":{"width":1,'
    '"height":1,"rgba":"AAAAAA==","painted":"AA=="}}'
)


def test_format_1_is_read() -> None:
    """Its latent is where the history begins; what was before it is counted."""
    state = EditState.from_json(FORMAT_1)
    assert state == EditState(
        model="m",
        model_sha256="0",
        num_ws=1,
        w_dim=2,
        start=struct.pack("<2f", 1, 2),
        content=SampleRecord(3, 0.5),
        forgotten=1,
        left=LayerThumbnail(1, 1, bytes(4), bytes(1)),
    )
    assert EditState.from_json(state.to_json()) == state
    assert json.loads(state.to_json())["draggan"] == 3


@given(states())
def test_format_2_is_read(state: EditState) -> None:
    """What an edit begins with stood in fields of its own, and was of one seed."""
    if isinstance(state.content, SampleRecord):
        plain = SampleRecord(state.content.seed, state.content.truncation_psi)
        state = replace(state, content=plain)
    fields = json.loads(state.to_json())
    content = fields.pop("content") or {}
    later = ("kind", "parts")
    photo = {key: value for key, value in content.items() if key not in later}
    fields |= {"seed": None, "truncation_psi": None, "photo": None, "draggan": 2}
    fields |= photo if content.get("kind") == "sample" else {"photo": photo or None}
    assert EditState.from_json(json.dumps(fields)) == state
