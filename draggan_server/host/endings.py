"""How a drag ended, in words, in both hosts and on the command line."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from draggan_server.host.progress import mean_distance
from draggan_server.host.sentences import said
from draggan_server.host.translation import decimal, tr, tr_count
from draggan_server.wire.messages import DragFinished
from draggan_server.wire.state import Point

_AT_ONCE = {
    "arrived": said.NOTHING_TO_DO,
    "stalled": said.STALLED_AT_ONCE,
    "lost": said.LOST_AT_ONCE,
}
_AFTER_STEPS = {
    "stalled": said.STALLED,
    "lost": said.LOST,
    "max-steps": said.MAX_STEPS,
    "stopped": said.STOPPED,
}
_NEXT = {
    "arrived": said.DRAG_ON,
    "max-steps": said.START_TO_GO_ON,
    "stopped": said.START_TO_GO_ON,
}


def end_sentence(finished: DragFinished, targets: Sequence[Point]) -> str:
    """How a drag ended, how near it came in the layer's pixels, and what of the layer it replaced.

    `targets` are in the layer's pixels.
    """
    advice = _advice(finished.handle_points, targets)
    if finished.steps == 0:
        return tr(_AT_ONCE.get(finished.reason, said.STOPPED_AT_ONCE), advice=advice)
    arrived = finished.reason == "arrived"
    sentence = tr_count(
        said.ARRIVED if arrived else said.TOOK,
        finished.steps,
        seconds=decimal(finished.seconds),
        distance=decimal(mean_distance(finished.handle_points, targets)),
    )
    if not arrived:
        ended = _AFTER_STEPS.get(finished.reason, said.ENDED)
        sentence = tr(ended, took=sentence, advice=advice)
    return f"{sentence} {tr(said.PAINT_REPLACED)}" if finished.paint_replaced else sentence


def _advice(handles: Sequence[Point], targets: Sequence[Point]) -> str:
    """What to do where the points come no nearer: the first two that want to go away from each
    other by more than they are apart cannot both arrive."""
    pairs = enumerate(zip(handles, targets, strict=True), start=1)
    for (one, (a, a_goal)), (other, (b, b_goal)) in itertools.combinations(pairs, 2):
        away, apart = math.dist(a_goal, b_goal), math.dist(a, b)
        if away > 2 * apart and _is_opposed(a, a_goal, b, b_goal):
            return tr(said.AGAINST, one=one, other=other)
    return tr(said.NO_NEARER)


def _is_opposed(a: Point, a_goal: Point, b: Point, b_goal: Point) -> bool:
    one = a_goal[0] - a[0], a_goal[1] - a[1]
    other = b_goal[0] - b[0], b_goal[1] - b[1]
    return one[0] * other[0] + one[1] * other[1] < 0


def next_sentence(finished: DragFinished) -> str:
    """What can be done after a drag that ended so; empty where nothing needs to be said."""
    following = _NEXT.get(finished.reason)
    return "" if following is None else tr(following)
