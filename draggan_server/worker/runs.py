"""What the loops run jobs with: the engine and what it has under way. No torch here."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from draggan_server.wire.autosave import Autosave
from draggan_server.wire.messages import (
    DragProgress,
    LiveFrame,
    OpenProgress,
    PhotoSource,
    Pixels,
    Sample,
    StartDrag,
    StopReason,
)
from draggan_server.wire.state import EditState, Point
from draggan_server.worker.messages import CardMemory, JobFinished, Learned


class Outcome(Protocol):
    """What a drag leaves, as `draggan_server.editing.canvas.DragOutcome` says it."""

    @property
    def layer(self) -> Pixels: ...

    @property
    def state(self) -> EditState: ...

    @property
    def handle_points(self) -> tuple[Point, ...]: ...

    @property
    def mean_distance(self) -> float: ...

    @property
    def paint_replaced(self) -> bool: ...


class Drag(Protocol):
    """A drag under way, as `draggan_server.editing.edit.DragRun` does it."""

    @property
    def reason(self) -> StopReason: ...

    @property
    def steps(self) -> int:
        """How many steps led to the picture as it is now, 0 where it is the first one."""

    def __iter__(self) -> Iterator[DragProgress]: ...

    def autosave(self) -> Autosave:
        """Where it stands, to go on from by `Engine.drag`."""

    def snapshot(self) -> Callable[[], Pixels]:
        """What renders the layer as it is now, also later and from another thread."""

    def on_the_way(self, share: float) -> Pixels:
        """The layer so far on the way from before the drag, 0, to its last step, 1."""

    def finish(self, reason: StopReason) -> Outcome: ...


class Live(Protocol):
    """A live drag under way, as `draggan_server.editing.live_run.LiveRun` does it."""

    @property
    def sides(self) -> Sequence[int]:
        """The longer sides that pictures can have, rising; the last is the layer's own."""

    @property
    def resting(self) -> bool:
        """Whether a step would bring the points no nearer."""

    @property
    def behind(self) -> bool:
        """Whether a point is farther from its target than a step goes."""

    @property
    def moved(self) -> bool:
        """Whether the picture is another one than at the press, and meant to be."""

    @property
    def reason(self) -> StopReason:
        """Why it would end here."""

    def prepare(self) -> Iterator[LiveFrame]:
        """Make the model ready, showing how much of that is done."""

    def aim(self, handle_points: tuple[Point, ...], target_points: tuple[Point, ...]) -> None: ...

    def step(self) -> bool:
        """Try to go nearer; whether there is another picture now."""

    def settle(self) -> Generator[None, None, None]:
        """Look for a better place than that at rest, step by step, if there may be one; closed, it
        stands no farther off."""

    def look_ahead(self) -> None:
        """Do what the next step needs, so that no picture has to wait for it."""

    def frame(self, number: int) -> LiveFrame:
        """How it stands, without a picture."""

    def picture(self, side: int) -> Pixels: ...

    def finish(self, reason: StopReason) -> Outcome: ...

    def go_on(self) -> None:
        """Make ready for the next press, on what this one has left."""


class Opening(Protocol):
    """A photo being looked at, as `draggan_server.editing.photo_edit.PhotoRun` does it."""

    def run(self, unwanted: Callable[[], bool]) -> Iterator[OpenProgress]:
        """Ends soon once it is `unwanted`."""

    @property
    def found(self) -> bool:
        """Whether there is anything yet to finish with."""

    def finish(self) -> EditState: ...


class LiveEngine(Protocol):
    """What a live drag needs of the worker's engine."""

    def live(self, state: EditState, request: StartDrag) -> Live: ...

    def translated(self) -> AbstractContextManager[None]:
        """Turns the errors that the engine's libraries raise into `DragganError`."""

    def recover(self) -> None:
        """Free what can be freed, after a job that failed."""


class Engine(LiveEngine, Protocol):
    """What all jobs need of it."""

    @property
    def device(self) -> str: ...

    def check_installed(self, model: str) -> None:
        """Raises what `translated` translates where no installed model has that name."""

    def open_sample(self, source: Sample) -> EditState: ...

    def samples(self, sources: Sequence[Sample]) -> Pixels:
        """Squares one below the other, see `SamplesDrawn`."""

    def open_photo(self, source: PhotoSource) -> Opening: ...

    def picture(self, state: EditState) -> Pixels: ...

    def on_layer(self, state: EditState, layer: Pixels) -> EditState:
        """The state, which says where on the layer its picture lies. Raises `BadInput` where that
        shows it nowhere."""

    def drag(
        self, state: EditState, request: StartDrag, autosave: Autosave | None = None
    ) -> Drag: ...

    def learn(self) -> Learned | None:
        """Learn a little more of the model used last; None where nothing is left to learn."""

    def card_memory(self) -> CardMemory | None:
        """Of the device; None for the processor, and where nobody knows."""

    def thumbnails(self, state: EditState) -> Pixels:
        """Squares one below the other, see `History`."""

    def go_to(
        self, state: EditState, position: int, layer: Pixels | None
    ) -> tuple[Pixels, EditState, bool]: ...


def finished(
    job: int, steps: int, reason: StopReason, began: float, outcome: Outcome
) -> JobFinished:
    """The last word of a drag that `began` then, by the monotonic clock, and has just ended."""
    return JobFinished(
        job=job,
        steps=steps,
        reason=reason,
        mean_distance=outcome.mean_distance,
        seconds=time.monotonic() - began,
        handle_points=outcome.handle_points,
        saved_state=outcome.state.to_json(),
        layer=outcome.layer,
        paint_replaced=outcome.paint_replaced,
    )
