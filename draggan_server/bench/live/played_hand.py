"""A hand that pulls points by minimum jerk and watches what comes of it, in the broker's place."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from draggan_server.wire.messages import LiveFrame
from draggan_server.wire.state import Point
from draggan_server.worker.messages import Aim, GrantPreview, JobFinished, JobFrame, LetGo, StopJob

RATE = 60.0
"""Places of the hand a second, as a mouse gives them."""

PATIENCE = 10.0
"""Seconds that the hand waits for a picture at rest: with random weights there may be none."""

JOB = 1


def minimum_jerk(t: float) -> float:
    """The share of the way after the share t of the time (Flash and Hogan 1985)."""
    t = min(max(t, 0.0), 1.0)
    return 10 * t**3 - 15 * t**4 + 6 * t**5


@dataclass(slots=True)
class Pull:
    """A way of the hand, [P, 2] to [P, 2] in `seconds`, and the frames that came, with times.

    `began` and `ended` are when the hand moved, `rested` when the last picture was whole and no
    step brought it nearer, None where that was not waited for; seconds on the clock. `sent` are
    the targets' numbers and times.
    """

    begin: torch.Tensor
    end: torch.Tensor
    seconds: float
    began: float = 0.0
    rested: float | None = None
    sent: dict[int, float] = field(default_factory=dict)
    frames: list[tuple[float, LiveFrame]] = field(default_factory=list)

    @property
    def ended(self) -> float:
        return self.began + self.seconds

    def at(self, now: float) -> torch.Tensor:
        """[P, 2]: where the hand is."""
        return self.begin + (self.end - self.begin) * minimum_jerk(
            (now - self.began) / self.seconds
        )

    @property
    def moving(self) -> list[tuple[float, LiveFrame]]:
        """The frames that came while the hand moved."""
        return [(when, frame) for when, frame in self.frames if when <= self.ended]

    @property
    def latencies(self) -> list[float]:
        """Seconds from each target to the first frame that shows it or a newer one."""
        waiting, found = deque(sorted(self.sent.items())), []
        for when, frame in self.frames:
            while waiting and waiting[0][0] <= frame.number:
                found.append(when - waiting.popleft()[1])
        return found

    @property
    def lags(self) -> list[float]:
        """Pixels between the handles and the hand, at each frame while it moved."""
        return [
            float((torch.tensor(frame.handle_points) - self.at(when)).norm(dim=1).mean())
            for when, frame in self.moving
        ]


class PlayedHand:
    """Pulls one way after another, each when the one before has come to rest, then lets go.

    It is the broker that a `LiveLoop` talks to. Without `keep` all is taken back in the end.
    """

    def __init__(self, pulls: Sequence[Pull], side: int, *, keep: bool) -> None:
        self.finished: JobFinished | None = None
        self._left = deque(pulls)
        self._pull = self._left.popleft()
        self._pull.began = time.monotonic()
        self._side = side
        self._keep = keep
        self._number = 0
        self._granted = True
        self._is_open = False
        self._handles = _points(pulls[0].begin)

    def send(self, message: Any) -> None:
        if isinstance(message, JobFinished):
            self.finished = message
        if not isinstance(message, JobFrame):
            return
        now = time.monotonic()
        frame = message.frame
        self._granted = False
        self._pull.frames.append((now, frame))
        whole = frame.picture is not None and max(frame.picture.width, frame.picture.height)
        newest = frame.number == self._number and self._is_sent()
        if frame.resting and newest and whole == self._side:
            self._pull.rested = now

    def receive(self, *, block: bool) -> Any:
        while True:
            if not self._granted:
                self._granted = True
                return GrantPreview(JOB)
            now = time.monotonic()
            first = self._pull.frames[0][0] if self._pull.frames else now
            tired = self._is_sent() and now > max(self._pull.ended, first) + PATIENCE
            if self._pull.rested is not None or tired:
                if not self._left:
                    return self._open()
                self._pull = self._left.popleft()
                self._pull.began = now
            if not self._is_sent() and now >= self._due():
                return self._move(now)
            if not block:
                return None
            if self._is_sent():
                self._pull.rested = now  # the loop waits for the hand, and the hand for the loop
            else:
                time.sleep(self._due() - now)

    def _open(self) -> LetGo | StopJob | None:
        """Let go, once."""
        if self._is_open:
            return None
        self._is_open = True
        return LetGo(JOB) if self._keep else StopJob(JOB, keep=False)

    def _due(self) -> float:
        return self._pull.began + len(self._pull.sent) / RATE

    def _is_sent(self) -> bool:
        """Whether the hand has come to the end of its way."""
        return len(self._pull.sent) > self._pull.seconds * RATE

    def _move(self, now: float) -> Aim:
        # Those that came while the loop was busy are in its queue; it takes the newest of them.
        due = self._due()
        self._number += 1
        self._pull.sent[self._number] = due
        return Aim(JOB, self._number, self._handles, _points(self._pull.at(due)))


def _points(points: torch.Tensor) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in points.tolist())
