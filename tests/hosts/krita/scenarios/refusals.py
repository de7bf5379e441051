"""What cannot be done: each attempt gives its sentence and leaves the document as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from krita import Selection
from PyQt5.QtCore import QByteArray
from PyQt5.QtGui import QImage

from tests.hosts.krita.scene import Scene, Steps, bounds_of, names_of

_PAIR = ((4.0, 4.0), (9.0, 9.0))


def all_in_turn(scene: Scene) -> Steps:
    return (yield from scene.in_turn(without_document, in_document, setting_points, late))


def without_document(scene: Scene) -> Steps:
    """No document is open: what the actions of the menu say."""
    said = {}
    for action in ("draggan_start_drag", "draggan_edit_points", "draggan_cancel_drag"):
        yield from scene.trigger(action)
        said[action] = scene.status
    said["editing"] = scene.part("edit").isChecked()
    return said


def without_daemon(scene: Scene) -> Steps:
    """No daemon runs and none can be started."""
    document = yield from scene.new_document(64, 64)
    scene.picture_layer(document, "picture", 32, 32)
    yield 0.3
    scene.set_pairs([_PAIR])
    said = {}
    for name, button in (("new picture", "new_picture"), ("start", "start")):
        before = names_of(document)
        yield from scene.click(scene.part(button))
        yield from scene.wait_until(lambda: "cannot be started" in scene.status, 30)
        said[name] = {"status": scene.status, "same": names_of(document) == before}
        said[f"{name} again"] = scene.part(button).isEnabled()
        scene.docker.brain.desk.say("", False)
    scene.part("model").showPopup()
    yield from scene.wait_until(lambda: scene.status, 30)
    said["models"] = scene.status
    yield from scene.shot("no-daemon")
    return said


def in_document(scene: Scene) -> Steps:
    """Everything that a document may hold and that cannot be dragged."""
    document = yield from scene.new_document(100, 80)
    root = document.rootNode()
    picture = yield from scene.sample("steady")
    said = {}

    def attempt(name: str, prepare: Callable[[], Any] = lambda: None) -> Steps:
        prepare()
        yield 0.3
        before = names_of(document)
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging)
        yield 0.2
        said[name] = {"status": scene.status, "same": names_of(document) == before}

    def activate(node: Any) -> Callable[[], None]:
        if node.parentNode() is None:
            root.addChildNode(node, None)
        return lambda: document.setActiveNode(node)

    def pairs(*pairs: Any) -> Callable[[], None]:
        def set_pairs() -> None:
            document.setActiveNode(picture)
            scene.set_pairs(list(pairs))

        return set_pairs

    def select(x: int, y: int, width: int, height: int, value: int = 255) -> Callable[[], None]:
        selection = Selection()
        selection.select(x, y, width, height, value)
        return lambda: document.setSelection(selection)

    yield from attempt("no points")
    yield from attempt("handle at its target", pairs(((40.0, 30.0), (40.0, 30.0))))
    yield from attempt("handle outside", pairs(((10.0, 10.0), (45.0, 35.0))))
    yield from attempt("target outside", pairs(((40.0, 30.0), (99.0, 30.0))))
    pairs(((40.0, 30.0), (45.0, 35.0)))()
    yield from attempt("selection elsewhere", select(0, 0, 10, 10))
    yield from attempt("empty selection", select(40, 30, 10, 10, 0))
    yield from attempt("handle held", select(44, 34, 10, 10))
    document.setSelection(None)
    picture.setLocked(True)
    yield from attempt("locked")
    picture.setLocked(False)
    yield from attempt("group", activate(document.createGroupLayer("group")))
    yield from attempt("vector layer", activate(document.createVectorLayer("shapes")))
    yield from attempt("too small", activate(scene.paint_layer(document, "stamp", 8, 8)))
    empty = document.createNode("empty", "paintlayer")
    root.addChildNode(empty, None)
    scene.note_state(document, empty, [0, 0, 32, 32])
    yield from attempt("empty", activate(empty))
    scene.annotate(document, b'{"draggan": 1, "layers": {"x": {"state": 5}}}')
    yield from attempt("damaged annotation", activate(picture))
    scene.annotate(document, b'{"draggan": 99, "layers": {}}')
    yield from attempt("newer annotation")
    return said


def setting_points(scene: Scene) -> Steps:
    """Points are set on a layer that cannot be dragged, then beside and in what is selected."""
    document = yield from scene.new_document(100, 80)
    picture = yield from scene.sample("steady")
    scene.paint_layer(document, "bright", 100, 80)
    stamp = scene.paint_layer(document, "stamp", 8, 8)
    said: dict[str, Any] = {}

    def note(name: str) -> Steps:
        yield 0.8
        veil = scene.veil
        said[name] = {
            "status": scene.status,
            "pairs": len(scene.pairs),
            "veil": veil is not None and [veil.width, veil.height],
        }

    yield 0.3
    yield from scene.edit_points()
    yield from note("on a stamp")
    scene.docker.brain.desk.say("", False)
    before = bytes(stamp.pixelData(0, 0, 100, 80))
    yield from scene.set_pair((40, 30), (45, 35))
    yield from note("pulled on a stamp")
    said["painted"] = bytes(stamp.pixelData(0, 0, 100, 80)) != before
    document.setActiveNode(picture)
    yield 0.5
    yield from scene.set_pair((40, 30), (45, 35))
    yield from note("on the picture")
    selection = Selection()
    selection.select(50, 24, 16, 32, 255)
    document.setSelection(selection)
    yield 0.5
    yield from scene.set_pair((60, 40), (62, 48))
    yield from note("one outside of the selection")
    path = yield from scene.shot("veil")
    said["brightness"] = [_brightness(path, scene.on_screen(p)) for p in ((37, 50), (58, 28))]
    x, y = scene.on_screen((40, 30))
    yield from scene.click((x, y), button=3)
    yield from note("none outside")
    document.setSelection(None)
    yield from note("nothing selected")
    return said


def _brightness(path: Any, place: tuple[int, int]) -> int:
    """The largest of the three colours of a screenshot's pixel."""
    return max(QImage(str(path)).pixelColor(*place).getRgb()[:3])


def late(scene: Scene) -> Steps:
    """What the daemon refuses only in the middle of a drag."""
    document = yield from scene.new_document(100, 80)
    said = {}
    for model in ("refusing", "failing", "hungry"):
        yield from scene.sample(model)
        scene.set_pairs([((40.0, 30.0), (45.0, 35.0))])
        before = names_of(document)
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 30)
        yield 0.3
        said[model] = {"status": scene.status, "same": names_of(document) == before}
    return said


def unknown_model(scene: Scene) -> Steps:
    """Layers whose states name models that the daemon does not have."""
    from draggan_server.wire.state import EditState

    document = yield from scene.new_document(64, 64)
    said: dict[str, Any] = {}
    for name in scene.arguments["models"]:
        layer = scene.paint_layer(document, name, 32, 32)
        state = EditState(name, "0" * 64, num_ws=1, w_dim=1, start=bytes(4)).to_json()
        scene.note_state(document, layer, [0, 0, 32, 32], state)
        document.setActiveNode(layer)
        yield 0.3
        scene.set_pairs([_PAIR])
        before = names_of(document)
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 60)
        yield from scene.wait_until(lambda name=name: name in scene.status, 20)
        said[name] = {"status": scene.status, "same": names_of(document) == before}
    return said


def _bytes_of(layer: Any, part: tuple[int, int, int, int]) -> bytes:
    """The pixels of a part of the document, as the layer has them."""
    return bytes(layer.pixelData(*part))


def _mean_difference(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def edited(scene: Scene) -> Steps:
    """A lion whose layer was edited in ways that a drag survives, and in one that it does not."""
    said = {}
    parts = ((0, 0, 32, 32), (106, 170, 60, 40))  # a corner, and the chin

    def mirrored(_document: Any, layer: Any) -> None:
        scene.app.action("mirrorNodeX").trigger()

    def desaturated(document: Any, layer: Any) -> None:
        settings = scene.app.filter("desaturate")
        settings.apply(layer, 0, 0, document.width(), document.height())

    def painted(_document: Any, layer: Any) -> None:
        x, y, _, _ = bounds_of(layer)
        layer.setPixelData(QByteArray(b"\xff\x40\x20\xff" * 400), x + 120, y + 178, 20, 20)

    def covered(document: Any, layer: Any) -> None:
        x, y, width, height = bounds_of(layer)
        layer.setPixelData(QByteArray(b"\x40\x60\x20\xff" * (width * height)), x, y, width, height)

    for change in (mirrored, desaturated, covered, painted):
        document = yield from scene.new_document(256, 256)
        layer = yield from scene.sample("toy-lion", 8)
        yield 0.3
        change(document, layer)
        document.waitForDone()
        yield 0.5
        scene.set_pairs([((130.0, 188.0), (130.0, 206.0))])
        before, shown = names_of(document), [_bytes_of(layer, part) for part in parts]
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 60)
        yield 0.3
        result = document.topLevelNodes()[-1]
        said[change.__name__] = {
            "status": scene.status,
            "same": names_of(document) == before,
            "changes": [
                _mean_difference(_bytes_of(result, part), own)
                for part, own in zip(parts, shown, strict=True)
            ],
        }
    yield from scene.shot("paint-replaced")
    return said
