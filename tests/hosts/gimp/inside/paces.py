"""How long things take inside GIMP."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from gi.repository import Gimp

_SIDE = 512
_RUNS = 9


def seconds_of_a_question() -> float:
    """One call of GIMP, which answers when it is not busy."""
    began = time.monotonic()
    Gimp.get_images()
    return time.monotonic() - began


def seconds_of_an_answer(seconds: float) -> float:
    """What GIMP took for one at the mean, of questions that were asked for so long."""
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        took.append(seconds_of_a_question())
        time.sleep(0.005)
    return statistics.fmean(took)


def layer_in_and_out(plug_in: str) -> float:
    """Seconds to read a layer as a drag does, and to put a new one of its size above it."""
    sys.path.insert(0, plug_in)
    from draggan_gimp.vendored import load

    load(Path(plug_in) / "vendor")
    from draggan_gimp.pixels import read_rgba, write_rgba

    from draggan_server.host.region import Region

    whole, kind = Region(0, 0, _SIDE, _SIDE), Gimp.ImageType.RGBA_IMAGE
    image = Gimp.Image.new(_SIDE, _SIDE, Gimp.ImageBaseType.RGB)

    def layer(name: str) -> Gimp.Layer:
        return Gimp.Layer.new(image, name, _SIDE, _SIDE, kind, 100, Gimp.LayerMode.NORMAL)

    source = layer("source")
    image.insert_layer(source, None, 0)
    took = []
    for _ in range(_RUNS):
        began = time.monotonic()
        seen = read_rgba(source, whole)
        result = layer("result")
        write_rgba(result, seen, whole)
        image.insert_layer(result, None, 0)
        took.append(time.monotonic() - began)
    image.delete()
    return statistics.median(took)
