"""The window of models: a download that is paused and goes on, a model removed, a file added."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt5.QtGui import QDragEnterEvent, QDropEvent
from PyQt5.QtWidgets import QApplication

from tests.hosts.krita.scene import Scene, Steps, screen_position


def all_in_turn(scene: Scene) -> Steps:
    yield from scene.lay_out()
    scene.app.action("draggan_models").trigger()
    yield 0.5
    (window,) = (w for w in QApplication.topLevelWidgets() if type(w).__name__ == "FormWindow")
    part, language = window.view.widgets, scene.arguments["language"]
    shelf = part["shelf"]
    yield from scene.wait_until(lambda: shelf.count() > 1)
    yield 0.5
    said: dict[str, Any] = {"title": window.windowTitle(), "names": _names(shelf)}
    yield from scene.shot(f"models-1-{language}")
    (row,) = (i for i in range(shelf.count()) if shelf.item(i).text() == "stable-diffusion-1.5")
    shelf.setCurrentRow(row)
    yield 0.5
    chosen = shelf.currentItem()
    said["any picture"] = chosen.data(Qt.ItemDataRole.UserRole + 1)
    place = shelf.visualItemRect(chosen)
    said["whole"] = place.top() >= 0 and place.bottom() < shelf.viewport().height()
    yield from scene.shot(f"models-any-picture-{language}")
    shelf.setCurrentRow(2)  # below the gap
    yield 0.2
    may = [part["download"].isEnabled()]
    yield from _tick(scene, part["accept"], part["download"])
    may.append(part["download"].isEnabled())
    said["may download"] = may
    yield from scene.click(part["download"])
    bar = part["model_progress"]
    yield from scene.wait_until(lambda: bar.value() > 0 and bar.maximum() > 0)
    yield 3
    said["words"], said["place"] = bar.text(), part["place"].text()
    said["share"] = bar.value() / bar.maximum()
    yield from scene.shot(f"models-2-{language}")
    yield from scene.click(part["pause"])
    yield from scene.wait_until(lambda: not part["pause"].isVisible())
    yield 0.5
    said["paused"] = part["download"].text().replace("&", "")
    yield from scene.shot(f"models-3-{language}")
    yield from _tick(scene, part["accept"], part["download"])
    yield from scene.click(part["download"])
    yield from scene.wait_until(lambda: part["remove"].isVisible(), 90)
    yield 0.5
    said["installed"] = _names(shelf)
    yield from scene.click(part["remove"])
    yield 0.3
    yield from scene.click(part["remove"])
    yield from scene.wait_until(lambda: part["accept"].isVisible())
    said["removed"] = _names(shelf)
    _drop(window, scene.arguments["file"])
    yield from scene.wait_until(lambda: "added" in _names(shelf), 90)
    yield 0.5
    said["added"] = _names(shelf)[:2]
    part["address"].setText(scene.arguments["url"])
    part["address"].returnPressed.emit()
    yield from scene.wait_until(lambda: "model" in _names(shelf), 90)
    yield 0.5
    said["list of window"] = shelf.height() / window.height()
    said["fetched"] = _names(shelf)[:3]
    yield from scene.shot(f"models-4-{language}")
    window.close()
    return said


def _tick(scene: Scene, switch: Any, offers: Any) -> Steps:
    """Click a switch where it is drawn, after which a button is on."""
    yield from scene.click(screen_position(switch, QPoint(8, switch.height() // 2)))
    yield from scene.wait_until(offers.isEnabled)


def _drop(window: Any, file: str) -> None:
    data, copy = QMimeData(), Qt.DropAction.CopyAction
    data.setUrls([QUrl.fromLocalFile(file)])
    button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(20, 20), copy, data, button, key))
    QApplication.sendEvent(window, QDropEvent(QPointF(20, 20), copy, data, button, key))


def _names(shelf: Any) -> list[str]:
    """Of all but the gap."""
    return [name for place in range(shelf.count()) if (name := shelf.item(place).text())]
