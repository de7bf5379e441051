"""Recorded gestures: where the hand pressed, and where it was from then on.

A JSON object:

    {"handle_points": [[118, 177]],
     "moves": [{"time": 0.0, "target_points": [[118, 177]]},
               {"time": 0.5, "target_points": [[118, 190]]}],
     "end": 1.5}

Points are (x, y) in pixels of the picture, 0 the centre of the first, times in seconds since the
press. Each move has a target for each point; it may have other `handle_points`, which add points,
pressed then, and let go of others. At `end` the hand lets go, or with `"keep": false` takes all
back. Nothing else may stand there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import parse
from draggan_server.wire.messages import check_points
from draggan_server.wire.readers import Body, record_reader
from draggan_server.wire.state import Point

MAX_SECONDS = 600.0
MAX_MOVES = 100_000


@dataclass(frozen=True, slots=True)
class Move:
    """From `time` on the points are to go to `target_points`; `handle_points` see `Gesture`."""

    time: float
    target_points: tuple[Point, ...]
    handle_points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Gesture:
    """A gesture of `end` seconds. Raises `BadInput` for times that do not rise and bad points."""

    handle_points: tuple[Point, ...]
    moves: tuple[Move, ...]
    end: float
    keep: bool = True

    def __post_init__(self) -> None:
        check_points(self.handle_points, self.handle_points)
        if not 1 <= len(self.moves) <= MAX_MOVES:
            raise BadInput(f"A gesture has 1 to {MAX_MOVES} moves, not {len(self.moves)}.")
        times = [0.0, *(move.time for move in self.moves), self.end]
        if any(later < earlier for earlier, later in pairwise(times)):
            raise BadInput("The times of a gesture rise from 0 to its end: put them in order.")
        if not self.end <= MAX_SECONDS:
            raise BadInput(f"The gesture takes {self.end:g} seconds; at most {MAX_SECONDS:g}.")
        handles = self.handle_points
        for move in self.moves:
            handles = move.handle_points or handles
            check_points(handles, move.target_points)


def read_gesture(path: Path) -> Gesture:
    """Raises `BadInput` with what is wrong with the file."""
    try:
        document = parse(path.read_bytes())
        read = record_reader(Gesture, {})
        gesture: Gesture = read(document, Body((), newer=False), "The gesture")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None
    except (ProtocolError, BadInput) as error:
        raise BadInput(f"{path} holds no gesture. {error}") from None
    return gesture
