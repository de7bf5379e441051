"""Each screen of the plug-in's, with what is wrong with how it looks."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QAction, QApplication, QDockWidget, QToolButton

from tests.hosts.krita.faults_seen import faults
from tests.hosts.krita.scene import Scene, Steps, names_of

_WIDTH = 220


def all_of_them(scene: Scene) -> Steps:
    """In a window as large as the screen, with a docker as narrow as it is asked to be. Returns
    the faults of each screen, and how wide the docker is."""
    said: dict[str, Any] = {}

    def look(name: str, root: Any = None) -> Steps:
        yield 0.5
        said[name] = faults(scene.docker if root is None else root)
        yield from scene.shot(f"{name}-{scene.arguments['look']}")

    def scrolled(name: str, part: str) -> Steps:
        scene.docker.panel.scroll.ensureWidgetVisible(scene.part(part), 0, 400)
        yield from look(name)

    def unfold(part: str, unfolded: bool = True) -> None:
        scene.part(part).findChild(QToolButton).setChecked(unfolded)

    yield from lay_out_narrow(scene)
    yield from look("1-no-document")
    document = yield from scene.new_document(100, 80)
    yield from lay_out_narrow(scene)
    yield from scene.sample("endless")
    yield from look("2-picture")
    said["width"] = scene.docker.width()
    yield from scene.edit_points()
    scene.set_pairs([((40.0, 30.0), (45.0, 35.0)), ((60.0, 50.0), (52.0, 46.0))])
    yield from look("3-points")
    scene.part("max_steps").setValue(scene.part("max_steps").maximum())
    scene.docker.brain.session.start()
    yield from scene.wait_until(lambda: scene.part("progress").value() > 0)
    yield from look("4-dragging")
    scene.docker.brain.session.cancel()
    yield from scene.wait_until(lambda: not scene.dragging)
    yield from scene.sample("steady")
    scene.set_pairs([((40.0, 30.0), (45.0, 35.0))])
    scene.docker.brain.session.start()
    yield from scene.wait_until(lambda: not scene.dragging and scene.part("moments").count())
    scene.part("brush").click()
    yield from scrolled("5-history", "moments")
    yield from scrolled("6-brush", "tip")
    scene.part("brush").click()
    scene.part("edit").click()
    for place, part in enumerate(("options", "frames", "pick"), 7):
        unfold(part)
        yield 1
        yield from scrolled(f"{place}-{part}", part)
        unfold(part, False)
    scene.paint_layer(document, "photo", 64, 64)
    yield 0.3
    scene.docker.brain.session.start()
    yield from scene.wait_until(lambda: not scene.dragging and scene.status)
    yield from look("10-photo")
    said["names"] = names_of(document)
    for place, window in enumerate(("models", "state"), 11):
        scene.app.action(f"draggan_{window}").trigger()
        yield 2
        (shown,) = (
            one
            for one in QApplication.topLevelWidgets()
            if type(one).__name__ == "FormWindow" and one.isVisible()
        )
        yield from look(f"{place}-{window}", shown)
        shown.close()
        yield 0.5
    actions, other = scene.window.qwindow().findChildren(QAction), scene.arguments["other theme"]
    next(one for one in actions if one.text() == other).trigger()
    scene.part("edit").click()
    yield from look("13-other-theme")
    said["alike"] = _ground(scene.part("brush")) == _ground(scene.part("recognise"))
    return said


def _ground(button: Any) -> int:
    """The colour of a button a little inside of its corner."""
    return int(button.grab().toImage().pixel(6, button.height() // 2))


def lay_out_narrow(scene: Scene) -> Steps:
    """The docker in a column of its own, 220 pixels wide."""
    yield from scene.lay_out()
    main = scene.window.qwindow()
    main.findChild(QDockWidget, "KisLayerBox").setVisible(False)
    main.resizeDocks([scene.docker], [_WIDTH], Qt.Orientation.Horizontal)
    yield 0.5
