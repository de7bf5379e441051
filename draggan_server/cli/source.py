"""What is dragged: a file, or a picture that a model draws."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from draggan_server.files.picture import read_picture, to_pixels
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import OpenEdit, Pixels, SampleSource, SavedState
from stylegan2.zoo import DEFAULT_MODEL


class DragSource(NamedTuple):
    """How the edit is opened, and the layer that is dragged; None: the picture itself."""

    request: OpenEdit
    layer: Pixels | None


def drag_source(source: Path | None, seed: int | None, model: str | None) -> DragSource:
    """Raises `BadInput` unless there is either a file or a seed."""
    if (source is None) == (seed is None):
        raise BadInput("Give either an INPUT file or --seed.")
    if source is None:
        return DragSource(OpenEdit(SampleSource(model or DEFAULT_MODEL, seed or 0)), None)
    if model is not None:
        raise BadInput("--model goes with --seed; INPUT says itself which model it is of.")
    picture = read_picture(source)
    return DragSource(OpenEdit(SavedState(picture.saved_state)), to_pixels(picture.image))
