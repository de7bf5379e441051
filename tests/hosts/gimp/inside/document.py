"""Documents as the cases make them, and the plug-in's procedures as they call them."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any, NamedTuple

from gi.repository import Gegl, Gimp, Gio

RGBA = "R'G'B'A u8"


class Answer(NamedTuple):
    """What a procedure answered: its status, its error message, the layer it made."""

    status: Gimp.PDBStatusType
    message: str
    layer: Gimp.Layer | None

    @property
    def ok(self) -> bool:
        return self.status == Gimp.PDBStatusType.SUCCESS


def call(name: str, image: Gimp.Image | None, drawables: list[Any], **arguments: Any) -> Answer:
    """Call one of the plug-in's procedures without a dialog."""
    procedure = Gimp.get_pdb().lookup_procedure(f"plug-in-draggan-{name}")
    config = procedure.create_config()
    mode = arguments.pop("run_mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("run-mode", mode)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    for argument, value in arguments.items():
        config.set_property(argument.replace("_", "-"), value)
    values = procedure.run(config)
    status = values.index(0)
    if status == Gimp.PDBStatusType.SUCCESS:
        return Answer(status, "", values.index(1))
    return Answer(status, Gimp.get_pdb().get_last_error(), None)


def new_image(
    width: int = 320,
    height: int = 300,
    kind: Gimp.ImageBaseType = Gimp.ImageBaseType.RGB,
    precision: Gimp.Precision = Gimp.Precision.U8_NON_LINEAR,
) -> Gimp.Image:
    return Gimp.Image.new_with_precision(width, height, kind, precision)


def sample(image: Gimp.Image, seed: int = 1) -> Gimp.Layer:
    answer = call("sample", image, image.get_selected_layers(), seed=seed)
    assert answer.ok, answer
    return answer.layer


def drag(image: Gimp.Image, layer: Gimp.Layer, pairs: list[list[float]], **rest: Any) -> Answer:
    """Pairs in image coordinates."""
    return call("drag", image, [layer], points=json.dumps(pairs), **rest)


def pixels(layer: Gimp.Drawable) -> bytes:
    area = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    return bytes(layer.get_buffer().get(area, 1.0, RGBA, Gegl.AbyssPolicy.NONE))


def state(layer: Gimp.Layer) -> dict[str, Any] | None:
    """What the layer keeps for DragGAN."""
    parasite = layer.get_parasite("draggan-state")
    return None if parasite is None else json.loads(bytes(parasite.get_data()))


def kept_points(layer: Gimp.Layer) -> list[list[float]]:
    """The points kept with a layer: handle x, handle y, target x, target y of each pair."""
    parasite = layer.get_parasite("draggan-points")
    return [] if parasite is None else json.loads(bytes(parasite.get_data()))["pairs"]


def kept_mask(layer: Gimp.Layer) -> list[list[int]]:
    """The rows of the mask that is kept with a layer; none where none is."""
    parasite = layer.get_parasite("draggan-mask")
    if parasite is None:
        return []
    record = json.loads(bytes(parasite.get_data()))
    data = zlib.decompress(base64.b64decode(record["packed"]))
    width, _height = record["size"]
    return [
        list(data[at * width : (at + 1) * width])
        for at, count in enumerate(record["rows"])
        for _ in range(count)
    ]


def give_mask(layer: Gimp.Layer, x: int, y: int, width: int, height: int) -> None:
    """Give a layer a mask that is white in a place of the layer, and black around it."""
    image, (_ok, left, top) = layer.get_image(), layer.get_offsets()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, left + x, top + y, width, height)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    Gimp.Selection.none(image)


def change(before: bytes, after: bytes, width: int, box: tuple[int, int, int, int]) -> float:
    """Mean absolute difference of the RGB values within a box (left, top, right, bottom)."""
    left, top, right, bottom = box
    total = count = 0
    for y in range(top, bottom):
        for start in range((y * width + left) * 4, (y * width + right) * 4, 4):
            for channel in range(start, start + 3):
                total += abs(before[channel] - after[channel])
                count += 1
    return total / count


def differing(before: bytes, after: bytes, width: int) -> list[int]:
    """Left, top, right and bottom of the box around all pixels that are not the same."""
    pairs = zip(memoryview(before).cast("I"), memoryview(after).cast("I"), strict=True)
    places = [divmod(place, width) for place, (old, new) in enumerate(pairs) if old != new]
    rows, columns = zip(*places, strict=True)
    return [min(columns), min(rows), max(columns) + 1, max(rows) + 1]


def outside(picture: bytes, width: int, box: tuple[int, int, int, int]) -> bytes:
    """The bytes of a picture with those within a box (left, top, width, height) set to 0."""
    left, top, across, down = box
    kept = bytearray(picture)
    for y in range(top, top + down):
        start = (y * width + left) * 4
        kept[start : start + across * 4] = bytes(across * 4)
    return bytes(kept)


def file(path: str) -> Gio.File:
    return Gio.File.new_for_path(path)


def opened() -> Gimp.Image:
    """The image that is open on the screen."""
    (image,) = Gimp.get_images()
    return image
