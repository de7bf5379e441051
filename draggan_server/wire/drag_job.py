"""A whole drag for a host: open the saved state, drag, hand out the result, close the edit."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable

from draggan_server.wire.client import Client
from draggan_server.wire.drag_config import DragConfig
from draggan_server.wire.messages import (
    CancelDrag,
    CloseEdit,
    DragCancelled,
    DragFinished,
    DragProgress,
    EditOpened,
    Event,
    Failure,
    NextPreview,
    OpenEdit,
    Pixels,
    SavedState,
    StartDrag,
)
from draggan_server.wire.state import Point


class _Stage(enum.Enum):
    OPENING = enum.auto()
    DRAGGING = enum.auto()
    ENDED = enum.auto()


class DragJob:
    """One drag of a layer, from its saved state to its new pixels.

    Points are (x, y) float pixels of `layer`. `preview_seconds` above 0 asks for previews (in
    `DragProgress.preview`) at that interval, each rendered only after `on_progress` has returned
    from the one before. The callbacks run from `client.pump`; `on_end` gets exactly one
    `DragFinished`, `DragCancelled` or `Failure`. Raises `BadInput` at once for points, a layer or a
    mask that cannot be right; then nothing was sent and no callback is called.
    """

    def __init__(
        self,
        client: Client,
        saved_state: str,
        handle_points: tuple[Point, ...],
        target_points: tuple[Point, ...],
        *,
        layer: Pixels,
        movable_mask: Pixels | None = None,
        config: DragConfig | None = None,
        preview_seconds: float = 0.0,
        on_opened: Callable[[EditOpened], None] | None = None,
        on_progress: Callable[[DragProgress], None] | None = None,
        on_end: Callable[[DragFinished | DragCancelled | Failure], None],
    ) -> None:
        # Checked by the message itself, before anything is sent.
        self._request = StartDrag(
            edit_id="",
            revision=0,
            handle_points=handle_points,
            target_points=target_points,
            config=config or DragConfig(),
            preview_seconds=preview_seconds,
            movable_mask=movable_mask,
            layer=layer,
        )
        self._client = client
        self._on_opened = on_opened
        self._on_progress = on_progress
        self._on_end = on_end
        self._edit: EditOpened | None = None
        self._drag_id = 0
        self._cancelled = False
        self._stage = _Stage.OPENING
        client.send(OpenEdit(SavedState(saved_state)), self._opened)

    @property
    def ended(self) -> bool:
        """Whether `on_end` has been called."""
        return self._stage is _Stage.ENDED

    def cancel(self, keep: bool = False) -> None:
        """End the drag after its current step; with `keep` it ends with what it reached."""
        if self._stage is _Stage.OPENING:
            self._cancelled = True  # there is nothing yet that could be kept
        elif self._stage is _Stage.DRAGGING:
            self._client.send(CancelDrag(self._drag_id, keep))

    def _opened(self, event: Event) -> None:
        if not isinstance(event, EditOpened):
            self._end(event)
            return
        self._edit = event
        if self._on_opened is not None:
            self._on_opened(event)
        if self._cancelled:
            self._end(DragCancelled(event.edit_id, event.revision))
            return
        self._stage = _Stage.DRAGGING
        self._drag_id = self._client.send(
            dataclasses.replace(self._request, edit_id=event.edit_id, revision=event.revision),
            self._dragged,
        )

    def _dragged(self, event: Event) -> None:
        if not isinstance(event, DragProgress):
            self._end(event)
            return
        if self._on_progress is not None:
            self._on_progress(event)
        if event.preview is not None and self._stage is _Stage.DRAGGING:
            self._client.send(NextPreview(self._drag_id))

    def _end(self, event: Event) -> None:
        self._stage = _Stage.ENDED
        if self._edit is not None:
            self._client.send(CloseEdit(self._edit.edit_id))
        if not isinstance(event, DragFinished | DragCancelled | Failure):
            event = Failure("protocol", f"The daemon sent {type(event).__name__} out of turn.")
        self._on_end(event)
