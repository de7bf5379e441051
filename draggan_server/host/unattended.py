"""What a script asks for: nobody is asked, nothing is shown but how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from draggan_server.host import settings
from draggan_server.host.endings import end_sentence
from draggan_server.host.mixing import sample_of
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.progress import DragMeter
from draggan_server.host.region import Region
from draggan_server.host.request import LayerT, Request, Return
from draggan_server.host.sentences import refusals, said
from draggan_server.host.translation import tr
from draggan_server.host.unknown import MovedPicture
from draggan_server.host.whereabouts import driven
from draggan_server.wire.client import Client
from draggan_server.wire.connector import connect
from draggan_server.wire.errors import BadInput
from draggan_server.wire.face import Marks
from draggan_server.wire.messages import (
    DragFinished,
    DragFrame,
    DragProgress,
    EditOpened,
    Failure,
    GoToDrag,
    ListModels,
    OpenEdit,
    OpenProgress,
    Resumed,
    SavedState,
    WentToDrag,
)
from draggan_server.wire.state import EditState

Tell = Callable[[str, float], None]
"""Gets what goes on, in words, and how far it is, 0 to 1."""


def draw(model: str, seed: int, truncation_psi: float, mixture: str = "") -> EditOpened:
    """The picture that a model draws, the default one where none is named, of a seed or of a
    `mixture` of some, see `mixing.sample_of`. Blocks. Raises `BadInput` for a value out of range,
    before a daemon is started for it."""
    sample = sample_of(model, seed, truncation_psi, mixture)
    with connect() as client:
        sample = replace(sample, model=model or _default_model(client))
        with client.edit(OpenEdit(sample)) as opened:
            return opened


def drag(
    request: Request[LayerT], model: str, tell: Tell, marks: Marks | None = None
) -> DragFinished:
    """Drag a layer with a state, or one that `model` is to show, with a face at `marks`. Blocks.
    Raises `BadInput` where `model` is another one than the layer's, or none, and for what cannot be
    dragged."""
    opening = _opening(request, model, marks)
    meter = DragMeter(request.targets)

    def hear(event: DragProgress | DragFrame | Resumed) -> None:
        if isinstance(event, Resumed):
            tell(tr(said.RESUMED), meter.fraction)
        elif isinstance(event, DragProgress):
            tell(meter.take(event), meter.fraction)

    with connect() as client, client.edit(opening, _seeing(tell)) as edit:
        finished = client.drag(request.message(edit), hear)
    if finished.steps == 0:
        raise BadInput(end_sentence(finished, request.targets))
    return finished


def around(model: str, marks: Marks) -> Region | None:
    """What of a layer a model is to look at, where eyes and mouth are marked; None where nobody
    knows. Blocks."""
    with connect() as client:
        box = client.ask(ListModels()).around(model, marks)
    if box is None:
        return None
    left, top, right, bottom = box
    return Region(left, top, right - left, bottom - top)


def recognise(request: PhotoRequest[LayerT], tell: Tell) -> str:
    """Have the request's model show a photo; returns the state to be kept with it. Blocks. Raises
    `BadInput` where no model is named."""
    if not request.model:
        raise BadInput(refusals.NO_MODEL_NAMED, name=request.layer.name)
    with connect() as client, client.edit(request.message(), _seeing(tell)) as opened:
        return opened.saved_state


def find_again(question: MovedPicture) -> None:
    """Ask the daemon where a layer's picture lies now, which is kept then. Blocks. Raises what it
    answers where that is nowhere."""
    with connect() as client:
        _cause, failure = driven(client, question.steps())
    if isinstance(failure, Failure):
        raise failure.error()


def go_back(request: Return[LayerT]) -> WentToDrag:
    """The request's layer as it was after the first `position` of its drags. Blocks. Raises
    `BadInput` where it has fewer, or none at all."""
    drags = len(EditState.from_json(request.saved_state).drags)
    if not 0 <= request.position <= drags:
        raise BadInput(refusals.NO_SUCH_DRAG, name=request.layer.name, count=drags)
    with connect() as client, client.edit(OpenEdit(SavedState(request.saved_state))) as edit:
        message = GoToDrag(edit.edit_id, edit.revision, request.position, request.pixels)
        return client.ask(message)


def _seeing(tell: Tell) -> Callable[[OpenProgress | Resumed], None]:
    """Tells how far a photo is looked at."""
    share = 0.0

    def hear(event: OpenProgress | Resumed) -> None:
        nonlocal share
        if isinstance(event, Resumed):
            tell(tr(said.RESUMED), share)
        else:
            share = event.share
            tell(tr(said.SEEING_SHARE, percent=round(100 * share)), share)

    return hear


def _opening(request: Request[LayerT], model: str, marks: Marks | None) -> OpenEdit:
    name, state = request.layer.name, request.saved_state
    if state:
        drawn_by = EditState.from_json(state).model
        if model not in ("", drawn_by):
            raise BadInput(refusals.OTHER_MODEL, name=name, drawn_by=drawn_by, model=model)
        return OpenEdit(SavedState(state))
    if not model:
        raise BadInput(refusals.NO_MODEL_NAMED, name=name)
    quality, mask = settings.load().quality, request.movable_mask
    return PhotoRequest(request.layer, model, request.pixels, mask, quality, marks=marks).message()


def _default_model(client: Client) -> str:
    listed = client.ask(ListModels())
    if not listed.models:
        raise BadInput(refusals.NO_MODEL)
    return listed.models[0].name
