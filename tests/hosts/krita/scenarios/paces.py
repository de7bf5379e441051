"""How long things take inside Krita. Each is a scenario's result, in seconds or a second."""

from __future__ import annotations

import dataclasses
import statistics
import time
from typing import Any

from PyQt5.QtCore import QTimer

from tests.hosts.krita.scene import Scene, Steps

_CHIN = (130, 188)
_WINDOW = 1000  # a larger document would be shown as a whole, and the picture in it tiny
_BEAT_MS = 1  # of work shorter than a beat little is seen: with its square
_FRAME_SIDE, _FRAMES_SECONDS = 1024, 3.0
_LAYER_SIDE, _RUNS = 512, 9
_MANY, _FRAME_OF_MANY = 25, 256


def all_of_them(scene: Scene) -> Steps:
    """A dictionary of figures by their names; `side` is that of the document."""
    side = scene.arguments["side"]
    yield from scene.new_document(side, side)
    if side > _WINDOW:
        scene.window.activeView().canvas().setZoomLevel(1.0)
    said: dict[str, Any] = {"docker": (yield from _docker(scene))}
    yield from scene.sample("toy-lion", 8)
    said |= yield from _gesture(scene)
    state = _state(scene)
    said["layer"] = yield from _layer(scene, state)
    said["placing"] = yield from _placing(scene, state)
    said["overlay"] = yield from _overlay(scene)
    return said


def _docker(scene: Scene) -> Steps:
    """Seconds from the menu to the docker, painted."""
    scene.docker.setVisible(False)
    yield 0.5
    began = time.monotonic()
    scene.app.action("draggan_show_docker").trigger()
    while not (scene.docker.isVisible() and scene.docker.panel.isVisible()):
        yield 0.005
    scene.docker.repaint()
    return time.monotonic() - began


class Beat:
    """Notes for how long the event loop stood still at the `longest`, and in all, `busy`."""

    def __init__(self) -> None:
        self.longest, self.busy, self._last = 0.0, 0.0, time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)

    def _beat(self) -> None:
        now = time.monotonic()
        self.longest = max(self.longest, now - self._last)
        self.busy += max(0.0, now - self._last - _BEAT_MS / 1000)
        self._last = now

    def end(self) -> float:
        self._timer.stop()
        return self.longest - _BEAT_MS / 1000


def _gesture(scene: Scene) -> Steps:
    """Press, pull down and up, and take it back: twice, since a model is prepared once."""
    yield from scene.click(scene.part("edit"))
    yield 0.5
    bounds = scene.app.activeDocument().activeNode().bounds()
    chin = bounds.x() + _CHIN[0], bounds.y() + _CHIN[1]
    editor = scene.docker.brain.editor
    show_frame, times = editor.show_frame, []

    def timed(layer: Any, frame: Any) -> None:
        show_frame(layer, frame)
        times.append(time.monotonic())

    editor.show_frame = timed
    for _ in range(2):
        x, y = scene.on_screen(chin)
        yield from scene.command("xdotool", "mousemove", str(x), str(y))
        yield 0.5
        times.clear()
        beat, began = Beat(), time.monotonic()
        yield from scene.command("xdotool", "mousedown", "1", "mousemove", str(x), str(y + 8))
        while not times:
            yield 0.005
        first = times[0] - began
        moves: list[str] = []
        for step in range(120):
            moves += ["mousemove_relative", "--", "0", "1" if step < 60 else "-1", "sleep", "0.016"]
        began, seen = time.monotonic(), len(times)
        yield from scene.command("xdotool", *moves)
        rate = (len(times) - seen) / (time.monotonic() - began)
        longest = beat.end()
        yield from scene.key("Escape")
        yield from scene.let_go()
        yield 1
    editor.show_frame = show_frame
    drags = scene.docker.brain.session.drags
    yield from scene.command("xdotool", "mousemove", str(x), str(y), "mousedown", "1")
    yield from scene.command("xdotool", "mousemove", str(x), str(y + 8))
    beat = Beat()
    yield from scene.command("xdotool", "mouseup", "1")
    yield from scene.wait_until(lambda: scene.docker.brain.session.drags != drags, 60)
    yield 1
    return {"first": first, "frames": rate, "still": longest, "end": beat.end()}


def _state(scene: Scene) -> str:
    """What is kept of the lion."""
    from draggan_krita.documents import BOOK, KritaDocument

    record, *_ = BOOK.records.of(KritaDocument(scene.app.activeDocument())).values()
    return record.saved_state


def _known_layer(scene: Scene, side: int, state: str) -> Steps:
    """A document of that side with a layer of which it is said that DragGAN made it."""
    document = yield from scene.new_document(side, side)
    node = scene.paint_layer(document, "large", side, side)
    scene.note_state(document, node, [0, 0, side, side], state)
    yield 1
    return document, node


def _placing(scene: Scene, state: str) -> Steps:
    """For how many seconds Krita stands still while a drag's way is put over frames."""
    from draggan_krita.documents import BOOK, KritaDocument

    from draggan_server.host.request import Request, Spread
    from draggan_server.wire.drag_config import drag_config

    document, _node = yield from _known_layer(scene, _FRAME_OF_MANY, state)
    read, last = BOOK.pictures.read(KritaDocument(document)), _MANY - 1
    request = Spread.of(
        Request(read.layer, state, read.pixels, None, _pairs(), drag_config()), (0, last)
    )
    request = dataclasses.replace(request, way=(read.pixels,) * request.count)
    beat = Beat()
    BOOK.pictures.add_frames(request, read.pixels, state)
    yield 1
    return beat.end()


def _pairs() -> Any:
    from draggan_server.host.pairs import PointPair

    return (PointPair((9.0, 9.0), (19.0, 9.0)),)


def _layer(scene: Scene, state: str) -> Steps:
    """Seconds to read a layer as a drag does, and to put its result above it."""
    from draggan_krita.documents import BOOK, KritaDocument

    from draggan_server.host.request import Request
    from draggan_server.wire.drag_config import drag_config

    document, node = yield from _known_layer(scene, _LAYER_SIDE, state)
    took = []
    for _ in range(_RUNS):
        document.setActiveNode(node)
        yield 0.3
        began = time.monotonic()
        read = BOOK.pictures.read(KritaDocument(document))
        pixels = read.pixels
        request = Request(read.layer, state, pixels, None, _pairs(), drag_config())
        BOOK.pictures.add_result(request, pixels, state)
        took.append(time.monotonic() - began)
    return statistics.median(took)


def _overlay(scene: Scene) -> Steps:
    """Frames a second of 1024 px that the overlay paints, each when the one before is painted."""
    from draggan_krita.documents import BOOK, KritaDocument

    from draggan_server.wire.messages import Pixels

    document = yield from scene.new_document(_FRAME_SIDE, _FRAME_SIDE)
    scene.picture_layer(document, "frames", _FRAME_SIDE, _FRAME_SIDE)
    yield 1
    layer = BOOK.pictures.read(KritaDocument(document)).layer
    editor, keeper = scene.docker.brain.editor, scene.docker._overlay_keeper
    editor.show_work(layer, held=False)
    frames = [
        Pixels(_FRAME_SIDE, _FRAME_SIDE, 4, bytes([ink, 90, 60, 255]) * _FRAME_SIDE**2)
        for ink in (40, 200)
    ]
    count, began = 0, time.monotonic()
    while time.monotonic() - began < _FRAMES_SECONDS:
        editor.show_frame(layer, frames[count % 2])
        keeper._overlay.repaint()
        count += 1
        yield 0
    rate = count / (time.monotonic() - began)
    editor.show_work(None, held=False)
    return rate
