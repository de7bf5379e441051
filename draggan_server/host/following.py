"""Which pictures can follow the hand."""

from __future__ import annotations

import functools

from draggan_server.wire.errors import BadInput
from draggan_server.wire.state import EditState


@functools.lru_cache(maxsize=1)  # the same one is asked about at each press, and at each look
def may_follow(saved_state: str) -> bool:
    """Whether a picture with that state, which may be empty, can follow the hand: none can whose
    model changes any picture."""
    try:
        return not saved_state or not EditState.from_json(saved_state).any_picture
    except BadInput:
        return True  # said once it is dragged
