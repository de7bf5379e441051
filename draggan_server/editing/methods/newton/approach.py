"""What a search does once it rests: whether there is a better place, and what has arrived."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import cached_property

import torch

from draggan_server.editing.methods.newton import meant, parted, thrift
from draggan_server.editing.methods.newton.company import Company
from draggan_server.editing.methods.newton.home import Home
from draggan_server.editing.methods.newton.meant import Move
from draggan_server.editing.methods.newton.minimum_norm import MANY, MinimumNorm
from draggan_server.editing.methods.newton.motion import Motion
from draggan_server.editing.methods.newton.place import Place
from draggan_server.editing.methods.newton.retrace import parts, strayed
from draggan_server.editing.methods.newton.search import Search
from draggan_server.editing.methods.newton.silhouette import may_stand
from draggan_server.editing.methods.newton.standing import either, merit
from draggan_server.editing.methods.newton.stillness import goes_far
from draggan_server.editing.methods.newton.thrift import Cost
from draggan_server.editing.methods.newton.trail import Known, Trail
from draggan_server.editing.problem import DragStep

RELAXED = 8
"""Times that a search which has ended is led back to what the mapping network makes, at most."""
ARRIVED = 2
"""Of these, times that it had arrived or arrives by it: a third one changes nothing."""
CLEAR = 0.6
"""With a mask: handles whose discs differ by less are no part of what is molten."""
FINE = 100
"""Parts of a way, of which one is gone back to."""
BACK = 2
"""Steps by which handles come back to where they were."""


class Approach(Search):
    """A search that, once it has ended, looks for a better place and doubts what it sees.

    With it go a near drag's thrift, what is rather meant and rows that have parted, a far one's way
    back to what the mapping network makes, and the last look at whether it is the handles that have
    arrived.
    """

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
            if self._problem.movable_mask is None and self.standing.arrived:
                yield from self._spare()
                yield from self._reconsider()
                yield from self._rejoin()
        else:
            yield from self._lead_back()
            if not (self._is_seen_there() and self._doubt()):
                return
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
        motion: Motion | None = None
        for _ in range(thrift.STEPS):
            place, cost = self._place, self._stillness.cost(self._place.x, way)
            if cost is None:
                return
            change = self._stillness.of_thrift(way, cost.weight)
            # Handles hardly move otherwise than at the place before: that saves most last looks.
            if motion is not None and not self._is_worth_a_step(motion, change, cost):
                return
            motion = self._motion(place)
            if not self._is_worth_a_step(motion, change, cost):
                return
            for _ in range(BACK):
                place = self._step(place, 1.0, gone=place.x, change=change)
                if self._is_as_near(place):
                    break
            spared = self._stillness.cost(place.x, way)
            if not self._is_as_near(place) or spared is None or not spared.is_less_than(cost):
                return
            if float(place.misfit) > thrift.UNLIKE * float(self._place.misfit):
                return  # something else is there now
            self._number += 1
            self._stand(place)
            yield self.standing

    def _is_worth_a_step(self, motion: Motion, change: MinimumNorm, cost: Cost) -> bool:
        """Whether a step, `change` being what counts, takes enough off a cost, if the handles move
        like `motion` where it stands."""
        x, way = self._place.x, self._step_of(self._goal - self._place.seen)
        ahead = self._ahead(motion, x, way, change, gone=x)
        spared = self._stillness.cost(ahead.x, self._problem.farthest_way)
        return spared is not None and spared.is_less_than(cost)

    def _reconsider(self) -> Generator[DragStep, None, None]:
        """Go where it is the whole that moves, or a part of it, if that is rather meant."""
        way, move = self._problem.farthest_way, self._move(self._place)
        if move is None or bool(self._trail.first.x.any()):
            return
        if move.may_be_the_whole:
            yield from self._go_as_a_whole(self._stillness.of_whole(way))
        move = self._move(self._place)
        if move is not None and move.may_be_a_part:
            yield from self._go_by_a_part(self._stillness.of_thrift(way, thrift.HEAVIEST))

    def _go_as_a_whole(self, change: MinimumNorm) -> Generator[DragStep, None, None]:
        """By steps from the press, `change` being what counts, as long as that may be meant."""
        here, first = self._move(self._place), self._trail.first
        way = float((self._goal - first.seen).norm(dim=1).mean())
        place = self._begun(change)
        for _ in range(meant.STEPS):
            there, has_come = self._move(place), self._has_come(place)
            share = 1.0 if has_come else 1 - float(self._left(place).mean()) / way
            if not (here and there) or share <= 0:
                return
            if not there.after_the_way(share).is_rather_meant_than(here, whole=True):
                return
            if has_come:
                self._number += 1
                self._stand(place)
                yield self.standing
                return
            place = self._step(place, 1.0, gone=place.x, change=change)

    def _begun(self, change: MinimumNorm) -> Place:
        """Where the first step from the press leads to."""
        first, pressed = self._trail.first, self._at_press
        if pressed is None:
            return self._step(self._look(first.x, first.seen), 1.0, first.x, change)
        ahead = self._ahead(pressed, first.x, self._step_of(self._goal - first.seen), change)
        return self._look(ahead.x, ahead.seen)

    @property
    def _at_press(self) -> Motion | None:
        """How the handles move where the trail begins, if that is known."""
        pressed = self._pressed
        known = pressed is not None and torch.equal(pressed.points, self._trail.first.seen)
        return pressed if known else None

    def _go_by_a_part(self, change: MinimumNorm) -> Generator[DragStep, None, None]:
        """By steps, `change` being what counts: where a part may not show where it stands that it
        could move, from far away, and else from there."""
        here, place = self._move(self._place), None
        if here is not None and here.may_hide_a_part:
            far = self._far_by_a_part(here, change)
            place = far and self._by_a_part(far, change, meant.STEPS_BACK)
        place = place or self._by_a_part(self._place, change, meant.STEPS)
        if place is not None:
            self._number += 1
            self._stand(place)
            yield self.standing
            yield from self._spare()

    def _by_a_part(self, place: Place, change: MinimumNorm, steps: int) -> Place | None:
        """Where so many steps from a place arrive, if that is rather meant than where it stands."""
        for _ in range(steps):
            place = self._step(place, 1.0, gone=place.x, change=change)
            if self._is_as_near(place):
                break
        else:
            return None
        here, there = self._move(self._place), self._move(place)
        if here and there and there.is_rather_meant_than(here, whole=False):
            return place
        return None

    def _far_by_a_part(self, here: Move, change: MinimumNorm) -> Place | None:
        """Where the handles have begun to move by a part, far from the press, `change` being what
        counts, if that changes less than the move `here`."""
        first, way = self._trail.first, self._problem.farthest_way
        place, most = None, meant.LESS * here.cost.change
        for _ in range(meant.FAR_STEPS):
            motion = self._motion(place) if place else self._at_press
            motion = motion or self._motion(self._look(first.x, first.seen))
            move, _ = motion.solve(change, self._goal - first.seen, self._held)
            cost = self._stillness.cost(move, way)
            if cost is None or cost.change * meant.FAR / cost.far >= most:
                return None
            seen = place.seen if place else first.seen
            place = self._look(move * (meant.FAR / cost.far) ** 0.5, seen)
            if float(place.misfit) > meant.BEGUN:
                return place
        return None

    def _is_as_near(self, place: Place) -> bool:
        """Whether it is as near as a search goes, or as that stands which has arrived."""
        left = self._left(place) <= self._left(self._place)
        return self._has_come(place) or (bool(left.all()) and not any(place.doubtful))

    def _rejoin(self) -> Generator[DragStep, None, None]:
        """Bring rows that have parted together again, as long as the handles stay."""
        place, move = self._place, self._move(self._place)
        if move is None or not parted.have_parted(move, len(self._problem.handle_points)):
            return
        change, best = self._stillness.of_parted(self._problem.farthest_way), None
        for _ in range(parted.STEPS):
            place = self._step(place, 1.0, gone=place.x, change=change)
            if self._has_come(place) and parted.may_rejoin(move, self._move(place)):
                best = place
        if best is not None:
            self._number += 1
            self._stand(best)
            yield self.standing

    def _move(self, place: Place) -> Move | None:
        cost = self._stillness.cost(place.x, self._problem.farthest_way)
        return Move(cost, float(place.misfit)) if cost and bool(place.misfit) else None

    def _is_seen_there(self) -> bool:
        """Whether what may be the handles is seen at their targets."""
        distances = self._problem.distances(self._spots(self._place))
        return bool((distances <= self._problem.arrival_distance).all())

    def _doubt(self) -> bool:
        """Whether some handle, followed once more from the press, is not what has arrived, or what
        lies about it has gone farther. Where the latter is sure it goes back."""
        place, first = self._place, self._trail.first
        here = Known(place.x, place.seen)
        side = max(self._problem.generator.img_resolution)
        way = list(self._at_home.way(first.x, here.x, parts(first, here, side)))
        gone = strayed(lambda x, seen: self._look(x, seen).seen, way, first, here, side)
        company = Company(self._problem, self._moves, self._every[0], first)
        followed = company.follow(way, here)
        ahead = company.gone_ahead(followed)
        self._place = replace(place, doubtful=either(place.doubtful, gone, ahead))
        share = company.back(followed)
        if share is not None:
            self._go_back(share)
        return any(gone) or any(ahead)

    def _go_back(self, share: float) -> None:
        """Stand at that share of the way, where what lies about handles that have slid says that
        they are at their targets. What is not surely seen is taken to be there."""
        slid, first = self._place, self._trail.first
        way = self._at_home.way(first.x, slid.x, FINE)
        back = self._look(way[max(round(share * FINE), 1) - 1], self._goal)
        doubtful = either(back.doubtful, slid.doubtful)
        unsure = torch.tensor(doubtful, device=back.seen.device)[:, None]
        seen = torch.where(unsure, self._goal, back.seen)
        self._place = replace(back, seen=seen, doubtful=doubtful)
        self._trail = self._trail.beginning()

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

    @cached_property
    def _at_home(self) -> Home:
        return Home(self._problem, self._moves)

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
