"""What a drag leaves behind: its picture with its points, and the sentence about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from draggan_server.host.endings import end_sentence, next_sentence
from draggan_server.host.history import after_drag
from draggan_server.host.pairs import Bounds, PointPair
from draggan_server.host.request import LayerT, Request, Spread
from draggan_server.host.sentences import said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import DragFinished, WentToDrag


@dataclass(frozen=True)
class Kept:
    """`result` goes onto a new layer with the `pairs`, in its pixels."""

    result: DragFinished | WentToDrag
    pairs: tuple[PointPair, ...]
    arrived: bool
    sentence: str


def of_drag(finished: DragFinished, request: Request[LayerT], aimed: Sequence[PointPair]) -> Kept:
    """Of a drag; `aimed` is where the hand of a live one was last, which may be outside. Raises
    `BadInput` with the sentence where not one step was done."""
    targets = request.targets
    if request.live and aimed:
        inside = Bounds.of_picture(request.pixels.width, request.pixels.height)
        targets = tuple(inside.nearest(pair.target) for pair in aimed)
    sentence = end_sentence(finished, targets)
    if finished.steps == 0:
        raise BadInput(sentence)
    following = next_sentence(finished)
    if isinstance(request, Spread):
        following = tr(said.SPREAD, first=request.first, last=request.last)
    sentence = " ".join(filter(None, (sentence, following)))
    asked = aimed if request.live and aimed else request.pairs
    pairs = tuple(map(PointPair.dragged_to, asked, finished.handle_points, targets))
    return Kept(finished, pairs, finished.reason == "arrived", sentence)


def of_return(went: WentToDrag, request: Request[LayerT], position: int) -> Kept:
    """Of going back to where the picture was after so many of its drags."""
    sentence = tr(said.WENT_BACK, moment=after_drag(position))
    if went.paint_replaced:
        sentence = f"{sentence} {tr(said.PAINT_REPLACED)}"
    return Kept(went, request.pairs, False, sentence)
