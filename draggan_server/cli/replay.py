"""A recorded gesture, done again at its own speed, and what was seen of it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from draggan_server.files.gesture import Gesture, Move
from draggan_server.wire.client import Client
from draggan_server.wire.live_job import LiveJob
from draggan_server.wire.messages import (
    DragCancelled,
    DragFinished,
    EditOpened,
    Failure,
    LiveFrame,
    Pixels,
)
from draggan_server.wire.state import Point

_WAIT_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame with a picture, `seconds` after the press, and where the hand was then."""

    seconds: float
    frame: LiveFrame
    hand: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """The frames, how it ended, after so many seconds, and when each targets' number was sent."""

    seen: list[Seen]
    end: DragFinished | DragCancelled
    seconds: float
    sent: dict[int, float]

    @property
    def latencies(self) -> list[float]:
        """Seconds from targets to the first frame that shows them or newer ones."""
        waiting = deque(sorted(self.sent.items()))
        found = []
        for seen in self.seen:
            while waiting and waiting[0][0] <= seen.frame.number:
                found.append(seen.seconds - waiting.popleft()[1])
        return found


def replay(
    client: Client,
    edit: EditOpened,
    gesture: Gesture,
    *,
    layer: Pixels,
    movable_mask: Pixels | None = None,
) -> Replay:
    """Do the gesture. Blocks; raises the `DragganError` of a failure."""
    ends: list[DragFinished | DragCancelled | Failure] = []
    seen: list[Seen] = []
    sent: dict[int, float] = {}
    hand = gesture.handle_points
    began = time.monotonic()

    def show(frame: LiveFrame) -> None:
        if frame.picture is not None:
            seen.append(Seen(time.monotonic() - began, frame, hand))

    job = LiveJob(
        client,
        edit,
        gesture.handle_points,
        layer=layer,
        movable_mask=movable_mask,
        on_frame=show,
        on_end=ends.append,
    )
    moves: deque[Move] = deque(gesture.moves)
    held = True
    try:
        while not ends:
            now = time.monotonic() - began
            while moves and moves[0].time <= now:
                move = moves.popleft()
                hand = move.target_points
                sent[job.move(hand, move.handle_points or None)] = now
            if held and now >= gesture.end:
                held = False
                job.release() if gesture.keep else job.cancel()
            client.wait(_WAIT_SECONDS)
            client.pump()
    except BaseException:
        job.cancel()
        raise
    (end,) = ends
    if isinstance(end, Failure):
        raise end.error()
    return Replay(seen, end, time.monotonic() - began, sent)
