"""How well a live drag follows: frames, latency and lag while the hand moves, and where it ends.

The worker's own loop runs in this process, with a hand in the broker's place: what is left out is
the way of a frame through two sockets. Pictures are judged as in `ways`, where the model is a lion;
of random weights only times mean something.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from draggan_server.bench.live.played_hand import JOB, PlayedHand, Pull
from draggan_server.bench.quality.likeness import likeness
from draggan_server.bench.quality.lions import PlainLions
from draggan_server.bench.quality.trial import picture_of
from draggan_server.bench.quality.way_drags import SUBJECTS, Way, draw
from draggan_server.bench.reader.reader import Reader
from draggan_server.bench.speed.step import random_tensors
from draggan_server.editing import latents, preparation
from draggan_server.editing.drag import drag
from draggan_server.editing.edit import picture
from draggan_server.editing.live_edit import LiveEdit
from draggan_server.editing.live_run import LiveRun
from draggan_server.editing.preparation.picture_metric import PictureMetric
from draggan_server.editing.preparation.survey import Survey
from draggan_server.layer import pixels
from draggan_server.wire.messages import Pixels, StartDrag
from draggan_server.wire.state import EditState
from draggan_server.worker.live_loop import LiveLoop
from draggan_server.worker.messages import RunDrag
from stylegan2.generator import Generator

PULL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LiveCase:
    """A picture, the points [P, 2] that are pulled and where to, and the landmarks they are."""

    state: EditState
    w_plus: torch.Tensor
    begin: torch.Tensor
    end: torch.Tensor
    landmarks: list[int] | None = None


@dataclass(frozen=True, slots=True)
class LiveResult:
    """What one gesture showed: times in seconds, distances in the picture's pixels, likeness in dB.

    `press_to_frame` is of a press on an edit that is open, `first_press_to_frame` of the one that
    opens it. `lag` is the median, over the frames, of the way from the handles to the hand; `rest`
    from the hand's end to the whole picture at rest; `back` the mean difference, in levels of 255,
    between the layer after pulling there and back and the first one. What is not measured is None.
    """

    frames_per_second: float
    press_to_frame: float
    first_press_to_frame: float
    latencies: list[float]
    lag: float
    rest: float | None
    back: float | None
    tracked: float
    drag_tracked: float | None = None
    distance: float | None = None
    drag_distance: float | None = None
    likeness: float | None = None
    drag_likeness: float | None = None


class _Engine:
    """The worker's engine, as far as `LiveLoop` needs it."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._open: LiveEdit | None = None

    def live(self, state: EditState, request: StartDrag) -> LiveRun:
        self._open = LiveEdit.opened(self._open, self._generator, state, request)
        return LiveRun(self._open, request)

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        yield

    def recover(self) -> None:
        pass


def lion_case(
    generator: Generator, reader: Reader, share: float, points: int, number: int
) -> LiveCase | None:
    """The nose, and what moves with it, pulled as another lion has it; None where none can."""
    way = Way(SUBJECTS[0], share, points, masked=False)
    drawn = draw(PlainLions(generator), reader.reliable(), way, number)
    if drawn is None:
        return None
    case = drawn.drag.case
    state = _state_of(generator, case.w_plus)
    return LiveCase(
        state, case.w_plus, case.handle_points, case.target_points, drawn.drag.landmarks
    )


def random_case(generator: Generator, share: float, points: int, number: int) -> LiveCase:
    """Points anywhere, pulled the same way."""
    random = torch.Generator().manual_seed(number)
    side = max(generator.img_resolution)
    angle = 2 * torch.pi * torch.rand(1, generator=random)
    way = share * side * torch.cat([angle.cos(), angle.sin()])
    room = side * (1 - share) / 2
    middle = side / 2 - way / 2
    begin = middle + 0.8 * room * (torch.rand(points, 2, generator=random) - 0.5)
    w_plus = generator.draw(1, random)
    return LiveCase(_state_of(generator, w_plus), w_plus, begin, begin + way)


def random_generator(resolution: int, device: str) -> Generator:
    """Config-f with random weights, and what would have to be learned of it made up, as much as a
    first drag waits for.
    """
    geometry, tensors = random_tensors(resolution)
    generator = Generator.from_tensors(geometry, tensors).to(device)
    random = torch.Generator().manual_seed(0)
    shape = (preparation.FIRST, generator.num_ws, generator.w_dim)
    metric = PictureMetric(torch.randn(shape, generator=random) * 1e-3)
    preparation.remember(generator, Survey(metric, {}))
    return generator


def measure(generator: Generator, case: LiveCase, reader: Reader | None) -> LiveResult:
    """Do the gesture twice: there and back, then let go at its end."""
    engine, side = _Engine(generator), max(generator.img_resolution)
    forth = Pull(case.begin, case.end, PULL_SECONDS)
    back = Pull(case.end, case.begin, PULL_SECONDS)
    opened = time.monotonic()
    _play(engine, case, PlayedHand([forth, back], side, keep=False))
    there = Pull(case.begin, case.end, PULL_SECONDS)
    pressed = time.monotonic()
    hand = PlayedHand([there], side, keep=reader is not None)
    _play(engine, case, hand)
    finished = hand.finished
    before = picture_of(generator, case.w_plus).cpu()
    first = picture(generator, case.state)
    after, tracked = before, there.frames[-1][1].mean_distance
    if finished is not None:  # it is None where nothing has moved, or was kept
        state = EditState.from_json(finished.saved_state)
        after = picture_of(generator, latents.w_plus_of_state(generator, state)).cpu()
        tracked = finished.mean_distance
    return LiveResult(
        frames_per_second=len(there.moving) / PULL_SECONDS,
        press_to_frame=there.frames[0][0] - pressed,
        first_press_to_frame=forth.frames[0][0] - opened,
        latencies=there.latencies,
        lag=float(np.median(there.lags)) if there.moving else float("nan"),
        rest=None if there.rested is None else there.rested - there.ended,
        back=None if back.rested is None else _difference(first, back.frames[-1][1].picture),
        tracked=tracked,
        **({} if reader is None else _against_drag(generator, case, reader, before, after)),
    )


def _play(engine: _Engine, case: LiveCase, hand: PlayedHand) -> None:
    handles = tuple((float(x), float(y)) for x, y in case.begin.tolist())
    request = StartDrag("", 0, handles, handles, live=True)
    LiveLoop(hand, engine, RunDrag(JOB, case.state.to_json(), request)).run()


def _difference(before: Pixels, after: Pixels | None) -> float:
    """Mean, in levels, of the layer as it is seen."""
    assert after is not None
    change = pixels.as_bytes(after).float() - pixels.as_bytes(before)
    return float(change[:, :3].abs().mean())


def _against_drag(
    generator: Generator,
    case: LiveCase,
    reader: Reader,
    before: torch.Tensor,
    after: torch.Tensor,
) -> dict[str, float]:
    """Distance and likeness of the picture [3, H, W] after, and of that after a drag, as read."""
    *_, dragged = drag(generator, case.w_plus, case.begin, case.end)
    wanted = picture_of(generator, dragged.w_plus).cpu()
    first = likeness(reader, before)
    found = {"drag_tracked": dragged.mean_distance}
    for name, shown in (("", after), ("drag_", wanted)):
        points = reader.read(shown[None]).points[0, case.landmarks]
        found[f"{name}distance"] = float((points - case.end).norm(dim=1).mean())
        found[f"{name}likeness"] = likeness(reader, shown) - first
    return found


def _state_of(generator: Generator, w_plus: torch.Tensor) -> EditState:
    return EditState(
        model="bench",
        model_sha256=generator.sha256,
        num_ws=generator.num_ws,
        w_dim=generator.w_dim,
        start=latents.to_bytes(w_plus),
    )
