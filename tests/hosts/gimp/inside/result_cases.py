"""Results that go into the same layer, in images of every depth, and into a group, for scripts."""

from __future__ import annotations

import os
import random
import struct
from pathlib import Path

from document import call, drag, file, new_image, pixels, sample, state
from gi.repository import Gegl, Gimp

SEED, SIDE = 8, 256
SELECTED = (90, 150, 80, 90)
CHIN_DOWN = [[130.5, 188.5, 130.5, 200.5]]
folder = Path(os.environ["DRAGGAN_TEST_FOLDER"])


def lion(precision: Gimp.Precision, noisy: str = "") -> tuple[Gimp.Image, Gimp.Layer]:
    """With noise that 8 bits cannot hold, in the format of that name."""
    image = new_image(SIDE, SIDE, precision=precision)
    layer = sample(image, SEED)
    if noisy:
        chance, area, buffer = random.Random(1), Gegl.Rectangle.new(0, 0, SIDE, SIDE), None
        buffer = layer.get_buffer()
        letter, most = {"u16": ("H", 100), "u32": ("I", 2**23), "float": ("f", 2**-12)}[noisy]
        form, count = f"R'G'B'A {noisy}", 4 * SIDE * SIDE
        data = buffer.get(area, 1.0, form, Gegl.AbyssPolicy.NONE)
        values = list(struct.unpack(f"={count}{letter}", bytes(data)))
        for at in range(count):
            if at % 4 < 3:
                values[at] = type(values[at])(abs(values[at] - chance.random() * most))
        buffer.set(area, form, struct.pack(f"={count}{letter}", *values))
        buffer.flush()
        layer.update(0, 0, SIDE, SIDE)
    return image, layer


def save(image: Gimp.Image, name: str) -> None:
    path = str(folder / f"{name}.xcf")
    assert Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file(path), None)


def check_rewritten(image: Gimp.Image, layer: Gimp.Layer, name: str) -> None:
    precision = image.get_precision()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *SELECTED)
    save(image, f"{name}-before")
    answer = drag(image, layer, CHIN_DOWN, result="same-layer")
    assert answer.ok, answer
    assert answer.layer == layer
    assert image.get_layers() == [layer]
    assert image.get_precision() == precision
    assert len(state(layer)["drags"]) == 1
    assert not Gimp.Selection.is_empty(image)
    save(image, f"{name}-after")


def case_8_bits() -> None:
    check_rewritten(*lion(Gimp.Precision.U8_NON_LINEAR), "u8")


def case_16_bits() -> None:
    check_rewritten(*lion(Gimp.Precision.U16_NON_LINEAR, "u16"), "u16")


def case_32_bits() -> None:
    check_rewritten(*lion(Gimp.Precision.U32_NON_LINEAR, "u32"), "u32")


def case_floats() -> None:
    check_rewritten(*lion(Gimp.Precision.FLOAT_NON_LINEAR, "float"), "float")


def case_a_photo_of_16_bits() -> None:
    image, layer = lion(Gimp.Precision.U16_NON_LINEAR, "u16")
    layer.detach_parasite("draggan-state")
    assert call("invert", image, [layer], model="toy-lion", quality="fast").ok
    check_rewritten(image, layer, "photo")
    assert state(layer)["content"]["kind"] == "photo", state(layer)["content"]


def case_a_result_goes_back_to_what_the_layer_was() -> None:
    image, layer = lion(Gimp.Precision.U8_NON_LINEAR)
    before = pixels(layer)
    assert drag(image, layer, CHIN_DOWN, result="same-layer").layer == layer
    assert pixels(layer) != before
    back = call("history", image, [layer], position=0)
    assert pixels(back.layer) == before


def case_a_layer_in_a_group_with_a_mode_of_its_own_looks_the_same_in_the_new_one() -> None:
    image, layer = lion(Gimp.Precision.U8_NON_LINEAR)
    below = image.flatten()
    layer = sample(image, SEED + 1)
    layer.set_mode(Gimp.LayerMode.MULTIPLY)
    answer = drag(image, layer, CHIN_DOWN, result="group")
    assert answer.ok, answer
    group = layer.get_parent()
    assert image.get_layers() == [group, below]
    arrows, result, source = group.get_children()
    assert (result, source) == (answer.layer, layer)
    assert not source.get_visible()
    assert group.get_mode() == Gimp.LayerMode.PASS_THROUGH
    arrows.set_visible(False)
    seen = pixels(image.duplicate().flatten())
    plain = image.duplicate()
    plain.get_layers()[0].set_mode(Gimp.LayerMode.NORMAL)
    assert pixels(plain.flatten()) != seen  # without its multiplication it would look otherwise


def case_another_place_is_refused_with_those_that_there_are() -> None:
    image, layer = lion(Gimp.Precision.U8_NON_LINEAR)
    answer = drag(image, layer, CHIN_DOWN, result="beside")
    assert answer.status == Gimp.PDBStatusType.CALLING_ERROR
    assert "beside" in answer.message, answer.message
    assert "new-layer, same-layer, group" in answer.message, answer.message
