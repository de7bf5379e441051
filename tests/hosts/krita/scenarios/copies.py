"""Copies of layers: which of them can be dragged; records of layers that are gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import QByteArray

from tests.hosts.krita.scene import ANNOTATION, SRGB, Scene, Steps, bounds_of, names_of, node_id


def of_layers(scene: Scene) -> Steps:
    """Layers copied by Krita's own commands, each then dragged: where the result lies, and what
    the docker says. The docker looks at a copy before it is changed any further."""
    said: dict[str, Any] = {}

    def attempt(name: str) -> Steps:
        yield 1
        document = scene.app.activeDocument()
        layer = document.activeNode()
        before = names_of(document)
        offset = layer.position().x(), layer.position().y()
        place = bounds_of(layer)
        x, y = place[0] + 16.0 - offset[0], place[1] + 16.0 - offset[1]
        scene.set_pairs([((x, y), (x + 3, y + 2))])
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 30)
        yield 0.5
        said[name] = {
            "status": scene.status,
            "layer": layer.name(),
            "place": place,
            "result": bounds_of(document.activeNode()),
            "added": len(names_of(document)) - len(before),
        }

    document = yield from scene.new_document(120, 100)
    source = yield from scene.sample("steady", 60)

    def activate_source() -> Steps:
        document.setActiveNode(source)
        yield 0.3

    yield from scene.make("duplicatelayer")
    yield from attempt("duplicate")
    yield from activate_source()
    copy = yield from scene.make("duplicatelayer")
    copy.move(7, -5)
    yield from attempt("moved duplicate")
    yield from activate_source()
    source.setPixelData(QByteArray(b"\x01\x02\x03\xff" * 16), 50, 45, 4, 4)
    yield from scene.make("duplicatelayer")
    yield from attempt("duplicate of a painted one")
    yield from activate_source()
    yield from scene.trigger("copy_layer_clipboard")
    other = yield from scene.new_document(90, 90)
    yield from scene.make("paste_layer_from_clipboard")
    yield from attempt("pasted into another document")
    said["documents"] = document != other
    scene.paint_layer(other, "photo", 32, 32)
    yield from attempt("photo")
    return said


def of_a_closed_document(scene: Scene) -> Steps:
    """A result copied into another document, its own then closed: only the daemon knows it."""
    document = yield from scene.new_document(120, 100)
    yield from scene.sample("steady", 60)
    scene.set_pairs([((60.0, 50.0), (63.0, 52.0))])
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 30)
    yield 0.5
    scene.docker.setVisible(False)  # so that the copy is not recognised at once
    yield from scene.trigger("copy_layer_clipboard")
    document.setModified(False)
    document.close()
    yield 0.5
    other = scene.app.createDocument(90, 90, "test", "RGBA", "U8", SRGB, 72.0)
    other.setBatchmode(True)
    scene.window.addView(other)
    yield 0.5
    layer = yield from scene.make("paste_layer_from_clipboard")
    known = bytes(other.annotation(ANNOTATION))
    scene.docker.setVisible(True)
    yield 1
    place = bounds_of(layer)
    scene.set_pairs([((place[0] + 9.0, place[1] + 9.0), (place[0] + 12.0, 40.0))])
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 30)
    yield 0.5
    return {
        "known before": known.decode(),
        "status": scene.status,
        "names": names_of(other),
        "known": node_id(layer) in _records(other),
    }


def of_a_removed_layer(scene: Scene) -> Steps:
    """A copy whose original is gone before anyone looks, and was painted on before."""
    document = yield from scene.new_document(120, 100)
    source = yield from scene.sample("steady", 60)
    copy = source.clone()
    document.rootNode().addChildNode(copy, source)
    source.setPixelData(QByteArray(b"\x01\x02\x03\xff" * 16), 50, 45, 4, 4)
    source.remove()
    document.setActiveNode(copy)
    yield 1
    return node_id(copy) in _records(document)


def records_kept(scene: Scene) -> Steps:
    """Which records a document has after one of a layer that never was, and one of a layer that was
    removed and may come back by undo."""
    document = yield from scene.new_document(120, 100)
    scene.annotate(document, json.dumps({"draggan": 1, "layers": {"{lost}": _ENTRY}}).encode())
    first = yield from scene.sample("steady", 1)
    said = {"lost": "{lost}" in _records(document)}
    document.setActiveNode(first)
    yield 0.3
    yield from scene.trigger("remove_layer")
    yield from scene.sample("steady", 2)
    said["removed"] = node_id(first) in _records(document)
    yield from scene.trigger("edit_undo")
    yield from scene.trigger("edit_undo")
    said["names"] = names_of(document)
    return said


def all_in_turn(scene: Scene) -> Steps:
    parts: tuple[Callable[[Scene], Steps], ...] = (
        of_layers,
        of_a_removed_layer,
        records_kept,
        of_a_closed_document,
    )
    return (yield from scene.in_turn(*parts))


_ENTRY = {"state": "{}", "region": [0, 0, 32, 32], "offset": [0, 0]}


def _records(document: Any) -> dict[str, Any]:
    return json.loads(bytes(document.annotation(ANNOTATION)))["layers"]
