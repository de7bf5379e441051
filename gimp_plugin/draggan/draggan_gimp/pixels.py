"""Reading and writing pixels of layers and of the selection, as sRGB RGBA and 8-bit masks."""

from __future__ import annotations

from gi.repository import Gegl, Gimp

from draggan_server.wire.messages import Pixels

# Non-linear sRGB, whatever the image's own space, precision or base type: GEGL converts.
_RGBA_U8 = "R'G'B'A u8"
_RGBA_FLOAT = "R'G'B'A float"
_SELECTION_U8 = "Y u8"  # GIMP keeps the selection as linear coverage


def read_rgba(drawable: Gimp.Drawable) -> Pixels:
    """All pixels of a drawable as sRGB RGBA."""
    width, height = drawable.get_width(), drawable.get_height()
    area = Gegl.Rectangle.new(0, 0, width, height)
    data = drawable.get_buffer().get(area, 1.0, _RGBA_U8, Gegl.AbyssPolicy.NONE)
    return Pixels(width, height, 4, bytes(data))


def write_rgba(layer: Gimp.Layer, pixels: Pixels) -> None:
    """Fill a layer of the same size with sRGB RGBA. Not recorded for undo: write, then insert.

    Raises `ValueError` where GIMP would kill the plug-in or write nothing instead.
    """
    size = layer.get_width(), layer.get_height()
    if size != (pixels.width, pixels.height) or pixels.channels != 4:
        raise ValueError(f"a layer of {size} pixels cannot take {pixels}")
    if layer.is_group() or layer.get_lock_content():
        raise ValueError("a group or a locked layer cannot be written to")
    image = layer.get_image()
    buffer = layer.get_buffer()
    area = Gegl.Rectangle.new(0, 0, *size)
    plain = image.get_precision() == Gimp.Precision.U8_NON_LINEAR
    if plain and image.get_color_profile() is None:
        buffer.set(area, _RGBA_U8, pixels.data)
    else:
        # babl turns 8-bit values straight into garbage for 16-bit images with some profiles (seen
        # with ImageMagick's PNGs that carry gAMA and cHRM); by way of float they come out right.
        between = Gegl.Buffer.new(_RGBA_FLOAT, 0, 0, *size)
        between.set(area, _RGBA_U8, pixels.data)
        values = between.get(area, 1.0, _RGBA_FLOAT, Gegl.AbyssPolicy.NONE)
        buffer.set(area, _RGBA_FLOAT, values)
    buffer.flush()
    layer.update(0, 0, *size)


def read_selection(image: Gimp.Image, layer: Gimp.Layer) -> Pixels | None:
    """The selection where the layer lies, 255 selected; None where nothing is selected at all.

    Parts of the layer outside the image's canvas cannot be selected and come back as 0.
    """
    if Gimp.Selection.is_empty(image):
        return None
    _ok, x, y = layer.get_offsets()
    width, height = layer.get_width(), layer.get_height()
    area = Gegl.Rectangle.new(x, y, width, height)
    buffer = image.get_selection().get_buffer()
    data = buffer.get(area, 1.0, _SELECTION_U8, Gegl.AbyssPolicy.NONE)
    return Pixels(width, height, 1, bytes(data))
