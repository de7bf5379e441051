"""The main job: a picture, points by mouse, a drag, a layer; saved, opened again, dragged on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from krita import Selection
from PyQt5.QtCore import QByteArray
from PyQt5.QtWidgets import QToolButton

from draggan_server.wire.messages import Pixels
from tests.hosts.krita.scene import (
    Scene,
    Seen,
    Steps,
    bounds_of,
    names_of,
    node_id,
    nodes_of,
    screen_position,
)

_KEY = "draggan-layers"
_PROBES = ((176, 184), (130, 184), (20, 20))
"""In the stroke and in the layer's own mask, in the stroke only, in neither."""


def from_sample_to_file(scene: Scene) -> Steps:
    """Sample, set a pair by mouse, select, drag, undo, redo, save. Writes the pixels of both
    layers and the selection, in the picture's own rectangle, beside the result."""
    from draggan_server.host import course

    given = scene.arguments
    course.PREVIEW_SECONDS = 1e-3  # so that the drag, however fast, has a preview
    document = yield from scene.new_document(400, 320)
    yield from scene.shot("1-empty-document")
    source = yield from scene.sample(given["model"], given["seed"])
    source_name = source.name()
    yield from scene.shot("2-new-picture")
    place = bounds_of(source)
    (hx, hy), (tx, ty) = given["pair"]
    handle, target = (place[0] + hx, place[1] + hy), (place[0] + tx, place[1] + ty)
    yield from scene.set_pair(handle, target)
    x, y, width, height = given["selection"]
    selection = Selection()
    selection.select(place[0] + x, place[1] + y, width, height, 255)
    selection.feather(given["feather"])
    document.setSelection(selection)
    scene.part("max_steps").setValue(given["max_steps"])
    yield from scene.shot("3-points-and-selection")
    before = names_of(document)
    # Of the default method's two or three steps no preview need be ready in time.
    scene.choose_method("draggan")
    seen = Seen(lambda: _seen_of_a_drag(scene, document))
    yield from scene.click(scene.part("start"))
    yield from scene.shot("4-dragging")
    yield from scene.wait_until(lambda: not scene.dragging, 200)
    seen.end()
    during, previewed = next((names, words) for names, words, picture in seen if picture)
    yield 1.5  # until Krita has drawn the layer's thumbnail
    yield from scene.shot("5-result")
    result = document.activeNode()
    after = names_of(document)
    pixels = _dump(scene, "source", source, place), _dump(scene, "result", result, place)
    (scene.folder / "mask.bin").write_bytes(bytes(document.selection().pixelData(*place)))
    said = {
        "place": place,
        "names before": before,
        "names during": during,
        "names after": after,
        "source": source_name,
        "active": result.name(),
        "bounds": bounds_of(result),
        "above the source": _index(document, result) == _index(document, source) + 1,
        "modified": document.modified(),
        "status": scene.status,
        "progress": previewed,
        "pairs": scene.pairs,
        "changed": pixels[0] != pixels[1],
    }
    yield from scene.trigger("edit_undo")
    said["names undone"] = names_of(document)
    yield from scene.trigger("edit_redo")
    yield 0.5
    said["names redone"] = names_of(document)
    again = next(node for node in nodes_of(document) if node.name() == said["active"])
    said["redone as it was"] = _dump(scene, "redone", again, place) == pixels[1]
    document.setSelection(None)
    said["painted"] = yield from _painted_and_taken_back(scene, place)
    document.setActiveNode(source)
    yield 0.2
    _own_mask(scene, [place[0] + 150, place[1] + 170, 60, 40])
    document.setActiveNode(again)
    yield 0.2
    path = scene.folder / "lion.kra"
    document.saveAs(str(path))
    yield from scene.wait_until(path.exists)
    yield 1
    said["file"] = str(path)
    said["result hash"] = pixels[1]
    return said


def _seen_of_a_drag(scene: Scene, document: Any) -> tuple[list[str], str, bool]:
    """The layers, what the progress bar says, and whether a picture lies over the canvas."""
    picture = scene.docker.brain.editor.canvas.sight.picture
    return names_of(document), scene.part("progress").text(), picture is not None


def _own_mask(scene: Scene, place: list[int]) -> Any:
    """Gives the active layer a transparency mask, white in a place of the image."""
    from krita import Selection

    document = scene.app.activeDocument()
    node, selection = document.activeNode(), Selection()
    selection.select(*place, 255)
    mask = document.createTransparencyMask("own")
    mask.setSelection(selection)
    node.addChildNode(mask, None)
    document.setActiveNode(node)
    return mask


def _painted_and_taken_back(scene: Scene, place: list[int]) -> Steps:
    """Paint what may move, erase, undo that; by the button, the mouse and the keys. Returns what
    the mask is at the probes, after each act."""
    painted = scene.docker.brain.editor.points().painted
    acts: dict[str, Any] = {}

    def note(name: str) -> Steps:
        yield 0.5
        yield from scene.comes(lambda: scene.veil == painted.mask, 5)
        mask = painted.mask
        values = mask and [mask.data[y * mask.width + x] for x, y in _PROBES]
        veil = scene.veil
        acts[name] = {
            "values": values,
            "seen": veil == mask,
            "size": scene.part("brush_size").value(),
        }

    def at(x: int, y: int) -> tuple[int, int]:
        return scene.on_screen((place[0] + x, place[1] + y))

    scene.docker.panel.scroll.ensureWidgetVisible(scene.part("brush"))
    yield 0.3
    yield from scene.click(scene.part("brush"))
    yield 0.3
    scene.docker.panel.scroll.ensureWidgetVisible(scene.part("erase"))
    scene.part("brush_size").setValue(100)
    yield from scene.key("bracketright")
    pairs = scene.pairs
    yield from scene.drag_mouse(at(130, 184), at(170, 184), at(220, 184))
    yield from note("a stroke")
    yield from scene.shot("5b-painted")
    yield from scene.command("xdotool", "keydown", "ctrl")
    yield from scene.drag_mouse(at(170, 184), at(180, 184))
    yield from scene.command("xdotool", "keyup", "ctrl")
    yield from note("erased with Control")
    yield from scene.key("ctrl+z")
    yield from note("undone")
    scene.docker.panel.scroll.ensureWidgetVisible(scene.part("invert"))
    yield from scene.click(scene.part("invert"))
    yield from note("inverted")
    yield from scene.key("ctrl+z")
    yield 0.5
    own = _own_mask(scene, [place[0] + 150, place[1] + 170, 60, 40])
    yield 0.5
    scene.docker.panel.scroll.ensureWidgetVisible(scene.part("from_mask"))
    yield from scene.click(scene.part("from_mask"))
    yield from note("the layer's own mask")
    yield from scene.shot("5c-own-mask")
    yield from scene.key("ctrl+z")
    yield 0.5
    yield from scene.key("Escape")
    yield from note("put away")
    acts["points"] = scene.pairs == pairs and scene.part("edit").isChecked()
    acts["brush"] = scene.part("brush").isChecked()
    own.remove()  # last: Krita makes another layer active, and keys would be for that
    yield from scene.wait_until(lambda: "own" not in names_of(scene.app.activeDocument()))
    return acts


def back_to_an_earlier_one(scene: Scene) -> Steps:
    """Drag, go back by the small picture of before, compare, and undo both."""
    document = yield from scene.new_document(300, 280)
    source = yield from scene.sample("toy-lion", 8)
    place = bounds_of(source)
    before = names_of(document)
    yield from scene.set_pair((place[0] + 130, place[1] + 188), (place[0] + 130, place[1] + 200))
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 100)
    moments, compare = scene.part("moments"), scene.part("compare")
    yield from scene.wait_until(lambda: moments.count() == 2, 30)
    said: dict[str, Any] = {"tips": [moments.item(at).toolTip() for at in range(2)]}
    said["shown after the drag"] = moments.currentRow()
    dragged = document.activeNode()
    yield from scene.shot("history")
    compare.pressed.emit()
    overlay = scene.docker._overlay_keeper._overlay
    said["compared"] = yield from scene.comes(lambda: overlay._images)
    yield from scene.shot("compared")
    compare.released.emit()
    said["compared no more"] = yield from scene.comes(lambda: not overlay._images)
    scene.docker.panel.scroll.ensureWidgetVisible(scene.part("split"))
    yield 0.2
    yield from scene.click(scene.part("split"))
    yield from scene.comes(lambda: overlay._images)
    whole = bounds_of(source)[2]
    yield from scene.key("c")
    said["off by key"] = yield from scene.comes(lambda: not overlay._images)
    yield from scene._xdotool("keydown", "b")
    yield from scene.comes(lambda: overlay._images)
    yield 0.8  # the key repeats meanwhile
    said["held by key"] = yield from scene.comes(lambda: overlay._images)
    yield from scene._xdotool("keyup", "b")
    said["held no more"] = yield from scene.comes(lambda: not overlay._images)
    yield from scene.key("c")
    yield from scene.comes(lambda: overlay._images)
    said["split"] = [(one.region.width, whole) for one in overlay._surface.placed]
    x, y = place[0] + whole // 4, place[1] + 60
    yield from scene.click(scene.on_screen((x, y)))

    def moved() -> list[tuple[float, int]] | None:
        now = [(one.region.width, whole) for one in overlay._surface.placed]
        return now if now != said["split"] else None

    said["moved"] = yield from scene.wait_until(moved)
    said["points meanwhile"] = len(scene.pairs)
    yield from scene.shot("split")
    yield from scene.key("Escape")
    said["split no more"] = yield from scene.comes(
        lambda: not overlay._images and not scene.part("split").isChecked()
    )
    said["still edited"] = scene.part("edit").isChecked()
    first = moments.visualItemRect(moments.item(0)).center()
    scene.docker.panel.scroll.ensureWidgetVisible(moments)
    yield 0.2
    yield from scene.click(screen_position(moments.viewport(), first))
    yield from scene.wait_until(lambda: len(names_of(document)) == len(before) + 2, 60)
    yield from scene.wait_until(lambda: not scene.dragging, 30)
    # The strip is filled anew with the drags of the new layer.
    yield from scene.wait_until(lambda: (moments.count(), moments.currentRow()) == (2, 0), 30)
    back = document.activeNode()
    said["status"] = scene.status
    said["shown after going back"] = moments.currentRow()
    said["as before"] = _dump(scene, "back", back, place) == _dump(scene, "first", source, place)
    said["unlike the drag"] = _dump(scene, "back", back, place) != _dump(
        scene, "dragged", dragged, place
    )
    yield from scene.shot("gone-back")
    for _ in range(2):
        yield from scene.trigger("edit_undo")
        yield 0.5
    said["undone"] = yield from scene.comes(lambda: names_of(document) == before)
    said["over frames"] = yield from _over_frames(scene, document, source, place)
    return said


def _over_frames(scene: Scene, document: Any, source: Any, place: list[int]) -> Steps:
    """Drag over the frames that are chosen to be played, look at each, undo, redo, save."""
    before = names_of(document)
    document.setActiveNode(source)
    document.setFullClipRangeEndTime(20)
    document.setPlayBackRange(3, 9)
    yield 0.5
    scene.set_pairs([((130, 188), (130, 200))])
    scene.docker.panel.scroll.ensureWidgetVisible(scene.part("frames"))
    yield from scene.click(scene.part("frames").findChild(QToolButton))
    yield 0.3
    said: dict[str, Any] = {}
    said["proposed"] = [scene.part(key).value() for key in ("first_frame", "last_frame")]
    yield from scene.shot("frames-unfolded")
    scene.part("last_frame").setValue(2)
    yield from scene.click(scene.part("animate"))
    yield 0.3
    said["no range"] = scene.status
    scene.part("last_frame").setValue(27)
    words = Seen(lambda: _cancelled_at_a_frame(scene))
    yield from scene.click(scene.part("animate"))
    yield from scene.wait_until(lambda: not scene.dragging, 100)
    words.end()
    yield 0.3
    said["words"], said["cancelled"] = words, names_of(document) == before
    yield from scene.click(scene.part("animate"))
    yield from scene.wait_until(lambda: not scene.dragging, 100)
    yield 0.5
    said["status"], said["length"] = scene.status, document.fullClipRangeEndTime()
    layer = document.activeNode()
    said["name"], said["names"] = layer.name(), names_of(document)
    said["above"] = _index(document, layer) == _index(document, source) + 1
    said["keys"] = [time for time in range(40) if layer.hasKeyframeAtTime(time)]
    _dump(scene, "first-frame", source, place)
    yield from scene.shot("frames")
    yield from scene.trigger("edit_undo")
    said["undone"] = names_of(document) == before
    yield from scene.trigger("edit_redo")
    yield 0.5
    said["redone"] = names_of(document) == said["names"]
    path = scene.folder / "frames.kra"
    document.saveAs(str(path))
    yield from scene.wait_until(path.exists)
    yield 1
    document.setCurrentTime(27)
    document.waitForDone()
    yield 0.5
    yield from scene.shot("last-frame")
    said["one frame"] = yield from _one_frame(scene, document, layer, place)
    return {**said, "file": str(path), "place": place, "folder": str(scene.folder)}


def _cancelled_at_a_frame(scene: Scene) -> str:
    """What the progress bar says; a frame that it speaks of is the last one."""
    text = str(scene.part("progress").text())
    if "Frame" in text and scene.dragging:
        scene.part("cancel").click()
    return text


def _one_frame(scene: Scene, document: Any, animated: Any, place: list[int]) -> Steps:
    """Drag the animated layer on at the frame that is looked at, the last one."""
    before = names_of(document)
    scene.set_pairs([((130, 200), (130, 194))])
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: len(names_of(document)) > len(before), 100)
    yield from scene.wait_until(lambda: not scene.dragging)
    yield from scene.wait_until(lambda: node_id(document.activeNode()) != node_id(animated))
    shown = document.activeNode().pixelData(*place) == animated.pixelData(*place)
    yield from scene.shot("one-frame")
    path = scene.folder / "one-frame.kra"
    document.saveAs(str(path))
    yield from scene.wait_until(path.exists)
    yield 1
    return {"file": str(path), "status": scene.status, "the same is shown": shown}


def from_file(scene: Scene) -> Steps:
    """Open what was saved, and drag the result on."""
    from draggan_krita.documents import BOOK, KritaDocument, KritaNode

    from draggan_server.host.point_memory import KEY

    given = scene.arguments
    document = scene.app.openDocument(given["file"])
    document.setBatchmode(True)
    scene.window.addView(document)
    yield 1
    yield from scene.lay_out()
    layer = next(node for node in nodes_of(document) if node.name() == given["layer"])
    document.setActiveNode(layer)
    yield 0.5
    place = given["place"]
    said: dict[str, Any] = {
        "names": names_of(document),
        "bounds": bounds_of(layer),
        "hash": _dump(scene, "reopened", layer, place),
        "known": node_id(layer) in bytes(document.annotation(_KEY)).decode(),
        "pairs": scene.pairs,
        "folder": str(scene.folder),
    }
    yield from scene.edit_points()
    mask = scene.docker.brain.editor.points().painted.mask
    assert mask is not None
    (scene.folder / "painted.bin").write_bytes(mask.data)
    document.setAnnotation(KEY, "test", QByteArray(b'{"a": 1, "b'))
    known = KritaDocument(document), KritaNode(document, layer)
    said["pairs while damaged"] = BOOK.points.kept(*known)
    yield from scene.click(scene.part("clear"))
    (hx, hy), (tx, ty) = given["pair"]
    yield from scene.set_pair((place[0] + hx, place[1] + hy), (place[0] + tx, place[1] + ty))
    scene.part("max_steps").setValue(given["max_steps"])
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 200)
    yield 0.5
    yield from scene.shot("6-dragged-on")
    said["names after"] = names_of(document)
    said["status"] = scene.status
    said["changed"] = _dump(scene, "dragged-on", document.activeNode(), place) != said["hash"]
    said["state"] = _state_of(document, document.activeNode())
    return said


def undone_and_dragged_again(scene: Scene) -> Steps:
    """Sample, drag, undo, drag elsewhere; then drag that result on, go back by one drag, and drag
    on from there. The states of all four results."""
    given = scene.arguments
    document = yield from scene.new_document(320, 280)
    source = yield from scene.sample(given["model"], given["seed"])
    left, top, *_ = bounds_of(source)
    states = []
    for number, ((hx, hy), (tx, ty)) in enumerate(given["pairs"]):
        yield from scene.set_pair((left + hx, top + hy), (left + tx, top + ty))
        scene.part("max_steps").setValue(given["max_steps"])
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 200)
        yield 0.5
        states.append(_state_of(document, document.activeNode()))
        if number == 0:
            yield from scene.trigger("edit_undo")
            yield 0.5
            document.setActiveNode(source)
            yield 0.5
        if number == 2:
            yield from _go_back_to(scene, 1)
            yield from scene.click(scene.part("clear"))
    return {"states": states, "names": names_of(document)}


def flipped(scene: Scene) -> Steps:
    """Set a pair on what was drawn, paint what may move, flip the layer while no points are set,
    and drag it there. The pairs and the mask before and after."""
    given = scene.arguments
    document = yield from scene.new_document(320, 280)
    layer = yield from scene.sample(given["model"], given["seed"])
    left, top, width, height = bounds_of(layer)
    (hx, hy), (tx, ty) = given["pair"]
    yield from scene.set_pair((left + hx, top + hy), (left + tx, top + ty))
    row = bytes(width // 4) + b"\xff" * (width - width // 4)
    points = scene.docker.brain.editor.points()
    points.painted.take(Pixels(width, height, 1, row * height))
    scene.docker.brain.desk.hand.painter.tell()
    said = {"pairs": scene.pairs, "place": bounds_of(layer)}
    before = _state_of(document, layer)
    yield from scene.click(scene.part("edit"))
    yield from scene.trigger("mirrorNodeX")
    yield 1
    yield from scene.edit_points()
    yield from scene.wait_until(lambda: _state_of(document, layer) != before, 60)
    yield 0.5
    yield from scene.shot("7-flipped")
    said["flipped"] = scene.pairs
    rows = scene.docker.brain.editor.points().painted.rows.rows
    said["mask"] = list(rows[len(rows) // 2])
    scene.part("max_steps").setValue(given["max_steps"])
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: document.activeNode().name() != layer.name(), 60)
    yield from scene.wait_until(lambda: not scene.dragging, 60)
    said["state"] = _state_of(document, document.activeNode())
    return said


def _go_back_to(scene: Scene, position: int) -> Steps:
    """Click the small picture of after so many drags."""
    moments, before = scene.part("moments"), names_of(scene.app.activeDocument())
    yield from scene.wait_until(lambda: moments.count() == position + 2, 30)
    scene.docker.panel.scroll.ensureWidgetVisible(moments)
    yield 0.2
    item = moments.visualItemRect(moments.item(position)).center()
    yield from scene.click(screen_position(moments.viewport(), item))
    document = scene.app.activeDocument()
    yield from scene.wait_until(lambda: len(names_of(document)) > len(before), 60)
    yield from scene.wait_until(lambda: (moments.count(), moments.currentRow()) == (3, position))


def _state_of(document: Any, node: Any) -> str:
    from draggan_krita.documents import BOOK, KritaDocument

    return BOOK.records.of(KritaDocument(document))[node_id(node)].saved_state


def _index(document: Any, node: Any) -> int:
    return [node_id(other) for other in nodes_of(document)].index(node_id(node))


def _dump(scene: Scene, name: str, node: Any, place: list[int]) -> str:
    """Write a layer's pixels in `place`; returns their hash."""
    data = bytes(node.pixelData(*place))
    Path(scene.folder / f"{name}.bin").write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def sample_only(scene: Scene) -> Steps:
    """A new picture where no daemon runs yet."""
    document = yield from scene.new_document(320, 280)
    yield from scene.sample("toy-lion", 3)
    return names_of(document)
