"""The face of a photo as a script gives it: text with both eyes and the mouth."""

from __future__ import annotations

import json

from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput
from draggan_server.wire.face import Marks, check_marks

_SHOWN = 80
"""Characters of what is no face, in the sentence about it."""


def parse_face(text: str, offset: tuple[int, int]) -> Marks | None:
    """Both eyes and the mouth in pixels of what has its first pixel's corner at `offset` of the
    image; None where the text is empty. Raises `BadInput` for what is no face in image coordinates,
    in which that pixel's centre is half a pixel farther.
    """
    if not text.strip():
        return None
    try:
        one, other, mouth = (
            (float(x) - offset[0] - 0.5, float(y) - offset[1] - 0.5) for x, y in json.loads(text)
        )
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise BadInput(refusals.NO_FACE_GIVEN, face=text[:_SHOWN]) from None
    marks = one, other, mouth
    check_marks(marks)
    return marks
