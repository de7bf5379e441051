"""A whole drag for a session: connect, open the saved state, drag, hand out the result, close."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.link import Link
from draggan_server.host.request import LayerT, Request
from draggan_server.host.sentences import refusals
from draggan_server.host.states import Cause
from draggan_server.wire.client import Client
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.messages import (
    CancelDrag,
    CloseEdit,
    DragFinished,
    DragProgress,
    EditOpened,
    Event,
    Failure,
    NextPreview,
    OpenEdit,
    SavedState,
)

Hear = Callable[[Cause, Event | None], None]


class DragJob:
    """One drag of a layer, from its saved state to its new pixels.

    `hear` is told, from the link's timer, of each thing that happens: `SPAWNED`, `CONNECTED`,
    `OPENED`, then `PREPARED` and `STEPPED` with a `DragProgress`, and at last exactly one of
    `FINISHED` with a `DragFinished` and `FAILED` with a `Failure`. `preview_seconds` above 0 asks
    for previews at that interval, each rendered only after `hear` has returned from the one before.
    """

    def __init__(
        self, link: Link, request: Request[LayerT], hear: Hear, preview_seconds: float = 0.0
    ) -> None:
        self._link = link
        self._request = request
        self._preview_seconds = preview_seconds
        self._hear: Hear | None = hear
        self._client: Client | None = None
        self._edit: EditOpened | None = None
        self._drag_id = 0
        self._work = link.begin(self._connected, self._end, lambda: self._tell(Cause.SPAWNED))

    def stop(self) -> None:
        """End the drag after its current step, with what it reached."""
        self._cancel(keep=True)

    def abandon(self) -> None:
        """Give the drag up: nothing is told any more, and nothing is kept."""
        self._hear = None
        if self._client is None:
            self._link.end(self._work)
        else:
            self._cancel(keep=False)

    def _cancel(self, keep: bool) -> None:
        if self._client is not None and self._drag_id:
            self._client.send(CancelDrag(self._drag_id, keep))

    def _connected(self, client: Client) -> None:
        self._client = client
        self._tell(Cause.CONNECTED)
        client.send(OpenEdit(SavedState(self._request.saved_state)), self._opened)

    def _opened(self, event: Event) -> None:
        if not isinstance(event, EditOpened) or self._client is None:
            self._end(event)
            return
        self._edit = event
        if self._hear is None:
            self._close()
            return
        message = self._request.message(event, self._preview_seconds)
        self._drag_id = self._client.send(message, self._dragged)
        self._tell(Cause.OPENED, event)

    def _dragged(self, event: Event) -> None:
        if not isinstance(event, DragProgress):
            self._end(event)
            return
        self._tell(Cause.PREPARED if event.prepared < 1 else Cause.STEPPED, event)
        if event.preview is not None and self._client is not None:
            self._client.send(NextPreview(self._drag_id))

    def _end(self, event: Event) -> None:
        self._close()
        if isinstance(event, DragFinished):
            self._tell(Cause.FINISHED, event)
            return
        if not isinstance(event, Failure):
            event = Failure.of(ProtocolError(refusals.OUT_OF_TURN, event=type(event).__name__))
        self._tell(Cause.FAILED, event)

    def _close(self) -> None:
        if self._client is not None and self._edit is not None:
            self._client.send(CloseEdit(self._edit.edit_id))
        self._client, self._drag_id = None, 0
        self._link.end(self._work)

    def _tell(self, cause: Cause, event: Event | None = None) -> None:
        if self._hear is not None:
            self._hear(cause, event)
