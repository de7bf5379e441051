"""What the procedures do when all is well, with the toy lion of seed 8, which looks at the viewer.

In its 256-pixel picture the chin is at about (131, 189), the ears reach from y = 20 to 80.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path

from document import Answer, call, change, drag, new_image, pixels, sample, state
from gi.repository import Gimp, Gio

SEED = 8
SIDE = 256
CHIN = (131.5, 189.5)
CHIN_BOX = (108, 176, 152, 216)
EARS_BOX = (40, 20, 216, 80)

LAST_VALUES = "GimpProcedureConfigRun-plug-in-draggan-drag"

saved_file = Path(os.environ["DRAGGAN_TEST_FOLDER"]) / "dragged.xcf"


def chin_down(x: int, y: int, scale: float = 1.0, by: float = 10.0) -> list[list[float]]:
    """The drag of the chin on a layer at (x, y), some pixels of the model's picture down."""
    handle_x, handle_y = x + CHIN[0] * scale, y + CHIN[1] * scale
    return [[handle_x, handle_y, handle_x, handle_y + by * scale]]


def lion(image: Gimp.Image) -> Gimp.Layer:
    layer = sample(image, SEED)
    image.clean_all()
    return layer


def check_dragged(source: Gimp.Layer, answer: Answer) -> Gimp.Layer:
    """The result is a new layer on the source, and its picture shows the drag."""
    assert answer.ok, answer
    layer = answer.layer
    image = source.get_image()
    assert layer.get_image() == image
    assert layer.get_parent() == source.get_parent()
    assert image.get_item_position(layer) == image.get_item_position(source) - 1
    assert layer.get_offsets() == source.get_offsets()
    size = layer.get_width(), layer.get_height()
    assert size == (source.get_width(), source.get_height())
    assert layer.get_name() == f"Dragged: {source.get_name()}", layer.get_name()
    before, after = pixels(source), pixels(layer)
    box = tuple(round(edge * size[0] / SIDE) for edge in CHIN_BOX)
    assert change(before, after, size[0], box) > 20, change(before, after, size[0], box)
    (record,) = state(layer)["drags"][len(state(source)["drags"]) :]
    distance = math.dist(record["final_points"][0], record["target_points"][0])
    assert distance < 6, record
    assert record["change"]["rows"]
    assert state(layer)["position"] == len(state(layer)["drags"])
    return layer


# -- sample -------------------------------------------------------------------------------------


def case_sample_lands_in_the_middle_of_the_image() -> None:
    image = new_image(600, 400)
    layer = sample(image, SEED)
    assert image.get_layers() == [layer]
    assert (layer.get_width(), layer.get_height()) == (SIDE, SIDE)
    assert layer.get_offsets() == (True, 172, 72), layer.get_offsets()
    assert layer.get_name() == "toy-lion, seed 8"
    assert state(layer)["model"] == "toy-lion"
    assert state(layer)["content"]["seed"] == SEED
    assert state(layer)["content"]["truncation_psi"] == 0.7
    assert image.is_dirty()


def case_sample_is_the_same_for_a_seed_and_another_for_another() -> None:
    image = new_image()
    first, again, other = (sample(image, seed) for seed in (SEED, SEED, SEED + 1))
    assert pixels(first) == pixels(again)
    assert pixels(first) != pixels(other)


def case_sample_takes_its_truncation() -> None:
    image = new_image()
    average = [
        call("sample", image, [], seed=seed, truncation=0.0, model="toy-lion").layer
        for seed in (1, 2)
    ]
    assert pixels(average[0]) == pixels(average[1])


def case_sample_takes_a_mixture() -> None:
    image, half = new_image(), f"{SEED}:0.5, {SEED + 1}:0.5"
    answer = call("sample", image, [], mixture=half)
    assert answer.ok, answer
    assert state(answer.layer)["content"]["parts"] == [[SEED, 0.5], [SEED + 1, 0.5]]
    between = pixels(answer.layer)
    plain = [pixels(sample(image, seed)) for seed in (SEED, SEED + 1)]
    assert between not in plain
    refused = call("sample", image, [], mixture="8 and 9")
    assert refused.status == Gimp.PDBStatusType.CALLING_ERROR
    assert "8 and 9" in refused.message, refused.message


def case_sample_goes_above_the_selected_layer_into_its_group() -> None:
    image = new_image()
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    bottom = Gimp.Layer.new(image, "b", 9, 9, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(bottom, group, 0)
    image.set_selected_layers([bottom])
    layer = sample(image)
    assert group.get_children() == [layer, bottom]


def case_sample_without_an_image_makes_one() -> None:
    before = set(Gimp.get_images())
    answer = call("sample", None, [], seed=SEED)
    assert answer.ok, answer
    (image,) = set(Gimp.get_images()) - before
    assert image.get_layers() == [answer.layer]
    assert (image.get_width(), image.get_height()) == (SIDE, SIDE)
    assert answer.layer.get_offsets() == (True, 0, 0)


def case_sample_of_an_unknown_model_is_refused_with_what_there_is() -> None:
    image = new_image()
    answer = call("sample", image, [], model="no-such-model")
    assert answer.status == Gimp.PDBStatusType.CALLING_ERROR
    assert "no-such-model" in answer.message, answer.message
    assert "toy-lion" in answer.message, answer.message
    assert image.get_layers() == []


# -- drag ---------------------------------------------------------------------------------------


def case_drag_by_points() -> None:
    image = new_image(600, 400)
    source = lion(image)
    before = pixels(source)
    _ok, x, y = source.get_offsets()
    layer = check_dragged(source, drag(image, source, chin_down(x, y, by=18.0)))
    assert pixels(source) == before
    assert change(before, pixels(layer), SIDE, EARS_BOX) < 8
    assert image.is_dirty()


def case_drag_by_path_with_a_selection_holds_the_rest_to_the_bit() -> None:
    image = new_image()
    source = lion(image)
    _ok, x, y = source.get_offsets()
    path = Gimp.Path.new(image, "points")
    image.insert_path(path, None, 0)
    for hx, hy, tx, ty in chin_down(x, y):
        stroke = path.bezier_stroke_new_moveto(hx, hy)
        path.bezier_stroke_lineto(stroke, tx, ty)
    image.set_selected_paths([path])
    left, top, right, bottom = 60, 140, 196, 240
    image.select_rectangle(Gimp.ChannelOps.REPLACE, x + left, y + top, right - left, bottom - top)
    layer = check_dragged(source, call("drag", image, [source]))
    before, after = pixels(source), pixels(layer)
    for row in range(SIDE):
        start = row * SIDE * 4
        if top <= row < bottom:
            spans = ((start, start + left * 4), (start + right * 4, start + SIDE * 4))
        else:
            spans = ((start, start + SIDE * 4),)
        for first, last in spans:
            assert before[first:last] == after[first:last], row
    assert not Gimp.Selection.is_empty(image)


def case_drag_with_last_values_takes_the_path() -> None:
    image = new_image()
    source = lion(image)
    _ok, x, y = source.get_offsets()
    path = Gimp.Path.new(image, "points")
    image.insert_path(path, None, 0)
    ((hx, hy, tx, ty),) = chin_down(x, y)
    path.bezier_stroke_lineto(path.bezier_stroke_new_moveto(hx, hy), tx, ty)
    image.set_selected_paths([path])
    kept = Path(Gimp.directory(), "plug-in-settings", f"{LAST_VALUES}.last")
    kept.unlink(missing_ok=True)  # what a dialog left behind
    mode = Gimp.RunMode.WITH_LAST_VALS
    check_dragged(source, call("drag", image, [source], run_mode=mode))


def case_drag_of_a_layer_that_was_moved_and_scaled() -> None:
    image = new_image(900, 800)
    source = lion(image)
    source.scale(SIDE * 2, SIDE * 2, False)
    source.set_offsets(-40, 70)
    check_dragged(source, drag(image, source, chin_down(-40, 70, scale=2.0)))


def case_drag_while_the_layers_mask_is_edited() -> None:
    image = new_image()
    source = lion(image)
    mask = source.create_mask(Gimp.AddMaskType.WHITE)
    source.add_mask(mask)
    _ok, x, y = source.get_offsets()
    answer = call("drag", image, [mask], points=json.dumps(chin_down(x, y)))
    check_dragged(source, answer)


def case_the_result_looks_as_its_source_does() -> None:
    image = new_image()
    source = lion(image)
    plain = check_dragged(source, drag(image, source, chin_down(32, 22)))
    assert source.get_visible()  # opaque, the result covers it
    image.remove_layer(plain)
    source.set_opacity(40.0)
    source.set_mode(Gimp.LayerMode.MULTIPLY)
    source.set_color_tag(Gimp.ColorTag.RED)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 32, 22, 128, 256)
    source.add_mask(source.create_mask(Gimp.AddMaskType.SELECTION))
    Gimp.Selection.none(image)
    source.append_filter(Gimp.DrawableFilter.new(source, "gegl:gaussian-blur", "blur"))
    source.set_lock_position(True)
    source.set_lock_alpha(True)
    image.set_selected_layers([source])
    answer = drag(image, source, chin_down(32, 22))
    layer = check_dragged(source, answer)
    assert layer.get_opacity() == 40.0
    assert layer.get_mode() == Gimp.LayerMode.MULTIPLY
    assert layer.get_color_tag() == Gimp.ColorTag.RED
    assert pixels(layer.get_mask()) == pixels(source.get_mask())
    assert [one.get_operation_name() for one in layer.get_filters()] == ["gegl:gaussian-blur"]
    assert layer.get_lock_position()
    assert layer.get_lock_alpha()
    assert layer.get_visible()
    assert not source.get_visible()  # or it would show through


def case_drag_inside_a_group() -> None:
    image = new_image()
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    source = lion(image)
    image.reorder_item(source, group, 0)
    _ok, x, y = source.get_offsets()
    check_dragged(source, drag(image, source, chin_down(x, y)))


def case_drag_stops_at_the_maximum_of_steps() -> None:
    image = new_image()
    source = lion(image)
    _ok, x, y = source.get_offsets()
    answer = drag(image, source, chin_down(x, y), max_steps=2, model="toy-lion", method="draggan")
    assert answer.ok, answer
    assert state(answer.layer)["drags"][0]["steps"] == 2


def case_drag_over_less_than_the_stop_distance_is_refused() -> None:
    image = new_image()
    source = lion(image)
    _ok, x, y = source.get_offsets()
    answer = drag(image, source, chin_down(x, y, by=1.0))
    assert answer.status == Gimp.PDBStatusType.CALLING_ERROR
    assert "at its target already" in answer.message, answer.message
    assert image.get_layers() == [source]
    assert not image.is_dirty()


def case_drag_on_from_the_result() -> None:
    image = new_image()
    source = lion(image)
    _ok, x, y = source.get_offsets()
    first = check_dragged(source, drag(image, source, chin_down(x, y)))
    answer = drag(image, first, [[x + 129.5, y + 121.5, x + 141.5, y + 121.5]])
    assert answer.ok, answer
    assert len(state(answer.layer)["drags"]) == 2
    assert answer.layer.get_name() == "Dragged: toy-lion, seed 8 #1", answer.layer.get_name()
    assert image.get_layers() == [answer.layer, first, source]


def case_drag_in_a_16_bit_image_with_a_profile_of_its_own() -> None:
    # The file is what ImageMagick writes: 8-bit values put straight into such an image are garbage.
    image = Gimp.file_load(
        Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(os.environ["DRAGGAN_TEST_PNG"])
    )
    assert image.get_precision() == Gimp.Precision.U16_NON_LINEAR, image.get_precision()
    assert image.get_color_profile() is not None
    plain = pixels(sample(new_image(), SEED))
    source = lion(image)
    worst = max(abs(a - b) for a, b in zip(pixels(source), plain, strict=True))
    assert worst <= 1, worst
    _ok, x, y = source.get_offsets()
    check_dragged(source, drag(image, source, chin_down(x, y)))


def case_drag_in_a_gray_image() -> None:
    image = new_image(kind=Gimp.ImageBaseType.GRAY)
    source = lion(image)
    assert source.is_gray()
    assert source.has_alpha()
    _ok, x, y = source.get_offsets()
    layer = check_dragged(source, drag(image, source, chin_down(x, y)))
    assert layer.is_gray()
    assert layer.has_alpha()


def case_layers_that_were_altered_are_dragged_in_their_place() -> None:
    """Flipped, turned, given other bounds and colours: nothing far from the drag changes."""
    center = Gimp.RotationType
    edits = {
        "flipped": lambda layer: layer.transform_flip_simple(
            Gimp.OrientationType.HORIZONTAL, True, 0.0
        ),
        "upside down": lambda layer: layer.transform_flip_simple(
            Gimp.OrientationType.VERTICAL, True, 0.0
        ),
        "turned by 90": lambda layer: layer.transform_rotate_simple(
            center.DEGREES90, True, 0.0, 0.0
        ),
        "turned by 6": lambda layer: layer.transform_rotate(math.radians(6), True, 0.0, 0.0),
        "bounds": lambda layer: layer.resize(300, 300, 22, 22),
        "gamma": lambda layer: layer.levels(
            Gimp.HistogramChannel.VALUE, 0.0, 1.0, False, 1.6, 0.0, 1.0, False
        ),
        "colorized": lambda layer: layer.colorize_hsl(210.0, 50.0, 0.0),
        "desaturated": lambda layer: layer.desaturate(Gimp.DesaturateMode.VALUE),
    }
    last = SIDE - 1
    x, y = CHIN
    places = {
        "flipped": (last - x, y, last - x, y + 10),
        "upside down": (x, last - y, x, last - y - 10),
        "turned by 90": (last - y, x, last - y - 10, x),
        "bounds": (x + 22, y + 22, x + 22, y + 32),
    }
    for name, edit in edits.items():
        image = new_image()
        source = lion(image)
        edit(source)
        source.set_offsets(0, 0)
        (changed,) = image.get_layers()  # a rotation may make another layer
        before = pixels(changed)
        answer = drag(image, changed, [list(places.get(name, (x, y, x, y + 10)))])
        assert answer.ok, (name, answer)
        size = changed.get_width(), changed.get_height()
        assert (answer.layer.get_width(), answer.layer.get_height()) == size, name
        after = pixels(answer.layer)
        middle = tuple(
            round(edge * share)
            for edge, share in zip(2 * size, (0.3, 0.25, 0.7, 0.75), strict=False)
        )
        assert change(before, after, size[0], middle) > 2, name
        corner = (0, 0, size[0] // 8, size[1] // 8)
        assert change(before, after, size[0], corner) < 4, name


def case_layers_that_show_something_else_are_refused() -> None:
    image = new_image()
    source = lion(image)
    source.posterize(3)
    answer = drag(image, source, chin_down(0, 0))
    assert answer.status == Gimp.PDBStatusType.CALLING_ERROR, answer
    assert "does not show its picture any more" in answer.message, answer.message
    assert "Undo that, drag, and do it again" in answer.message, answer.message
    assert image.get_layers() == [source]


def case_layers_that_a_drag_can_live_with_are_dragged() -> None:
    def painted(layer: Gimp.Layer) -> None:
        image = layer.get_image()
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 240, 90)
        layer.edit_fill(Gimp.FillType.FOREGROUND)
        Gimp.Selection.none(image)

    def precise(layer: Gimp.Layer) -> None:
        layer.get_image().convert_precision(Gimp.Precision.FLOAT_LINEAR)

    def light(layer: Gimp.Layer) -> None:
        layer.get_image().convert_precision(Gimp.Precision.U8_LINEAR)

    def gray(layer: Gimp.Layer) -> None:
        layer.get_image().convert_grayscale()

    def scaled(side: int, interpolation: Gimp.InterpolationType) -> Callable[[Gimp.Layer], None]:
        def scale(layer: Gimp.Layer) -> None:
            Gimp.context_set_interpolation(interpolation)
            layer.scale(side, side, False)
            Gimp.context_set_interpolation(Gimp.InterpolationType.CUBIC)

        return scale

    kinds = Gimp.InterpolationType
    edits = [
        *(painted, precise, light, gray),
        *(scaled(100, kind) for kind in (kinds.NONE, kinds.LINEAR, kinds.NOHALO)),
        *(scaled(700, kind) for kind in (kinds.NONE, kinds.CUBIC, kinds.LOHALO)),
    ]
    for edit in edits:
        image = new_image(800, 800)
        source = lion(image)
        source.set_offsets(0, 0)
        edit(source)
        side = source.get_width()
        check_dragged(source, drag(image, source, chin_down(0, 0, scale=side / SIDE)))


def case_a_layer_that_was_merged_down_is_a_photo() -> None:
    image = new_image()
    kind, mode = Gimp.ImageType.RGB_IMAGE, Gimp.LayerMode.NORMAL
    image.insert_layer(Gimp.Layer.new(image, "paper", 320, 300, kind, 100, mode), None, 0)
    merged = image.merge_down(lion(image), Gimp.MergeType.EXPAND_AS_NECESSARY)
    answer = drag(image, merged, chin_down(32, 22))
    assert answer.status == Gimp.PDBStatusType.CALLING_ERROR
    assert "name the model that is to show it" in answer.message, answer.message


def case_the_dragged_image_is_saved() -> None:
    image = new_image()
    source = lion(image)
    source.set_offsets(7, -5)
    check_dragged(source, drag(image, source, chin_down(7, -5)))
    file = Gio.File.new_for_path(str(saved_file))
    assert Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
