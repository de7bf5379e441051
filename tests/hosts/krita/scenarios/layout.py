"""What can be seen of the docker where Krita itself puts it, and where it floats."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QAbstractSpinBox,
    QAction,
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QListWidget,
    QPushButton,
    QToolButton,
    QWidget,
)

from tests.hosts.krita.scene import SRGB, Scene, Steps, names_of

_FLOATING = (230, 420)
_OPTIONS = ("method", "max_steps", "quality", "reset")
_LONG = (
    "The drag ended in a long sentence, which says what is wrong, what the limit is and what is to "
    "be done about it. It takes some lines in a docker that is as narrow as this one is."
)


def sizes(scene: Scene) -> Steps:
    """In windows of the sizes asked for, with the dockers that a new user has: which of the
    docker's widgets are cut or out of sight, before a drag, in one, and with a long sentence."""
    main = scene.window.qwindow()
    document = scene.app.createDocument(400, 300, "test", "RGBA", "U8", SRGB, 72.0)
    document.setBatchmode(True)
    scene.window.addView(document)
    _entry(main, "DragGAN").trigger()  # Settings > Dockers
    yield 1
    scene.docker.brain.sample.samples.list_models()
    yield from scene.wait_until(lambda: scene.model)
    scene.part("model").setCurrentIndex(scene.part("model").findData("endless"))
    scene.docker.brain._picture.draw()
    yield from scene.wait_until(lambda: len(names_of(document)) > 1)
    yield 0.5
    said: dict[str, Any] = {
        "start": scene.part("start").text(),
        "menu": scene.app.action("draggan_new_picture").text().replace("&", ""),
        "shortcuts": {
            action.objectName(): [one.toString() for one in action.shortcuts()]
            for action in scene.app.actions()
            if action.objectName().startswith("draggan_")
        },
    }
    for width, height in scene.arguments["windows"]:
        main.showNormal()
        main.resize(width, height)
        yield 1
        said[f"{width} x {height}"] = yield from _cut(scene, f"{width}x{height}")
        said["height"] = [*said.get("height", ()), scene.docker.height()]
    yield from scene.float_docker(*_FLOATING)
    said["floating"] = yield from _cut(scene, "floating")
    said["floating size"] = [scene.docker.width(), scene.docker.height()]
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield 0.5
    said["right to left"] = yield from _cut(scene, "right-to-left")
    fold = scene.part("options").findChild(QToolButton)
    fold.setChecked(True)
    fold.setChecked(False)
    said["folded to the left"] = fold.arrowType() == Qt.ArrowType.LeftArrow
    scene.set_pairs([])
    yield from scene.set_pair((190, 140), (205, 150))
    ((x, y), (target_x, target_y)) = scene.pairs[-1]
    said["set from the right"] = [target_x - x, target_y - y]
    yield from scene.shot(f"right-to-left-{scene.arguments['language']}")
    return said


def by_tab(scene: Scene) -> Steps:
    """The key Tab is pressed in the docker, with all unfolded, until the keyboard goes to another
    of Krita's widgets: which parts of the form have it in turn, and where each lies."""
    yield from scene.new_document(400, 300)
    scene.docker.brain.sample.samples.list_models()
    yield from scene.wait_until(lambda: scene.model)
    for fold in ("pick", "options"):
        scene.part(fold).findChild(QToolButton).setChecked(True)
    yield 0.5
    parts = scene.docker.panel.view.widgets
    scene.part("model").setFocus()
    visited, key = [], "model"
    while key is not None:
        visited.append(key)
        before = QApplication.focusWidget()
        yield from scene.key("Tab")
        yield from scene.wait_until(lambda before=before: QApplication.focusWidget() is not before)
        focused = QApplication.focusWidget()
        keys = [key for key, part in parts.items() if part is focused or part.isAncestorOf(focused)]
        key = min(keys, key=lambda key: parts[key].height(), default=None)
    yield from scene.shot("by-tab")
    answering = QPushButton | QToolButton | QCheckBox | QAbstractSpinBox | QComboBox | QListWidget
    docker = scene.docker
    return {
        "visited": visited,
        "answering": [
            key
            for key, part in parts.items()
            if isinstance(part, answering) and part.isVisibleTo(docker) and part.isEnabled()
        ],
        "top": {key: part.mapTo(docker, part.rect().topLeft()).y() for key, part in parts.items()},
    }


def unfolding(scene: Scene) -> Steps:
    """What is folded at the docker's lower end is unfolded by the mouse, in a low docker and in a
    high one: which of its widgets are cut then, how far from the top its head is, and whether that
    is in sight when it is folded again."""
    yield from scene.new_document(400, 300)
    scroll, said = scene.docker.panel.scroll, {}
    fold = scene.part("options").findChild(QToolButton)
    bar = scroll.verticalScrollBar()
    for name, height in scene.arguments["heights"].items():
        yield from scene.float_docker(_FLOATING[0], height)
        bar.setValue(bar.maximum())
        yield from scene.click(fold)
        yield 1
        cut = _not_whole(scene, *_OPTIONS, "state")
        head = fold.mapTo(scroll.viewport(), fold.rect().topLeft()).y()
        yield from scene.shot(f"unfolded-{name}")
        yield from scene.click(fold)
        yield 0.5
        there = fold.visibleRegion().boundingRect() == fold.rect()
        said[name] = {"cut": cut, "head": head, "head when folded": there}
    return said


def _cut(scene: Scene, name: str) -> Steps:
    scroll = scene.docker.panel.scroll
    scene.docker.brain.desk.say("Ready.", False)
    yield 0.3
    cut = _not_whole(scene, "edit", "count", "clear", "start", "status")
    yield from scene.shot(f"{name}-before-{scene.arguments['language']}")
    scene.set_pairs([((200.0, 150.0), (205.0, 155.0))])
    scene.part("max_steps").setValue(scene.part("max_steps").maximum())  # under way for long
    scene.docker.brain.session.start()
    yield from scene.wait_until(lambda: scene.part("progress").value() > 0)
    scene.docker.brain.desk.say(_LONG, False)
    yield 0.3
    cut += _not_whole(scene, "progress", "stop", "cancel", "status")
    yield from scene.shot(f"{name}-dragging-{scene.arguments['language']}")
    scene.docker.brain.session.cancel()
    yield from scene.wait_until(lambda: not scene.dragging)
    for widget in ("model", "seed", "another", "truncation", "new_picture", "mark", "recognise"):
        scroll.ensureWidgetVisible(scene.part(widget))
        yield 0.1
        cut += _not_whole(scene, widget)
    fold = scene.part("options").findChild(QToolButton)
    fold.setChecked(True)
    yield 0.5
    for widget in _OPTIONS:
        scroll.ensureWidgetVisible(scene.part(widget))
        yield 0.1
        cut += _not_whole(scene, widget)
    yield from scene.shot(f"{name}-options-{scene.arguments['language']}")
    fold.setChecked(False)
    return cut


def _not_whole(scene: Scene, *names: str) -> list[str]:
    """The widgets that cannot be seen whole, and the buttons too narrow for their words."""
    found = []
    for name in names:
        widget: QWidget = scene.part(name)
        seen = widget.visibleRegion().boundingRect()
        needed = widget.heightForWidth(widget.width()) if name == "status" else 0
        words = widget.sizeHint().width() if isinstance(widget, QPushButton) else 0
        if seen != widget.rect() or widget.height() < needed or widget.width() < words:
            found.append(name)
    return found


def _entry(main: Any, text: str) -> QAction:
    """The entry of a docker in the menu."""
    return main.findChild(QDockWidget, text.lower()).toggleViewAction()
