"""The window of models: a file is chosen in Krita's own window for files, and prepared."""

from __future__ import annotations

from typing import Any

from PyQt5.QtWidgets import QApplication, QFileDialog, QLineEdit

from draggan_server.host import amounts
from tests.hosts.krita.scene import Scene, Seen, Steps, screen_position


def chosen_and_prepared(scene: Scene) -> Steps:
    yield from scene.lay_out()
    scene.app.action("draggan_models").trigger()
    yield 0.5
    (window,) = (w for w in QApplication.topLevelWidgets() if type(w).__name__ == "FormWindow")
    part = window.view.widgets
    shelf, bar, prepare = part["shelf"], part["model_progress"], part["prepare"]
    yield from scene.wait_until(lambda: shelf.count() > 1)
    yield 0.5
    add = part["add"]
    yield from scene.click(screen_position(add, add.rect().center()))
    chooser = yield from scene.wait_until(_chooser)
    yield from scene.wait_until(chooser.isActiveWindow)
    chooser.findChild(QLineEdit).setText(scene.arguments["file"])
    yield from scene.shot("own-model-1")
    yield from scene.key("Return")
    yield from scene.wait_until(lambda: shelf.currentItem().text() == "mine", 60)
    yield from scene.wait_until(prepare.isEnabled)
    said: dict[str, Any] = {"installed": part["model_said"].text()}
    amounts._SURE_SECONDS = 0.0  # a fast machine is done before that
    learning = Seen(lambda: bar.format() if bar.value() > 0 and bar.maximum() > 0 else "")
    prepare.click()
    yield from scene.comes(lambda: any(learning), 120)
    yield from scene.shot("own-model-2")
    yield from scene.wait_until(prepare.isEnabled, 400)
    learning.end()
    said["learning"] = list(learning)
    yield from scene.shot("own-model-3")
    said["prepared"] = part["model_said"].text()
    window.close()
    return said


def _chooser() -> QFileDialog | None:
    for window in QApplication.topLevelWidgets():
        if isinstance(window, QFileDialog) and window.isVisible():
            return window
    return None
