"""How a drag ended, in words, in both hosts and on the command line."""

from __future__ import annotations

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
    advice = tr(said.NO_NEARER)
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


def next_sentence(finished: DragFinished) -> str:
    """What can be done after a drag that ended so; empty where nothing needs to be said."""
    following = _NEXT.get(finished.reason)
    return "" if following is None else tr(following)
