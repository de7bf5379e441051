"""A drag that follows the hand, for a host: press, move, let go."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Protocol

from draggan_server.wire.client import Client
from draggan_server.wire.drag_config import DragConfig, drag_config
from draggan_server.wire.errors import StaleRevision, UnknownEdit
from draggan_server.wire.messages import (
    CancelDrag,
    DragCancelled,
    DragFinished,
    EditOpened,
    EndLive,
    Event,
    Failure,
    LiveFrame,
    MoveTargets,
    NextPreview,
    OpenEdit,
    Pixels,
    Resumed,
    SavedState,
    StartDrag,
    check_movable_mask,
    check_points_inside,
)
from draggan_server.wire.state import Point


class OpenInDaemon(Protocol):
    """Says that an edit is open, at which revision, and what state it shows."""

    @property
    def edit_id(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def saved_state(self) -> str: ...


_GONE = (UnknownEdit.code, StaleRevision.code)


class LiveJob:
    """One gesture on a layer, from the press to the layer's new pixels.

    Points are (x, y) float pixels of `layer`; `handle_points` are where it was pressed. An edit
    that is open already spares the press the time to open it. Where the daemon has closed it
    meanwhile it is opened again, like one that is given by its saved state, and `on_opened` is
    told. Where the process that computes was lost, and another one goes on, `on_resumed` is told.
    It stays open in the end; of a `DragFinished` the next job can go on. The callbacks run
    from `client.pump`; the next picture is asked for when `on_frame` has returned. `on_end` gets
    exactly one `DragFinished`, `DragCancelled` (also where nothing has moved) or `Failure`, after
    which the gesture can be taken up again by a new job with the same handles. Raises `BadInput` at
    once for points, a layer or a mask that cannot be right; then nothing was sent.
    """

    def __init__(
        self,
        client: Client,
        edit: OpenInDaemon | str,
        handle_points: tuple[Point, ...],
        *,
        layer: Pixels,
        movable_mask: Pixels | None = None,
        config: DragConfig | None = None,
        least_seconds: float = 0.0,
        on_opened: Callable[[EditOpened], None] | None = None,
        on_frame: Callable[[LiveFrame], None] | None = None,
        on_resumed: Callable[[Resumed], None] | None = None,
        on_end: Callable[[DragFinished | DragCancelled | Failure], None],
    ) -> None:
        # Checked by the message itself, before anything is sent.
        self._request = StartDrag(
            edit_id="",
            revision=0,
            handle_points=handle_points,
            target_points=handle_points,
            config=config or drag_config(),
            preview_seconds=least_seconds,
            movable_mask=movable_mask,
            layer=layer,
            live=True,
        )
        self._client = client
        self._on_opened = on_opened
        self._on_frame = on_frame
        self._on_resumed = on_resumed
        self._on_end = on_end
        self._points = handle_points, handle_points
        self._number = 0
        self._drag_id = 0
        self._let_go: bool | None = None
        self._ended = False
        self._closed_state = ""  # what to open where the daemon has closed the edit
        if isinstance(edit, str):
            self._open(edit)
        else:
            self._closed_state = edit.saved_state
            self._start(edit)

    @property
    def ended(self) -> bool:
        """Whether `on_end` has been called."""
        return self._ended

    def move(
        self, target_points: tuple[Point, ...], handle_points: tuple[Point, ...] | None = None
    ) -> int:
        """The hand has moved: where each point is to go, outside of the layer too.

        With other `handle_points` than before points are added or let go of, see `MoveTargets`.
        Returns the number that frames call these targets by. Raises `BadInput`.
        """
        if handle_points is None:
            handle_points = self._points[0]
        else:
            self._check(handle_points)
        points = handle_points, target_points
        message = MoveTargets(self._drag_id, self._number + 1, *points)
        self._number, self._points = message.number, points
        if self._drag_id and not self._ended:
            self._client.send(message)
        return self._number

    def release(self) -> None:
        """The hand lets go: the drag goes on to its end by itself."""
        self._end_live(keep=True)

    def cancel(self, keep: bool = False) -> None:
        """End at once, also after `release`; with `keep` with what is reached."""
        if keep and self._drag_id and not self._ended:
            self._client.send(CancelDrag(self._drag_id, keep))
        else:
            self._end_live(keep=False)

    def _check(self, handle_points: tuple[Point, ...]) -> None:
        layer, mask = self._request.layer, self._request.movable_mask
        assert layer is not None
        check_points_inside(handle_points, (), layer.width, layer.height)
        if mask is not None:
            check_movable_mask(mask, handle_points)

    def _end_live(self, *, keep: bool) -> None:
        self._let_go = keep
        if self._drag_id and not self._ended:
            self._client.send(EndLive(self._drag_id, keep))

    def _open(self, saved_state: str) -> None:
        self._closed_state, self._drag_id = "", 0
        self._client.send(OpenEdit(SavedState(saved_state)), self._opened)

    def _opened(self, event: Event) -> None:
        if not isinstance(event, EditOpened):
            self._end(event)
            return
        if self._on_opened is not None:
            self._on_opened(event)
        if self._let_go is False:
            self._end(DragCancelled(event.edit_id, event.revision))
            return
        self._start(event)

    def _start(self, edit: OpenInDaemon) -> None:
        request = dataclasses.replace(self._request, edit_id=edit.edit_id, revision=edit.revision)
        self._drag_id = self._client.send(request, self._dragged)
        if self._number:  # the hand has moved meanwhile
            self._client.send(MoveTargets(self._drag_id, self._number, *self._points))
        if self._let_go:
            self._client.send(EndLive(self._drag_id))

    def _dragged(self, event: Event) -> None:
        if isinstance(event, Failure) and event.code in _GONE and self._closed_state:
            self._open(self._closed_state)
            return
        if isinstance(event, Resumed):
            if self._on_resumed is not None:
                self._on_resumed(event)
            return
        if not isinstance(event, LiveFrame):
            self._end(event)
            return
        if self._on_frame is not None:
            self._on_frame(event)
        if event.picture is not None and not self._ended:
            self._client.send(NextPreview(self._drag_id))

    def _end(self, event: Event) -> None:
        self._ended = True
        if not isinstance(event, DragFinished | DragCancelled | Failure):
            event = Failure("protocol", f"The daemon sent {type(event).__name__} out of turn.")
        self._on_end(event)
