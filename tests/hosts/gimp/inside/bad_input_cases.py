"""What cannot be done is refused with a sentence, and the document stays as it was.

No daemon can be reached here, so all but the last case are refused before one is needed.
"""

from __future__ import annotations

import json
import struct
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

from document import call, new_image
from gi.repository import Gimp

GOOD = "[[70, 90, 70, 100]]"
STATE = {
    "draggan": 1,
    "model": "toy-lion",
    "model_sha256": "0" * 64,
    "seed": 1,
    "truncation_psi": 0.7,
    "num_ws": 2,
    "w_dim": 3,
    "w_plus": b64encode(struct.pack("<6f", *range(6))).decode(),
    "drags": [],
}


def layer_with_state(
    image: Gimp.Image, side: int = 128, document: Any = STATE, parent: Gimp.Layer | None = None
) -> Gimp.Layer:
    """A layer at (10, 10) that says it can be dragged."""
    kind = {
        Gimp.ImageBaseType.RGB: Gimp.ImageType.RGBA_IMAGE,
        Gimp.ImageBaseType.INDEXED: Gimp.ImageType.INDEXEDA_IMAGE,
    }[image.get_base_type()]
    layer = Gimp.Layer.new(image, "lion", side, side, kind, 100, Gimp.LayerMode.NORMAL)
    if document is not None:
        text = document if isinstance(document, str) else json.dumps(document)
        layer.attach_parasite(Gimp.Parasite.new("draggan-state", 3, text.encode()))
    image.insert_layer(layer, parent, 0)
    layer.set_offsets(10, 10)
    return layer


def refused(name: str, image: Gimp.Image, drawables: list[Any], *words: str, **rest: Any) -> None:
    """The call fails, its message has all the words, and nothing in the document has changed."""
    image.clean_all()
    layers = image.get_layers()
    answer = call(name, image, drawables, **rest)
    assert answer.status == Gimp.PDBStatusType.CALLING_ERROR, answer
    for word in words:
        assert word in answer.message, answer.message
    assert image.get_layers() == layers
    assert not image.is_dirty()


def drag_refused(*words: str, **rest: Any) -> None:
    image = new_image()
    refused("drag", image, [layer_with_state(image)], *words, **{"points": GOOD, **rest})


def case_no_points() -> None:
    drag_refused("no points", "Path tool", points="[]")


def case_a_path_without_a_stroke_of_two_anchors() -> None:
    image = new_image()
    layer = layer_with_state(image)
    path = Gimp.Path.new(image, "p")
    image.insert_path(path, None, 0)
    path.bezier_stroke_new_moveto(50, 50)
    image.set_selected_paths([path])
    refused("drag", image, [layer], "no points", points="[]")


def case_points_that_are_not_json() -> None:
    drag_refused("not JSON", "[[handle x", points="[[1, 2")


def case_points_of_another_shape() -> None:
    drag_refused("not a list of four numbers", points="[[1, 2, 3]]")


def case_points_with_nan() -> None:
    drag_refused("Point 1", "not a finite number", points="[[NaN, 90, 70, 100]]")


def case_a_handle_on_its_target() -> None:
    drag_refused("already at its target", points="[[70, 90, 70, 90]]")


def case_a_handle_outside_the_layer() -> None:
    drag_refused("handle of point 1 at (5, 90)", "(10, 10) to (138, 138)", points="[[5,90,70,90]]")


def case_a_target_outside_the_layer() -> None:
    drag_refused("target of point 1", "outside the layer", points="[[70, 90, 70, 139]]")


def case_too_many_points() -> None:
    drag_refused("101", "limit of 100", points=json.dumps([[70, 90, 70, 100]] * 101))


def case_an_unknown_method() -> None:
    drag_refused("Unknown drag method 'magic'", "draggan", method="magic")


def case_another_model_than_the_layers() -> None:
    drag_refused("“toy-lion”", "“other”", model="other")


def case_no_steps() -> None:
    drag_refused("max_steps is 0", max_steps=0)


def case_too_many_steps() -> None:
    drag_refused("max_steps is 1000000", max_steps=1_000_000)


def case_a_selection_that_does_not_touch_the_layer() -> None:
    image = new_image()
    layer = layer_with_state(image)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 8, 8)
    refused("drag", image, [layer], "selection does not touch", points=GOOD)


def case_a_layer_without_a_state() -> None:
    image = new_image()
    layer = layer_with_state(image, document=None)
    words = ("does not know the picture", "name the model", "'model'")
    refused("drag", image, [layer], *words, points=GOOD)


def case_a_state_that_is_damaged() -> None:
    for document, words in (
        ("{", "damaged"),
        ("{}", "not a saved DragGAN state"),
        ({**STATE, "draggan": 99}, "newer version"),
        ({**STATE, "w_plus": "AAAA"}, "damaged"),
    ):
        image = new_image()
        refused("drag", image, [layer_with_state(image, document=document)], words, points=GOOD)


def case_a_layer_group() -> None:
    image = new_image()
    group = Gimp.GroupLayer.new(image, "things")
    image.insert_layer(group, None, 0)
    refused("drag", image, [group], "“things” is a layer group", points=GOOD)


class FromElsewhere:
    """A layer that says, as one of GIMP 3.2's may, that it is drawn from a text or a file."""

    def __init__(self, layer: Gimp.Layer) -> None:
        self._layer = layer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._layer, name)

    def is_rasterized(self) -> bool:
        return False


def case_a_layer_that_is_drawn_from_something_else() -> None:
    plug_in = Path(Gimp.directory()) / "plug-ins/draggan"
    sys.path.insert(0, str(plug_in))
    from draggan_gimp.vendored import load

    load(plug_in / "vendor")
    from draggan_gimp.layers import GimpItem

    from draggan_server.host.dialog.layer import look
    from draggan_server.wire.errors import BadInput

    image = new_image()
    layer = layer_with_state(image)
    said = ""
    try:
        look(GimpItem(image, FromElsewhere(layer)))
    except BadInput as error:
        said = str(error)
    assert "“lion” is drawn from a text, a link or a path" in said, said
    assert "rasterize" in said


def case_a_link_layer_and_a_vector_layer() -> None:
    """GIMP 3.0 has neither."""
    if not hasattr(Gimp, "Rasterizable"):
        assert not hasattr(Gimp, "LinkLayer")
        return
    image = new_image()
    layer_with_state(image)
    picture = Gimp.temp_file("png")
    assert Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, picture, None)
    path = Gimp.Path.new(image, "p")
    image.insert_path(path, None, 0)
    path.bezier_stroke_new_moveto(10, 10)
    for layer in (
        Gimp.LinkLayer.new(image, picture),
        Gimp.VectorLayer.new(image, path),
    ):
        image.insert_layer(layer, None, 0)
        assert not layer.is_rasterized()
        refused("drag", image, [layer], "is drawn from a text, a link or a path", points=GOOD)


def case_a_locked_layer() -> None:
    image = new_image()
    layer = layer_with_state(image)
    layer.set_lock_content(True)
    refused("drag", image, [layer], "“lion” is locked", "unlock", points=GOOD)


def case_a_layer_in_a_locked_group() -> None:
    image = new_image()
    group = Gimp.GroupLayer.new(image, "things")
    image.insert_layer(group, None, 0)
    layer = layer_with_state(image, parent=group)
    group.set_lock_content(True)
    refused("drag", image, [layer], "“things” is locked", points=GOOD)


def case_an_indexed_image() -> None:
    image = new_image(kind=Gimp.ImageBaseType.INDEXED)
    layer = layer_with_state(image)
    refused("drag", image, [layer], "indexed colours", "Image > Mode > RGB", points=GOOD)
    refused("sample", image, [layer], "indexed colours", "Image > Mode > RGB")


def case_a_layer_that_is_too_small() -> None:
    image = new_image()
    layer = layer_with_state(image, side=12)
    refused("drag", image, [layer], "12 x 12", "16 x 16", points="[[12, 12, 15, 15]]")


def case_a_channel() -> None:
    image = new_image()
    layer_with_state(image)
    channel = Gimp.Channel.new_from_component(image, Gimp.ChannelType.RED, "red")
    image.insert_channel(channel, None, 0)
    refused("drag", image, [channel], "“red” is a channel", points=GOOD)


def case_no_layer_or_two() -> None:
    image = new_image()
    first, second = layer_with_state(image), layer_with_state(image)
    refused("drag", image, [], "0 layers", points=GOOD)
    refused("drag", image, [first, second], "2 layers", points=GOOD)


def case_a_seed_out_of_range() -> None:
    refused("sample", new_image(), [], "The seed is -1", seed=-1)


def case_a_truncation_out_of_range() -> None:
    refused("sample", new_image(), [], "The truncation is 3", truncation=3.0)


def case_no_daemon() -> None:
    image = new_image()
    layer = layer_with_state(image)
    image.clean_all()
    for name, rest in (("sample", {}), ("drag", {"points": GOOD})):
        answer = call(name, image, [layer], **rest)
        assert answer.status == Gimp.PDBStatusType.EXECUTION_ERROR, answer
        assert "daemon cannot be started" in answer.message, answer
        assert image.get_layers() == [layer]
        assert not image.is_dirty()
