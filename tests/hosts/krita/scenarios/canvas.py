"""What lies over the canvas, as a screenshot shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from krita import Selection
from PyQt5.QtCore import QByteArray
from PyQt5.QtGui import QColor, QImage

from tests.hosts.krita.scene import Point, Scene, Steps, find_colour

_WIDTH, _HEIGHT = 400, 300
_SPOT = 9
_MAGENTA, _CYAN = QColor(255, 0, 255), QColor(0, 255, 255)
_SPOTS = ((120, 90, _MAGENTA), (250, 170, _CYAN))
_SHIFT = (-40, 60)
"""By which the spots of the shown picture lie elsewhere than the layer's."""
_HELD = (20, 250)


def over_it(scene: Scene) -> Steps:
    """In each of the views: where two spots of the layer are on the screen, and where those of a
    picture are that is shown over it; how bright held and movable parts are, and the inks of the
    rings that stand at the spots."""
    from draggan_krita.documents import BOOK, KritaDocument

    from draggan_server.wire.messages import Pixels

    document = yield from scene.new_document(_WIDTH, _HEIGHT)
    layer = scene.picture_layer(document, "spots", _WIDTH, _HEIGHT)
    selection = Selection()
    selection.select(60, 0, _WIDTH - 60, _HEIGHT, 255)
    shifted = _spotted(
        [(x + _SHIFT[0], y + _SHIFT[1], ink) for x, y, ink in _SPOTS], b"\x60\x80\x60"
    )
    shown = Pixels(_WIDTH, _HEIGHT, 4, shifted)
    said: list[dict[str, Any]] = []
    for number, view in enumerate(scene.arguments["views"]):
        canvas = scene.window.activeView().canvas()
        canvas.setZoomLevel(view["zoom"])
        canvas.setRotation(view["rotation"])
        canvas.setMirror(view["mirror"])
        found: dict[str, Any] = {}
        # The layer itself, first as the picture will be, then as it is.
        for name, spots in (("expected", shifted), ("own", _spotted(_SPOTS, b"\x80\x60\x60"))):
            layer.setPixelData(QByteArray(_as_bgra(spots)), 0, 0, _WIDTH, _HEIGHT)
            document.refreshProjection()
            yield 0.5
            path = yield from scene.shot(f"{name}-{number}")
            found[name] = _places(scene, path)
        editor = scene.docker.brain.editor
        work = BOOK.pictures.read(KritaDocument(document)).layer
        editor.show_work(work, held=False)
        editor.show_frame(work, shown)
        yield 0.3
        path = yield from scene.shot(f"frame-{number}")
        found["frame"] = _places(scene, path)
        editor.show_work(None, held=False)
        document.setSelection(selection)
        yield from scene.edit_points()
        scene.set_pairs([((_SPOTS[0][0], _SPOTS[0][1]), (_SPOTS[1][0], _SPOTS[1][1]))])
        yield 1
        path = yield from scene.shot(f"veil-{number}")
        image = QImage(str(path))
        places = [scene.on_screen(point) for point in (_HELD, (_HELD[0] + 80, _HELD[1]))]
        found["brightness"] = [max(image.pixelColor(*place).getRgb()[:3]) for place in places]
        found["rings"] = [_inks(image, place) for place in found["own"]]
        scene.set_pairs([])
        document.setSelection(None)
        scene.part("edit").click()
        yield 0.3
        said.append(found)
    return {"canvas": scene.canvas.metaObject().className(), "views": said}


def brush_outline(scene: Scene) -> Steps:
    """Whether the outline of Krita's brush is seen where the mouse went over the canvas last:
    `before` points are set, `while` they are, when the mouse went on, and `after`."""
    yield from scene.new_document(_WIDTH, _HEIGHT)
    document = scene.app.activeDocument()
    layer = scene.picture_layer(document, "plain", _WIDTH, _HEIGHT)
    document.refreshProjection()
    document.setActiveNode(layer)
    yield from scene.trigger("KritaShape/KisToolBrush")
    scene.only_set_points()
    said = {}
    for name, edited, way in (
        ("before", False, ((150, 150), (190, 150), (200, 150))),
        ("while", True, ((100, 100), (60, 60))),
        ("after", False, ((150, 150), (190, 150), (200, 150))),
    ):
        if scene.part("edit").isChecked() != edited:
            yield from scene.click(scene.part("edit"))
            yield 0.5
        for point in way:
            yield from scene.command("xdotool", "mousemove", *map(str, scene.on_screen(point)))
            yield 0.5
        image = QImage(str((yield from scene.shot(f"outline-{name}"))))
        x, y = scene.on_screen((200, 150))
        row = {image.pixelColor(x + step, y).name() for step in range(-60, 61)}
        said[name] = len(row) > 1
    return said


def _spotted(spots: Iterable[tuple[int, int, QColor]], ground: bytes) -> bytes:
    """RGBA bytes of one colour, with a square of another around each spot's middle."""
    data, half = bytearray((ground + b"\xff") * (_WIDTH * _HEIGHT)), _SPOT // 2
    for x, y, ink in spots:
        for row in range(y - half, y + half + 1):
            start = (row * _WIDTH + x - half) * 4
            data[start : start + 4 * _SPOT] = bytes(ink.getRgb()) * _SPOT
    return bytes(data)


def _as_bgra(rgba: bytes) -> bytes:
    data = bytearray(rgba)
    data[0::4], data[2::4] = rgba[2::4], rgba[0::4]
    return bytes(data)


def _places(scene: Scene, path: Any) -> list[Point]:
    return [find_colour(path, ink, scene.canvas) for _x, _y, ink in _SPOTS]


def _inks(image: QImage, place: Point) -> list[str]:
    """The colours around a place."""
    x, y = map(round, place)
    around = range(-14, 15)
    return sorted({image.pixelColor(x + dx, y + dy).name() for dx in around for dy in around})
