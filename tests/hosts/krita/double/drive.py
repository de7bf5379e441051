"""Drives the plug-in's widgets under the Qt that is asked for; Krita itself is a small double.

    python3 drive.py 5|6 FOLDER

FOLDER has the staged plug-in. Prints, as JSON, what was seen.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

_SECONDS = 240
"""Until what has to come never does, see `tests.patience`, which is out of reach here."""


def main() -> None:
    version, folder = sys.argv[1], Path(sys.argv[2])
    # As Krita 6 refuses PyQt5, and Krita 5 PyQt6.
    sys.modules["PyQt5" if version == "6" else "PyQt6"] = None  # type: ignore[assignment]
    plugin = folder / "pykrita" / "draggan_krita"
    sys.path.insert(0, str(folder / "pykrita"))
    entered: set[CodeType] = set()

    def note(frame: Any, event: str, _argument: Any) -> None:
        if event == "call":
            entered.add(frame.f_code)

    sys.setprofile(note)
    from draggan_krita import qt

    app = qt.QApplication([])
    errors: list[str] = []
    sys.excepthook = lambda kind, error, _trace: errors.append(f"{kind.__name__}: {error}")
    try:
        said = _drive(app, qt)
    except BaseException:  # noqa: BLE001 - also what an assert says, beside the errors in slots
        errors.append(traceback.format_exc())
        sys.exit("\n".join(errors))
    sys.setprofile(None)
    known = {(Path(code.co_filename).name, code.co_firstlineno) for code in entered}
    said |= {
        "qt": qt.QtCore.QT_VERSION_STR,
        "errors": errors,
        "unknown": list(_unknown_names(plugin, qt)),
        "never entered": [
            f"{file.name}: {name}"
            for file in sorted(plugin.glob("*.py"))
            for name, line in _functions(ast.parse(file.read_text()))
            if (file.name, line) not in known and file.name not in ("vendored.py", "host_log.py")
        ],
    }
    print(json.dumps(said))
    sys.stdout.flush()
    os._exit(0)


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, int]]:
    """The name of each function, and the line on which it or its first decorator stands."""
    for node in ast.iter_child_nodes(tree):
        name = f"{prefix}{getattr(node, 'name', '')}"
        if isinstance(node, ast.FunctionDef):
            first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            yield name, first
        inner = f"{name}." if isinstance(node, ast.ClassDef | ast.FunctionDef) else prefix
        yield from _functions(node, inner)


def _unknown_names(plugin: Path, qt: Any) -> Iterator[str]:
    """What the plug-in asks of Qt's modules and classes that this Qt has not."""
    for file in sorted(plugin.glob("*.py")):
        tree = ast.parse(file.read_text())
        names = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "qt"
            for alias in node.names
        }
        for name in names:
            if not hasattr(qt, name):
                yield f"{file.name}: {name}"
        for node in ast.walk(tree):
            chain = _chain(node)
            if chain and chain[0] in names and hasattr(qt, chain[0]):
                thing = getattr(qt, chain[0])
                for attribute in chain[1:]:
                    if not hasattr(thing, attribute):
                        yield f"{file.name}: {'.'.join(chain)}"
                        break
                    thing = getattr(thing, attribute)


def _chain(node: ast.AST) -> list[str]:
    """`A.B.C` as its names; nothing else."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (before := _chain(node.value)):
        return [*before, node.attr]
    return []


class _Hand:
    """Mouse, pen and keys on a widget, by events."""

    def __init__(self, app: Any, qt: Any) -> None:
        self._app, self._qt = app, qt

    def until(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + _SECONDS
        while not (value := condition()):
            assert time.monotonic() < deadline, "waited in vain"
            self._app.processEvents()
            self._app.sendPostedEvents(None, self._qt.QEvent.Type.DeferredDelete)
            time.sleep(0.005)
        return value

    def mouse(self, widget: Any, kind: str, x: float, y: float, right: bool = False) -> None:
        qt = self._qt
        kind, buttons = getattr(qt.QEvent.Type, kind), qt.Qt.MouseButton
        button = buttons.RightButton if right else buttons.LeftButton
        if kind == qt.QEvent.Type.MouseMove:
            button = buttons.NoButton
        where, held = qt.QPointF(x, y), buttons.LeftButton
        key = qt.Qt.KeyboardModifier.NoModifier
        event = qt.QMouseEvent(kind, where, where, where, button, held, key)
        self._app.sendEvent(widget, event)

    def wheel(self, widget: Any) -> None:
        """One step down, over the widget's first pixel."""
        qt, where, none = self._qt, self._qt.QPointF(0, 0), self._qt.QPoint(0, 0)
        button, key = qt.Qt.MouseButton.NoButton, qt.Qt.KeyboardModifier.NoModifier
        phase, step = qt.Qt.ScrollPhase.NoScrollPhase, self._qt.QPoint(0, -120)
        self._app.sendEvent(
            widget, qt.QWheelEvent(where, where, none, step, button, key, phase, False)
        )

    def pen(self, widget: Any, kind: str, x: float, y: float) -> bool:
        qt, where, no = self._qt, self._qt.QPointF(x, y), self._qt.Qt.KeyboardModifier.NoModifier
        buttons = qt.Qt.MouseButton
        button = buttons.NoButton if kind == "TabletMove" else buttons.LeftButton
        kind = getattr(qt.QEvent.Type, kind)
        if hasattr(qt.QTabletEvent, "TabletDevice"):
            device, tip = qt.QTabletEvent.TabletDevice.Stylus, qt.QTabletEvent.PointerType.Pen
            given = (device, tip, 0.5, 20, -30, 0.0, 0.0, 0, no, 1, button, button)
        else:
            device = qt.QPointingDevice.primaryPointingDevice()
            given = (device, 0.5, 20.0, -30.0, 0.0, 0.0, 0.0, no, button, button)
        if hasattr(qt.QTabletEvent, "TabletDevice"):
            event = qt.QTabletEvent(kind, where, where, *given)
        else:
            event = qt.QTabletEvent(kind, given[0], where, where, *given[1:])
        self._app.sendEvent(widget, event)
        return bool(event.isAccepted())

    def key(
        self, widget: Any, name: str, kinds: tuple[str, ...] = ("KeyPress", "KeyRelease")
    ) -> None:
        qt = self._qt
        for kind in kinds:
            none = qt.Qt.KeyboardModifier.NoModifier
            event = qt.QKeyEvent(
                getattr(qt.QEvent.Type, kind), getattr(qt.Qt.Key, f"Key_{name}"), none
            )
            self._app.sendEvent(widget, event)


def _drive(app: Any, qt: Any) -> dict[str, Any]:
    import draggan_krita  # noqa: F401 - registers itself
    import krita
    from draggan_krita.form_window import FormWindow

    hand, host = _Hand(app, qt), krita.Krita.instance()
    host.window = window = krita.Window()
    for extension in host.extensions:
        extension.setup()
        extension.createActions(window)
    other_theme = app.palette()
    other_theme.setColor(qt.QPalette.ColorRole.ButtonText, qt.QColor("red"))
    app.setPalette(other_theme)
    (factory,) = host.factories
    docker = factory.made()
    window.add_docker(docker, factory.name, qt.Qt.DockWidgetArea.RightDockWidgetArea)
    window.qwindow().show()
    part = docker.panel.view.widgets
    said: dict[str, Any] = {"actions": len(window.actions)}
    window.actions["draggan_show_docker"].trigger()
    part["new_picture"].click()
    (opened,) = hand.until(host.documents)
    said["in a document of its own"] = opened.width(), len(opened.topLevelNodes())
    opened.close()
    document = krita.Document(64, 64, ("RGBA", "U8", "sRGB built-in"))
    view = window.addView(document)

    def names() -> list[str]:
        return [node.name() for node in document.topLevelNodes()]

    def idle() -> bool:
        return not docker.brain.session.shown.busy

    chooser = part["model"]
    chooser.showPopup()
    hand.until(lambda: chooser.findData("steady") >= 0)
    hand.until(app.activePopupWidget)
    chooser.hidePopup()
    chooser.setCurrentIndex(chooser.findData("steady"))
    part["another"].click()
    part["seed"].setValue(7)
    part["truncation"].setValue(0.5)
    part["new_picture"].click()
    hand.until(lambda: len(names()) == 2)
    said["drawn"] = names()
    part["live"].setChecked(False)
    part["edit"].click()
    overlay = hand.until(lambda: window.canvas.findChild(qt.QWidget))
    hand.until(lambda: docker.brain.editor.points().bounds or True)

    def on_canvas(x: float, y: float) -> tuple[float, float]:
        shown = krita.SHOWN_AT
        return shown.x() + (x + 0.5) * krita.ZOOM, shown.y() + (y + 0.5) * krita.ZOOM

    said["hint"] = window.qwindow().statusBar().currentMessage()
    empty = overlay.grab().toImage()
    comes_in = qt.QPointF(*on_canvas(29, 30))
    app.sendEvent(overlay, qt.QEnterEvent(comes_in, comes_in, comes_in))
    hand.mouse(overlay, "MouseButtonPress", *on_canvas(30, 30))
    hand.mouse(overlay, "MouseMove", *on_canvas(32, 33))
    hand.mouse(overlay, "MouseButtonRelease", *on_canvas(36, 34))
    said["pull"] = [[*pair.handle, *pair.target] for pair in docker.brain.editor.points().pairs]
    said["painted"] = overlay.grab().toImage() != empty
    said["dot"] = _dot(qt)
    said["pen"] = [
        hand.pen(overlay, kind, *on_canvas(x, y))
        for kind, x, y in (
            ("TabletMove", 23, 23),
            ("TabletPress", 24, 24),
            ("TabletMove", 26, 27),
            ("TabletRelease", 27, 28),
        )
    ]
    said["pulled by pen"] = len(docker.brain.editor.points().pairs)
    said |= _touch(qt, overlay, window.canvas, docker, on_canvas)
    hand.key(window.canvas, "Delete", ("ShortcutOverride", "KeyPress", "KeyRelease"))
    hand.key(window.canvas, "Space")
    hand.mouse(overlay, "MouseButtonPress", *on_canvas(27, 28), right=True)
    window.canvas.resize(420, 410)
    said["follows"] = overlay.size() == window.canvas.size()
    for place in range(part["method"].count()):
        part["method"].setCurrentIndex(place)
    part["options"].findChild(qt.QToolButton).click()
    part["start"].click()
    hand.until(lambda: idle() and len(names()) == 3)
    said["dragged"] = names()
    hand.until(lambda: part["moments"].count() == 2)
    said["status"] = part["status"].text()
    part["compare"].pressed.emit()
    part["compare"].released.emit()
    part["split"].click()
    part["split"].click()
    part["brush"].click()
    part["brush_size"].setValue(20)
    for kind, x in (("MouseButtonPress", 30), ("MouseMove", 36), ("MouseButtonRelease", 36)):
        hand.mouse(overlay, kind, *on_canvas(x, 34))
    overlay.grab()
    mask = docker.brain.editor.points().painted.mask
    said["brushed"] = mask is not None and max(mask.data)
    part["from_mask"].click()
    part["brush"].click()
    part["pick"].findChild(qt.QToolButton).click()
    hand.until(lambda: part["samples"].count() == 12)

    def more() -> bool:
        hand.wheel(part["samples"].viewport())
        return part["samples"].count() > 12

    hand.until(more)
    part["samples"].itemClicked.emit(part["samples"].item(3))
    part["frames"].findChild(qt.QToolButton).click()
    docker.brain.editor.alert("a sentence that is shown on the canvas")
    said["alerts"] = len(view.messages)
    hand.key(docker.panel, "Escape")
    said["windows"] = []
    for action in ("draggan_models", "draggan_state"):
        window.actions[action].trigger()
        shown = hand.until(lambda: [w for w in app.topLevelWidgets() if isinstance(w, FormWindow)])
        (form_window,) = shown
        said["windows"].append(form_window.windowTitle())
        data, copy = qt.QMimeData(), qt.Qt.DropAction.CopyAction
        data.setUrls([qt.QUrl.fromLocalFile("/nonexistent/model.safetensors")])
        held = (qt.Qt.MouseButton.LeftButton, qt.Qt.KeyboardModifier.NoModifier)
        app.sendEvent(form_window, qt.QDragEnterEvent(qt.QPoint(9, 9), copy, data, *held))
        app.sendEvent(form_window, qt.QDropEvent(qt.QPointF(9, 9), copy, data, *held))
        if action == "draggan_models":
            inside = form_window.view.widgets
            inside["address"].setText("https://example.invalid/x")
            hand.until(inside["shelf"].count)
            inside["shelf"].setCurrentRow(0)
        form_window.close()
        hand.until(lambda: not [w for w in app.topLevelWidgets() if isinstance(w, FormWindow)])
    window.tool.click()
    said["left by a tool"] = not part["edit"].isChecked()
    said["hint then"] = window.qwindow().statusBar().currentMessage()
    part["edit"].click()
    document.close()
    docker.canvasChanged(None)
    hand.until(lambda: not part["edit"].isChecked())
    docker.hide()
    return said


class Touch:
    """What a touch screen says, with fingers at these places: neither PyQt lets one make such an
    event, which this one is like, under the names of either Qt."""

    def __init__(self, qt: Any, kind: str, places: list[tuple[float, float]]) -> None:
        of_qt6 = hasattr(qt, "QEventPoint")
        name, place = ("points", "position") if of_qt6 else ("touchPoints", "pos")
        fingers = [SimpleNamespace(**{place: partial(qt.QPointF, *one)}) for one in places]
        self.type = lambda: getattr(qt.QEvent.Type, kind)
        setattr(self, name, lambda: fingers)


def _dot(qt: Any) -> list[int]:
    """How red a dot of 6 px is: in its middle, and 6 px beside."""
    from draggan_krita.drawing import paint_shapes

    from draggan_server.host.shapes import Ink, Stroke

    image = qt.QImage(16, 16, qt.QImage.Format.Format_RGBA8888)
    image.fill(0)
    painter = qt.QPainter(image)
    paint_shapes(painter, [Stroke((((8.0, 8.0),),), 6.0, Ink.HANDLE)])
    painter.end()
    return [qt.QColor(image.pixel(x, 8)).red() for x in (8, 14)]


def _touch(qt: Any, overlay: Any, canvas: Any, docker: Any, on_canvas: Any) -> dict[str, Any]:
    """Whether each touch is taken from the canvas, and what is pulled."""

    def touch(kind: str, *places: tuple[float, float]) -> bool:
        fingers = [on_canvas(*place) for place in places]
        return bool(overlay.eventFilter(canvas, Touch(qt, kind, fingers)))

    points = docker.brain.editor.points()
    known = len(points.pairs)
    taken = [
        touch("TouchBegin", (20, 40)),
        touch("TouchUpdate", (24, 44)),
        touch("TouchEnd", (26, 46)),
    ]
    *_others, pulled = points.pairs
    two = [touch("TouchBegin", (40, 40)), touch("TouchUpdate", (44, 40))]
    two += [touch("TouchUpdate", (44 - apart, 40), (50 + apart, 40)) for apart in (0, 4)]
    two.append(touch("TouchEnd", (40, 40), (54, 40)))
    return {
        "by finger": [*pulled.handle, *pulled.target],
        "one finger": taken,
        "two fingers": two,
        "set by fingers": len(points.pairs) - known,
    }


if __name__ == "__main__":
    main()
