"""An engine without torch, for tests of everything around it. What it does follows from the model's
name: see `Behaviour`.

    python -m tests.protocol.fake_engine     a worker process with this engine
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import os
import struct
import time
from collections.abc import Callable, Iterator

from draggan_server.wire.drag_record import DragRecord, LatentChange
from draggan_server.wire.errors import BadInput, OutOfMemory, UnknownModel
from draggan_server.wire.messages import (
    THUMBNAIL_SIDE,
    DragProgress,
    ModelInfo,
    ModelList,
    Pixels,
    SampleSource,
    StartDrag,
)
from draggan_server.wire.state import EditState, Point
from draggan_server.worker.__main__ import run
from draggan_server.worker.messages import Learned

SIDE = 32
STEPS_TO_ARRIVE = 10
STEP_SECONDS = 0.005


class Behaviour(str, enum.Enum):
    STEADY = "steady"  # arrives after ten steps
    ENDLESS = "endless"  # steps until stopped
    STUBBORN = "stubborn"  # the second step never ends
    CRASHING = "crashing"  # the process dies in the second step
    FAILING = "failing"  # an exception that nobody expects
    HUNGRY = "hungry"  # no memory
    PECKISH = "peckish"  # no memory until some is freed; then as STEADY
    REFUSING = "refusing"  # bad input found late
    SPRITE = "sprite"  # as STEADY, with a picture whose borders are transparent


_SQUARE = THUMBNAIL_SIDE * THUMBNAIL_SIDE

MODELS = ModelList(
    tuple(ModelInfo(b.value, "fake", SIDE, SIDE, "MIT") for b in Behaviour),
    (ModelInfo("lions-512", "lions", 512, 512, "CC-BY-4.0"),),
    Pixels(
        THUMBNAIL_SIDE,
        THUMBNAIL_SIDE * len(Behaviour),
        4,
        b"".join(bytes((30 * n, 200 - 25 * n, 90, 255)) * _SQUARE for n in range(len(Behaviour))),
    ),
)


class FakeEngine:
    device = "fake"

    def __init__(self) -> None:
        self.recovered = 0
        self.to_learn: list[Learned | Exception] = []

    def learn(self) -> Learned | None:
        if not self.to_learn:
            return None
        learned = self.to_learn.pop(0)
        if isinstance(learned, Exception):
            raise learned
        return learned

    def open_sample(self, source: SampleSource) -> EditState:
        if source.model not in list(Behaviour):
            raise UnknownModel(f"There is no model {source.model!r}.")
        return EditState(
            model=source.model,
            model_sha256="0" * 64,
            num_ws=2,
            w_dim=4,
            start=struct.pack("<8f", *([source.seed % 256] * 8)),
            seed=source.seed,
            truncation_psi=source.truncation_psi,
        )

    def picture(self, state: EditState) -> Pixels:
        (value,) = struct.unpack_from("<f", state.w_plus)
        ink = bytes([int(value) % 256, 0, 0, 255])
        if state.model != Behaviour.SPRITE:
            return Pixels(SIDE, SIDE, 4, ink * SIDE * SIDE)
        border, clear = SIDE // 4, bytes(4)
        row = clear * border + ink * (SIDE - 2 * border) + clear * border
        empty = clear * SIDE * border
        return Pixels(SIDE, SIDE, 4, empty + row * (SIDE - 2 * border) + empty)

    def drag(self, state: EditState, request: StartDrag) -> FakeDrag:
        return FakeDrag(self, state, request)

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


class FakeDrag:
    """Moves the handles straight to their targets and makes the layer brighter by one a step."""

    def __init__(self, engine: FakeEngine, state: EditState, request: StartDrag) -> None:
        self._engine = engine
        self._state = state
        self._request = request
        self._behaviour = Behaviour(state.model)
        self._step = 0

    def __iter__(self) -> Iterator[DragProgress]:
        for step in range(1, self._request.config.max_steps + 1):
            self._step = step
            time.sleep(STEP_SECONDS)
            if self._step == 2:
                self._misbehave()
            yield DragProgress(
                step=self._step,
                max_steps=self._request.config.max_steps,
                handle_points=self._handles(),
                arrived=tuple(self._step >= STEPS_TO_ARRIVE for _ in self._request.handle_points),
                mean_distance=float(max(STEPS_TO_ARRIVE - self._step, 0)),
                loss=1.0 / self._step,
            )
            if self._arrived():
                return

    @property
    def reason(self) -> str:
        return "arrived" if self._arrived() else "max-steps"

    def _arrived(self) -> bool:
        arriving = self._behaviour in (Behaviour.STEADY, Behaviour.PECKISH, Behaviour.SPRITE)
        return arriving and self._step >= STEPS_TO_ARRIVE

    def snapshot(self) -> Callable[[], Pixels]:
        return functools.partial(self._layer, self._step)

    def finish(self, reason: str) -> tuple[Pixels, EditState, tuple[Point, ...], float, bool]:
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
        return (
            self._layer(self._step),
            state,
            self._handles(),
            float(max(STEPS_TO_ARRIVE - self._step, 0)),
            False,
        )

    def _misbehave(self) -> None:
        if self._behaviour is Behaviour.STUBBORN:
            time.sleep(3600)
        if self._behaviour is Behaviour.CRASHING:
            os._exit(3)
        if self._behaviour is Behaviour.FAILING:
            raise ZeroDivisionError("nobody expects this")
        if self._behaviour is Behaviour.HUNGRY:
            raise MemoryError
        if self._behaviour is Behaviour.PECKISH and not self._engine.recovered:
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


if __name__ == "__main__":
    run(FakeEngine)
