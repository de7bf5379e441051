"""Fingers on a touch screen and a pen, as the X server says them."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QEvent, QObject
from PyQt5.QtWidgets import QApplication

from tests.hosts.krita.scenarios.points import draw_with_pen
from tests.hosts.krita.scene import Point, Scene, Steps
from tests.hosts.touch_screen import DOWN, MOVE, UP, Device

_WIDTH, _HEIGHT = 400, 300
_MOVES = 8
_PRESSURE = 0.5
_OF_PEN = {
    QEvent.TabletMove: "move",
    QEvent.TabletPress: "press",
    QEvent.TabletRelease: "release",
}


class _Heard(QObject):
    """Names the kinds of a pen's events that widgets get."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[str] = []

    def eventFilter(self, watched: Any, event: Any) -> bool:
        name = _OF_PEN.get(event.type())
        if name is not None and watched.isWidgetType() and name not in self.kinds:
            self.kinds.append(name)
        return False


def fingers_and_pen(scene: Scene) -> Steps:
    """One finger pulls, a second one gives that up, two zoom and move the canvas; a pen hovers and
    pulls. Nothing is painted."""
    document = yield from scene.new_document(_WIDTH, _HEIGHT)
    layer = scene.picture_layer(document, "plain", _WIDTH, _HEIGHT)
    scene.window.activeView().canvas().setZoomLevel(1.0)
    yield 0.5
    before = bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT))
    yield from scene.edit_points()
    said: dict[str, Any] = {"cursor": scene.docker._overlay_keeper._overlay.cursor().shape()}
    with Device(scene.arguments["fingers"]) as fingers:
        yield from _touched(scene, fingers, [(100, 60)], [(150, 80)])
        yield from scene.wait_until(lambda: scene.pairs)
        said["pulled"] = scene.pairs
        yield from scene.shot("touched")
        yield from _second_finger(scene, fingers)
        for name, start, end in (
            ("apart", [(150, 150), (250, 150)], [(50, 150), (350, 150)]),
            ("together", [(150, 150), (250, 150)], [(150, 100), (250, 100)]),
        ):
            seen, middle = yield from _settled(scene)
            yield from _touched(scene, fingers, start, end)
            zoomed, moved = yield from _settled(scene)
            said[name] = [zoomed / seen, moved.x() - middle.x(), moved.y() - middle.y()]
            yield from scene.shot(f"pinched-{name}")
        said["pulled then"] = scene.pairs
    yield from scene.click(scene.part("clear"))
    scene.window.activeView().canvas().setZoomLevel(1.0)
    yield 0.5
    with Device(scene.arguments["pen"]) as pen:
        said |= yield from _pen(scene, pen)
    said["untouched"] = bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT)) == before
    return said


def _touched(
    scene: Scene, fingers: Device, start: list[Point], end: list[Point], lift: bool = True
) -> Steps:
    """As many fingers come down at once as there are places, and move from these to those."""
    ways = [(scene.on_screen(a), scene.on_screen(b)) for a, b in zip(start, end, strict=True)]
    for step in range(_MOVES + 1):
        for finger, (a, b) in enumerate(ways):
            fingers.touch(finger, MOVE if step else DOWN, _between(a, b, step / _MOVES))
        yield 0.05
    if lift:
        for finger, (_, b) in enumerate(ways):
            fingers.touch(finger, UP, b)
        yield 0.5


def _between(a: Point, b: Point, at: float) -> Point:
    """So much of the way from the one to the other."""
    return a[0] + (b[0] - a[0]) * at, a[1] + (b[1] - a[1]) * at


def _second_finger(scene: Scene, fingers: Device) -> Steps:
    """It comes while the first one pulls, and both go."""
    yield from _touched(scene, fingers, [(200, 200)], [(220, 200)], lift=False)
    first, second = scene.on_screen((220, 200)), scene.on_screen((280, 200))
    for kind in (DOWN, MOVE, UP):
        fingers.touch(1, kind, second)
        yield 0.1
    fingers.touch(0, UP, first)
    yield 0.5


def _settled(scene: Scene) -> Steps:
    """How large the picture is shown, and where a point of it is, once Krita has done with the
    fingers."""
    before = None
    while (
        now := (scene.window.activeView().canvas().zoomLevel(), scene.on_canvas((200, 150)))
    ) != before:
        before = now
        yield 0.5
    return now


def _pen(scene: Scene, pen: Device) -> Steps:
    """It pulls; the same from elsewhere, tilted as no device here can be; and it hovers."""
    said: dict[str, Any] = {}
    heard = _Heard()
    QApplication.instance().installEventFilter(heard)
    start, end = scene.on_screen((60, 60)), scene.on_screen((110, 80))
    pen.near(True, start)
    pen.move(start)
    yield 0.3
    pen.tip(True, start, _PRESSURE)
    for step in range(1, _MOVES + 1):
        pen.move(_between(start, end, step / _MOVES), _PRESSURE)
        yield 0.05
    pen.tip(False, end, 0.0)
    yield from scene.comes(lambda: scene.pairs, 5)
    QApplication.instance().removeEventFilter(heard)
    said["heard of the pen"], said["pulled by pen"] = heard.kinds, scene.pairs
    yield from scene.click(scene.part("clear"))
    for y, tilt in ((60, (0, 0)), (160, (60, -45))):
        draw_with_pen(scene, [(50, y), (70, y), (90, y + 4)], tilt)
    said["tilted"] = scene.pairs
    yield from scene.click(scene.part("clear"))
    scene.part("brush").click()
    scene.part("brush_size").setValue(40)
    yield 0.3
    overlay = scene.docker._overlay_keeper._overlay
    place = scene.on_screen((200, 150))
    for by in (2, 1, 0):
        pen.move((place[0] + by, place[1]))
        yield 0.2
    said["hover"] = [shape.centre for shape in overlay._surface.shapes()]
    there = scene.on_canvas((200, 150))
    said["hover is at"] = [there.x(), there.y()]
    yield from scene.shot("hover")
    pen.near(False, place)
    return said
