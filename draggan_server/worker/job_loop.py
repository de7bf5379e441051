"""Runs jobs, one after the other, until the broker says `Leave`. Knows no torch: see `Engine`."""

from __future__ import annotations

import dataclasses
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from draggan_server.wire.errors import DragganError, InternalError, OutOfMemory
from draggan_server.wire.messages import (
    DragFrame,
    History,
    PastDrag,
    PhotoSource,
    Sample,
    SamplesDrawn,
    SavedState,
    Source,
)
from draggan_server.wire.state import EditState
from draggan_server.worker.control import Broker, Control
from draggan_server.worker.live_loop import LiveLoop
from draggan_server.worker.messages import (
    JobFailed,
    JobHistory,
    JobOpened,
    JobOpening,
    JobProgress,
    JobSamples,
    JobSaved,
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
    Task,
    WorkerReady,
)
from draggan_server.worker.previews import Previews
from draggan_server.worker.runs import Drag, Engine, finished

AUTOSAVE_SECONDS = 2.0
"""How often a drag under way is saved: so much is lost with a worker at the most, and a step."""

logger = logging.getLogger(__name__)


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
        self._tell_memory()
        while not self._leaving:
            message = self._broker.receive(block=not self._curious)
            if isinstance(message, Leave):
                return
            if isinstance(message, Task):
                self._run_job(message)
                self._curious = True
                self._tell_memory()
            elif message is None:
                self._learn()
            # A StopJob or GrantPreview for a job that has just ended comes too late to matter.

    def _tell_memory(self) -> None:
        memory = self._engine.card_memory()
        if memory is not None:
            self._broker.send(memory)

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
            self._engine.check_installed(model_of(task))
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
            if task.source.layer is not None:
                state = self._engine.on_layer(state, task.source.layer)
        picture = self._engine.picture(state)
        self._broker.send(JobOpened(task.job, state.model, state.to_json(), picture))

    def _look_at(self, job: int, source: PhotoSource) -> EditState | None:
        """The state of a photo; None where nobody wants it any more."""
        opening = self._engine.open_photo(source)
        control = Control(self._broker, job)

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
        state = EditState.from_json(task.saved_state)
        drag = self._engine.drag(state, task.request, task.autosave)
        save_at = began + AUTOSAVE_SECONDS
        previews = Previews(self._previewing, preview_seconds)
        control = Control(self._broker, task.job, previews)
        for progress in drag:
            self._broker.send(
                JobProgress(task.job, dataclasses.replace(progress, preview=previews.take()))
            )
            if progress.prepared == 1:
                previews.begin(drag.snapshot())
                at_its_end = all(progress.arrived) or progress.step >= progress.max_steps
                if time.monotonic() >= save_at and not at_its_end:
                    self._broker.send(JobSaved(task.job, drag.autosave()))
                    save_at = time.monotonic() + AUTOSAVE_SECONDS
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
        outcome = drag.finish(reason)
        self._broker.send(finished(task.job, drag.steps, reason, began, outcome))

    def _send_way(self, drag: Drag, task: RunDrag, control: Control) -> None:
        """Send the frames that were asked for, as the client takes them."""
        if control.stop is not None and not control.keeps:
            return
        count = task.request.frames
        for number in range(1, count + 1):
            layer = drag.on_the_way(eased(number / (count + 1)))
            if number > 1 and not control.granted():
                return
            self._broker.send(JobWay(task.job, DragFrame(number, layer)))


def eased(share: float) -> float:
    """How far of the way is gone after a share t of the time: slow at both ends, 3t^2 - 2t^3."""
    return share * share * (3 - 2 * share)


def model_of(task: Task) -> str:
    """What the task calls the model that it needs. Raises `DragganError` for a damaged state."""
    if isinstance(task, RunSamples):
        return task.samples[0].model
    if isinstance(task, RunOpen):
        source: Source = task.source
        return (
            EditState.from_json(source.text).model
            if isinstance(source, SavedState)
            else source.model
        )
    return EditState.from_json(task.saved_state).model
