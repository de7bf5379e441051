"""Runs jobs, one after the other, until the broker says `Leave`. Knows no torch: see `Engine`."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Protocol

from draggan_server.wire.errors import DragganError, InternalError, OutOfMemory
from draggan_server.wire.messages import (
    DragFrame,
    DragProgress,
    History,
    OpenProgress,
    PastDrag,
    PhotoSource,
    Pixels,
    Sample,
    SamplesDrawn,
    SavedState,
    Source,
    StartDrag,
    StopReason,
)
from draggan_server.wire.state import EditState, Point
from draggan_server.worker.live_loop import Broker, Live, LiveLoop
from draggan_server.worker.messages import (
    GrantPreview,
    JobFailed,
    JobFinished,
    JobHistory,
    JobOpened,
    JobOpening,
    JobProgress,
    JobSamples,
    JobStopped,
    JobWay,
    JobWentTo,
    Learned,
    Leave,
    RunDrag,
    RunGoTo,
    RunHistory,
    RunOpen,
    RunSamples,
    StopJob,
    Task,
    WorkerReady,
)
from draggan_server.worker.previews import Previews

logger = logging.getLogger(__name__)


class Drag(Protocol):
    """A drag under way, as `draggan_server.editing.edit.DragRun` does it."""

    @property
    def reason(self) -> StopReason: ...

    @property
    def steps(self) -> int:
        """How many steps led to the picture as it is now, 0 where it is the first one."""

    def __iter__(self) -> Iterator[DragProgress]: ...

    def snapshot(self) -> Callable[[], Pixels]:
        """What renders the layer as it is now, also later and from another thread."""

    def on_the_way(self, share: float) -> Pixels:
        """The layer so far on the way from before the drag, 0, to its last step, 1."""

    def finish(
        self, reason: StopReason
    ) -> tuple[Pixels, EditState, tuple[Point, ...], float, bool]: ...


class Opening(Protocol):
    """A photo being looked at, as `draggan_server.editing.photo_edit.PhotoRun` does it."""

    def run(self, unwanted: Callable[[], bool]) -> Iterator[OpenProgress]:
        """Ends soon once it is `unwanted`."""

    @property
    def found(self) -> bool:
        """Whether there is anything yet to finish with."""

    def finish(self) -> EditState: ...


class Engine(Protocol):
    """What the loop runs jobs with."""

    @property
    def device(self) -> str: ...

    def check_installed(self, model: str) -> None:
        """Raises what `translated` translates where no installed model has that name."""

    def open_sample(self, source: Sample) -> EditState: ...

    def samples(self, sources: Sequence[Sample]) -> Pixels:
        """Squares one below the other, see `SamplesDrawn`."""

    def open_photo(self, source: PhotoSource) -> Opening: ...

    def picture(self, state: EditState) -> Pixels: ...

    def drag(self, state: EditState, request: StartDrag) -> Drag: ...

    def live(self, state: EditState, request: StartDrag) -> Live: ...

    def learn(self) -> Learned | None:
        """Learn a little more of the model used last; None where nothing is left to learn."""

    def thumbnails(self, state: EditState) -> Pixels:
        """Squares one below the other, see `History`."""

    def go_to(
        self, state: EditState, position: int, layer: Pixels | None
    ) -> tuple[Pixels, EditState, bool]: ...

    def translated(self) -> AbstractContextManager[None]:
        """Turns the errors that the engine's libraries raise into `DragganError`."""

    def recover(self) -> None:
        """Free what can be freed, after a job that failed."""


class JobLoop:
    """The worker between its broker and its engine."""

    def __init__(self, broker: Broker, engine: Engine, log_file: str) -> None:
        self._broker = broker
        self._engine = engine
        self._log_file = log_file
        self._previewing = ThreadPoolExecutor(1, "preview")
        self._leaving = False
        self._stopped = False
        self._curious = False  # whether there may be something to learn between jobs

    def run(self) -> None:
        """Serve until told to leave."""
        try:
            self._serve()
        finally:
            # A preview in hand is rendered to its end; nobody waits for it.
            self._previewing.shutdown(wait=False, cancel_futures=True)

    def _serve(self) -> None:
        self._broker.send(WorkerReady(self._engine.device))
        while not self._leaving:
            message = self._broker.receive(block=not self._curious)
            if isinstance(message, Leave):
                return
            if isinstance(message, Task):
                self._run_job(message)
                self._curious = True
            elif message is None:
                self._learn()
            # A StopJob or GrantPreview for a job that has just ended comes too late to matter.

    def _learn(self) -> None:
        """Use the time in which nobody wants anything."""
        learned: Learned | None = None
        try:
            with self._engine.translated():
                learned = self._engine.learn()
        except Exception:
            # No job needs it, and the next drag will say what is wrong, if it still is.
            logger.exception("nothing more is learned")
        if learned is not None:
            self._broker.send(learned)
        self._curious = learned is not None

    def _run_job(self, task: Task) -> None:
        self._stopped = False
        error = self._try_job(task)
        live = isinstance(task, RunDrag) and task.request.live
        if isinstance(error, OutOfMemory) and not self._stopped and not live:
            # Only here, outside `except`, has the traceback let go of the job's tensors.
            self._engine.recover()
            logger.info("job %d: once more, without previews", task.job)
            error = self._try_job(task, previews=False)
        if error is not None:
            self._engine.recover()
            self._broker.send(JobFailed.of(task.job, error))

    def _try_job(self, task: Task, *, previews: bool = True) -> DragganError | None:
        try:
            with self._engine.translated():
                if isinstance(task, RunOpen):
                    self._open(task)
                elif isinstance(task, RunHistory):
                    self._history(task)
                elif isinstance(task, RunSamples):
                    self._samples(task)
                elif isinstance(task, RunGoTo):
                    self._go_to(task)
                elif task.request.live:
                    self._leaving = LiveLoop(self._broker, self._engine, task).run()
                else:
                    self._drag(task, task.request.preview_seconds if previews else 0.0)
        except DragganError as error:
            logger.info("job %d: %s", task.job, error)
            return error.with_traceback(None)
        except Exception as error:
            logger.exception("job %d failed", task.job)
            return InternalError(
                "Something went wrong inside DragGAN ({error}). The details are in {log}.",
                error=f"{type(error).__name__}: {error}",
                log=self._log_file,
            )
        return None

    def _open(self, task: RunOpen) -> None:
        if task.installed_only:
            self._engine.check_installed(_model_of(task.source))
        if isinstance(task.source, PhotoSource):
            found = self._look_at(task.job, task.source)
            if found is None:
                self._broker.send(JobStopped(task.job))
                return
            state = found
        elif isinstance(task.source, Sample):
            state = self._engine.open_sample(task.source)
        else:
            state = EditState.from_json(task.source.text)
        picture = self._engine.picture(state)
        self._broker.send(JobOpened(task.job, state.model, state.to_json(), picture))

    def _look_at(self, job: int, source: PhotoSource) -> EditState | None:
        """The state of a photo; None where nobody wants it any more."""
        opening = self._engine.open_photo(source)
        control = _Control(self._broker, job)

        def unwanted() -> bool:
            # Who keeps what is reached waits until there is something.
            self._stopped = control.stopped() and (opening.found or not control.keeps)
            return self._stopped

        for progress in opening.run(unwanted):
            self._broker.send(JobOpening(job, progress))
            if unwanted():
                break
        self._leaving = control.leaving
        return opening.finish() if control.stop is None or control.keeps else None

    def _history(self, task: RunHistory) -> None:
        state = EditState.from_json(task.saved_state)
        drags = tuple(
            PastDrag(len(drag.handle_points), drag.method, drag.steps) for drag in state.drags
        )
        thumbnails = self._engine.thumbnails(state)
        history = History(state.position, drags, thumbnails, state.forgotten)
        self._broker.send(JobHistory(task.job, history))

    def _samples(self, task: RunSamples) -> None:
        if task.installed_only:
            self._engine.check_installed(task.samples[0].model)
        drawn = SamplesDrawn(len(task.samples), self._engine.samples(task.samples))
        self._broker.send(JobSamples(task.job, drawn))

    def _go_to(self, task: RunGoTo) -> None:
        state = EditState.from_json(task.saved_state)
        request = task.request
        layer, state, replaced = self._engine.go_to(state, request.position, request.layer)
        self._broker.send(JobWentTo(task.job, state.to_json(), layer, replaced))

    def _drag(self, task: RunDrag, preview_seconds: float) -> None:
        began = time.monotonic()
        drag = self._engine.drag(EditState.from_json(task.saved_state), task.request)
        previews = Previews(self._previewing, preview_seconds)
        control = _Control(self._broker, task.job, previews)
        for progress in drag:
            self._broker.send(
                JobProgress(task.job, dataclasses.replace(progress, preview=previews.take()))
            )
            if progress.prepared == 1:
                previews.begin(drag.snapshot())
            if control.stopped():
                self._stopped = True
                break
        previews.end()
        self._send_way(drag, task, control)
        self._leaving = control.leaving
        if control.stop is not None and not control.keeps:
            self._broker.send(JobStopped(task.job))
            return
        reason = drag.reason if control.stop is None else "stopped"
        layer, state, handle_points, mean_distance, paint_replaced = drag.finish(reason)
        self._broker.send(
            JobFinished(
                job=task.job,
                steps=drag.steps,
                reason=reason,
                mean_distance=mean_distance,
                seconds=time.monotonic() - began,
                handle_points=handle_points,
                saved_state=state.to_json(),
                layer=layer,
                paint_replaced=paint_replaced,
            )
        )

    def _send_way(self, drag: Drag, task: RunDrag, control: _Control) -> None:
        """Send the frames that were asked for, as the client takes them."""
        if control.stop is not None and not control.keeps:
            return
        count = task.request.frames
        for number in range(1, count + 1):
            layer = drag.on_the_way(number / (count + 1))
            if number > 1 and not control.granted():
                return
            self._broker.send(JobWay(task.job, DragFrame(number, layer)))


def _model_of(source: Source) -> str:
    if isinstance(source, SavedState):
        return EditState.from_json(source.text).model
    return source.model


class _Control:
    """What the broker says while a job runs, looked at between its steps."""

    def __init__(self, broker: Broker, job: int, previews: Previews | None = None) -> None:
        self.stop: StopJob | None = None
        self.leaving = False
        self._broker = broker
        self._job = job
        self._previews = previews

    def stopped(self) -> bool:
        while self.stop is None and (message := self._broker.receive(block=False)) is not None:
            if not self._is_end(message) and self._is_grant(message):
                assert self._previews is not None
                self._previews.grant()
        return self.stop is not None

    @property
    def keeps(self) -> bool:
        """Whether it was told to stop, and to keep what is reached."""
        return self.stop is not None and self.stop.keep

    def granted(self) -> bool:
        """Wait until the client takes another frame; False where it wants no more."""
        while True:
            message = self._broker.receive(block=True)
            if self._is_end(message):
                return False
            if self._is_grant(message):
                return True

    def _is_end(self, message: object) -> bool:
        if isinstance(message, Leave):
            self.leaving = True
            self.stop = StopJob(self._job, keep=False)
        elif isinstance(message, StopJob) and message.job == self._job:
            self.stop = message
        else:
            return False
        return True

    def _is_grant(self, message: object) -> bool:
        return isinstance(message, GrantPreview) and message.job == self._job
