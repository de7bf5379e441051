"""The one thing under way in a session: what was asked for, its job, and how far that is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Generic

from draggan_server.host.drag_job import DragJob
from draggan_server.host.host import Host
from draggan_server.host.job import Job
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.photo_job import PhotoJob
from draggan_server.host.progress import DragMeter
from draggan_server.host.request import LayerT, Request, Return, Spread
from draggan_server.host.return_job import ReturnJob
from draggan_server.host.sentences import said
from draggan_server.host.states import Cause
from draggan_server.host.translation import tr
from draggan_server.wire.messages import (
    DragFrame,
    DragProgress,
    Event,
    LiveFrame,
    OpenProgress,
    Resumed,
)

PREVIEW_SECONDS = 0.15


class Course(Generic[LayerT]):
    """`hear` is told what happens to the job under way, and nothing of one that was given up. The
    `request` stays after the end, until there is another; `event` is what was heard last."""

    def __init__(
        self, host: Host[LayerT], link: Link, hear: Callable[[Cause, Event | None], None]
    ) -> None:
        self._host = host
        self._link = link
        self._hear = hear
        self._job: Job | None = None
        self._meter = DragMeter(())
        self.request: Request[LayerT] | PhotoRequest[LayerT] | None = None
        self.aimed: Sequence[PointPair] = ()
        self.words, self.fraction = "", 0.0

    @property
    def asked(self) -> Request[LayerT] | PhotoRequest[LayerT]:
        """The request of what is under way."""
        assert self.request is not None, "what is under way has a request"
        return self.request

    @property
    def dragged(self) -> Request[LayerT]:
        """The request of the drag under way."""
        request = self.asked
        assert isinstance(request, Request), "a drag is asked for by its points"
        return request

    def begin(self) -> None:
        """Have the daemon do what is asked."""
        request = self.asked
        self.words, self.fraction, self.aimed = "", 0.0, ()

        def hear(cause: Cause, event: Event | None) -> None:
            if job is self._job:
                self._hear(cause, event)

        job: Job
        if isinstance(request, PhotoRequest):
            job = PhotoJob(self._link, request, hear)
        elif isinstance(request, Return):
            job = ReturnJob(self._link, request, hear)
        else:
            self._meter = DragMeter(request.targets)
            seconds = 0.0 if request.live else PREVIEW_SECONDS
            job = DragJob(self._link, request, hear, seconds)
        self._job = job

    def see(self, event: Event | None) -> None:
        """Show what the model sees of a photo."""
        request = self.asked
        if isinstance(event, Resumed):
            self.words = tr(said.RESUMED)
        elif isinstance(event, OpenProgress) and isinstance(request, PhotoRequest):
            self.fraction = max(self.fraction, event.share)
            self.words = tr(said.SEEING_SHARE, percent=round(100 * self.fraction))
            if event.preview is not None:
                self._host.show_sight(request, event.preview)

    def step(self, event: Event | None) -> None:
        """Show how far a drag is."""
        request = self.dragged
        if isinstance(event, DragFrame) and isinstance(request, Spread):
            self.request = dataclasses.replace(request, way=(*request.way, event.layer))
            self.words = tr(said.SPREADING, number=event.number, count=request.count)
            self.fraction = event.number / request.count
            return
        if isinstance(event, DragProgress):
            self.words = self._meter.take(event)
            frame, targets = event.preview, request.targets
        elif isinstance(event, LiveFrame):
            self.words = self._meter.take_live(event)
            frame, targets = event.picture, event.target_points
        else:
            if isinstance(event, Resumed):
                self.words = tr(said.RESUMED)
            return
        self.fraction = self._meter.fraction
        if frame is not None:  # else the points would run ahead of the picture
            pairs = tuple(map(PointPair, event.handle_points, targets))
            self._host.show_step(request, pairs, event.arrived, frame)

    def aim(self) -> None:
        """Tell the daemon where the hand is."""
        if isinstance(self._job, DragJob):
            self._job.aim(self.aimed)

    def let_go(self) -> None:
        """Tell the daemon that the hand has let go."""
        if isinstance(self._job, DragJob):
            self._job.let_go()

    def stop(self) -> None:
        """Ask the daemon for what was reached."""
        if self._job is not None:
            self._job.stop()

    def end(self) -> None:
        """The job has come to its end."""
        self._job = None

    def abandon(self) -> None:
        """Give the job up at once."""
        job, self._job = self._job, None
        if job is not None:
            job.abandon()
