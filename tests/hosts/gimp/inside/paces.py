"""How long things take inside GIMP."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import gi
from gi.repository import Gimp

_FRAME_SIDE, _FRAMES_SECONDS = 1024, 3.0
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


def longest_answer(seconds: float) -> float:
    """What GIMP took for one at most, of questions that were asked for so long."""
    longest, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        longest = max(longest, seconds_of_a_question())
        time.sleep(0.002)
    return longest


def overlay(plug_in: str) -> float:
    """Pictures a second that a dialog's view paints in their own size, each when the one before is
    painted, with a veil over a part of them."""
    _load(plug_in)
    for name in ("Gdk", "GimpUi", "Gtk"):
        gi.require_version(name, "3.0")
    from draggan_gimp.picture_view import PictureView
    from gi.repository import GimpUi, Gtk

    from draggan_server.host.dialog.canvas import Canvas
    from draggan_server.wire.messages import Pixels

    GimpUi.init("draggan-paces")
    sides = _FRAME_SIDE, _FRAME_SIDE
    canvas, window = Canvas(sides, sides), Gtk.Window()
    window.add(PictureView(canvas).widget)
    window.show_all()
    canvas.show_veil(
        Pixels(*sides, 1, bytes(_FRAME_SIDE**2 // 2) + b"\xff" * (_FRAME_SIDE**2 // 2))
    )
    frames = [Pixels(*sides, 4, bytes([ink, 90, 60, 255]) * _FRAME_SIDE**2) for ink in (40, 200)]
    count, began = 0, time.monotonic()
    while time.monotonic() - began < _FRAMES_SECONDS:
        canvas.show_frame(frames[count % 2])
        while Gtk.events_pending():
            Gtk.main_iteration()
        window.get_window().process_updates(True)
        window.get_display().sync()
        count += 1
    rate = count / (time.monotonic() - began)
    window.destroy()
    return rate


def _load(plug_in: str) -> None:
    """Let the plug-in's modules be imported here."""
    sys.path.insert(0, plug_in)
    from draggan_gimp.vendored import load

    load(Path(plug_in) / "vendor")


def layer_in_and_out(plug_in: str) -> float:
    """Seconds to read a layer as a drag does, and to put a new one of its size above it."""
    _load(plug_in)
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
