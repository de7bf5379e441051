"""Having a model show a photo: connect, ask, tell how far it is, hand out the state."""

from __future__ import annotations

from draggan_server.host.job import Hear, Job
from draggan_server.host.link import Link
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import LayerT
from draggan_server.host.states import Cause
from draggan_server.wire.client import Client
from draggan_server.wire.messages import (
    CancelDrag,
    CloseEdit,
    EditOpened,
    Event,
    OpenProgress,
    Resumed,
)


class PhotoJob(Job):
    """Once connected, `hear` is told of `OPENED`, then `SEEN` with an `OpenProgress`, or with a
    `Resumed` where another process begins again; the end is `FOUND` with an `EditOpened`."""

    def __init__(self, link: Link, request: PhotoRequest[LayerT], hear: Hear) -> None:
        super().__init__(link, hear)
        self._request = request
        self._asked = 0

    def _begin(self, client: Client) -> None:
        self._asked = client.send(self._request.message(), self._heard)

    def _cancel(self, keep: bool) -> None:
        if self._client is not None and self._asked:
            self._client.send(CancelDrag(self._asked, keep))

    def _heard(self, event: Event) -> None:
        if isinstance(event, OpenProgress | Resumed):
            self._tell(Cause.SEEN, event)
        else:
            self._end(event)

    def _end(self, event: Event) -> None:
        if isinstance(event, EditOpened) and self._client is not None:
            # Who keeps the state needs the edit no more: a drag opens it anew.
            self._client.send(CloseEdit(event.edit_id))
        self._close()
        if isinstance(event, EditOpened):
            self._tell(Cause.FOUND, event)
        else:
            self._fail(event)
