"""Reading and writing pixels of layers and of the selection, as sRGB RGBA and 8-bit masks."""

from __future__ import annotations

from gi.repository import Gegl, Gimp

from draggan_server.host.raw_pixels import movable_parts
from draggan_server.host.region import Region
from draggan_server.wire.messages import Pixels

# Non-linear sRGB, whatever the image's own space, precision or base type: GEGL converts.
_RGBA_U8 = "R'G'B'A u8"
_RGBA_FLOAT = "R'G'B'A float"
_MASK_U8 = "Y u8"  # GIMP keeps the selection and layers' masks as linear coverage


def read_rgba(drawable: Gimp.Drawable, region: Region) -> Pixels:
    """A region of a drawable, in its pixels, as sRGB RGBA."""
    data = drawable.get_buffer().get(_area(region), 1.0, _RGBA_U8, Gegl.AbyssPolicy.NONE)
    return Pixels(region.width, region.height, 4, bytes(data))


def write_rgba(
    layer: Gimp.Layer, pixels: Pixels, region: Region, movable_mask: Pixels | None = None
) -> None:
    """Put sRGB RGBA of the region's size there; where `movable_mask` is 0, the layer keeps its own
    pixels, whatever their depth. Not recorded for undo: write, then insert.

    Raises `ValueError` where GIMP would kill the plug-in or write nothing instead.
    """
    whole = Region(0, 0, layer.get_width(), layer.get_height())
    if region.overlap(whole) != region or pixels.channels != 4:
        raise ValueError(f"a layer of {whole} cannot take {pixels} at {region}")
    if (region.width, region.height) != (pixels.width, pixels.height):
        raise ValueError(f"{pixels} do not fill {region}")
    if layer.is_group() or layer.get_lock_content():
        raise ValueError("a group or a locked layer cannot be written to")
    image, buffer = layer.get_image(), layer.get_buffer()
    plain = image.get_precision() == Gimp.Precision.U8_NON_LINEAR
    plain = plain and image.get_color_profile() is None
    for part, data in movable_parts(pixels, movable_mask):
        area = _area(part.moved(region.x, region.y))
        if plain:
            buffer.set(area, _RGBA_U8, data)
            continue
        # babl turns 8-bit values straight into garbage for 16-bit images with some profiles (seen
        # with ImageMagick's PNGs that carry gAMA and cHRM); by way of float they come out right.
        own = _area(Region(0, 0, part.width, part.height))
        between = Gegl.Buffer.new(_RGBA_FLOAT, 0, 0, part.width, part.height)
        between.set(own, _RGBA_U8, data)
        buffer.set(area, _RGBA_FLOAT, between.get(own, 1.0, _RGBA_FLOAT, Gegl.AbyssPolicy.NONE))
    buffer.flush()
    layer.update(region.x, region.y, region.width, region.height)


def keep_pixels(layer: Gimp.Layer) -> None:
    """Let undo bring back all pixels that the layer has now, whatever is written to them then."""
    image = layer.get_image()
    # GIMP keeps what is selected, when it merges what was drawn elsewhere: here the same again.
    selection = image.get_selection()
    selected = None if Gimp.Selection.is_empty(image) else selection.get_buffer().dup()
    Gimp.Selection.none(image)
    _copy(layer.get_buffer(), layer.get_shadow_buffer(), layer.get_buffer().get_extent())
    layer.merge_shadow(True)
    if selected is not None:
        _copy(selected, selection.get_buffer(), selected.get_extent())
        selection.update(0, 0, image.get_width(), image.get_height())


def _copy(source: Gegl.Buffer, target: Gegl.Buffer, area: Gegl.Rectangle) -> None:
    source.copy(area, Gegl.AbyssPolicy.NONE, target, area)
    target.flush()


def _area(region: Region) -> Gegl.Rectangle:
    return Gegl.Rectangle.new(region.x, region.y, region.width, region.height)


def read_selection(image: Gimp.Image, region: Region) -> Pixels | None:
    """The selection in a region of the image, 255 selected; None where nothing is selected at all.

    Parts outside the image's canvas cannot be selected and come back as 0.
    """
    return None if Gimp.Selection.is_empty(image) else read_mask(image.get_selection(), region)


def read_mask(mask: Gimp.Channel, region: Region) -> Pixels:
    """A region of a selection or of a layer's mask, in its pixels: 255 white; 0 outside of it."""
    data = mask.get_buffer().get(_area(region), 1.0, _MASK_U8, Gegl.AbyssPolicy.NONE)
    return Pixels(region.width, region.height, 1, bytes(data))
