"""A photo: recognised, dragged by mouse, undone, saved; opened again and dragged on."""

from __future__ import annotations

import json
from typing import Any

from krita import Selection
from PyQt5.QtCore import Qt

from draggan_server.wire.messages import Pixels
from tests.hosts.krita.scene import ANNOTATION, Scene, Seen, Steps, names_of, node_id, nodes_of

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
    before = scene.veil
    yield from scene.click(scene.part("detail"))
    yield from scene.wait_until(lambda: scene.veil != before)
    yield from scene.shot("3-what-it-does-not-show")
    said["dark"], said["said of it"] = scene.veil.data.hex(), scene.status
    yield from scene.click(scene.part("detail"))
    yield from scene.wait_until(lambda: scene.veil == before)
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


def pulled_by_its_frame(scene: Scene) -> Steps:
    """The frame is pulled, given back to the selection, and pulled again, at a corner."""
    given = scene.arguments
    document = yield from _open(scene, given["photo"])
    scene.window.activeView().canvas().setZoomLevel(1.0)
    layer = document.activeNode()
    _select(document, given["selected"])
    yield from scene.edit_points()
    frame = scene.docker.brain.desk.hand.frame
    yield from scene.wait_until(lambda: frame.there, 60)
    yield from scene.wait_until(lambda: scene.model, 60)
    left, top, width, height = given["selected"]
    corner = left + width - 1, top + height - 1
    steps = (0, 30), given["by"]
    way = [corner, *((corner[0] + x, corner[1] + y) for x, y in steps)]
    said: dict[str, Any] = {"begins": _sides(frame)}
    yield from scene.shot("frame-1-begins")
    overlay, cursors = scene.docker._overlay_keeper._overlay, Qt.CursorShape
    for place, cursor in (
        (corner, cursors.SizeFDiagCursor),
        ((corner[0], top + height // 2), cursors.SizeHorCursor),
        ((corner[0], top - 1), cursors.SizeBDiagCursor),
        ((left + 30, top - 1), cursors.SizeAllCursor),
    ):
        yield from scene.command("xdotool", "mousemove", *map(str, scene.on_screen(place)))
        yield from scene.wait_until(lambda cursor=cursor: overlay.cursor().shape() == cursor, 20)
    thin = corner[0], top + 15
    yield from scene.drag_mouse(scene.on_screen(corner), scene.on_screen(thin))
    yield from scene.wait_until(lambda: "of quite another shape" in scene.status, 20)
    said["thin"] = _sides(frame)
    yield from scene.shot("frame-1-thin")
    yield from scene.drag_mouse(scene.on_screen(thin), scene.on_screen(corner))
    yield from scene.wait_until(lambda: "press Recognise" in scene.status, 20)
    yield from scene.drag_mouse(*(scene.on_screen(point) for point in way))
    said["pulled"] = _sides(frame)
    edge = (left - 1, top + 30)
    yield from scene.drag_mouse(*(scene.on_screen((edge[0] + x, edge[1])) for x in (0, -20, -40)))
    said["moved"] = _sides(frame)
    yield from scene.click(scene.on_screen((edge[0] - 40, edge[1])), button=3)
    said["given back"] = _sides(frame)
    yield from scene.drag_mouse(*(scene.on_screen(point) for point in way))
    yield from scene.shot("frame-2-pulled")
    selection = document.selection()
    said["selected"] = [selection.x(), selection.y(), selection.width(), selection.height()]
    there = Seen(lambda: (scene.docker.brain.session.state.name, frame.there))
    yield from scene.click(scene.part("recognise"))
    yield from scene.wait_until(lambda: frame.outline, 120)
    there.end()
    said["there while recognised"] = [one for name, one in there if name == "SEEING"]
    yield from scene.shot("frame-3-outline")
    said["outline"], said["there"] = frame.outline, frame.there
    said["pairs"] = scene.pairs
    said["record"] = _record(document, layer)
    return said


def framed_in_views(scene: Scene) -> Steps:
    """In each of the views asked for, a corner of the frame is pulled, and the frame given back."""
    given = scene.arguments
    document = yield from _open(scene, given["photo"])
    _select(document, given["selected"])
    yield from scene.edit_points()
    frame = scene.docker.brain.desk.hand.frame
    yield from scene.wait_until(lambda: frame.there, 60)
    left, top, width, height = given["selected"]
    corner, pulled = (left + width - 1, top + height - 1), given["pulled"]
    between = (corner[0] + pulled[0]) // 2, corner[1]
    said: list[dict[str, Any]] = []
    for number, view in enumerate(given["views"]):
        canvas = scene.window.activeView().canvas()
        canvas.setZoomLevel(view["zoom"])
        canvas.setRotation(view["rotation"])
        canvas.setMirror(view["mirror"])
        yield 0.5
        one: dict[str, Any] = {"begins": _sides(frame)}
        yield from scene.drag_mouse(*map(scene.on_screen, (corner, between, pulled)))
        yield from scene.wait_until(lambda before=one["begins"]: _sides(frame) != before)
        one["pulled"] = _sides(frame)
        yield from scene.shot(f"frame-in-view-{number}")
        yield from scene.click(scene.on_screen(pulled), button=3)
        yield from scene.wait_until(lambda after=one["pulled"]: _sides(frame) != after)
        said.append(one)
    return {"views": said, "canvas": scene.canvas.metaObject().className()}


def by_a_model_for_any_picture(scene: Scene) -> Steps:
    """The picture is to follow the hand, which no diffusion model can: points are set, and Start
    drags. A second drag, and back to the beginning by Undo."""
    given = scene.arguments
    document = yield from _open(scene, given["photo"])
    layer = document.activeNode()
    _select(document, given["region"])
    yield from scene.edit_points()
    yield from scene.wait_until(lambda: scene.docker.brain.session.state.name == "CHOOSING", 60)
    models = scene.part("model")
    yield from scene.wait_until(lambda: models.findData(given["model"]) >= 0, 60)
    models.setCurrentIndex(models.findData(given["model"]))
    said: dict[str, Any] = {"listed": models.currentText(), "layers": names_of(document)}
    yield from scene.click(scene.part("recognise"))
    yield from scene.wait_until(lambda: scene.part("start").isEnabled(), 120)
    said["recognised"] = scene.status
    _select(document, given["movable"])
    scene.docker.brain.desk.hand.live = True
    start, end = (scene.on_screen(point) for point in given["pair"])
    yield from scene.drag_mouse(start, ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2), end)
    yield 0.5
    said["pulled"] = (scene.dragging, scene.pairs, names_of(document))
    said["may follow"] = scene.part("live").isEnabled()
    said["why not"] = scene.part("live").toolTip()
    yield from scene.shot("any-1-points")
    words = Seen(scene.part("progress").text)
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 300)
    words.end()
    yield 1
    yield from scene.shot("any-2-dragged")
    said["words"], said["dragged"] = words, scene.status
    said["names"] = names_of(document)
    said["record"] = _record(document, document.activeNode())
    _write(scene, "source", layer)
    _write(scene, "result", document.activeNode())
    yield from scene.trigger("edit_undo")
    yield 0.5
    said["names undone"] = names_of(document)
    return said


def marked_by_eyes_and_mouth(scene: Scene) -> Steps:
    """Each is clicked once the status asks for it; then the frame lies around them."""
    given = scene.arguments
    document = yield from _open(scene, given["photo"])
    scene.window.activeView().canvas().setZoomLevel(1.0)
    layer = document.activeNode()
    yield from scene.edit_points()
    frame = scene.docker.brain.desk.hand.frame
    yield from scene.wait_until(lambda: frame.there, 60)
    yield from scene.wait_until(lambda: scene.model, 60)
    said: dict[str, Any] = {"begins": _sides(frame), "asked": []}
    yield from scene.click(scene.part("mark"))
    for number, point in enumerate(given["face"]):
        yield from scene.wait_until(lambda count=number: len(frame.marks.points) == count, 20)
        said["asked"].append(scene.status)
        yield from scene.click(scene.on_screen(point))
    yield from scene.wait_until(lambda: frame.marks.all, 20)
    said["surrounded"], said["marks"] = _sides(frame), frame.marks.all
    said["then"] = scene.status
    yield from scene.shot("face-1-marked")
    yield from scene.click(scene.part("recognise"))
    yield from scene.wait_until(lambda: "shows" in scene.status, 120)
    yield from scene.shot("face-2-recognised")
    said["recognised"] = scene.status
    said["record"] = _record(document, layer)
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
    said = {
        "status": scene.status,
        "names": names_of(document),
        "record": _record(document, document.activeNode()),
    }
    yield from _flip(scene, document, said)
    return said


def _flip(scene: Scene, document: Any, said: dict[str, Any]) -> Steps:
    """The layer is flipped while no points are set; then its picture is looked for. Its left
    quarter is held by a painted mask."""
    layer = document.activeNode()
    before = _record(document, layer)
    said["pairs"] = scene.pairs
    _, _, width, height = before["region"]
    row = bytes(width // 4) + b"\xff" * (width - width // 4)
    scene.docker.brain.editor.points().painted.take(Pixels(width, height, 1, row * height))
    scene.docker.brain.desk.hand.painter.tell()
    yield from scene.click(scene.part("edit"))
    yield from scene.trigger("deselect")
    yield from scene.trigger("mirrorNodeX")
    yield 1
    yield from scene.edit_points()
    yield from scene.wait_until(lambda: _record(document, layer) != before, 120)
    yield 1
    yield from scene.shot("7-flipped")
    said["flipped"], said["flipped pairs"] = _record(document, layer), scene.pairs
    rows = scene.docker.brain.editor.points().painted.rows.rows
    said["flipped mask"] = list(rows[len(rows) // 2])
    yield from scene.click(scene.part("clear"))
    back = [[_SIZE[0] - 1 - x, y] for x, y in scene.arguments["pair"]]
    yield from scene.set_pair(*back)
    before_it = names_of(document)
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: len(names_of(document)) > len(before_it), 120)
    yield from scene.wait_until(lambda: not scene.dragging, 20)
    yield 1
    said["dragged there"] = _record(document, document.activeNode())


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


def _sides(frame: Any) -> list[int]:
    region = frame.region
    return [region.x, region.y, region.width, region.height]


def _record(document: Any, node: Any) -> dict[str, Any]:
    return json.loads(bytes(document.annotation(ANNOTATION)))["layers"][node_id(node)]


def _write(scene: Scene, name: str, node: Any) -> None:
    (scene.folder / f"{name}.bin").write_bytes(bytes(node.pixelData(0, 0, *_SIZE)))
