"""Fuzzed frames into the codec, and fuzzed states into their reader: one type of error only."""

from __future__ import annotations

import json
import logging
import random
from typing import Any

from draggan_server.wire.codec import EVENT_CODEC, REQUEST_CODEC, Codec, Envelope
from draggan_server.wire.errors import DragganError
from draggan_server.wire.messages import (
    CancelDrag,
    DragFinished,
    DragProgress,
    EditOpened,
    FindState,
    Hello,
    ModelInfo,
    ModelList,
    MoveTargets,
    OpenEdit,
    PhotoSource,
    Pixels,
    SampleSource,
    SavedState,
    StartDrag,
    Welcome,
)
from draggan_server.wire.state import EditState
from draggan_server.wire.versions import THIS_SIDE
from tests.protocol.fake_engine import FakeEngine
from tests.soak.fuzz import changed_bytes, changed_message, changed_value
from tests.soak.row import Row

SIZES = {"tiny": 3_000, "ci": 2_000_000, "long": 10_000_000, "soak": 100_000_000}
_SEED = 1
_LAYER = Pixels(16, 16, 4, bytes(1024))
_POINTS: Any = ((1.0, 2.0), (5.0, 6.0)), ((3.0, 4.0), (7.0, 8.0))

REQUESTS = (
    Hello(THIS_SIDE, True),
    OpenEdit(SampleSource("toy-lion", 7)),
    OpenEdit(SavedState("{}")),
    OpenEdit(PhotoSource("toy-lion", _LAYER, "best", Pixels(16, 16, 1, bytes(256)))),
    StartDrag("e", 0, *_POINTS, movable_mask=Pixels(16, 16, 1, b"\1" * 256), layer=_LAYER),
    MoveTargets(3, 1, *_POINTS),
    CancelDrag(3, True),
    FindState("0" * 64),
)
EVENTS = (
    Welcome(THIS_SIDE),
    ModelList((ModelInfo("lion", "a lion", 16, 16, "MIT"),)),
    EditOpened("e", 0, "lion", "state" * 5000, _LAYER),
    DragProgress(1, 300, _POINTS[0], (True, False), 4.0, 0.5, preview=_LAYER),
    DragFinished("e", 1, 5, "arrived", 1.0, 0.5, _POINTS[0], "state", _LAYER),
)


def run(size: str) -> list[Row]:
    logging.disable(logging.WARNING)  # a line for each damaged state
    try:
        return [_fuzz(SIZES[size], random.Random(_SEED))]
    finally:
        logging.disable(logging.NOTSET)


def _fuzz(count: int, dice: random.Random) -> Row:
    messages: list[tuple[Codec, list[bytes]]] = [
        *((REQUEST_CODEC, REQUEST_CODEC.encode(Envelope(m, "me", id=3))) for m in REQUESTS),
        *((EVENT_CODEC, EVENT_CODEC.encode(Envelope(m, "me", parent=3, seq=9))) for m in EVENTS),
    ]
    wrong, whole = 0, 0
    for _ in range(count * 9 // 10):
        codec, parts = dice.choice(messages)
        try:
            codec.decode(changed_message(parts, dice))
            whole += 1
        except DragganError:
            pass
        except Exception as error:  # noqa: BLE001  it is counted and said
            wrong += 1
            print(f"{type(error).__name__}: {error}")
    state = FakeEngine().open_sample(SampleSource("steady", 5)).to_json()
    for _ in range(count - count * 9 // 10):
        try:
            if dice.random() < 0.3:
                text = changed_bytes(state.encode(), dice).decode("utf-8", "replace")
            else:
                text = json.dumps(changed_value(json.loads(state), dice), default=repr)
            EditState.from_json(text)
            whole += 1
        except DragganError:
            pass
        except Exception as error:  # noqa: BLE001  it is counted and said
            wrong += 1
            print(f"{type(error).__name__}: {error}")
    what = "fuzzed frames and states: another error than ours"
    return Row(what, count, wrong, f"{whole / count:.0%} were read")
