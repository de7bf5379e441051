"""What is known of a layer's picture, as JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from draggan_server.host.pairs import PointPair
from draggan_server.wire.photo_record import PhotoRecord
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState


def account(saved_state: str, pairs: Sequence[PointPair]) -> str:
    """One object: `known` is false where there is no state, and then there are the `points` only.

    Else `model`; `sample` (seed, truncation, mixture) of what drew it and `photo` (width, height,
    explained) where it is one, null where not; the `drags` (points, method, steps), the first ones
    first; the `position`, after how many of them the picture is; how many were `forgotten` before.
    `points` are [handle x, handle y, target x, target y] as `pairs` has them. ASCII. Raises
    `BadInput` for a state that is damaged.
    """
    points = [[*pair.handle, *pair.target] for pair in pairs]
    if not saved_state:
        return json.dumps({"known": False, "points": points})
    state = EditState.from_json(saved_state)
    return json.dumps(
        {
            "known": True,
            "model": state.model,
            "sample": None if state.sample is None else _sample(state.sample),
            "photo": None if state.photo is None else _photo(state.photo),
            "drags": [
                {"points": len(one.handle_points), "method": one.method, "steps": one.steps}
                for one in state.drags
            ],
            "position": state.position,
            "forgotten": state.forgotten,
            "points": points,
        }
    )


def _sample(sample: SampleRecord) -> dict[str, Any]:
    return {
        "seed": sample.seed,
        "truncation": sample.truncation_psi,
        "mixture": [list(part) for part in sample.parts],
    }


def _photo(photo: PhotoRecord) -> dict[str, Any]:
    return {"width": photo.width, "height": photo.height, "explained": photo.explained}
