"""A small double of Krita's scripting module, for the plug-in under a Qt that no Krita here has.

It has what the plug-in asks for: documents of 8 bits whose layers are bytes, a window with docks, a
tool box and a canvas. Nothing is checked against Krita here: the scenarios in the real one do that.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, ClassVar

from draggan_krita.qt import (
    QAction,
    QByteArray,
    QDockWidget,
    QMainWindow,
    QMdiArea,
    QObject,
    QPoint,
    QRect,
    QSize,
    QToolButton,
    QTransform,
    QUuid,
    QVBoxLayout,
    QWidget,
)

_TOOL = "KritaShape/KisToolBrush"
ZOOM = 4.0
SHOWN_AT = QPoint(30, 20)
"""Where the image's corner lies on the canvas."""


class DockWidget(QDockWidget):
    pass


class DockWidgetFactoryBase:
    DockRight = 1


class DockWidgetFactory:
    def __init__(self, name: str, _area: int, made: type) -> None:
        self.name, self.made = name, made


class Extension(QObject):
    def __init__(self, parent: Any) -> None:
        super().__init__()


class KisQPainterCanvas(QWidget):
    """The plug-in knows it by its name."""


class Channel:
    def visible(self) -> bool:
        return True


class Node:
    def __init__(self, document: Document, name: str, kind: str = "paintlayer") -> None:
        self._document, self._name, self._kind = document, name, kind
        self._key, self._parent = QUuid(f"{{{uuid.uuid4()}}}"), None
        self._children: list[Node] = []
        self._data = bytearray(4 * document.width() * document.height())
        self._locked, self._visible = False, True

    def uniqueId(self) -> QUuid:
        return self._key

    def name(self) -> str:
        return self._name

    def setName(self, name: str) -> None:
        self._name = name

    def type(self) -> str:
        return self._kind

    def locked(self) -> bool:
        return self._locked

    def setLocked(self, locked: bool) -> None:
        self._locked = locked

    def visible(self) -> bool:
        return self._visible

    def setVisible(self, visible: bool) -> None:
        self._visible = visible

    def position(self) -> QPoint:
        return QPoint(0, 0)

    def opacity(self) -> int:
        return 255

    def blendingMode(self) -> str:
        return "normal"

    def inheritAlpha(self) -> bool:
        return False

    def channels(self) -> list[Channel]:
        return [Channel()]

    def childNodes(self) -> list[Node]:
        return list(self._children)

    def parentNode(self) -> Node | None:
        return self._parent

    def addChildNode(self, node: Node, above: Node | None) -> None:
        place = len(self._children) if above is None else self._children.index(above) + 1
        self._children.insert(place, node)
        node._parent = self
        self._document.setActiveNode(node)

    def clone(self) -> Node:
        copy = Node(self._document, self._name, self._kind)
        copy._data[:] = self._data
        return copy

    def colorModel(self) -> str:
        return self._document.colorModel()

    def colorDepth(self) -> str:
        return self._document.colorDepth()

    def colorProfile(self) -> str:
        return self._document.colorProfile()

    def bounds(self) -> QRect:
        width, alpha = self._document.width(), self._data[3::4]
        seen = [divmod(at, width) for at, value in enumerate(alpha) if value]
        if not seen:
            return QRect()
        (top, bottom), (left, right) = (
            (min(values), max(values)) for values in zip(*seen, strict=True)
        )
        return QRect(QPoint(left, top), QPoint(right, bottom))

    def pixelData(self, x: int, y: int, width: int, height: int) -> QByteArray:
        rows = (self._row(x, y + row, width) for row in range(height))
        return QByteArray(b"".join(bytes(self._data[begin:end]) for begin, end in rows))

    def setPixelData(self, data: QByteArray, x: int, y: int, width: int, height: int) -> None:
        given = bytes(data)
        for row in range(height):
            begin, end = self._row(x, y + row, width)
            self._data[begin:end] = given[row * width * 4 : (row + 1) * width * 4]

    def _row(self, x: int, y: int, width: int) -> tuple[int, int]:
        begin = (y * self._document.width() + x) * 4
        return begin, begin + width * 4


class Document:
    def __init__(self, width: int, height: int, space: tuple[str, str, str]) -> None:
        self._size, self._space = (width, height), space
        self._notes: dict[str, bytes] = {}
        self._root, self._active = Node(self, "root", "root"), None
        self._root.addChildNode(Node(self, "Background"), None)

    def width(self) -> int:
        return self._size[0]

    def height(self) -> int:
        return self._size[1]

    def colorModel(self) -> str:
        return self._space[0]

    def colorDepth(self) -> str:
        return self._space[1]

    def colorProfile(self) -> str:
        return self._space[2]

    def setColorSpace(self, *space: str) -> None:
        self._space = space

    def rootNode(self) -> Node:
        return self._root

    def topLevelNodes(self) -> list[Node]:
        return self._root.childNodes()

    def createNode(self, name: str, kind: str) -> Node:
        return Node(self, name, kind)

    def activeNode(self) -> Node | None:
        return self._active

    def setActiveNode(self, node: Node) -> None:
        self._active = node

    def nodeByUniqueID(self, key: QUuid) -> Node | None:
        return next((one for one in self.topLevelNodes() if one.uniqueId() == key), None)

    def annotation(self, key: str) -> QByteArray:
        return QByteArray(self._notes.get(key, b""))

    def setAnnotation(self, key: str, _description: str, data: QByteArray) -> None:
        self._notes[key] = bytes(data)

    def selection(self) -> None:
        return None

    def setModified(self, _modified: bool) -> None:
        pass

    def setBatchmode(self, _quiet: bool) -> None:
        pass

    def refreshProjection(self) -> None:
        pass

    def waitForDone(self) -> None:
        pass

    def close(self) -> None:
        Krita.instance()._close(self)

    def currentTime(self) -> int:
        return 0

    playBackStartTime = fullClipRangeStartTime = currentTime

    def playBackEndTime(self) -> int:
        return 24

    fullClipRangeEndTime = framesPerSecond = playBackEndTime


class View:
    def __init__(self, window: Window, document: Document) -> None:
        self._window, self._document = window, document
        self.messages: list[str] = []

    def document(self) -> Document:
        return self._document

    def window(self) -> Window:
        return self._window

    def flakeToImageTransform(self) -> QTransform:
        return QTransform()

    def flakeToCanvasTransform(self) -> QTransform:
        return QTransform(ZOOM, 0.0, 0.0, ZOOM, SHOWN_AT.x(), SHOWN_AT.y())

    def showFloatingMessage(self, text: str, _icon: Any, _time: int, _priority: int) -> None:
        self.messages.append(text)


class Window:
    def __init__(self) -> None:
        self._main = QMainWindow()
        self._main.resize(900, 900)
        centre = QWidget()
        self._area = QMdiArea()
        QVBoxLayout(centre).addWidget(self._area)
        self._main.setCentralWidget(centre)
        tool_box = QDockWidget()
        tool_box.setObjectName("ToolBox")
        self.tool = QToolButton(tool_box)
        self.tool.setObjectName(_TOOL)
        self._views: list[View] = []
        self._dockers: list[QDockWidget] = []
        self.actions: dict[str, QAction] = {_TOOL: QAction(self._main)}
        tool_box.setParent(self._main)

    def qwindow(self) -> QMainWindow:
        return self._main

    def addView(self, document: Document) -> View:
        view = View(self, document)
        self.canvas = KisQPainterCanvas()
        self.canvas.setMinimumSize(QSize(400, 400))
        inside = self._area.addSubWindow(self.canvas)
        inside.showMaximized()
        self._views.append(view)
        Krita.instance()._documents.append(document)
        for docker in self._dockers:
            docker.canvasChanged(None)
        return view

    def views(self) -> list[View]:
        return self._views

    def activeView(self) -> View | None:
        return self._views[-1] if self._views else None

    def dockers(self) -> list[QDockWidget]:
        return self._dockers

    def add_docker(self, docker: QDockWidget, name: str, area: Any) -> None:
        docker.setObjectName(name)
        self._main.addDockWidget(area, docker)
        self._dockers.append(docker)

    def createAction(self, name: str, text: str, _menu: str) -> QAction:
        self.actions[name] = QAction(text, self._main)
        return self.actions[name]


class Krita:
    _one: ClassVar[Krita | None] = None

    def __init__(self) -> None:
        self.extensions: list[Any] = []
        self.factories: list[DockWidgetFactory] = []
        self.window: Window | None = None
        self.folder = Path.cwd()
        self._documents: list[Document] = []

    @classmethod
    def instance(cls) -> Krita:
        if cls._one is None:
            cls._one = cls()
        return cls._one

    def addExtension(self, extension: Any) -> None:
        self.extensions.append(extension)

    def addDockWidgetFactory(self, factory: DockWidgetFactory) -> None:
        self.factories.append(factory)

    def getAppDataLocation(self) -> str:
        return str(self.folder)

    def windows(self) -> list[Window]:
        return [self.window] if self.window else []

    def activeWindow(self) -> Window | None:
        return self.window

    def documents(self) -> list[Document]:
        return list(self._documents)

    def action(self, name: str) -> QAction | None:
        return self.window.actions.get(name) if self.window else None

    def createDocument(self, width: int, height: int, _name: str, *space: Any) -> Document:
        return Document(width, height, space[:3])

    def _close(self, document: Document) -> None:
        self._documents = [one for one in self._documents if one is not document]
