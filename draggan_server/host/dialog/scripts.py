"""What is done with a layer for a script, by the name of its command: nobody is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from draggan_server.host import unattended
from draggan_server.host.account import account
from draggan_server.host.corner_points import check_inside, to_image, to_layer
from draggan_server.host.dialog.item import ItemT
from draggan_server.host.dialog.layer import DialogLayer
from draggan_server.host.dialog.placing import add_result
from draggan_server.host.forms.commands import DRAG, HISTORY, INFO, INVERT
from draggan_server.host.given_face import parse_face
from draggan_server.host.kept_pairs import format_pairs, parse_pairs
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import Request, Return
from draggan_server.host.result_place import RESULT_PLACES
from draggan_server.host.sentences import refusals, said
from draggan_server.host.settings import QUALITIES
from draggan_server.host.translation import tr
from draggan_server.host.unattended import Tell
from draggan_server.host.whereabouts import Whereabouts
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.face import Marks
from draggan_server.wire.messages import MIN_LAYER_SIDE, EditOpened

Given = Callable[[str], Any]
"""The value of an argument, by its name."""


def new_picture(given: Given) -> EditOpened:
    """What a model draws. Blocks. Raises as `unattended.draw` does."""
    model, mixture = given("model") or "", given("mixture") or ""
    return unattended.draw(model, given("seed"), given("truncation"), mixture)


def done_for_script(
    command: str, layer: DialogLayer[ItemT], given: Given, tell: Tell
) -> DialogLayer[ItemT] | str:
    """The layer with the result, or what the command tells. Blocks. Raises `BadInput`, and what the
    daemon answers."""
    made: DialogLayer[ItemT] | str = _WORKS[command](layer, given, tell)
    return made


def repeated(request: Request[DialogLayer[ItemT]]) -> Mapping[str, Any]:
    """The arguments with which a script does the same drag again: the same points, or none where
    they are those that the user has drawn by other tools of the editor."""
    pairs, layer = list(request.pairs), request.layer
    if layer.is_there and pairs == layer.path_pairs():
        pairs = []
    return {
        "points": format_pairs(to_image(pairs, layer.offset)),
        "method": request.config.method,
        "max-steps": request.config.max_steps,
        "result": request.place,
    }


def _drag(layer: DialogLayer[ItemT], given: Given, tell: Tell) -> DialogLayer[ItemT]:
    pairs = parse_pairs(given("points") or "[]") or layer.item.path_pairs()
    if not pairs:
        raise BadInput(refusals.NO_POINTS_GIVEN)
    layer, marks = _looked_at(_found_again(layer), given)
    check_inside(pairs, layer.offset, layer.size)
    method, max_steps = given("method") or drag_config().method, given("max-steps")
    place = given("result") or RESULT_PLACES[0]
    if place not in RESULT_PLACES:
        raise BadInput(refusals.NO_RESULT_PLACE, place=place, places=", ".join(RESULT_PLACES))
    request = Request(
        layer,
        layer.saved_state,
        layer.pixels(),
        layer.movable_mask(),
        tuple(to_layer(pairs, layer.offset)),
        drag_config(method=method, max_steps=max_steps),
        place=place,
    )
    tell(tr(said.DRAGGING), 0.0)
    finished = unattended.drag(request, given("model") or "", tell, marks)
    kept = layer.kept_mask()
    return add_result(request, finished.layer, finished.saved_state, painted=kept)


def _recognise(layer: DialogLayer[ItemT], given: Given, tell: Tell) -> str:
    photo, quality = layer.as_photo(), given("quality") or "normal"
    if quality not in QUALITIES:
        raise BadInput(refusals.NO_QUALITY, quality=quality, qualities=", ".join(QUALITIES))
    tell(tr(said.SEEING), 0.0)
    photo, marks = _looked_at(photo, given)
    model, mask, shown = given("model") or "", photo.movable_mask(), photo.pixels()
    request = PhotoRequest(photo, model, shown, mask, quality, marks=marks)
    state = unattended.recognise(request, tell)
    photo.check_there()
    photo.keep_state(state)
    return _account(photo.now())


def _looked_at(layer: DialogLayer[ItemT], given: Given) -> tuple[DialogLayer[ItemT], Marks | None]:
    """What of a photo a model is to look at, and the face there, as far as one is given. Raises
    `BadInput` for a face of what is known already, and for one beside the layer."""
    face = given("face") or ""
    marks = parse_face(face, layer.offset)
    if marks is None:
        return layer, None
    if layer.saved_state:
        raise BadInput(refusals.FACE_OF_KNOWN, name=layer.name)
    if layer.item.selected_bounds() is not None:
        return layer, marks
    layer = _around(layer, given("model") or "", marks)
    return layer, parse_face(face, layer.offset)


def _around(photo: DialogLayer[ItemT], model: str, marks: Marks) -> DialogLayer[ItemT]:
    """What of a whole layer the model is to look at. Raises `BadInput` where that is beside it."""
    region = unattended.around(model, marks)
    if region is None:
        return photo
    part = region.overlap(photo.region)
    if min(part.width, part.height) < MIN_LAYER_SIDE:
        raise BadInput(refusals.FACE_OUTSIDE)
    return photo.at(part)


def _go_back(layer: DialogLayer[ItemT], given: Given, _tell: Tell) -> DialogLayer[ItemT]:
    layer.check_known()
    layer = _found_again(layer)
    state, pixels, position = layer.saved_state, layer.pixels(), given("position")
    request = Return(layer, state, pixels, None, (), drag_config(), position=position)
    went = unattended.go_back(request)
    kept = layer.kept_pairs(), layer.kept_mask()
    return add_result(request, went.layer, went.saved_state, *kept)


def _found_again(layer: DialogLayer[ItemT]) -> DialogLayer[ItemT]:
    """The layer with its picture where that lies now. Blocks."""

    def keep(found: Whereabouts) -> None:
        if found.is_new:
            layer.keep_found(found, layer.kept_pairs(), layer.kept_mask(), carries=True)

    question = layer.moved(keep) if layer.saved_state else None
    if question is None:
        return layer
    unattended.find_again(question)
    return layer.now()


def _account(layer: DialogLayer[ItemT], *_given: object) -> str:
    """Points are in image coordinates, as a script gives them."""
    return account(layer.saved_state, to_image(layer.kept_pairs(), layer.offset))


_WORKS: Mapping[str, Callable[[Any, Given, Tell], Any]] = {
    DRAG.name: _drag,
    INVERT.name: _recognise,
    HISTORY.name: _go_back,
    INFO.name: _account,
}
