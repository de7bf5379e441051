"""Going back to another of a picture's drags: connect, open the state, go there, close."""

from __future__ import annotations

from draggan_server.host.job import Hear, Job
from draggan_server.host.link import Link
from draggan_server.host.request import LayerT, Return
from draggan_server.host.states import Cause
from draggan_server.wire.client import Client
from draggan_server.wire.messages import (
    CloseEdit,
    EditOpened,
    Event,
    GoToDrag,
    OpenEdit,
    SavedState,
    WentToDrag,
)


class ReturnJob(Job):
    """Once connected, the end is `RETURNED` with a `WentToDrag`. It takes too short to be kept
    half done."""

    def __init__(self, link: Link, request: Return[LayerT], hear: Hear) -> None:
        super().__init__(link, hear)
        self._request = request
        self._edit: EditOpened | None = None

    def _begin(self, client: Client) -> None:
        client.send(OpenEdit(SavedState(self._request.saved_state)), self._opened)

    def _cancel(self, keep: bool) -> None:
        pass  # what comes is not told any more

    def _opened(self, event: Event) -> None:
        if not isinstance(event, EditOpened) or self._client is None:
            self._end(event)
            return
        self._edit, request = event, self._request
        message = GoToDrag(event.edit_id, event.revision, request.position, request.pixels)
        self._client.send(message, self._end)

    def _end(self, event: Event) -> None:
        if self._client is not None and self._edit is not None:
            self._client.send(CloseEdit(self._edit.edit_id))
        self._close()
        if isinstance(event, WentToDrag):
            self._tell(Cause.RETURNED, event)
        else:
            self._fail(event)
