"""What a scenario inside Krita works with: documents, the docker, mouse, keys and screenshots.

Runs in Krita's own Python: imports Krita, Qt, the plug-in and the standard library only. Methods
that take time are generators, to be used with `yield from`.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from krita import Krita
from PyQt5.QtCore import QByteArray, QPoint
from PyQt5.QtGui import QColor, QImage
from PyQt5.QtWidgets import QWidget

Steps = Generator[float, None, Any]
Position = tuple[int, int]
"""(x, y) on the screen."""

SRGB = "sRGB-elle-V2-srgbtrc.icc"
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
        return self.docker.panel.status.text()

    def lay_out(self) -> Steps:
        """A large window with the docker in full sight. Krita lays its dockers out anew when the
        first document is opened, so call it then."""
        self.window.qwindow().showMaximized()
        for docker in self.window.dockers():
            docker.setVisible(docker.objectName() in _DOCKERS)
        yield 0.5

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

    def trigger(self, action: str) -> Steps:
        self.app.action(action).trigger()
        yield 0.5

    # -- time -----------------------------------------------------------------------------------

    def wait_until(self, condition: Callable[[], Any], seconds: float = 20) -> Steps:
        """Runs the event loop until `condition()`; returns its value."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, (
                f"waited {seconds} s in vain; the docker says: {self.status!r}"
            )
            yield 0.05
        return value

    def command(self, *argv: str) -> Steps:
        """Run a program while Krita's event loop runs on."""
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None:
            yield 0.02
        assert process.returncode == 0, f"{argv}: {process.stderr.read()!r}"

    # -- mouse, keys, screen --------------------------------------------------------------------

    def drag_mouse(self, *way: Position, button: int = 1) -> Steps:
        """Press at the first position, pass the others, release at the last."""
        yield from self._xdotool("mousemove", *map(str, way[0]))
        yield from self._xdotool("mousedown", str(button))
        for position in way[1:]:
            yield from self._xdotool("mousemove", *map(str, position))
        yield from self._xdotool("mouseup", str(button))

    def click(self, where: QWidget | Position, button: int = 1) -> Steps:
        """Click a widget's middle, or a position."""
        if isinstance(where, QWidget):
            assert where.isVisible(), f"{where} is not to be seen"
            assert where.isEnabled(), f"{where} is switched off"
            self.docker.panel.ensureWidgetVisible(where)
            yield 0.1
            where = screen_position(where, where.rect().center())
        yield from self._xdotool("mousemove", *map(str, where))
        yield from self._xdotool("click", str(button))

    def key(self, name: str) -> Steps:
        yield from self._xdotool("key", name)

    def shot(self, name: str) -> Steps:
        """A screenshot, for people to look at and for `find_colour`; returns its path."""
        yield 0.3
        path = self.folder / f"{name}.png"
        yield from self.command("import", "-window", "root", str(path))
        return path

    def _xdotool(self, *argv: str) -> Steps:
        yield from self.command("xdotool", *argv)
        yield 0.05


def screen_position(widget: QWidget, point: QPoint) -> Position:
    where = widget.mapToGlobal(point)
    return where.x(), where.y()


def find_colour(path: Path, colour: QColor, inside: QWidget) -> tuple[float, float]:
    """The middle, on the screen, of the pixels of a colour that a screenshot shows in a widget."""
    image = QImage(str(path))
    left, top = screen_position(inside, QPoint(0, 0))
    found = [
        (x, y)
        for y in range(top, top + inside.height())
        for x in range(left, left + inside.width())
        if _near(image.pixelColor(x, y), colour)
    ]
    assert found, f"{path} shows no {colour.name()}"
    return sum(x for x, _ in found) / len(found), sum(y for _, y in found) / len(found)


def _near(one: QColor, other: QColor) -> bool:
    return all(abs(a - b) < 60 for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True))
