"""Where the result of a drag is put."""

from __future__ import annotations

from typing import Literal, get_args

ResultPlace = Literal["new-layer", "same-layer", "group"]
"""On a layer above its source; in the place of the source's own pixels; or above it in a group with
the drag's arrows. An editor that can do only the first does that."""

RESULT_PLACES: tuple[ResultPlace, ...] = get_args(ResultPlace)
