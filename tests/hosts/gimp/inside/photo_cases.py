"""A layer that no model has drawn, dragged without a dialog."""

from __future__ import annotations

import json
import os

from document import call, drag, new_image, pixels, sample, state
from gi.repository import Gegl, Gimp

_SIDE = 256
_U16 = "R'G'B'A u16"
_CHIN = [[130.5, 188.5, 130.5, 200.5]]


def _photo() -> tuple[Gimp.Image, Gimp.Layer]:
    """A lion of which nothing is known, in an image of 16 bits that has them all, in its corner."""
    image = new_image(_SIDE, _SIDE, precision=Gimp.Precision.U16_NON_LINEAR)
    layer = sample(image, seed=8)
    layer.detach_parasite("draggan-state")
    area = Gegl.Rectangle.new(0, 0, _SIDE, _SIDE)
    values = memoryview(bytearray(_deep(layer))).cast("H")
    for place in range(0, len(values), 4):
        values[place] = max(values[place] - place // 4 % 97, 0)
    buffer = layer.get_buffer()
    buffer.set(area, _U16, bytes(values))
    buffer.flush()
    return image, layer


def _deep(layer: Gimp.Layer) -> bytes:
    area = Gegl.Rectangle.new(0, 0, _SIDE, _SIDE)
    return bytes(layer.get_buffer().get(area, 1.0, _U16, Gegl.AbyssPolicy.NONE))


def case_outside_of_the_selection_all_16_bits_stay() -> None:
    image, layer = _photo()
    left, top, side = 16, 24, 224
    image.select_rectangle(Gimp.ChannelOps.REPLACE, left, top, side, side)
    answer = drag(image, layer, _CHIN, model="toy-lion")
    assert answer.ok, answer
    found = state(answer.layer)["content"]
    assert [found["width"], found["height"]] == [side, side]
    assert state(layer) is None  # a script changes nothing but what it is asked for
    before, after = _deep(layer), _deep(answer.layer)
    changed = [
        divmod(place // 8, _SIDE)
        for place in range(0, len(before), 8)
        if before[place : place + 8] != after[place : place + 8]
    ]
    assert len(changed) > 1000
    assert all(top <= y < top + side and left <= x < left + side for y, x in changed)
    again = drag(image, answer.layer, _CHIN)
    assert again.ok, again
    assert len(state(again.layer)["drags"]) == 2


def _wide() -> tuple[Gimp.Image, Gimp.Layer, dict[str, str]]:
    """A lion of which nothing is known, at the right of a wide layer, and what tells of it."""
    image = new_image(700, _SIDE)
    layer = sample(image, seed=8)
    layer.detach_parasite("draggan-state")
    layer.set_offsets(400, 0)
    layer.resize(700, _SIDE, 400, 0)
    eyes_and_mouth = [[509.5, 107.5], [559.5, 107.5], [534.5, 150.5]]
    return image, layer, {"model": "toy-lion", "face": json.dumps(eyes_and_mouth)}


def _is_at_the_right(layer: Gimp.Layer) -> None:
    found = state(layer)["content"]
    assert found["width"] < 450, found["width"]
    region = json.loads(bytes(layer.get_parasite("draggan-region").get_data()))
    assert region["region"][0] > 250, region


def case_a_face_says_where_to_look() -> None:
    image, layer, told = _wide()
    answer = call("invert", image, [layer], **told, quality="fast")
    assert answer.ok, answer
    _is_at_the_right(layer)
    refused = drag(image, layer, [[530.5, 188.5, 530.5, 200.5]], face=told["face"])
    assert layer.get_name() in refused.message, refused


def case_a_photo_is_dragged_where_its_face_is_told() -> None:
    image, layer, told = _wide()
    answer = drag(image, layer, [[530.5, 188.5, 530.5, 200.5]], **told)
    assert answer.ok, answer
    _is_at_the_right(answer.layer)
    assert len(state(answer.layer)["drags"]) == 1
    assert state(layer) is None
    beside = drag(image, layer, [[30.5, 188.5, 30.5, 200.5]], **told)
    assert not beside.ok, beside


def case_a_model_that_is_not_there() -> None:
    image, layer = _photo()
    answer = drag(image, layer, _CHIN, model="no-such-model")
    assert "no-such-model" in answer.message, answer


def case_a_state_of_a_model_that_is_not_there() -> None:
    """The document was made where there is another model: it is named, and how to get it."""
    public = os.environ["DRAGGAN_TEST_PUBLIC_MODEL"]
    for name, how in (
        ("no-such-model", "'draggan models list' says which others are available"),
        (public, f"Get it with: draggan models pull {public}"),
    ):
        image = new_image(_SIDE, _SIDE)
        layer = sample(image, seed=8)
        text = json.dumps({**state(layer), "model": name})
        layer.attach_parasite(Gimp.Parasite.new("draggan-state", 3, text.encode()))
        before, layers = pixels(layer), image.get_layers()
        answer = drag(image, layer, _CHIN)
        assert not answer.ok, answer
        assert f"“{name}”" in answer.message, answer
        assert how in answer.message, answer
        assert (image.get_layers(), pixels(layer)) == (layers, before)
