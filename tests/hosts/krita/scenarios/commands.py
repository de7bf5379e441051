"""The commands of the menu, each by a key of its own, as the user gives them one."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import QTimer
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QAction,
    QApplication,
    QDialog,
    QListView,
    QToolButton,
    QTreeView,
)

from tests.hosts.krita.scene import Scene, Seen, Steps, names_of

_SHORTCUTS = "Keyboard Shortcuts"
_KEYS, _LETTERS = "Ctrl+Alt+Shift+", string.ascii_uppercase + string.digits


class _Keys:
    """Gives each command a key, and presses it."""

    def __init__(self, scene: Scene, names: list[str]) -> None:
        self._scene = scene
        taken = {key.toString() for action in scene.app.actions() for key in action.shortcuts()}
        free = (_KEYS + letter for letter in _LETTERS if _KEYS + letter not in taken)
        self._keys = dict(zip(names, free, strict=False))

    def press(self, name: str) -> Steps:
        # Each time: Krita reads the keys of its actions anew as it changes its colours.
        key = QKeySequence(self._keys[name])
        self._scene.app.action(f"draggan_{name}").setShortcut(key)
        yield from self._scene.key(self._keys[name].lower())

    def until(self, name: str, done: Callable[[], Any], seconds: float = 20) -> Steps:
        yield from self.press(name)
        yield from self._scene.wait_until(done, seconds)

    def said(self, *names: str) -> Steps:
        """Why each of these commands does nothing."""
        sentences = []
        for name in names:
            sentences.append((yield from self._warning(name)))
        return sentences

    def _warning(self, name: str) -> Steps:
        """What a command warns of; also where a layer that becomes active replaces it at once."""
        from draggan_server.host.forms.drag import STATUS

        brain = self._scene.docker.brain
        brain.desk.say_quietly("", False)
        seen = Seen(lambda: (brain.form.look(STATUS).warns, self._scene.status))
        yield from self.until(name, lambda: any(warns for warns, _ in seen))
        seen.end()
        return next(sentence for warns, sentence in seen if warns)


def all_in_turn(scene: Scene) -> Steps:
    keys = _Keys(scene, scene.arguments["commands"])
    said: dict[str, Any] = {"nothing open": (yield from keys.said("edit_points"))}
    document = yield from scene.new_document(100, 80)
    yield from scene.sample("steady")
    said["icons"] = yield from _icons(scene)
    said["samples"] = yield from _samples(scene, keys)
    said["points"] = yield from _points(scene, keys)
    said["mask"] = yield from _mask(scene, keys)
    said["drag"] = yield from _drag(scene, keys, document)
    said["photo"] = yield from _photo(scene, keys, document)
    said["listed"] = yield from _listed(scene)
    return said


def _icons(scene: Scene) -> Steps:
    """The lightness of what is drawn on each icon, in one theme and in another."""
    found = []
    for theme in (None, scene.arguments["other theme"]):
        if theme is not None:
            actions = scene.window.qwindow().findChildren(QAction)
            next(one for one in actions if one.text() == theme).trigger()
            yield 0.5
        found.append({name: _lightness(scene, name) for name in scene.arguments["commands"]})
    return found


def _lightness(scene: Scene, name: str) -> int | None:
    image = scene.app.action(f"draggan_{name}").icon().pixmap(32, 32).toImage()
    inked = [
        image.pixelColor(x, y).lightness()
        for y in range(image.height())
        for x in range(image.width())
        if image.pixelColor(x, y).alpha() > 120
    ]
    return round(sum(inked) / len(inked)) if inked else None


def _listed(scene: Scene) -> Steps:
    """The commands that Krita lists where shortcuts are set."""
    QTimer.singleShot(0, scene.app.action("options_configure").trigger)

    def dialog() -> Any:
        shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog)]
        return next((one for one in shown if one.isVisible()), None)

    settings = yield from scene.wait_until(dialog)
    pages = next(
        one for one in settings.findChildren(QListView) if _SHORTCUTS in _texts(one.model())
    )
    pages.setCurrentIndex(pages.model().index(_texts(pages.model()).index(_SHORTCUTS), 0))

    def listed() -> set[str]:
        trees = settings.findChildren(QTreeView)
        return wanted & {text for tree in trees for text in _texts(tree.model())}

    wanted = set(scene.arguments["texts"])
    yield from scene.comes(lambda: listed() == wanted)
    found = sorted(listed())
    yield from scene.shot("shortcuts")
    settings.reject()
    yield from scene.wait_until(lambda: dialog() is None)
    return found


def _texts(model: Any, parent: Any = None) -> list[str]:
    found = []
    for row in range(model.rowCount() if parent is None else model.rowCount(parent)):
        index = model.index(row, 0) if parent is None else model.index(row, 0, parent)
        found += [str(index.data()).replace("&", ""), *_texts(model, index)]
    return found


def _samples(scene: Scene, keys: _Keys) -> Steps:
    grid, fold = scene.part("samples"), scene.part("pick").findChild(QToolButton)
    said: dict[str, Any] = {"none": (yield from keys.said("more_like_it", "between_two"))}

    def tips() -> list[str]:
        return [grid.item(place).toolTip() for place in range(grid.count())]

    yield from keys.until("all_seeds", lambda: "Seed 11" in tips(), 60)
    said["unfolded"] = fold.isChecked()
    for place in (1, 2):
        yield from scene.click_item(grid, place)
    yield from keys.until("between_two", lambda: tips()[-1:] == ["Seed 2"], 60)
    yield from keys.until("more_like_it", lambda: tips()[:1] == ["Seed 2"], 60)
    yield from keys.until("all_seeds", lambda: "Seed 11" in tips(), 60)
    fold.click()
    most = scene.part("max_steps")
    most.setValue(most.value() + 1)
    usual = most.value() - 1
    yield from keys.until("reset_options", lambda: most.value() == usual)
    return said


def _points(scene: Scene, keys: _Keys) -> Steps:
    said: dict[str, Any] = {}
    hand = scene.docker.brain.desk.hand
    live = hand.live
    yield from keys.until("follow_hand", lambda: hand.live != live)
    said["follows by turns"] = [live, hand.live]
    if hand.live:
        yield from keys.until("follow_hand", lambda: not hand.live)
    if scene.part("edit").isChecked():
        yield from keys.until("edit_points", lambda: not scene.part("edit").isChecked())
    yield from keys.until("edit_points", lambda: scene.part("edit").isChecked())
    said["none"] = yield from keys.said("clear_points", "pin_point", "snap_point")
    yield from scene.set_pair((44, 34), (54, 44))
    points = scene.docker.brain.editor.points()
    yield from keys.until("pin_point", lambda: points.pairs[0].pinned)
    yield from keys.until("pin_point", lambda: not points.pairs[0].pinned)
    yield from keys.until("clear_points", lambda: not points.pairs)
    seed = scene.part("seed").value()
    scene.docker.brain.desk.say_quietly("", False)
    yield from keys.until("another_seed", lambda: "pixels" in scene.status)  # it is drawn
    assert scene.part("seed").value() != seed
    return said


def _mask(scene: Scene, keys: _Keys) -> Steps:
    said: dict[str, Any] = {}
    painted = scene.docker.brain.editor.points().painted

    def value(x: int, y: int) -> int | None:
        mask = painted.mask
        return None if mask is None else mask.data[y * mask.width + x]

    said["none"] = yield from keys.said("invert_mask", "all_may_move")
    yield from keys.until("paint_mask", lambda: scene.part("brush").isChecked())
    scene.part("brush_size").setValue(10)
    places = [scene.on_screen(place) for place in ((40, 40), (44, 40), (50, 40))]
    yield from scene.drag_mouse(*places)
    yield from scene.wait_until(lambda: value(10, 16) == 255)  # the picture begins at (34, 24)
    said["painted"] = value(10, 16), value(2, 2)
    yield from keys.until("invert_mask", lambda: value(2, 2) == 255)
    said["inverted"] = value(10, 16), value(2, 2)
    yield from keys.until("erase_mask", lambda: scene.part("erase").isChecked())
    yield from keys.until("erase_mask", lambda: not scene.part("erase").isChecked())
    yield from keys.until("all_may_move", lambda: painted.mask is None)
    said["no mask"] = yield from keys.said("load_mask")
    yield from keys.until("paint_mask", lambda: not scene.part("brush").isChecked())
    return said


def _drag(scene: Scene, keys: _Keys, document: Any) -> Steps:
    off = "stop_drag", "cancel_drag", "compare", "split", "previous_picture", "next_picture"
    said: dict[str, Any] = {"none": (yield from keys.said(*off))}
    yield from scene.set_pair((44, 34), (54, 44))
    source = names_of(document)
    yield from keys.until("start_drag", lambda: len(names_of(document)) > len(source))
    moments = scene.part("moments")
    yield from scene.wait_until(lambda: moments.count() == 2)
    overlay = scene.docker._overlay_keeper._overlay
    for name in ("compare", "split"):
        yield from keys.until(name, lambda: overlay._images)
        yield from keys.until(name, lambda: not overlay._images)
    said["first of all"] = moments.currentRow()
    yield from keys.until("previous_picture", lambda: len(names_of(document)) == len(source) + 2)
    yield from scene.wait_until(lambda: (moments.count(), moments.currentRow()) == (2, 0))
    said["before the first"] = yield from keys.said("previous_picture")
    yield from scene.wait_until(lambda: not scene.dragging)
    yield from keys.until("next_picture", lambda: len(names_of(document)) == len(source) + 3)
    yield from scene.wait_until(lambda: (moments.count(), moments.currentRow()) == (2, 1))
    yield from scene.sample("preparing")  # of which no drag ends by itself
    yield from scene.set_pair((44, 34), (54, 44))
    before = names_of(document)
    yield from keys.until("start_drag", lambda: scene.part("progress").value() > 0)
    busy = "start_drag", "edit_points", "clear_points", "paint_mask", "load_mask", "recognise"
    said["busy"] = yield from keys.said(*busy)
    said["still"] = scene.dragging and scene.part("edit").isChecked()
    yield from keys.until("cancel_drag", lambda: not scene.dragging)
    said["cancelled"] = names_of(document) == before
    yield from scene.sample("endless")
    yield from scene.set_pair((44, 34), (54, 44))
    before = names_of(document)
    scene.part("max_steps").setValue(scene.part("max_steps").maximum())
    yield from keys.until("start_drag", lambda: scene.part("progress").value() > 0)
    yield from keys.until("stop_drag", lambda: not scene.dragging)
    said["stopped"] = names_of(document) == [*before, "Dragged: endless, seed 1"]
    return said


def _photo(scene: Scene, keys: _Keys, document: Any) -> Steps:
    """A model looks at it; then eyes and mouth are marked, and put away."""
    frame, models = scene.docker.brain.desk.hand.frame, scene.part("model")
    models.setCurrentIndex(models.findData("steady"))
    yield from scene.wait_until(lambda: "pixels" in scene.status)  # its picture has come
    said = {"no frame": (yield from keys.said("mark_face"))}
    scene.paint_layer(document, "photo", 64, 64)
    yield from scene.wait_until(lambda: frame.there)
    yield from keys.until("mark_face", lambda: scene.part("mark").isChecked())
    said["asked"] = scene.status
    for place in ((20, 20), (44, 20), (32, 40)):
        yield from scene.click(scene.on_screen(place))
    yield from scene.wait_until(lambda: frame.marks.all)
    yield from keys.until("recognise", lambda: "shows" in scene.status)
    said["recognised"] = scene.status
    return said
