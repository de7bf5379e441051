"""A live drag as a worker runs it: it follows targets that move."""

from __future__ import annotations

import contextlib
from collections.abc import Generator as Steps
from collections.abc import Iterator, Sequence

import torch

from draggan_server.editing.canvas import Dragged, DragOutcome
from draggan_server.editing.drag import prepare
from draggan_server.editing.features.levels import levels
from draggan_server.editing.grip import flat
from draggan_server.editing.live_edit import LiveEdit
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.handle_tracker import LONGEST
from draggan_server.editing.problem import DragProblem, DragStep
from draggan_server.editing.rendering import render
from draggan_server.wire.messages import Grip, LiveFrame, Pixels, StartDrag, StopReason
from draggan_server.wire.state import Point

NEAR = 0.2
"""Part of the arrival distance: at rest the handle is under the hand."""

STILL = 0.5
"""Pixels: a hand that is back as near to where it pressed wants the picture that it pressed."""


class LiveRun:
    """One live drag of an edit: `prepare` it, then `aim` and `step` as often as there is time.

    `edit` is open for the request. Raises `BadInput` at once for points or masks that cannot be
    dragged.
    """

    def __init__(self, edit: LiveEdit, request: StartDrag) -> None:
        self._edit = edit
        self._canvas = edit.canvas
        self._placement = self._canvas.placement
        self._config = request.config
        self._named = request.handle_points
        self._problem = DragProblem.check(
            edit.generator,
            self._canvas.w_plus,
            self._placement.to_picture(request.handle_points),
            self._placement.to_picture(request.handle_points),
            self._canvas.movable,
            request.config,
            live=True,
        )
        self._flat = flat(self._canvas.before.picture, self._problem.handle_points)
        self._sketches = edit.sketches
        self._search: Approach | None = None
        self._regripped = False
        self._outcome: DragOutcome | None = None

    def prepare(self) -> Iterator[LiveFrame]:
        """Make ready what the drag needs, showing how much of the model's own share is done."""
        for prepared in prepare(self._edit.generator, self._config):
            points = self._placement.to_layer(self._problem.handle_points)
            yield LiveFrame(
                number=0,
                step=0,
                handle_points=points,
                target_points=points,
                arrived=(True,) * len(points),
                grips=tuple(_grip(each, False) for each in self._flat),
                mean_distance=0.0,
                prepared=prepared,
            )
        every = levels(self._edit.generator, self._problem.config)
        self._search = Approach(self._problem, NEAR, every, self._edit.footing)

    @property
    def sides(self) -> Sequence[int]:
        """The longer sides that pictures can have, rising; the last is the layer's own."""
        return [*self._sketches, max(self._placement.layer)]

    @property
    def resting(self) -> bool:
        """Whether a step would bring the points no nearer."""
        return self._approach.ended

    @property
    def behind(self) -> bool:
        """Whether a point is farther from its target than a step goes."""
        longest = LONGEST * max(self._canvas.generator.img_resolution)
        return max(self._last.distances) > longest

    @property
    def moved(self) -> bool:
        """Whether the picture is another one than at the press, and meant to be."""
        if self._search is None or torch.equal(self._last.w_plus, self._canvas.w_plus):
            return False
        way = (self._approach.target_points - self._approach.start_points).norm(dim=1)
        return self._regripped or bool((way > STILL).any())

    @property
    def reason(self) -> StopReason:
        """Why it would end here."""
        if self._last.arrived:
            return "arrived"
        return "lost" if any(self._approach.lost) else "stalled"

    def aim(self, handle_points: tuple[Point, ...], target_points: tuple[Point, ...]) -> None:
        """Go to other targets, in the layer's pixels, those outside of it moved inside.

        Handles that were not named before are pressed on the picture as it is now.
        """
        if handle_points != self._named:
            self._regrip(handle_points)
        self._approach.aim(self._placement.to_picture(target_points))

    def _regrip(self, handle_points: tuple[Point, ...]) -> None:
        kept = [
            self._named.index(point) if point in self._named else None for point in handle_points
        ]
        points = self._placement.to_picture(handle_points)
        self._approach.regrip(kept, points)
        now = flat(render(self._canvas.generator, self._last.w_plus), points)
        self._flat = [
            now[index] if before is None else self._flat[before]
            for index, before in enumerate(kept)
        ]
        self._named, self._regripped = handle_points, True

    def step(self) -> bool:
        """Try to go nearer; whether there is another picture now."""
        before = self._last.w_plus
        return not torch.equal(self._approach.advance().w_plus, before)

    def settle(self) -> Steps[None, None, None]:
        """Look for a better place than that at rest; may be closed after any step."""
        with contextlib.closing(self._approach.settle()) as steps:
            for _ in steps:
                yield

    def look_ahead(self) -> None:
        """Do what the next step needs, so that no picture has to wait for it."""
        self._approach.look_ahead()

    def frame(self, number: int) -> LiveFrame:
        """How it stands, on its way to the targets of that number, without a picture."""
        last = self._last
        lost = self._approach.lost
        return LiveFrame(
            number=number,
            step=last.step,
            handle_points=self._placement.to_layer(last.handle_points),
            target_points=self._placement.to_layer(self._approach.target_points),
            arrived=last.points_arrived,
            grips=tuple(map(_grip, self._flat, lost)),
            mean_distance=last.mean_distance,
            resting=self.resting,
        )

    def picture(self, side: int) -> Pixels:
        """The layer as it is now, its longer side one of `sides`."""
        if side in self._sketches:
            return self._sketches[side].show(self._last.w_plus, self._approach.whole)
        return self._canvas.show(self._last.w_plus)

    def finish(self, reason: StopReason) -> DragOutcome:
        """The layer and the state as they are now; `reason` is for the log."""
        search = self._approach
        dragged = Dragged(
            self._last, search.start_points, search.target_points, self._config.method
        )
        self._outcome = self._canvas.outcome(dragged, reason)
        return self._outcome

    def go_on(self) -> None:
        """Make ready for the next press, on what this one has left."""
        if self._outcome is not None:
            self._edit.go_on(self._outcome)

    @property
    def _approach(self) -> Approach:
        assert self._search is not None, "prepare it first"
        return self._search

    @property
    def _last(self) -> DragStep:
        return self._approach.standing


def _grip(is_flat: bool, is_lost: bool) -> Grip:
    if is_flat:
        return "flat"
    return "lost" if is_lost else "held"
