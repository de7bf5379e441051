"""A photo: recognised, dragged by mouse, undone, saved; opened again and dragged on."""

from __future__ import annotations

import json
from typing import Any

from krita import Selection

from tests.hosts.krita.scene import ANNOTATION, Scene, Steps, names_of, node_id, nodes_of

_SIZE = (640, 480)


def from_photo_to_file(scene: Scene) -> Steps:
    given = scene.arguments
    document = yield from _open(scene, given["photo"])
    layer = document.activeNode()
    said: dict[str, Any] = {"layers": names_of(document), "file": str(scene.folder / "photo.kra")}
    _select(document, given["region"])
    yield from scene.edit_points()
    yield from scene.wait_until(lambda: scene.docker.brain.session.state.name == "CHOOSING", 60)
    yield from scene.wait_until(lambda: scene.model, 60)
    said["asked"] = scene.status
    yield from scene.shot("1-asked-for-the-model")
    yield from scene.click(scene.part("recognise"))
    yield from scene.wait_until(
        lambda: scene.docker.brain.editor.canvas.sight.picture is not None, 120
    )
    said["names while recognised"] = names_of(document)
    yield from scene.shot("2-recognising")
    yield from scene.wait_until(lambda: not scene.dragging, 120)
    said["recognised"] = scene.status
    yield from scene.shot("3-recognised")
    said["record"] = _record(document, layer)
    _select(document, given["movable"])
    handle, target = given["pair"]
    yield from scene.set_pair(handle, target)
    yield from scene.shot("4-points-on-a-photo")
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 120)
    yield 1
    yield from scene.shot("5-dragged-photo")
    said["dragged"] = scene.status
    said["names"] = names_of(document)
    _write(scene, "source", layer)
    _write(scene, "result", document.activeNode())
    yield from scene.trigger("edit_undo")
    yield 0.5
    said["names undone"] = names_of(document)
    yield from scene.trigger("edit_redo")
    yield 0.5
    said["names redone"] = names_of(document)
    document.saveAs(said["file"])
    yield 2
    return said


def opened_again(scene: Scene) -> Steps:
    given = scene.arguments
    document = yield from _open(scene, given["photo"])
    layer = next(node for node in nodes_of(document) if node.name().startswith("Dragged"))
    document.setActiveNode(layer)
    yield 0.5
    _select(document, given["movable"])
    yield from scene.edit_points()
    yield from scene.click(scene.part("clear"))
    handle, target = given["pair"]
    yield from scene.set_pair(target, handle)
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 120)
    yield 1
    yield from scene.shot("6-dragged-on")
    _write(scene, "source", layer)
    _write(scene, "result", document.activeNode())
    return {
        "status": scene.status,
        "names": names_of(document),
        "record": _record(document, document.activeNode()),
    }


def _open(scene: Scene, path: str) -> Steps:
    document = scene.app.openDocument(path)
    document.setBatchmode(True)
    scene.window.addView(document)
    yield 1
    yield from scene.lay_out()
    return document


def _select(document: Any, box: list[int]) -> None:
    selection = Selection()
    selection.select(*box, 255)
    document.setSelection(selection)


def _record(document: Any, node: Any) -> dict[str, Any]:
    return json.loads(bytes(document.annotation(ANNOTATION)))["layers"][node_id(node)]


def _write(scene: Scene, name: str, node: Any) -> None:
    (scene.folder / f"{name}.bin").write_bytes(bytes(node.pixelData(0, 0, *_SIZE)))
