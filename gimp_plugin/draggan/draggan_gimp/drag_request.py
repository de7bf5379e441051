"""A drag as it is asked of the daemon, complete and checked before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from draggan_server.host.pairs import PointPair
from draggan_server.wire.client import Client
from draggan_server.wire.drag_config import DragConfig
from draggan_server.host.drag_job import DragJob
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    DragCancelled,
    DragFinished,
    DragProgress,
    Failure,
    Pixels,
    check_point_pairs,
    check_points_inside,
)
from draggan_server.host.sentences import end_sentence
from draggan_server.wire.state import Point

from .layers import SourceLayer
from .outcome import Cancelled
from .pixels import read_rgba, read_selection

_WAIT_SECONDS = 0.2

End = DragFinished | DragCancelled | Failure


@dataclass(frozen=True)
class DragRequest:
    """Points in the layer's pixels, its picture, and what of it may change (None: all)."""

    saved_state: str
    handle_points: tuple[Point, ...]
    target_points: tuple[Point, ...]
    layer: Pixels
    movable_mask: Pixels | None
    config: DragConfig

    def start(
        self,
        client: Client,
        on_end: Callable[[End], None],
        on_progress: Callable[[DragProgress], None] | None = None,
        preview_seconds: float = 0.0,
    ) -> DragJob:
        """Begin the drag; `client.pump` calls back."""
        return DragJob(
            client,
            self.saved_state,
            self.handle_points,
            self.target_points,
            layer=self.layer,
            movable_mask=self.movable_mask,
            config=self.config,
            preview_seconds=preview_seconds,
            on_progress=on_progress,
            on_end=on_end,
        )

    def run(self, client: Client, on_progress: Callable[[DragProgress], None]) -> DragFinished:
        """Do the drag and wait for its end. Raises the `DragganError` that a failure names,
        and `BadInput` for a drag that had nothing to do.
        """
        ends: list[End] = []
        self.start(client, ends.append, on_progress)
        while not ends:
            client.wait(_WAIT_SECONDS)
            client.pump()
        end = ends[0]
        if isinstance(end, Failure):
            raise end.error()
        if isinstance(end, DragCancelled):
            raise Cancelled
        if end.steps == 0:
            raise BadInput(end_sentence(end))
        return end


def layer_request(
    source: SourceLayer, pairs: Sequence[PointPair], config: DragConfig
) -> DragRequest:
    """The request for pairs in the layer's pixels. Raises `BadInput` for what cannot be dragged."""
    handle_points = tuple(pair.handle for pair in pairs)
    target_points = tuple(pair.target for pair in pairs)
    check_point_pairs(handle_points, target_points)
    check_points_inside(handle_points, target_points, *source.size)
    mask = read_selection(source.image, source.layer)
    if mask is not None and not any(mask.data):
        raise BadInput(
            f"The selection does not touch {source.name!r}, so nothing may change: select the part "
            "that may move, or select nothing to let the whole picture move."
        )
    return DragRequest(
        source.saved_state, handle_points, target_points, read_rgba(source.layer), mask, config
    )
