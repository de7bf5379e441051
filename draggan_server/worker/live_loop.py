"""Runs a live drag: steps to the newest targets, then a picture, and again. Knows no torch."""

from __future__ import annotations

import contextlib
import dataclasses
import time

from draggan_server.wire.errors import OutOfMemory
from draggan_server.wire.messages import Pixels, StopReason
from draggan_server.wire.state import EditState
from draggan_server.worker.control import Broker
from draggan_server.worker.messages import (
    Aim,
    GrantPreview,
    JobFrame,
    JobStopped,
    Leave,
    LetGo,
    RunDrag,
    StopJob,
)
from draggan_server.worker.pace import Pace
from draggan_server.worker.runs import Live, LiveEngine, finished

_NAP_SECONDS = 0.01


class LiveLoop:
    """One live drag, from the press until it was let go, came to rest and was handed out."""

    def __init__(self, broker: Broker, engine: LiveEngine, task: RunDrag) -> None:
        self._broker = broker
        self._engine = engine
        self._task = task
        self._aim = Aim(task.job, 0, task.request.handle_points, task.request.target_points)
        self._aimed = False
        self._let_go = False
        self._leaving = False
        self._stop: StopJob | None = None
        self._granted = True
        self._due = 0.0
        self._steps = 0
        self._pictures = 0
        self._settled: int | None = None  # the number of the targets
        self._shown: tuple[int, int, int] | None = None  # picture, number of the targets, side

    def run(self) -> bool:
        """Drag to the end; whether the worker was told to leave meanwhile."""
        began = time.monotonic()
        live = self._engine.live(EditState.from_json(self._task.saved_state), self._task.request)
        for frame in live.prepare():
            self._broker.send(JobFrame(self._task.job, frame))
            self._hear(wait=False)
            if self._stop is not None:
                break
        pace = Pace(live.sides)
        while self._stop is None and not (self._let_go and live.resting and self._aimed):
            self._tick(live, pace)
        if self._stop is None and self._may_settle(live):
            self._settle(live)
        self._end(live, began)
        return self._leaving

    def _tick(self, live: Live, pace: Pace) -> None:
        began = time.monotonic()
        steps = self._go(live, pace)
        seconds = time.monotonic() - began
        side = self._side(live, pace, seconds)
        if side is not None and self._granted and time.monotonic() >= self._due:
            self._show(live, pace, side)
        began = time.monotonic()
        live.look_ahead()
        if steps:
            pace.stepped((seconds + time.monotonic() - began) / steps)
        if side is None and self._may_settle(live):
            self._settle(live)
            return
        # At rest, and without a picture that may be sent, only a word of the client's changes that.
        nothing = side is None or not self._granted
        self._hear(wait=live.resting and not self._let_go and nothing)
        if live.resting and not nothing:
            time.sleep(min(max(self._due - time.monotonic(), 0.0), _NAP_SECONDS))

    def _may_settle(self, live: Live) -> bool:
        """Whether it rests, and no better place was looked for yet."""
        return self._steps > 0 and live.resting and self._settled != self._aim.number

    def _settle(self, live: Live) -> None:
        """Look for a better place, until the hand moves on."""
        looked = False
        with contextlib.closing(live.settle()) as steps:
            for _ in steps:
                looked = True
                self._hear(wait=False)
                if self._stop is not None or not self._aimed:
                    return
        self._settled = self._aim.number
        self._pictures += looked  # it may be another one now

    def _go(self, live: Live, pace: Pace) -> int:
        """How many steps were tried towards the newest targets: where the hand is far ahead, as
        many as are in time."""
        began, steps = time.monotonic(), 0
        while True:
            if not self._aimed:
                live.aim(self._aim.handle_points, self._aim.target_points)
                self._aimed = True
            if live.resting or self._stop is not None:
                return steps
            steps += 1
            self._steps += 1
            self._pictures += live.step()
            if not live.behind or not pace.another(time.monotonic() - began):
                return steps
            self._hear(wait=False)

    def _side(self, live: Live, pace: Pace, spent: float) -> int | None:
        """The side of the picture to be shown now; None where the last one says it all."""
        if not self._steps:
            return None
        if self._shown is None or self._shown[:2] != (self._pictures, self._aim.number):
            return pace.side(spent)
        if live.resting and self._shown[2] < pace.sharpest:
            return pace.sharper(self._shown[2])
        return None

    def _show(self, live: Live, pace: Pace, side: int) -> None:
        began = time.monotonic()
        picture = self._picture(live, side)
        if picture is None:
            # Only here, outside `except`, has the traceback let go of the picture's tensors.
            self._engine.recover()
            if not pace.give_up(side):
                raise OutOfMemory(_NO_ROOM)
            return
        frame = dataclasses.replace(live.frame(self._aim.number), picture=picture)
        self._broker.send(JobFrame(self._task.job, frame))
        now = time.monotonic()
        pace.pictured(side, now - began)
        self._granted = False
        self._due = now + self._task.request.preview_seconds
        self._shown = self._pictures, self._aim.number, side

    def _picture(self, live: Live, side: int) -> Pixels | None:
        """None where there is no memory for it."""
        try:
            with self._engine.translated():
                return live.picture(side)
        except OutOfMemory:
            return None

    def _hear(self, *, wait: bool) -> None:
        """Take all that was said; of several targets the newest."""
        while self._stop is None:
            message = self._broker.receive(block=wait)
            wait = False
            if message is None:
                return
            if isinstance(message, Leave):
                self._leaving = True
                self._stop = StopJob(self._task.job, keep=False)
            elif message.job != self._task.job:
                continue
            elif isinstance(message, Aim):
                if message.number > self._aim.number:
                    self._aim, self._aimed = message, False
            elif isinstance(message, LetGo):
                self._let_go = True
            elif isinstance(message, StopJob):
                self._stop = message
            elif isinstance(message, GrantPreview):
                self._granted = True

    def _end(self, live: Live, began: float) -> None:
        job, stop = self._task.job, self._stop
        if not live.moved or (stop is not None and not stop.keep):
            self._broker.send(JobStopped(job))
            return
        reason: StopReason = live.reason if stop is None else "stopped"
        outcome = live.finish(reason)
        self._broker.send(finished(job, self._steps, reason, began, outcome))
        live.go_on()


_NO_ROOM = (
    "There is not enough memory to show pictures while you pull: close other programs, or use a "
    "smaller model or fewer points."
)
