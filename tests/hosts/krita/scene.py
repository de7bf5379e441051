"""What a scenario inside Krita works with: documents, the docker, mouse, keys and screenshots.

Runs in Krita's own Python: imports Krita, Qt, the plug-in and the standard library only. Methods
that take time are generators, to be used with `yield from`.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

from krita import Krita
from PyQt5.QtCore import QByteArray, QEvent, QObject, QPoint, QPointF, QSize, QTimer
from PyQt5.QtGui import QColor, QImage
from PyQt5.QtWidgets import QAbstractButton, QApplication, QDockWidget, QListWidget, QWidget

from tests.patience import deadline_in, patient

Steps = Generator[float, None, Any]
Position = tuple[int, int]
"""(x, y) on the screen."""
Point = tuple[float, float]

SRGB = "sRGB-elle-V2-srgbtrc.icc"
ANNOTATION = "draggan-layers"
_CLICKED = (QEvent.MouseButtonRelease, QEvent.Wheel)
_RELEASED = (QEvent.KeyRelease,)
_DOCKERS = ("ToolBox", "KisLayerBox", "draggan")


class Scene:
    """`folder` takes what the scenario writes; `arguments` come from the test."""

    def __init__(self, folder: Path, arguments: dict[str, Any]) -> None:
        self.folder = folder
        self.arguments = arguments
        self.app = Krita.instance()

    # -- Krita ----------------------------------------------------------------------------------

    @property
    def window(self) -> Any:
        return self.app.activeWindow()

    @property
    def docker(self) -> Any:
        return next(d for d in self.window.dockers() if d.objectName() == "draggan")

    @property
    def status(self) -> str:
        """The sentence that the docker shows."""
        return self.part("status").text()

    def part(self, key: str) -> Any:
        """The widget that shows a part of the docker's form."""
        return self.docker.panel.view.widgets[key]

    @property
    def model(self) -> str | None:
        """The model that is chosen; None while none is listed."""
        return self.docker.brain.sample.models.name

    def lay_out(self) -> Steps:
        """A large window with the docker in full sight. Krita lays its dockers out anew when the
        first document is opened, so call it then."""
        self.window.qwindow().showMaximized()
        for docker in self.window.dockers():
            docker.setVisible(docker.objectName() in _DOCKERS)
        yield 0.5

    def activate(self, window: Any) -> Steps:
        """Bring another of Krita's windows to the front, for mouse and keys."""
        main = window.qwindow()
        main.showMaximized()
        yield 0.5
        yield from self._xdotool("windowactivate", str(int(main.winId())))
        yield from self.wait_until(main.isActiveWindow)

    def new_document(
        self, width: int, height: int, depth: str = "U8", model: str = "RGBA", profile: str = SRGB
    ) -> Steps:
        """A document in a view of its own; returns it."""
        document = self.app.createDocument(width, height, "test", model, depth, profile, 72.0)
        document.setBatchmode(True)
        self.window.addView(document)
        yield 0.5
        yield from self.lay_out()
        return document

    def paint_layer(
        self, document: Any, name: str, width: int, height: int, bgra: bytes = b"\x40\x80\xc0\xff"
    ) -> Any:
        """A layer of one colour in the document's corner, active."""
        node = document.createNode(name, "paintlayer")
        node.setPixelData(QByteArray(bgra * (width * height)), 0, 0, width, height)
        document.rootNode().addChildNode(node, None)
        document.setActiveNode(node)
        return node

    def picture_layer(self, document: Any, name: str, width: int, height: int) -> Any:
        """A layer as `paint_layer` makes it, of which the document says that DragGAN made it."""
        node = self.paint_layer(document, name, width, height)
        self.note_state(document, node, [0, 0, width, height])
        return node

    def note_state(self, document: Any, node: Any, region: list[int], state: str = "{}") -> None:
        """Tell the document that the layer has a state, though it may be none that a daemon
        knows."""
        known = bytes(document.annotation(ANNOTATION))
        notes = json.loads(known) if known else {"draggan": 1, "layers": {}}
        notes["layers"][node_id(node)] = {"state": state, "region": region, "offset": [0, 0]}
        self.annotate(document, json.dumps(notes).encode())

    def annotate(self, document: Any, data: bytes) -> None:
        document.setAnnotation(ANNOTATION, "test", QByteArray(data))

    def sample(self, model: str, seed: int = 1) -> Steps:
        """Press New picture; returns the layer that comes, active."""
        if self.model is None:
            self.docker.brain.sample.samples.list_models()
            yield from self.wait_until(lambda: self.model is not None)
        models = self.part("model")
        models.setCurrentIndex(models.findData(model))
        assert self.model == model
        self.part("seed").setValue(seed)
        document = self.app.activeDocument()
        before = [] if document is None else [node_id(n) for n in nodes_of(document)]
        yield from self.click(self.part("new_picture"))

        def new_layer() -> Any:
            node = self.app.activeDocument() and self.app.activeDocument().activeNode()
            return node if node is not None and node_id(node) not in before else None

        return (yield from self.wait_until(new_layer, 60))

    def only_set_points(self) -> None:
        """From now on a pull on the canvas sets points; the picture does not follow."""
        self.docker.brain.desk.hand.live = False

    def choose_method(self, method: str) -> None:
        """Choose a method among the options, by its own name."""
        field = self.part("method")
        field.setCurrentIndex(field.findData(method))

    def edit_points(self) -> Steps:
        """Switch the overlay for points on where it is not."""
        self.only_set_points()
        if not self.part("edit").isChecked():
            yield from self.click(self.part("edit"))
            yield 0.3

    def set_pair(self, handle: Point, target: Point) -> Steps:
        """Drag with the mouse from one point of the image to another, in whole pixels' centres."""
        yield from self.edit_points()
        start, end = (self.on_screen(point) for point in (handle, target))
        middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        yield from self.drag_mouse(start, middle, end)

    def on_canvas(self, point: Point) -> QPointF:
        """Where a point of the image, (0, 0) the first pixel's centre, lies on the canvas."""
        view = self.window.activeView()
        inverse, invertible = view.flakeToImageTransform().inverted()
        assert invertible
        transform = inverse * view.flakeToCanvasTransform()
        return transform.map(QPointF(point[0] + 0.5, point[1] + 0.5))

    def on_screen(self, point: Point) -> Position:
        """The screen's pixel in which a point of the image lies."""
        place = self.on_canvas(point)
        left, top = screen_position(self.canvas, QPoint(0, 0))
        scale = self.canvas.devicePixelRatioF()
        return left + int(place.x() * scale), top + int(place.y() * scale)

    @property
    def canvas(self) -> QWidget:
        from draggan_krita.canvas import canvas_widget

        return canvas_widget(self.window.activeView())

    def tool_button(self, tool: str) -> QWidget:
        """The button of a tool in Krita's tool box."""
        tool_box = self.window.qwindow().findChild(QDockWidget, "ToolBox")
        return tool_box.findChild(QAbstractButton, tool)

    @property
    def pairs(self) -> list[Any]:
        """The handles and targets of the active layer's pairs, as the docker has them."""
        return [(pair.handle, pair.target) for pair in self.docker.brain.editor.points().pairs]

    @property
    def veil(self) -> Any:
        """The mask over whose held parts a veil lies; None: none does."""
        return self.docker.brain.editor.canvas.sight.veil

    def set_pairs(self, pairs: Iterable[tuple[Point, Point]]) -> None:
        """Give the active layer these pairs."""
        from draggan_server.host.pairs import PointPair

        self.docker.brain.editor.points().load(PointPair(*pair) for pair in pairs)

    @property
    def dragging(self) -> bool:
        # While colours are converted, Krita runs its event loop and so this scenario.
        session = self.docker.brain.session
        return session.shown.busy or session.state.name in ("READING", "KEEPING")

    def in_turn(self, *parts: Callable[[Scene], Steps]) -> Steps:
        """Run scenarios one after the other in this Krita, closing all documents after each;
        returns what each returned, by its name."""
        said = {}
        for part in parts:
            said[part.__name__] = yield from part(self)
            for document in self.app.documents():
                document.setModified(False)
                document.close()
            yield 0.5
        return said

    def trigger(self, action: str) -> Steps:
        """Do what an entry of the menu does, to its end."""
        self.app.action(action).trigger()
        yield 0.5
        if (document := self.app.activeDocument()) is not None:
            document.waitForDone()

    def make(self, action: str) -> Steps:
        """Do what an entry of the menu does; returns the layer that it makes, active."""
        document = self.app.activeDocument()
        before = node_id(document.activeNode())
        yield from self.trigger(action)
        yield from self.wait_until(lambda: node_id(document.activeNode()) != before)
        return document.activeNode()

    # -- time -----------------------------------------------------------------------------------

    def wait_until(self, condition: Callable[[], Any], seconds: float = 20) -> Steps:
        """Runs the event loop until `condition()`; returns its value."""
        deadline = deadline_in(seconds)
        while not (value := condition()):
            assert time.monotonic() < deadline, (
                f"waited {patient(seconds):g} s in vain; the docker says: {self.status!r}"
            )
            yield 0.05
        return value

    def comes(self, condition: Callable[[], Any], seconds: float = 20) -> Steps:
        """Runs the event loop until `condition()`, or for so long; returns whether it came."""
        deadline = deadline_in(seconds)
        while not (came := bool(condition())) and time.monotonic() < deadline:
            yield 0.05
        return came

    def command(self, *argv: str) -> Steps:
        """Run a program while Krita's event loop runs on."""
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None:
            yield 0.02
        assert process.returncode == 0, f"{argv}: {process.stderr.read()!r}"

    def promise(self, result: Any) -> None:
        """What the scenario returns where Krita ends before it does."""
        (self.folder / "result.json").write_text(json.dumps({"result": result}))

    # -- mouse, keys, screen --------------------------------------------------------------------

    def drag_mouse(self, *way: Position, button: int = 1) -> Steps:
        """Press at the first position, pass the others, release at the last."""
        yield from self._xdotool("mousemove", *map(str, way[0]))
        yield from self._xdotool("mousedown", str(button))
        for position in way[1:]:
            yield from self._xdotool("mousemove", *map(str, position))
        yield from self.let_go(button)

    def let_go(self, button: int = 1) -> Steps:
        """Release a button, until Krita has heard it."""
        yield from self._heard(_Heard(_CLICKED), "mouseup", str(button))

    def click(self, where: QWidget | Position, button: int = 1) -> Steps:
        """Click a widget's middle as soon as it can be clicked, or a position."""
        if isinstance(where, QWidget):
            yield from self.wait_until(lambda: where.isVisible() and where.isEnabled(), 5)
            self.docker.panel.scroll.ensureWidgetVisible(where)
            yield 0.1
            yield from self.wait_until(lambda: self._is_in_sight(where))
            where = yield from self._middle_at_rest(where)
        yield from self._xdotool("mousemove", *map(str, where))
        yield from self._heard(_Heard(_CLICKED), "click", str(button))

    def click_item(self, items: QListWidget, place: int) -> Steps:
        """Click one of the pictures of a list."""
        self.docker.panel.scroll.ensureWidgetVisible(items)
        items.scrollToItem(items.item(place))
        yield 0.3
        centre = items.visualItemRect(items.item(place)).center()
        yield from self.click(screen_position(items.viewport(), centre))
        yield 0.5

    def float_docker(self, width: int, height: int) -> Steps:
        """Make the docker a window of its own, of this size, that is on the screen."""
        docker = self.docker
        docker.setFloating(True)
        docker.resize(width, height)
        yield from self.wait_until(
            lambda: docker.size() == QSize(width, height) and docker.windowHandle().isExposed()
        )
        yield 0.5

    def _middle_at_rest(self, widget: QWidget) -> Steps:
        """The screen's pixel of a widget's middle, once that moves no longer: a window that has
        just come or been resized lays its widgets out later."""
        while True:
            where = screen_position(widget, widget.rect().center())
            yield 0.1
            if where == screen_position(widget, widget.rect().center()):
                return where

    def _is_in_sight(self, widget: QWidget) -> bool:
        """After it was scrolled to, if need be: what has just been unfolded has no place yet."""
        self.docker.panel.scroll.ensureWidgetVisible(widget)
        return bool(widget.visibleRegion().contains(widget.rect().center()))

    def key(self, name: str) -> Steps:
        """Press and release a key, or some at once: "ctrl+z"."""
        yield from self._heard(_Heard(_RELEASED, name.count("+") + 1), "key", name)

    def shot(self, name: str) -> Steps:
        """A screenshot, for people to look at and for `find_colour`; returns its path."""
        yield 0.3
        path = self.folder / f"{name}.png"
        yield from self.command("import", "-window", "root", str(path))
        return path

    def _heard(self, heard: _Heard, *argv: str) -> Steps:
        """Let xdotool do something, until Krita has heard it."""
        app = QApplication.instance()
        app.installEventFilter(heard)
        yield from self._xdotool(*argv)
        yield from self.comes(lambda: heard.missing <= 0, 5)
        app.removeEventFilter(heard)

    def _xdotool(self, *argv: str) -> Steps:
        yield from self.command("xdotool", *argv)
        yield 0.05


class Seen(list[Any]):
    """What `look` gives from now on until `end`, in each turn of the event loop, everything once:
    also what is over before somebody could wait for it."""

    def __init__(self, look: Callable[[], Any]) -> None:
        super().__init__()
        self._look = look
        self._beat = QTimer()
        self._beat.timeout.connect(self._note)
        self._beat.start(1)

    def _note(self) -> None:
        if (value := self._look()) not in self:
            self.append(value)

    def end(self) -> None:
        self._beat.stop()


class _Heard(QObject):
    """How many events of some kinds one of Krita's windows has yet to hear."""

    def __init__(self, kinds: tuple[QEvent.Type, ...], missing: int = 1) -> None:
        super().__init__()
        self._kinds = kinds
        self.missing = missing

    def eventFilter(self, to: QObject, event: QEvent) -> bool:
        # A window hears it first, and then each widget that it is told to.
        self.missing -= to.isWindowType() and event.type() in self._kinds
        return False


def node_id(node: Any) -> str:
    return node.uniqueId().toString()


def nodes_of(document: Any) -> list[Any]:
    """All nodes of a document, from below, groups before what is in them."""
    found, waiting = [], list(reversed(document.topLevelNodes()))
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += reversed(node.childNodes())
    return found


def names_of(document: Any) -> list[str]:
    return [node.name() for node in nodes_of(document)]


def bounds_of(node: Any) -> list[int]:
    bounds = node.bounds()
    return [bounds.x(), bounds.y(), bounds.width(), bounds.height()]


def screen_position(widget: QWidget, point: QPoint) -> Position:
    where, scale = widget.mapToGlobal(point), widget.devicePixelRatioF()
    return int(where.x() * scale), int(where.y() * scale)


def find_colour(path: Path, colour: QColor, inside: QWidget) -> tuple[float, float]:
    """The middle, on the screen, of the pixels of a colour that a screenshot shows in a widget."""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    stride = image.bytesPerLine()
    bits = image.constBits()
    bits.setsize(stride * image.height())
    data, wanted = bytes(bits), bytes(colour.getRgb()[:3])
    left, top = screen_position(inside, QPoint(0, 0))
    scale = inside.devicePixelRatioF()
    found = []
    for y in range(top, top + int(inside.height() * scale)):
        end = left + int(inside.width() * scale)
        row = data[y * stride + left * 3 : y * stride + end * 3]
        found += [
            (left + match.start() // 3, y)
            for match in re.finditer(re.escape(wanted), row)
            if match.start() % 3 == 0
        ]
    assert found, f"{path} shows no {colour.name()}"
    return sum(x for x, _ in found) / len(found), sum(y for _, y in found) / len(found)
