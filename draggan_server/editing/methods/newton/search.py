"""The search of `newton`: Gauss-Newton steps, each a line search on the tracked distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from draggan_server.editing.features.levels import Level
from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.methods.newton.asked import asked
from draggan_server.editing.methods.newton.footing import Footing
from draggan_server.editing.methods.newton.handle_tracker import LONGEST
from draggan_server.editing.methods.newton.lead import Lead, by_coarse
from draggan_server.editing.methods.newton.minimum_norm import MANY, MinimumNorm
from draggan_server.editing.methods.newton.motion import Motion
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.place import DOUBTFUL, LOST, Place
from draggan_server.editing.methods.newton.standing import not_arrived
from draggan_server.editing.methods.newton.trail import Known, Trail
from draggan_server.editing.problem import DragProblem, DragStep

PROGRESS = 0.98
"""A step is a success if the mean distance after it is at most this part of that before."""

SHORTEST = 1 / 4
"""Part of a full step. When even that is no success the search has ended."""

MOST_LOST = 0.5
"""Share of the handles: where so many are lost, the picture is not one to go on from. Of many
points some may be covered on the way."""


class Search:
    """Goes nearer to the targets, which may be changed at any time, step by step.

    Handles are followed through `every` level.
    Ended is a search whose handles are all within `near` of the arrival distance, or that comes no
    nearer by any step. A step after which most handles are not found again is none that comes
    nearer, and a handle that is not has not arrived. Everything that a drag needs is made here,
    once, or is in `footing` from other drags of the picture. What a picture looks like follows from
    the targets and the first picture: moves are counted from there, templates are those of there,
    and so are the weights of moves.

    The search itself goes by where handles are seen. Handles are spots of the surface, which are
    ahead of that (`lead`), so that it goes for where they are to be seen.
    """

    def __init__(
        self,
        problem: DragProblem,
        near: float,
        every: Sequence[Level],
        footing: Footing | None = None,
    ) -> None:
        self.ended = False
        self._problem = problem.at_hand()
        self._near = near
        self._every = self._at_first = every
        self._longest = LONGEST * max(problem.generator.img_resolution)
        self._moves = Moves(problem)
        self._footing = footing or Footing()
        x = torch.zeros(self._moves.size, dtype=torch.float64)
        start = self._moves.apply(x)
        self._looks, view = self._footing.press(problem, every, self._moves, start)
        self._stillness = self._footing.stillness(problem, self._moves, view)
        self._change = self._stillness.of_way(problem.farthest_way)
        self._beginning = self._footing.beginning(problem, self._moves)
        self._see_turns()
        self._pressed: Motion | None = None
        self._lead = Lead.of_nothing(self._problem.handle_points)
        self._number = 0
        self._length = 1.0
        self._is_gone = False
        points = self._problem.handle_points
        self._place = self._look(x, points, view)
        self._trail = Trail(self._longest)
        self._trail.add(x, points)

    @property
    def standing(self) -> DragStep:
        """Where the search stands, against the targets of now."""
        place = self._place
        step = self._problem.state(self._number, place.free, self._spots(place), place.misfit)
        step = not_arrived(step, place.doubtful)
        if self.ended and self._is_near(self._place) and not step.arrived:
            return replace(step, stalled=True, lost=True)
        return step

    @property
    def start_points(self) -> torch.Tensor:
        """[P, 2]: where the handles were pressed."""
        return self._problem.handle_points

    @property
    def target_points(self) -> torch.Tensor:
        """[P, 2]: where it goes."""
        return self._problem.target_points

    @property
    def lost(self) -> tuple[bool, ...]:
        """For each handle, whether it is not surely found where the search stands."""
        return self._place.doubtful

    @property
    def whole(self) -> Sequence[torch.Tensor]:
        """What is known of the picture where the search stands: the outputs of the first layers."""
        return self._place.view.whole

    def aim(self, target_points: torch.Tensor) -> None:
        """Go to other targets [P, 2] from here; those outside of the picture are moved inside."""
        self._problem = self._problem.aimed_at(target_points)
        self._change = self._stillness.of_way(self._problem.farthest_way)
        self._see_lead()
        self._length = 1.0
        self.ended = self._is_near(self._place)

    def go_by(self, every: Sequence[Level]) -> None:
        """From now on follow the handles through other levels."""
        place, problem = self._place, self._problem
        self._every = every
        start = self._moves.apply(self._trail.first.x)
        self._looks, _ = self._footing.press(problem, every, self._moves, start)
        self._stand(self._look(place.x, place.seen))
        self._length = 1.0

    def regrip(self, kept: Sequence[int | None], points: torch.Tensor) -> None:
        """From now on go by other points, their targets where they are.

        For each of them `kept` says which one of those so far it is, or None: then it is pressed on
        the picture as it is now, at its place in `points` [P, 2]. The way back to where the drag
        began is known for points of then only.
        """
        place, before = self._place, self._problem
        old = [-1 if index is None else index for index in kept]
        new = torch.tensor([index is None for index in kept], device=points.device)[:, None]
        points = self._problem.inside(points.to(before.handle_points))
        handles = torch.where(new, points, self._spots(place)[old])
        seen = torch.where(new, points, place.seen[old])
        starts = torch.where(new, points, before.handle_points[old])
        here = replace(before, handle_points=seen)
        rows, looks = self._moves.apply(place.x), self._looks
        self._looks, view = self._footing.press(here, self._every, self._moves, rows, besides=looks)
        self._looks.tracker.take_over(looks.tracker, kept)
        self._problem = replace(before, handle_points=starts).aimed_at(handles)
        self._change = self._stillness.of_way(self._problem.farthest_way)
        self._pressed = None
        self._see_turns()
        self._lead = Lead(starts, torch.where(new[:, 0], 0, self._lead.over[old]))
        self._place = self._look(place.x, seen, view)
        self._trail = Trail(self._longest) if bool(new.any()) else self._trail.of(old)
        self._trail.add(place.x, seen)
        self._length, self.ended = 1.0, self._is_near(self._place)

    def _has_come(self, place: Place) -> bool:
        return self._is_near(place) and not any(place.doubtful)

    def look_ahead(self) -> None:
        """Do what the next step needs, once a place."""
        self._motion(self._place)

    def _motion(self, place: Place) -> Motion:
        if place.motion is None:
            some = asked(place.seen, self._left(place))
            by_rows = self._looks.motion(place.view, place.seen, some).flatten(0, 1)
            place.motion = Motion(place.seen, some, self._moves.vjp(by_rows))
        if self._pressed is None:
            self._pressed = place.motion
            self._see_lead()
        return place.motion

    def _see_turns(self) -> None:
        """How the picture turns about the handles with the latent, and what they are behind by."""
        handles = len(self._problem.handle_points)
        if handles <= MANY:
            self._turns = self._beginning.turning.about(self._problem.handle_points)
            self._turned = self._looks.tracker.turned().cpu()
        else:
            self._turns = torch.zeros(handles, self._moves.size, dtype=torch.float64)
            self._turned = torch.zeros(handles, 2)

    def _see_lead(self) -> None:
        """By how the handles' way to the targets of now begins, where they were pressed."""
        if self._pressed is not None:
            starts, to = self._problem.handle_points, self._problem.target_points
            move, moved = self._pressed.solve(self._change, self._step_of(to - starts), self._held)
            behind = (self._turns @ move)[:, None] * self._turned
            detail = self._looks.tracker.detail(moved)
            more = by_coarse(self._problem)
            self._lead = Lead.of_moves(
                starts, moved, self._beginning.drift @ move, behind, more, detail
            )

    def advance(self) -> DragStep:
        """Try a step. What is returned is where the search stands then, with the step's number."""
        self._number += 1
        distance = float(self._left(self._place).mean())
        known = self._trail.nearest(self._goal, distance - self._longest)
        if known is not None:
            there = self._look(known.x, known.seen)
            if float(self._left(there).mean()) < distance:
                self._stand(there)
                return self.standing
            # The levels of now see the handles elsewhere.
            self._trail.forget(known)
        place = self._place
        tried, before = self._step(place, self._length, gone=place.x), self._left(place)
        most_lost = sum(tried.lost) >= MOST_LOST * len(tried.lost)
        nearer = bool(self._left(tried).mean() <= PROGRESS * before.mean())
        if nearer and not most_lost:
            self._stand(tried)
            self._length = min(1.0, 2 * self._length)
            return self.standing
        standing = self.standing
        if self._length > SHORTEST:
            # What is shown meanwhile is where the search stands.
            self._length /= 2
            return standing
        self.ended = True
        stalled = not standing.arrived
        self._is_gone = stalled and (any(self._place.doubtful) or most_lost)
        return replace(standing, stalled=stalled, lost=self._is_gone)

    def _step(
        self, place: Place, length: float, gone: torch.Tensor, change: MinimumNorm | None = None
    ) -> Place:
        """Where a step of that length leads to from a place; of moves `gone` [size] it takes back
        what moves no handle. `change` is what counts, if it is not what does in the search."""
        way = length * self._step_of(self._goal - place.seen)
        ahead = self._ahead(self._motion(place), place.x, way, change or self._change, gone)
        return self._look(ahead.x, ahead.seen)

    def _ahead(
        self,
        motion: Motion,
        x: torch.Tensor,
        way: torch.Tensor,
        change: MinimumNorm,
        gone: torch.Tensor | None = None,
    ) -> Known:
        """Where moves and handles are expected after a step from the moves x [size], where handles
        move like `motion`: they are to go by way [P, 2]."""
        move, moved = motion.solve(change, way, self._held, gone)
        return Known(x + move, self._problem.inside(motion.points + moved))

    def _step_of(self, way: torch.Tensor) -> torch.Tensor:
        """As much of the handles' way [P, 2] as one step goes."""
        part: torch.Tensor = self._longest / way.norm(dim=1, keepdim=True)
        return way * part.clamp(max=1)

    @property
    def _goal(self) -> torch.Tensor:
        """[P, 2]: where the handles are to be seen."""
        return self._problem.inside(self._lead.seen(self._problem.target_points))

    @property
    def _held(self) -> torch.Tensor:
        """[P]: whether a handle is to stay where it is."""
        problem = self._problem
        held: torch.Tensor = (problem.target_points == problem.handle_points).all(dim=1)
        return held

    def _spots(self, place: Place) -> torch.Tensor:
        """[P, 2]: where the handles are."""
        return self._problem.inside(self._lead.spots(place.seen))

    def _left(self, place: Place) -> torch.Tensor:
        """[P]: how far the handles are seen from where they are to be seen."""
        left: torch.Tensor = (self._goal - place.seen).norm(dim=1)
        return left

    def _look(
        self,
        x: torch.Tensor,
        expected: torch.Tensor,
        view: PyramidView | None = None,
    ) -> Place:
        """What the latent of x shows, the handles seen near where they are expected [P, 2].

        With the `view` of the first picture they are exactly there.
        """
        rows, seen = self._moves.apply(x), expected
        if view is None:
            view, (seen, misfit) = self._looks.find(rows, expected)
        else:
            misfit = self._looks.misfit(view, seen)
        lost, doubtful = (tuple((misfit > most).tolist()) for most in (LOST, min(LOST, DOUBTFUL)))
        return Place(x, rows, seen, misfit.mean(), lost, doubtful, view)

    def _stand(self, place: Place) -> None:
        self._place = place
        if not any(place.lost):
            self._trail.add(place.x, place.seen)
        self.ended = self._is_near(self._place)

    def _is_near(self, place: Place) -> bool:
        distances = self._problem.distances(self._spots(place))
        near = bool((distances <= self._near * self._problem.arrival_distance).all())
        return near and not any(place.lost)
