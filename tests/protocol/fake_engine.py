"""An engine without torch, for tests of everything around it. What it does follows from the model's
name: see `Behaviour`.

    python -m tests.protocol.fake_engine     a worker process with this engine
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import itertools
import math
import operator
import os
import struct
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import NamedTuple

from draggan_server.host.mixing import main_seed
from draggan_server.wire.autosave import Autosave
from draggan_server.wire.drag_record import DragRecord, LatentChange
from draggan_server.wire.errors import BadInput, OutOfMemory, UnknownModel
from draggan_server.wire.face import Face
from draggan_server.wire.messages import (
    THUMBNAIL_SIDE,
    BlendSource,
    DragProgress,
    LiveFrame,
    ModelInfo,
    ModelList,
    OpenProgress,
    PhotoSource,
    Pixels,
    Sample,
    SampleSource,
    StartDrag,
)
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState, Point
from draggan_server.worker.__main__ import run
from draggan_server.worker.brought_models import BroughtModels
from draggan_server.worker.messages import CardMemory, Learned

SIDE = 32
STEPS_TO_ARRIVE = 10
STEP_SECONDS = 0.005
LIVE_STRIDE = 2.0

QUICK_STEPS = 1700
SLOW_STEP_SECONDS = 1.0
"""An endless drag takes so long for each step beyond so many: one of 2,000 steps, the most that can
be asked for, takes five minutes where nobody stops it."""

GREED_BEGINS = 450
"""The step of a greedy drag, 2.25 s from its beginning, from which on it takes more and more."""

GREED_BYTES = 32 << 20
GREED_STEPS = 200
"""It takes as much with each of so many steps: 6.25 GiB."""


class Behaviour(str, enum.Enum):
    STEADY = "steady"  # arrives after ten steps
    ENDLESS = "endless"  # steps until stopped
    STUBBORN = "stubborn"  # the second step never ends
    CRASHING = "crashing"  # the process dies in the second step
    FAILING = "failing"  # an exception that nobody expects
    HUNGRY = "hungry"  # no memory
    PECKISH = "peckish"  # no memory until some is freed; then as STEADY
    REFUSING = "refusing"  # bad input found late
    UNREADY = "unready"  # as STEADY; a live drag has to prepare the model first
    SPRITE = "sprite"  # as STEADY, with a picture whose borders are transparent
    UNPREPARED = "unprepared"  # is prepared first, in three parts; then as ENDLESS
    PREPARING = "preparing"  # is prepared until stopped
    GREEDY = "greedy"  # as ENDLESS; takes memory once it is saved, but not where it goes on


_ARRIVING = (Behaviour.STEADY, Behaviour.PECKISH, Behaviour.UNREADY, Behaviour.SPRITE)
_SQUARE = THUMBNAIL_SIDE * THUMBNAIL_SIDE

_PRECISION = tuple(0.25 * (place % 7 == 0) for place in range(36))
FACES = {Behaviour.STEADY: Face(((10.0, 12.0), (22.0, 12.0)), (16.0, 22.0), _PRECISION)}
MODELS = ModelList(
    tuple(ModelInfo(b.value, "fake", SIDE, SIDE, "MIT", FACES.get(b)) for b in Behaviour),
    (ModelInfo("lions-512", "lions", 512, 512, "CC-BY-4.0"),),
    Pixels(
        THUMBNAIL_SIDE,
        THUMBNAIL_SIDE * len(Behaviour),
        4,
        b"".join(bytes((20 * n, 200 - 15 * n, 90, 255)) * _SQUARE for n in range(len(Behaviour))),
    ),
)


class FakeEngine:
    device = "fake"

    def __init__(self) -> None:
        self.recovered = 0
        self.went_on = 0
        self.to_learn: list[Learned | Exception] = []
        self.memory: CardMemory | None = None

    def check_installed(self, model: str) -> None:
        if model not in {known.name for known in MODELS.models}:
            raise UnknownModel(f"There is no model {model!r} here.")

    def card_memory(self) -> CardMemory | None:
        return self.memory

    def learn(self) -> Learned | None:
        if not self.to_learn:
            return None
        learned = self.to_learn.pop(0)
        if isinstance(learned, Exception):
            raise learned
        return learned

    def open_sample(self, source: Sample) -> EditState:
        if source.model not in list(Behaviour):
            raise UnknownModel(f"There is no model {source.model!r}.")
        seed = main_seed(source)
        parts = source.parts if isinstance(source, BlendSource) else ()
        return EditState(
            model=source.model,
            model_sha256="0" * 64,
            num_ws=2,
            w_dim=4,
            start=struct.pack("<8f", *([seed % 256] * 8)),
            content=SampleRecord(seed, source.truncation_psi, parts),
        )

    def samples(self, sources: Sequence[Sample]) -> Pixels:
        """Each in an ink that tells its seed."""
        inks = (bytes([main_seed(source) % 256, 0, 0, 255]) for source in sources)
        data = b"".join(ink * _SQUARE for ink in inks)
        return Pixels(THUMBNAIL_SIDE, THUMBNAIL_SIDE * len(sources), 4, data)

    def open_photo(self, source: PhotoSource) -> FakeOpening:
        return FakeOpening(self, source)

    def picture(self, state: EditState) -> Pixels:
        (value,) = struct.unpack_from("<f", state.w_plus)
        ink = bytes([int(value) % 256, 0, 0, 255])
        if state.model != Behaviour.SPRITE:
            return Pixels(SIDE, SIDE, 4, ink * SIDE * SIDE)
        border, clear = SIDE // 4, bytes(4)
        row = clear * border + ink * (SIDE - 2 * border) + clear * border
        empty = clear * SIDE * border
        return Pixels(SIDE, SIDE, 4, empty + row * (SIDE - 2 * border) + empty)

    def on_layer(self, state: EditState, layer: Pixels) -> EditState:
        """A layer shows its picture where a quarter of what is opaque is of one ink."""
        inks = [layer.data[at : at + 4] for at in range(0, len(layer.data), 4)]
        opaque = [ink for ink in inks if ink[3]]
        if not opaque or 4 * max(map(opaque.count, set(opaque))) < len(opaque):
            raise BadInput("The layer does not show its picture any more.")
        return state

    def drag(
        self, state: EditState, request: StartDrag, autosave: Autosave | None = None
    ) -> FakeDrag:
        return FakeDrag(self, state, request, autosave)

    def live(self, state: EditState, request: StartDrag) -> FakeLive:
        return FakeLive(self, state, request)

    def thumbnails(self, state: EditState) -> Pixels:
        """As many squares as there are pictures, each in the gray of its latent."""
        count = len(state.drags) + 1
        values = (struct.unpack_from("<f", state.w_plus_at(number))[0] for number in range(count))
        squares = (bytes([int(value) % 256]) * (4 * _SQUARE) for value in values)
        return Pixels(THUMBNAIL_SIDE, THUMBNAIL_SIDE * count, 4, b"".join(squares))

    def go_to(
        self, state: EditState, position: int, layer: Pixels | None
    ) -> tuple[Pixels, EditState, bool]:
        if position > len(state.drags):
            raise BadInput(f"There is no drag {position}.")
        state = dataclasses.replace(state, position=position)
        return self.picture(state), state, False

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except MemoryError:
            raise OutOfMemory("No memory is left.") from None

    def recover(self) -> None:
        self.recovered += 1


class FakeOpening:
    """Looks at a photo in ten steps, of which the first finds nothing yet; its latent is full of
    the steps done, and each of them explains a tenth."""

    def __init__(self, engine: FakeEngine, source: PhotoSource) -> None:
        self._state = engine.open_sample(SampleSource(source.model, 0))
        self._behaviour = Behaviour(source.model)
        self._region = source.region
        self._step = 0

    @property
    def found(self) -> bool:
        return self._step > 1

    def run(self, unwanted: Callable[[], bool]) -> Iterator[OpenProgress]:
        if self._behaviour is Behaviour.STUBBORN:
            yield OpenProgress(self._share)
            while not unwanted():
                time.sleep(STEP_SECONDS)
            return
        endless = self._behaviour is Behaviour.ENDLESS
        while endless or self._step < STEPS_TO_ARRIVE:
            self._step += 1
            time.sleep(STEP_SECONDS)
            if self._step == 2 and self._behaviour is Behaviour.CRASHING:
                os._exit(3)
            yield OpenProgress(self._share, self._region if self.found else None)

    @property
    def _share(self) -> float:
        return min(self._step / STEPS_TO_ARRIVE, 1.0)

    def finish(self) -> EditState:
        return dataclasses.replace(
            self._state,
            start=struct.pack("<8f", *([self._step] * 8)),
            content=PhotoRecord(
                self._region.width,
                self._region.height,
                placement=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
                tone=bytes(12 * TONE_VALUES),
                explained=self._share,
                psnr=30.0,
            ),
        )


class FakeOutcome(NamedTuple):
    layer: Pixels
    state: EditState
    handle_points: tuple[Point, ...]
    mean_distance: float
    paint_replaced: bool


class FakeDrag:
    """Moves the handles straight to their targets and makes the layer brighter by one a step."""

    def __init__(
        self,
        engine: FakeEngine,
        state: EditState,
        request: StartDrag,
        autosave: Autosave | None = None,
    ) -> None:
        self._engine = engine
        self._state = state
        self._request = request
        self._behaviour = Behaviour(state.model)
        self._step = 0 if autosave is None else autosave.step
        self._greedy = self._behaviour is Behaviour.GREEDY and autosave is None
        self._taken: list[bytearray] = []

    def __iter__(self) -> Iterator[DragProgress]:
        for part in self._parts_to_prepare():
            time.sleep(STEP_SECONDS)
            yield self._progress(part)
        for step in range(self._step + 1, self._request.config.max_steps + 1):
            self._step = step
            slow = self._behaviour is Behaviour.ENDLESS and step > QUICK_STEPS
            time.sleep(SLOW_STEP_SECONDS if slow else STEP_SECONDS)
            if self._step == 2:
                self.misbehave()
            if self._greedy and 0 <= step - GREED_BEGINS < GREED_STEPS:
                self._taken.append(bytearray(b"\1") * GREED_BYTES)
            yield self._progress()
            if self._arrived():
                return

    def _parts_to_prepare(self) -> Iterable[float]:
        if self._behaviour is Behaviour.UNPREPARED:
            return (0.25, 0.5, 0.75)
        return itertools.repeat(0.5) if self._behaviour is Behaviour.PREPARING else ()

    def _progress(self, prepared: float = 1.0) -> DragProgress:
        return DragProgress(
            step=self._step,
            max_steps=self._request.config.max_steps,
            handle_points=self._handles(),
            arrived=tuple(self._arrived() for _ in self._request.handle_points),
            mean_distance=float(max(STEPS_TO_ARRIVE - self._step, 0)),
            loss=1.0 / max(self._step, 1),
            prepared=prepared,
        )

    @property
    def reason(self) -> str:
        return "arrived" if self._arrived() else "max-steps"

    @property
    def steps(self) -> int:
        return self._step

    def _arrived(self) -> bool:
        arriving = self._behaviour in _ARRIVING
        return arriving and self._step >= STEPS_TO_ARRIVE

    def autosave(self) -> Autosave:
        return Autosave(self._step, "", self._handles())

    def snapshot(self) -> Callable[[], Pixels]:
        return functools.partial(self._layer, self._step)

    def on_the_way(self, share: float) -> Pixels:
        return self._layer(round(share * self._step))

    def finish(self, reason: str) -> FakeOutcome:
        request = self._request
        (value,) = struct.unpack_from("<f", self._state.w_plus)
        record = DragRecord(
            request.handle_points,
            request.target_points,
            self._handles(),
            request.config.method,
            self._step,
            LatentChange((0, 1), 16, struct.pack("<8e", *([self._step - value] * 8))),
        )
        state = self._state.with_drag(record)
        return FakeOutcome(
            self._layer(self._step),
            state,
            self._handles(),
            float(max(STEPS_TO_ARRIVE - self._step, 0)),
            False,
        )

    def at(self, step: int) -> None:
        """Stand there."""
        self._step = step

    def misbehave(self, *, picture: bool = True) -> None:
        """`picture`: memory is short here, not where pictures are made."""
        if self._behaviour is Behaviour.STUBBORN:
            time.sleep(3600)
        if self._behaviour is Behaviour.CRASHING:
            os._exit(3)
        if self._behaviour is Behaviour.FAILING:
            raise ZeroDivisionError("nobody expects this")
        if picture and self._behaviour is Behaviour.HUNGRY:
            raise MemoryError
        if picture and self._behaviour is Behaviour.PECKISH and not self._engine.recovered:
            raise MemoryError
        if self._behaviour is Behaviour.REFUSING:
            raise BadInput("The layer does not show this picture any more.")

    def _layer(self, step: int) -> Pixels:
        layer = self._request.layer or self._engine.picture(self._state)
        table = bytes(min(value + step, 255) for value in range(256))
        return Pixels(layer.width, layer.height, 4, layer.data.translate(table))

    def _handles(self) -> tuple[Point, ...]:
        done = min(self._step / STEPS_TO_ARRIVE, 1.0)
        return tuple(
            (hx + (tx - hx) * done, hy + (ty - hy) * done)
            for (hx, hy), (tx, ty) in zip(
                self._request.handle_points, self._request.target_points, strict=True
            )
        )


class FakeLive:
    """Handles go `LIVE_STRIDE` px a step straight to their targets, and the layer gets brighter by
    one. Pictures take no memory that is not there, but for HUNGRY's, and PECKISH's large ones.
    """

    sides = (SIDE // 4, SIDE // 2, SIDE)

    def __init__(self, engine: FakeEngine, state: EditState, request: StartDrag) -> None:
        self._engine = engine
        self._drag = FakeDrag(engine, state, request)
        self._request = request
        self._behaviour = Behaviour(state.model)
        self._places = dict(zip(request.handle_points, request.handle_points, strict=True))
        self._targets = request.handle_points
        self.steps = 0
        self.looked_ahead = 0

    def prepare(self) -> Iterator[LiveFrame]:
        if self._behaviour is Behaviour.UNREADY:
            for prepared in (0.25, 0.5, 1.0):
                time.sleep(STEP_SECONDS)
                yield dataclasses.replace(self.frame(0), prepared=prepared)

    @property
    def resting(self) -> bool:
        return tuple(self._places.values()) == self._targets

    @property
    def behind(self) -> bool:
        ways = map(math.dist, self._places.values(), self._targets)
        return max(ways) > LIVE_STRIDE

    @property
    def moved(self) -> bool:
        return self.steps > 0

    @property
    def reason(self) -> str:
        return "arrived" if self.resting else "stalled"

    def aim(self, handle_points: tuple[Point, ...], target_points: tuple[Point, ...]) -> None:
        self._places = {handle: self._places.get(handle, handle) for handle in handle_points}
        self._targets = tuple(
            (min(max(x, 0.0), SIDE - 1.0), min(max(y, 0.0), SIDE - 1.0)) for x, y in target_points
        )

    def step(self) -> bool:
        self.steps += 1
        time.sleep(STEP_SECONDS)
        if self.steps == 2:
            self._drag.misbehave(picture=False)
        for handle, target in zip(self._places, self._targets, strict=True):
            self._places[handle] = _nearer(self._places[handle], target)
        return True

    def settle(self) -> Generator[None, None, None]:
        yield from ()  # it rests where it should

    def look_ahead(self) -> None:
        self.looked_ahead += 1

    def frame(self, number: int) -> LiveFrame:
        handles = tuple(self._places.values())
        return LiveFrame(
            number=number,
            step=self.steps,
            handle_points=handles,
            target_points=self._targets,
            arrived=tuple(map(operator.eq, handles, self._targets)),
            grips=("held",) * len(handles),
            mean_distance=0.0 if self.resting else 1.0,
            resting=self.resting,
        )

    def picture(self, side: int) -> Pixels:
        if self._behaviour is Behaviour.HUNGRY or (
            self._behaviour is Behaviour.PECKISH and side == SIDE
        ):
            raise MemoryError
        return Pixels(side, side, 4, bytes([min(self.steps, 255)]) * (side * side * 4))

    def finish(self, reason: str) -> FakeOutcome:
        self._drag.at(self.steps)
        outcome = self._drag.finish(reason)
        return outcome._replace(handle_points=tuple(self._places.values()))

    def go_on(self) -> None:
        self._engine.went_on += 1


def _nearer(point: Point, target: Point) -> Point:
    way = math.dist(point, target)
    if way <= LIVE_STRIDE:
        return target
    share = LIVE_STRIDE / way
    return (point[0] + share * (target[0] - point[0]), point[1] + share * (target[1] - point[1]))


def actor_engine(_models: BroughtModels) -> FakeEngine:
    """For an actor of a Ray cluster."""
    return FakeEngine()


if __name__ == "__main__":
    run(FakeEngine)
