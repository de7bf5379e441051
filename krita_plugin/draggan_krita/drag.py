"""One drag, from Start to what it left behind. Knows no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from draggan_server.host.pairs import PointPair
from draggan_server.wire.client import Client
from draggan_server.wire.drag_config import DragConfig
from draggan_server.host.drag_job import DragJob
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    DragCancelled,
    DragFinished,
    DragProgress,
    EditOpened,
    Failure,
    check_movable_mask,
    check_point_pairs,
    check_points_inside,
)
from draggan_server.wire.state import Point

from .layers import SourceLayer
from .link import Link, Work
from .nodes import find_layer, is_open
from .qt import QObject, pyqtSignal

PREVIEW_SECONDS = 0.2

Outcome = DragFinished | DragCancelled | Failure


class Drag(QObject):
    """A drag of `source` in `document` by `pairs`, in pixels of the layer's own offset.

    Raises `BadInput` from the constructor for what cannot be dragged; then nothing was begun.
    """

    connected = pyqtSignal()
    opened = pyqtSignal()
    progressed = pyqtSignal(object)
    """A `DragProgress`."""
    ended = pyqtSignal(object)
    """An `Outcome`, once and last."""

    def __init__(
        self,
        parent: Any,
        link: Link,
        document: Any,
        source: SourceLayer,
        pairs: Sequence[PointPair],
        config: DragConfig,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.source = source
        self._link = link
        self._config = config
        # From the layer's pixels to those of the picture, which may lie elsewhere on it.
        self._shift = source.region.shift_from(source.offset)
        self._handles = tuple(self._to_picture(handle) for handle, _ in pairs)
        self._targets = tuple(self._to_picture(target) for _, target in pairs)
        check_point_pairs(self._handles, self._targets)
        region = source.region
        check_points_inside(self._handles, self._targets, region.width, region.height)
        if source.movable_mask is not None:
            check_movable_mask(source.movable_mask, self._handles)
        self._work: Work | None = None
        self._job: DragJob | None = None
        self._over = False
        self._stopping = False

    def begin(self) -> None:
        """Connect, starting the daemon where none runs, and drag."""
        self._work = self._link.begin(self._start_job, self._end)

    def cancel(self, keep: bool = False) -> None:
        """End after the current step with what was reached (`keep`), or at once with nothing."""
        if keep and self._job is not None:
            self._stopping = True
            self._job.cancel(keep=True)
        else:
            self._abandon(DragCancelled("", 0))

    def check(self) -> None:
        """End at once where the document or the layer is gone."""
        if self._over:
            return
        if not is_open(self.document):
            self._discard("The document was closed, so its drag was discarded.")
        elif find_layer(self.document, self.source.node_id) is None:
            name = self.source.name
            self._discard(f"The layer “{name}” was removed, so its drag was discarded.")

    def points_on_layer(self, points: Sequence[Point]) -> list[Point]:
        """Points of the picture in the layer's own pixels."""
        dx, dy = self._shift
        return [(x - dx, y - dy) for x, y in points]

    @property
    def pairs_in_picture(self) -> tuple[PointPair, ...]:
        """The pairs that it began with, in pixels of the picture."""
        return tuple(map(PointPair, self._handles, self._targets))

    def _to_picture(self, point: Point) -> Point:
        return point[0] + self._shift[0], point[1] + self._shift[1]

    def _start_job(self, client: Client) -> None:
        self.connected.emit()
        try:
            self._job = DragJob(
                client,
                self.source.saved_state,
                self._handles,
                self._targets,
                layer=self.source.pixels,
                movable_mask=self.source.movable_mask,
                config=self._config,
                preview_seconds=PREVIEW_SECONDS,
                on_opened=self._opened,
                on_progress=self._progressed,
                on_end=self._job_ended,
            )
        except BadInput as error:
            self._job_ended(Failure(error.code, str(error)))

    def _opened(self, _event: EditOpened) -> None:
        if not (self._over or self._stopping):
            self.opened.emit()

    def _progressed(self, event: DragProgress) -> None:
        self.check()
        if not self._over:
            self.progressed.emit(event)

    def _job_ended(self, outcome: Outcome) -> None:
        self._release()
        self.check()
        self._end(outcome)

    def _discard(self, sentence: str) -> None:
        self._abandon(Failure(BadInput.code, sentence))

    def _abandon(self, outcome: Outcome) -> None:
        if self._job is None:
            self._release()
        elif not self._job.ended:
            self._job.cancel()  # its end releases the connection
        self._end(outcome)

    def _release(self) -> None:
        if self._work is not None:
            self._link.end(self._work)

    def _end(self, outcome: Outcome) -> None:
        if not self._over:
            self._over = True
            self.ended.emit(outcome)
