"""The search of `newton`: Gauss-Newton steps, each a line search on the tracked distance."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

import torch

from draggan_server.editing.features.levels import Level
from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.methods.newton import meant, thrift
from draggan_server.editing.methods.newton.asked import asked
from draggan_server.editing.methods.newton.company import Company
from draggan_server.editing.methods.newton.footing import Footing
from draggan_server.editing.methods.newton.handle_tracker import LONGEST
from draggan_server.editing.methods.newton.home import Home
from draggan_server.editing.methods.newton.lead import Lead, by_coarse, drift
from draggan_server.editing.methods.newton.meant import Move
from draggan_server.editing.methods.newton.minimum_norm import MANY, MinimumNorm
from draggan_server.editing.methods.newton.motion import Motion
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.methods.newton.place import DOUBTFUL, LOST, Place
from draggan_server.editing.methods.newton.retrace import parts, strayed
from draggan_server.editing.methods.newton.silhouette import may_stand
from draggan_server.editing.methods.newton.standing import either, merit, not_arrived
from draggan_server.editing.methods.newton.stillness import goes_far
from draggan_server.editing.methods.newton.trail import Known, Trail
from draggan_server.editing.methods.newton.turn import turns
from draggan_server.editing.problem import DragProblem, DragStep

PROGRESS = 0.98
"""A step is a success if the mean distance after it is at most this part of that before."""

SHORTEST = 1 / 4
"""Part of a full step. When even that is no success the search has ended."""

MOST_LOST = 0.5
"""Share of the handles: where so many are lost, the picture is not one to go on from. Of many
points some may be covered on the way."""

RELAXED = 8
"""Times that a search which has ended is led back to what the mapping network makes, at most."""
ARRIVED = 2
"""Of these, times that it had arrived or arrives by it: a third one changes nothing."""
CLEAR = 0.6
"""With a mask: handles whose discs differ by less are no part of what is molten."""
BACK = 2
"""Steps by which handles come back to where they were."""


class Approach:
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
        self._drift = drift(problem, self._moves)
        self._see_turns()
        self._pressed: Motion | None = None
        self._home: Home | None = None
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

    def settle(self) -> Generator[DragStep, None, None]:
        """At rest, look for a better place: where the handles have not arrived on the way from the
        beginning, straight on, and then back among the latents that the model knows.

        In the end, or when it is left off, the search stands at a place that is at least as near
        as that where it stood, but for a mask (`relax`).
        """
        if self.ended:
            yield from self._straight_on()
            yield from self.relax()

    def _straight_on(self) -> Generator[DragStep, None, None]:
        if self.standing.arrived:
            return
        place, trail, before = self._place, self._trail, self.standing
        self._trail = trail.beginning()
        first = self._trail.first
        self._stand(self._look(first.x, first.seen))
        self._length = 1.0
        try:
            for _ in range(self._problem.config.max_steps):
                if self.ended:
                    break
                yield self.advance()
        finally:
            if merit(self.standing) <= merit(before):
                self._place, self._trail, self.ended = place, trail, True

    def relax(self) -> Generator[DragStep, None, None]:
        """After a near way of a few handles take back what they do not need, and look for what is
        rather meant. After a far one go back to latents that the model knows, as far as the handles
        stay, and on from there; then look whether it is the handles that have arrived.

        Where the search had not arrived, it may do so now: the picture is clearer. There the
        handles may give way, too, if what that leads to is nearer in the end. May be left off.
        With a mask what moves is meant, and what does not arrive stays there rather than melt.
        """
        if len(self._problem.handle_points) > MANY:
            return
        yield from self._relax()
        gone = self._is_gone or any(self.lost)
        if self.ended and not (self.standing.arrived or gone) and may_stand(self._problem):
            yield from self._by_what_is_ahead()

    def _relax(self) -> Generator[DragStep, None, None]:
        if not goes_far(self._problem):
            if self._problem.movable_mask is None and self._has_come(self._place):
                yield from self._spare()
                yield from self._reconsider()
        else:
            yield from self._lead_back()
            if self.standing.arrived and self._doubt():
                self._number += 1
                yield replace(self.standing, stalled=True, lost=True)

    def _by_what_is_ahead(self) -> Generator[DragStep, None, None]:
        """Search once more from the press, by the half of each disc that lies ahead. What this
        leads to counts if it arrives."""
        place, trail, looks = self._place, self._trail, self._looks
        first = trail.first
        ways = self._problem.target_points - first.seen
        pressed = replace(self._problem, handle_points=first.seen)
        rows = self._moves.apply(first.x)
        each = [self._at_first] if self._at_first is self._every else [self._at_first, self._every]
        arrived = False
        try:
            for every in each:
                looks_ahead = self._footing.press_ahead(pressed, ways, every, self._moves, rows)
                self._looks, view = looks_ahead
                self._trail, self._length = trail.beginning(), 1.0
                self._stand(self._look(first.x, first.seen, view))
                for _ in range(self._problem.config.max_steps):
                    if self.ended:
                        break
                    yield self.advance()
                if self.standing.arrived:
                    yield from self._relax()
                arrived = self.standing.arrived
                if arrived:
                    break
        finally:
            self._looks = looks
            if not arrived:
                self._place, self._trail, self.ended, self._is_gone = place, trail, True, False
        if not arrived:
            self._number += 1
            yield replace(self.standing, stalled=True)

    def _spare(self) -> Generator[DragStep, None, None]:
        way = self._problem.farthest_way
        for _ in range(thrift.STEPS):
            place, cost = self._place, self._stillness.cost(self._place.x, way)
            if cost is None:
                return
            change = self._stillness.of_thrift(way, cost.weight)
            for _ in range(BACK):
                place = self._step(place, 1.0, gone=place.x, change=change)
                if self._has_come(place):
                    break
            spared = self._stillness.cost(place.x, way)
            if not self._has_come(place) or spared is None or not spared.is_less_than(cost):
                return
            if float(place.misfit) > thrift.UNLIKE * float(self._place.misfit):
                return  # something else is there now
            self._number += 1
            self._stand(place)
            yield self.standing

    def _reconsider(self) -> Generator[DragStep, None, None]:
        """Go where it is the whole that moves, or a part of it, if that is rather meant."""
        first, way = self._trail.first, self._problem.farthest_way
        move = self._move(self._place)
        if move is None or bool(first.x.any()):
            return
        if move.may_be_the_whole:
            change = self._stillness.of_whole(way)
            yield from self._go_if_meant(self._look(first.x, first.seen), change, whole=True)
        move = self._move(self._place)
        if move is not None and move.may_be_a_part:
            change = self._stillness.of_thrift(way, thrift.HEAVIEST)
            yield from self._go_if_meant(self._place, change, whole=False)

    def _go_if_meant(
        self, place: Place, change: MinimumNorm, *, whole: bool
    ) -> Generator[DragStep, None, None]:
        """By steps from a place, `change` being what counts."""
        for _ in range(meant.STEPS):
            place = self._step(place, 1.0, gone=place.x, change=change)
            if self._has_come(place):
                break
        else:
            return
        here, there = self._move(self._place), self._move(place)
        if here and there and there.is_rather_meant_than(here, whole=whole):
            self._number += 1
            self._stand(place)
            yield self.standing
            if not whole:
                yield from self._spare()

    def _move(self, place: Place) -> Move | None:
        cost = self._stillness.cost(place.x, self._problem.farthest_way)
        return Move(cost, float(place.misfit)) if cost and bool(place.misfit) else None

    def _has_come(self, place: Place) -> bool:
        return self._is_near(place) and not any(place.doubtful)

    def _doubt(self) -> bool:
        """Whether some handle, followed once more from the press, is not what has arrived, or what
        lies about it has gone farther."""
        place, first = self._place, self._trail.first
        here = Known(place.x, place.seen)
        side = max(self._problem.generator.img_resolution)
        way = list(self._at_home.way(first.x, here.x, parts(first, here, side)))
        gone = strayed(lambda x, seen: self._look(x, seen).seen, way, first, here, side)
        company = Company(self._problem, self._moves, self._every[0], first)
        ahead = company.gone_ahead(way, here)
        self._place = replace(place, doubtful=either(place.doubtful, gone, ahead))
        return any(gone) or any(ahead)

    def _lead_back(self) -> Generator[DragStep, None, None]:
        arrived, undone = 0, False
        homes: list[tuple[Place, Trail]] = []
        for _ in range(RELAXED):
            before, trail, standing = self._place, self._trail, self.standing
            place = self._relaxed()
            gives_way = place is None
            if place is None:
                if standing.arrived:
                    return
                place = self._look(self._at_home.nearest(before.x), before.seen)
                if any(place.lost):
                    break
                self._trail = trail.beginning()
            homes.append((place, self._trail))
            self._number += 1
            self._length = 1.0
            self._stand(place)
            try:
                yield self.standing
                if self.ended:
                    arrived += 1
                if arrived == ARRIVED:
                    return
                while not self.ended:
                    yield self.advance()
            finally:
                if gives_way and merit(self.standing) <= merit(standing):
                    self._place, self._trail, self.ended, undone = before, trail, True, True
            if undone:
                break
        if homes and self._problem.movable_mask is not None and not self.standing.arrived:
            self._stay_home(homes)
        elif not undone:
            return
        self._number += 1
        yield replace(self.standing, stalled=True, lost=any(self.lost))

    def _stay_home(self, homes: Sequence[tuple[Place, Trail]]) -> None:
        """Stand here if the handles are clearly seen, else at the nearest of these places of what
        the mapping network makes: what is held pulls rows apart, and what is nearer melts."""
        if float(self._place.misfit) > CLEAR:
            sure = [home for home in homes if not any(home[0].doubtful)] or homes
            nearest = min(sure, key=lambda home: float(self._left(home[0]).mean()))
            self._place, self._trail = nearest

    @property
    def _at_home(self) -> Home:
        if self._home is None:
            self._home = Home(self._problem, self._moves)
        return self._home

    def _relaxed(self) -> Place | None:
        """Where that leads to, if the handles are seen as near to their targets there."""
        before = self._place
        near = self._near * float(self._problem.arrival_distance.mean())
        enough = max(float(self._left(before).mean()), near)
        led = self._at_home.nearest(before.x)
        for share in (1.0, 0.5):
            x = before.x.lerp(led, share)
            place = self._look(x, before.seen)
            for _ in range(BACK):
                if self._is_near(place) or any(place.lost):
                    break
                place = self._step(place, 1.0, gone=place.x - x)
            pairs = zip(place.doubtful, before.doubtful, strict=True)
            doubtful = any(now and not then for now, then in pairs)
            if not doubtful and float(self._left(place).mean()) <= enough:
                return place
        return None

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
            self._turns = turns(self._problem, self._moves)
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
            self._lead = Lead.of_moves(starts, moved, self._drift @ move, behind, more, detail)

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
        motion = self._motion(place)
        way = length * self._step_of(self._goal - place.seen)
        move, moved = motion.solve(change or self._change, way, self._held, gone)
        return self._look(place.x + move, self._problem.inside(place.seen + moved))

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
