"""What scripts are told of a layer, photos that they have shown, and drags that they go back to."""

from __future__ import annotations

import json
from typing import Any

from document import call, drag, new_image, pixels, sample, state
from gi.repository import Gimp

_CHIN = [[130.5, 188.5, 130.5, 200.5]]


def told(image: Gimp.Image, layer: Gimp.Layer) -> dict[str, Any]:
    answer = call("info", image, [layer])
    assert answer.ok, answer
    return json.loads(answer.layer)  # a text


def case_a_picture_tells_where_it_comes_from() -> None:
    image = new_image(256, 256)
    lion = sample(image, seed=8)
    known = told(image, lion)
    assert (known["known"], known["model"], known["sample"]["seed"]) == (True, "toy-lion", 8)
    assert (known["drags"], known["position"], known["photo"]) == ([], 0, None)
    dragged = drag(image, lion, _CHIN)
    known = told(image, dragged.layer)
    (one,) = known["drags"]
    assert (one["points"], one["method"], known["position"]) == (1, "newton", 1)
    assert one["steps"] > 0


def case_a_drag_is_gone_back_to() -> None:
    image = new_image(256, 256)
    lion = sample(image, seed=8)
    first = drag(image, lion, _CHIN).layer
    second = drag(image, first, [[118.5, 120.5, 118.5, 112.5]]).layer
    before = call("history", image, [second], position=0)
    assert before.ok, before
    assert pixels(before.layer) == pixels(lion)
    assert told(image, before.layer)["position"] == 0
    assert len(state(before.layer)["drags"]) == 2  # it can be gone forward to
    middle = call("history", image, [before.layer], position=1)
    assert pixels(middle.layer) == pixels(first)
    assert len(image.get_layers()) == 5
    refused = call("history", image, [second], position=3)
    assert "have no such position: give one from 0 to 2" in refused.message, refused
    refused = call("history", image, [second], position=-1)
    assert "from 0 to 2" in refused.message, refused


def case_a_photo_is_shown_by_a_model_and_no_pixel_changes() -> None:
    image = new_image(256, 256)
    lion = sample(image, seed=8)
    lion.detach_parasite("draggan-state")
    assert told(image, lion) == {"known": False, "points": []}
    before = pixels(lion)
    answer = call("invert", image, [lion], model="toy-lion", quality="fast")
    assert answer.ok, answer
    known = json.loads(answer.layer)
    assert known == told(image, lion)
    assert known["photo"]["width"] == known["photo"]["height"] == 256
    assert known["photo"]["explained"] > 0.9
    assert pixels(lion) == before
    dragged = drag(image, lion, _CHIN)
    assert dragged.ok, dragged


def case_what_cannot_be_shown_is_refused() -> None:
    image = new_image(256, 256)
    lion = sample(image, seed=8)
    lion.detach_parasite("draggan-state")
    assert "name the model" in call("invert", image, [lion]).message
    refused = call("invert", image, [lion], model="toy-lion", quality="perfect")
    assert "There is no quality “perfect”: give one of fast, normal, best" in refused.message
    unknown = call("history", image, [lion], position=0)
    assert not unknown.ok
    assert "does not know the picture" in unknown.message, unknown
