"""Drags that do not end by themselves; the test gives a daemon with the fake engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import QTimer

from tests.hosts.krita.scene import Scene, Steps, bounds_of, names_of

PREPARING = "preparing"
"""A model whose drags never end, however long the test takes."""


def all_in_turn(scene: Scene) -> Steps:
    parts = (
        cancel_and_stop,
        cancel_at_once,
        document_closed,
        docker_closed,
        window_closed,
        layer_removed,
        photo_removed,
        worker_lost,
        moved_layer,
        removed_while_frames_are_placed,
    )
    return (yield from scene.in_turn(*parts))


def cancel_and_stop(scene: Scene) -> Steps:
    """Cancel a drag, then stop one: what is in the document after each."""
    document = yield from _begin_endless(scene, PREPARING)
    before = names_of(document)
    yield from scene.trigger("KritaShape/KisToolBrush")
    layer = document.activeNode()
    pixels = bytes(layer.pixelData(0, 0, 100, 80))
    start, end = scene.on_screen((40, 30)), scene.on_screen((60, 50))
    middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
    yield from scene.drag_mouse(start, middle, end)
    yield 0.5
    document.waitForDone()
    painted = bytes(layer.pixelData(0, 0, 100, 80)) != pixels
    yield from scene.shot("dragging")
    yield from scene.click(scene.part("cancel"))
    yield from scene.wait_until(lambda: not scene.dragging)
    cancelled = {
        "status": scene.status,
        "same": names_of(document) == before,
        "painted": painted,
    }
    yield from scene.sample("endless")
    yield from scene.set_pair((44, 34), (54, 44))
    before = names_of(document)
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: scene.part("progress").value() > 0)
    yield from scene.click(scene.part("stop"))
    yield from scene.wait_until(lambda: not scene.dragging)
    yield 0.5
    return {
        "cancelled": cancelled,
        "stopped": {"status": scene.status, "names": names_of(document), "before": before},
    }


def cancel_at_once(scene: Scene) -> Steps:
    """Cancel before the first step, then in a step that never ends: what is said soon after."""
    document = yield from scene.new_document(100, 80)
    yield from scene.sample("stubborn")
    yield from scene.set_pair((44, 34), (54, 44))
    before = names_of(document)
    said = {}
    for name, wait in (("before", False), ("in a step", True)):
        yield from scene.click(scene.part("start"))
        if wait:
            yield from scene.wait_until(lambda: scene.status == "Dragging…", 60)
            yield 0.5
        scene.part("cancel").click()
        yield 0.2
        said[name] = {
            "status": scene.status,
            "idle": scene.part("start").isVisible(),
            "same": names_of(document) == before,
        }
    return said


def document_closed(scene: Scene) -> Steps:
    """Close the document in the middle of a drag; Krita and the docker go on."""
    document = yield from _begin_endless(scene)
    document.setModified(False)
    document.close()
    yield from scene.wait_until(lambda: not scene.dragging)
    closed = scene.status
    editing = scene.part("edit").isChecked()
    yield from scene.trigger("draggan_start_drag")  # Krita hides its dockers by now
    nothing_open = scene.status
    yield 1
    document = yield from scene.new_document(64, 64)
    yield from scene.sample("steady")
    return {
        "closed": closed,
        "nothing open": nothing_open,
        "editing": editing,
        "names": names_of(document),
    }


def docker_closed(scene: Scene) -> Steps:
    """Close the docker in the middle of a drag; Stop, by the menu, keeps what was reached."""
    document = yield from _begin_endless(scene)
    before = names_of(document)
    yield from scene.trigger("draggan_show_docker")
    scene.docker.close()
    yield 0.5
    said = {"hidden": not scene.docker.isVisible(), "goes on": scene.dragging}
    yield from scene.trigger("draggan_stop_drag")
    yield from scene.wait_until(lambda: len(names_of(document)) > len(before))
    yield from scene.trigger("draggan_show_docker")
    yield from scene.wait_until(scene.docker.isVisible)
    return {**said, "status": scene.status}


def window_closed(scene: Scene) -> Steps:
    """Close a second window in the middle of a drag in it; the first one goes on, and drags."""
    first = scene.window
    second = scene.app.openWindow()
    yield 1.5
    yield from scene.activate(second)
    document = yield from _begin_endless(scene)
    yield from scene.shot("second-window")
    document.setModified(False)
    second.qwindow().close()
    yield from scene.wait_until(lambda: len(scene.app.windows()) == 1)
    yield from scene.activate(first)
    document = yield from scene.new_document(100, 80)
    yield from scene.sample("steady")
    yield from scene.set_pair((44, 34), (54, 44))
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: len(names_of(document)) > 2, 30)
    return {"names": names_of(document), "status": scene.status}


def quit_in_the_middle(scene: Scene) -> Steps:
    """Krita ends by itself, as from its menu."""
    document = yield from _begin_endless(scene)
    document.setModified(False)
    scene.promise({"dragging": scene.dragging})
    scene.app.action("file_quit").trigger()
    yield 60
    raise AssertionError("Krita goes on")


def layer_removed(scene: Scene) -> Steps:
    """Remove the layer in the middle of its drag."""
    document = yield from _begin_endless(scene)
    layer = document.activeNode()
    layer.remove()
    yield from scene.wait_until(lambda: not scene.dragging)
    yield 0.5
    return {"status": scene.status, "names": names_of(document)}


def removed_while_frames_are_placed(scene: Scene) -> Steps:
    """Remove the layer, then close the document, as soon as a drag's way is put into it."""
    removed = yield from _taken_while_frames_are_placed(
        scene, lambda document, layer: layer.remove()
    )
    names = names_of(scene.app.activeDocument())
    closed = yield from _taken_while_frames_are_placed(
        scene, lambda document, layer: document.close()
    )
    return {"removed": removed, "names": names, "closed": closed}


def _taken_while_frames_are_placed(scene: Scene, take: Callable[[Any, Any], Any]) -> Steps:
    """What the docker says."""
    document = yield from scene.new_document(100, 80)
    layer = yield from scene.sample("steady")
    yield from scene.set_pair((44, 34), (54, 44))
    document.setModified(False)
    taken: list[bool] = []

    def watch() -> None:
        if scene.docker.brain.session.state.name == "KEEPING" and not taken:
            taken.append(True)
            take(document, layer)

    beat = QTimer()
    beat.timeout.connect(watch)
    beat.start(0)
    scene.part("animate").click()
    yield from scene.wait_until(lambda: taken and not scene.dragging, 60)
    beat.stop()
    yield 0.5
    return scene.status


def photo_removed(scene: Scene) -> Steps:
    """Remove a photo's layer while the model that was chosen last looks at it, for ever."""
    document = yield from scene.new_document(100, 80)
    layer = scene.paint_layer(document, "photo", 100, 80)
    yield 0.5
    yield from scene.edit_points()
    yield from scene.wait_until(
        lambda: scene.docker.brain.editor.canvas.sight.picture is not None, 60
    )
    state = scene.docker.brain.session.state.name
    layer.remove()
    yield from scene.wait_until(lambda: not scene.dragging)
    yield 0.5
    return {
        "state": state,
        "status": scene.status,
        "names": names_of(document),
        "seen": scene.docker.brain.editor.canvas.sight.picture is not None,
    }


def worker_lost(scene: Scene) -> Steps:
    """The process that computes dies in the middle; the next drag goes on."""
    document = yield from scene.new_document(100, 80)
    yield from scene.sample("crashing")
    yield from scene.set_pair((44, 34), (54, 44))
    before = names_of(document)
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 30)
    lost = scene.status
    same = names_of(document) == before
    yield from scene.sample("steady")
    yield from scene.set_pair((44, 34), (54, 44))
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 30)
    yield 0.5
    return {"lost": lost, "same": same, "then": scene.status, "names": names_of(document)}


def moved_layer(scene: Scene) -> Steps:
    """Move the layer during its drag, paint beyond it before: where the result lies."""
    document = yield from scene.new_document(100, 80)
    layer = yield from scene.sample("endless")
    yield from scene.set_pair((44, 34), (54, 44))
    scene.part("max_steps").setValue(scene.part("max_steps").maximum())
    layer.setPixelData(b"\x01\x02\x03\xff" * 30, 2, 3, 30, 1)
    placed = bounds_of(layer)
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: scene.part("progress").value() > 0)
    layer.move(layer.position().x() + 11, layer.position().y() - 5)
    yield 0.3
    yield from scene.click(scene.part("stop"))
    yield from scene.wait_until(lambda: not scene.dragging)
    result = yield from scene.wait_until(
        lambda: (node := document.activeNode()) and node.name() != layer.name() and node
    )
    return {
        "before": placed,
        "result": bounds_of(result),
        "pairs": scene.pairs,
        "offset": [result.position().x(), result.position().y()],
    }


def _begin_endless(scene: Scene, model: str = "endless") -> Steps:
    """A drag under way, some steps on, or with `PREPARING` before its first one; returns its
    document."""
    document = yield from scene.new_document(100, 80)
    yield from scene.sample(model)
    yield from scene.set_pair((44, 34), (54, 44))
    assert len(scene.pairs) == 1
    scene.part("max_steps").setValue(scene.part("max_steps").maximum())
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: scene.part("progress").value() > 0)
    return document
