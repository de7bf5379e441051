"""Points set with the mouse on the canvas."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QByteArray, QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QColor, QTabletEvent
from PyQt5.QtWidgets import QApplication, QWidget

from tests.hosts.krita.scene import (
    Position,
    Scene,
    Steps,
    find_colour,
    names_of,
    screen_position,
)

_WIDTH, _HEIGHT = 400, 300
_SPOT = 7  # pixels a side, odd: its middle is a pixel's centre
_BRUSH = "KritaShape/KisToolBrush"
_MAGENTA, _CYAN = QColor(255, 0, 255), QColor(0, 255, 255)


def by_mouse(scene: Scene) -> Steps:
    """In each of the views asked for, drag from a magenta spot to a cyan one.

    The spots are looked for in a screenshot, so that nothing of the plug-in's own arithmetic is
    used to say where they are. Returns, for each view, the pairs and where the spots truly lie.
    """
    document = yield from scene.new_document(_WIDTH, _HEIGHT)
    layer = scene.picture_layer(document, "spots", _WIDTH, _HEIGHT)
    spots = ((120, 90), (250, 170))
    for (x, y), colour in zip(spots, (b"\xff\x00\xff\xff", b"\xff\xff\x00\xff"), strict=True):
        half = _SPOT // 2
        data = QByteArray(colour * _SPOT**2)
        layer.setPixelData(data, x - half, y - half, _SPOT, _SPOT)
    document.refreshProjection()
    before = bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT))
    found = []
    for number, view in enumerate(scene.arguments["views"]):
        canvas = scene.window.activeView().canvas()
        canvas.setZoomLevel(view["zoom"])
        canvas.setRotation(view["rotation"])
        canvas.setMirror(view["mirror"])
        yield 0.5
        plain = yield from scene.shot(f"plain-{number}")
        widget = scene.canvas
        start, end = (_whole(find_colour(plain, c, widget)) for c in (_MAGENTA, _CYAN))
        scene.only_set_points()
        yield from scene.click(scene.part("edit"))
        yield 0.3
        yield from scene.drag_mouse(start, _between(start, end), end)
        yield from scene.shot(f"points-{number}")
        found.append(scene.pairs)
        yield from scene.click(scene.part("clear"))
        assert scene.pairs == []
        yield from scene.click(scene.part("edit"))
        yield 0.2
    assert bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT)) == before
    canvas = scene.canvas.metaObject().className()
    return {"pairs": found, "spots": spots, "canvas": canvas}


def editing(scene: Scene) -> Steps:
    """Set, move and remove points; zoom and pan meanwhile. Returns the pairs after each act."""
    document = yield from scene.new_document(_WIDTH, _HEIGHT)
    layer = scene.picture_layer(document, "plain", _WIDTH, _HEIGHT)
    before = bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT))
    scene.window.activeView().canvas().setZoomLevel(1.0)
    yield 0.3
    scene.only_set_points()
    yield from scene.click(scene.part("edit"))
    yield 0.3
    middle = scene.canvas.rect().center()

    def at(x: int, y: int) -> Position:
        return screen_position(scene.canvas, middle + QPoint(x, y))

    acts: dict[str, Any] = {}
    yield from scene.drag_mouse(at(-60, -40), at(-20, -20), at(40, 0))
    acts["set"] = scene.pairs
    yield from scene.drag_mouse(at(-60, 60), at(0, 60), at(60, 60))
    acts["set another"] = scene.pairs
    yield from scene.key("ctrl+z")
    yield 0.3
    acts["undone"] = scene.pairs
    yield from scene.key("ctrl+z")
    yield from scene.key("ctrl+z")
    yield 0.3
    acts["undone beyond the first"] = scene.pairs
    acts["layers after undo"] = names_of(document)
    yield from scene.key("ctrl+shift+z")
    yield from scene.key("ctrl+shift+z")
    yield 0.3
    acts["redone"] = scene.pairs
    yield from scene.drag_mouse(at(41, 1), at(41, 20), at(61, -29))
    acts["move the first target"] = scene.pairs
    yield from scene.click(at(0, -80))
    acts["click only"] = scene.pairs
    acts["said after the click"] = scene.status
    yield from scene.command("xdotool", "mousemove", *map(str, at(60, -90)))
    yield from scene.shot("half-a-pair")
    yield from scene.key("Escape")
    acts["given up"] = scene.pairs
    yield from scene.click(at(0, -80))
    yield from scene.click(at(80, -90))
    acts["click, click"] = scene.pairs
    yield from scene.key("Left")
    yield from scene.key("shift+Down")
    acts["nudged"] = scene.pairs
    yield from scene.key("Tab")
    yield from scene.key("Tab")
    yield from scene.key("Up")
    acts["the next end nudged"] = scene.pairs
    for _ in range(3):
        yield from scene.key("ctrl+z")
    acts["clicks and keys undone"] = scene.pairs
    transform = scene.window.activeView().flakeToCanvasTransform()
    yield from scene.click(at(0, 0), button=4)
    yield 0.3
    acts["zoomed"] = transform != scene.window.activeView().flakeToCanvasTransform()
    yield from scene.click(at(0, 0), button=5)
    yield 0.3
    transform = scene.window.activeView().flakeToCanvasTransform()
    yield from scene.command("xdotool", "keydown", "space")
    yield 0.2
    yield from scene.drag_mouse(at(0, 20), at(20, 30), at(30, 40))
    yield from scene.command("xdotool", "keyup", "space")
    yield 0.3
    after = scene.window.activeView().flakeToCanvasTransform()
    acts["panned"] = [after.dx() - transform.dx(), after.dy() - transform.dy()]
    acts["after zoom and pan"] = scene.pairs
    yield from scene.drag_mouse(at(0, 20), at(-20, 0), at(-30, 0), button=2)
    yield 0.3
    acts["after a pan with the middle button"] = scene.pairs
    yield from scene.shot("two-pairs")
    transform = scene.window.activeView().flakeToCanvasTransform()
    dx, dy = (round(v) for v in (transform.dx() - after.dx(), transform.dy() - after.dy()))
    shift = (30 + dx, 20 + dy)
    yield from scene.click(at(-60 + shift[0], -40 + shift[1]), button=3)
    acts["right click on the first"] = scene.pairs
    yield from scene.command("xdotool", "mousemove", *map(str, at(60 + shift[0], 60 + shift[1])))
    yield 0.2
    yield from scene.key("Delete")
    yield 0.3
    acts["Delete on the last"] = scene.pairs
    acts["layer untouched"] = bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT)) == before
    draw_with_pen(scene, [(50, 60), (70, 60), (90, 64)])
    acts["by pen"] = scene.pairs
    acts["still untouched"] = bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT)) == before
    yield from scene.click(scene.part("edit"))
    yield 0.3
    yield from scene.drag_mouse(at(0, 0), at(20, 20), at(40, 40))
    yield 0.5
    document.waitForDone()
    acts["painted after closing the overlay"] = (
        bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT)) != before
    )
    return acts


def draw_with_pen(
    scene: Scene,
    way: list[tuple[float, float]],
    tilt: tuple[int, int] = (0, 0),
    hovers: bool = False,
) -> None:
    """Press at the first point of the image, pass the others, release at the last; at fractions
    of the canvas's pixels, as a pen does. Or merely pass them all, where it `hovers`."""
    overlay = scene.docker._overlay_keeper._overlay
    left, top = screen_position(overlay, QPoint(0, 0))
    moves = [QEvent.TabletMove] * len(way)
    kinds = moves if hovers else [QEvent.TabletPress, *moves, QEvent.TabletRelease]
    for kind, point in zip(kinds, way if hovers else [way[0], *way, way[-1]], strict=True):
        place = scene.on_canvas(point)
        button = Qt.NoButton if kind == QEvent.TabletMove else Qt.LeftButton
        event = QTabletEvent(
            kind,
            place,
            place + QPointF(left, top),
            QTabletEvent.Stylus,
            QTabletEvent.Pen,
            0.7,
            *tilt,
            0.0,
            0.0,
            0,
            Qt.NoModifier,
            1,
            button,
            Qt.NoButton if hovers else Qt.LeftButton,
        )
        QApplication.sendEvent(overlay, event)
        assert event.isAccepted()


def pinned_and_snapped(scene: Scene) -> Steps:
    """Pin a place and let a handle snap to the corner of a square. Returns what the points are."""
    document = yield from scene.new_document(_WIDTH, _HEIGHT)
    layer = scene.picture_layer(document, "square", _WIDTH, _HEIGHT)
    layer.setPixelData(QByteArray(b"\x20\x20\x20\xff" * 80 * 60), 100, 100, 80, 60)
    document.refreshProjection()
    scene.window.activeView().canvas().setZoomLevel(1.0)
    yield 0.3
    yield from scene.set_pair((110, 112), (160, 60))
    acts: dict[str, Any] = {}
    yield from scene.command("xdotool", "keydown", "ctrl")
    yield from scene.click(scene.on_screen((250, 150)))
    yield from scene.command("xdotool", "keyup", "ctrl")
    yield 0.3
    points = scene.docker.brain.editor.points()

    def rows() -> list[list[Any]]:
        return [[*pair.handle, *pair.target, pair.pinned] for pair in points.pairs]

    acts["pinned"] = rows()
    yield from scene.command("xdotool", "mousemove", *map(str, scene.on_screen((110, 112))))
    yield 0.2
    yield from scene.key("s")
    yield 0.3
    acts["snapped"] = rows()
    yield from scene.shot("pinned-and-snapped")
    yield from scene.command("xdotool", "mousemove", *map(str, scene.on_screen((250, 150))))
    yield 0.2
    yield from scene.key("s")
    yield 0.3
    acts["nothing near"] = rows()
    acts["said"] = scene.status
    yield from scene.key("p")
    acts["let go"] = rows()
    yield from scene.click(scene.part("pin"))
    acts["pinned by the button"] = rows()
    acts["active tool"] = scene.tool_button(_BRUSH).isChecked()
    for _ in range(3):
        yield from scene.key("ctrl+z")
    yield 0.3
    acts["undone"] = rows()
    acts["layers"] = names_of(document)
    return acts


def tools_and_escape(scene: Scene) -> Steps:
    """By what editing is left, and what the mouse does then. Returns the pairs, whether points are
    still edited, whether the layer was painted on and what is selected, after each act."""
    document = yield from scene.new_document(_WIDTH, _HEIGHT)
    layer = scene.picture_layer(document, "plain", _WIDTH, _HEIGHT)
    scene.window.activeView().canvas().setZoomLevel(1.0)
    yield 0.3
    yield from scene.trigger(_BRUSH)
    acts: dict[str, Any] = {}
    pixels = [bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT))]

    def note(name: str) -> Steps:
        yield 0.5
        document.waitForDone()  # with a stroke
        pixels.append(bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT)))
        selection = document.selection()
        acts[name] = {
            "pairs": scene.pairs,
            "editing": scene.part("edit").isChecked(),
            "painted": pixels[-1] != pixels[-2],
            "selected": selection is not None and [selection.width(), selection.height()],
            "hint": scene.window.qwindow().statusBar().currentMessage(),
        }

    def pull(x: int, y: int) -> Steps:
        way = [scene.on_screen((x + step, y + step)) for step in (0, 20, 40)]
        yield from scene.drag_mouse(*way)

    yield from scene.set_pair((100, 60), (150, 80))
    yield from note("set")
    yield from scene.shot("hint-in-the-status-bar")
    yield from scene.click(scene.tool_button(_BRUSH))  # which is active already
    yield from pull(200, 60)
    yield from note("the brush chosen")
    yield from scene.edit_points()
    yield from scene.key("b")
    yield from pull(260, 60)
    yield from note("the brush by its key")
    yield from scene.edit_points()
    yield from scene.click(scene.tool_button("KisToolSelectRectangular"))
    yield from pull(200, 160)
    yield from note("rectangle select")
    yield from scene.edit_points()
    start, end = scene.on_screen((100, 160)), scene.on_screen((120, 180))
    yield from scene.command("xdotool", "mousemove", *map(str, start), "mousedown", "1")
    yield from scene.command("xdotool", "mousemove", *map(str, end))
    yield 0.2
    yield from scene.key("Escape")
    yield from scene.let_go()
    yield from note("Escape in the middle of a pull")
    yield from scene.key("Escape")
    yield from note("Escape")
    yield from scene.edit_points()
    scene.part("seed").setFocus()
    yield from scene.key("Escape")
    yield from note("Escape in the docker")
    return acts


def in_two_windows(scene: Scene) -> Steps:
    """Two windows: points are edited in one while the mouse paints in the other; then in both."""
    first = scene.window
    document = yield from scene.new_document(_WIDTH, _HEIGHT)
    scene.picture_layer(document, "plain", _WIDTH, _HEIGHT)
    yield from scene.set_pair((100, 60), (150, 80))
    first_canvas = scene.canvas
    second = scene.app.openWindow()
    yield 1.5
    yield from scene.activate(second)
    other = yield from scene.new_document(_WIDTH, _HEIGHT)
    layer = scene.picture_layer(other, "other", _WIDTH, _HEIGHT)
    yield 0.5
    said: dict[str, Any] = {"window": scene.window.qwindow().objectName()}
    before = bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT))
    way = [scene.on_screen(point) for point in ((60, 60), (90, 90), (120, 120))]
    yield from scene.drag_mouse(*way)
    yield 0.5
    other.waitForDone()
    said["painted"] = bytes(layer.pixelData(0, 0, _WIDTH, _HEIGHT)) != before
    said["pairs in the other"] = scene.pairs
    yield from scene.edit_points()
    yield 0.3
    said["overlays"] = [_overlays(canvas) for canvas in (first_canvas, scene.canvas)]
    second.addView(document)  # what the first window shows
    yield 0.7
    said["overlays on one document"] = [
        _overlays(canvas) for canvas in (first_canvas, scene.canvas)
    ]
    yield from scene.set_pair((100, 160), (150, 180))
    yield 0.3
    said["pairs of the same layer"] = len(scene.pairs)
    yield from scene.shot("second-window")
    yield from scene.activate(first)
    said["seen in the first"] = len(scene.pairs)
    yield from scene.shot("first-window")
    return said


def _overlays(canvas: QWidget) -> int:
    """How many overlays are to be seen on a canvas."""
    from draggan_krita.overlay import Overlay

    return sum(overlay.isVisible() for overlay in canvas.findChildren(Overlay))


def of_layers_and_documents(scene: Scene) -> Steps:
    """Which points are shown and counted when another layer or document becomes active, and when
    the layer is moved. Returns the docker's count and where the first handle is drawn."""
    first = yield from scene.new_document(_WIDTH, _HEIGHT)
    lower = scene.picture_layer(first, "lower", _WIDTH, _HEIGHT)
    upper = scene.picture_layer(first, "upper", _WIDTH, _HEIGHT)
    yield 0.3
    yield from scene.set_pair((100, 100), (150, 120))
    said: dict[str, Any] = {}

    def note(name: str) -> Steps:
        yield 0.7
        said[name] = scene.part("count").text()

    yield from note("set on upper")
    yield from scene.shot("upper")
    first.setActiveNode(lower)
    yield from note("lower active")
    first.setActiveNode(upper)
    yield from note("upper active again")
    upper.move(30, -20)
    yield 0.3
    said["grabbed after the move"] = yield from _grabs(scene, (130, 80))
    view = scene.window.activeView()
    second = yield from scene.new_document(64, 64)
    yield from note("another document")
    scene.part("edit").setChecked(True)
    scene.note_state(second, second.activeNode(), [0, 0, 64, 64])
    yield from scene.set_pair((10, 10), (20, 20))
    yield from note("set there")
    scene.window.showView(view)
    yield from note("the first document again")
    said["editing"] = scene.part("edit").isChecked()
    for document in (first, second):
        document.setModified(False)
        document.close()
    yield 0.5
    said["editing with none open"] = scene.part("edit").isChecked()
    return said


def _grabs(scene: Scene, point: tuple[float, float]) -> Steps:
    """Whether a press at a point of the image takes hold of a ring that is there."""
    before = scene.pairs
    x, y = scene.on_screen(point)
    yield from scene.drag_mouse((x, y), (x + 5, y), (x + 20, y))
    after = scene.pairs
    return len(after) == len(before) and after != before


def _whole(position: tuple[float, float]) -> Position:
    return round(position[0]), round(position[1])


def _between(start: Position, end: Position) -> Position:
    return (start[0] + end[0]) // 2, (start[1] + end[1]) // 2
