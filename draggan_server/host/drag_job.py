"""A whole drag for a session: connect, open the saved state, drag, hand out the result, close."""

from __future__ import annotations

from collections.abc import Sequence

from draggan_server.host.job import Hear, Job
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import LayerT, Request
from draggan_server.host.states import Cause
from draggan_server.wire.client import Client
from draggan_server.wire.live_job import LiveJob
from draggan_server.wire.messages import (
    LIVE_METHOD,
    CancelDrag,
    CloseEdit,
    DragCancelled,
    DragFinished,
    DragFrame,
    DragProgress,
    EditOpened,
    Event,
    LiveFrame,
    NextPreview,
    OpenEdit,
    Resumed,
    SavedState,
)


class DragJob(Job):
    """One drag of a layer, from its saved state to its new pixels; a live one leaves its edit open.

    Once connected, `hear` is told of `OPENED`, then `PREPARED` and `STEPPED` with a `DragProgress`;
    the end is `FINISHED` with a `DragFinished`. Of a live drag it is told `FOLLOWING`, and
    `FOLLOWED` with a `LiveFrame`; the end may be `UNMOVED`. Where the process that computes was
    lost, and another one begins again, `STEPPED` or `FOLLOWED` come with a `Resumed`. Pictures of
    the way come at last, each as `STEPPED` with a `DragFrame`.
    `preview_seconds` above 0 asks for previews at that interval, each rendered only after `hear`
    has returned from the one before; live frames come as fast as they are taken.
    """

    def __init__(
        self, link: Link, request: Request[LayerT], hear: Hear, preview_seconds: float = 0.0
    ) -> None:
        super().__init__(link, hear)
        self._request = request
        self._preview_seconds = preview_seconds
        self._edit: EditOpened | None = None
        self._drag_id = 0
        self._live: LiveJob | None = None
        self._aimed: Sequence[PointPair] = request.pairs
        self._let_go = False

    def aim(self, pairs: Sequence[PointPair]) -> None:
        """The hand of a live drag has moved. A pair is known by its handle; targets may lie outside
        of the picture."""
        self._aimed = pairs
        if self._live is not None:
            self._live.move(
                tuple(pair.target for pair in pairs), tuple(pair.handle for pair in pairs)
            )

    def let_go(self) -> None:
        """The hand of a live drag lets go: the drag goes on to its end by itself."""
        self._let_go = True
        if self._live is not None:
            self._live.release()

    def _cancel(self, keep: bool) -> None:
        if self._live is not None:
            self._live.cancel(keep)
        elif self._client is not None and self._drag_id:
            self._client.send(CancelDrag(self._drag_id, keep))

    def _begin(self, client: Client) -> None:
        if self._request.live:
            self._begin_live(client)
        else:
            client.send(OpenEdit(SavedState(self._request.saved_state)), self._opened)

    def _begin_live(self, client: Client) -> None:
        request = self._request
        live_config = request.config.method == LIVE_METHOD
        edit = self._link.open_edit(request.saved_state)
        self._live = LiveJob(
            client,
            edit,
            request.handles,
            layer=request.pixels,
            movable_mask=request.movable_mask,
            config=request.config if live_config else None,
            on_opened=self._followed_from,
            on_frame=self._followed,
            on_resumed=lambda event: self._tell(Cause.FOLLOWED, event),
            on_end=self._live_ended,
        )
        if not isinstance(edit, str):
            self._tell(Cause.FOLLOWING)
        self.aim(self._aimed)
        if self._let_go:
            self.let_go()

    def _followed_from(self, edit: EditOpened) -> None:
        self._link.keep_open(edit)
        self._tell(Cause.FOLLOWING, edit)

    def _live_ended(self, event: Event) -> None:
        if isinstance(event, DragFinished):
            self._link.keep_open(event)
        self._end(event)

    def _followed(self, frame: LiveFrame) -> None:
        self._tell(Cause.PREPARED if frame.prepared < 1 else Cause.FOLLOWED, frame)

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
        if isinstance(event, Resumed | DragFrame):
            self._tell(Cause.STEPPED, event)
            if isinstance(event, DragFrame) and self._client is not None:
                self._client.send(NextPreview(self._drag_id))
            return
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
        if isinstance(event, DragCancelled) and self._let_go:
            self._tell(Cause.UNMOVED, event)
            return
        self._fail(event)

    def _close(self) -> None:
        if self._client is not None and self._edit is not None:
            self._client.send(CloseEdit(self._edit.edit_id))
        self._drag_id = 0
        super()._close()
