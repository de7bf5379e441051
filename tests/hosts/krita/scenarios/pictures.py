"""New pictures in all sorts of documents, and drags in deep ones, with the fake engine."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

from krita import Selection
from PyQt5.QtCore import QByteArray, QPointF
from PyQt5.QtWidgets import QApplication

from draggan_server.wire.messages import ModelInfo, ModelList
from tests.hosts.krita.scene import (
    SRGB,
    Scene,
    Steps,
    bounds_of,
    names_of,
    nodes_of,
    screen_position,
)

_CHANNELS = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4, "XYZA": 4, "YCBCRA": 4}


def placing(scene: Scene) -> Steps:
    """New pictures: without a document, in the middle of one, in a group, in 16 bits."""
    said: dict[str, Any] = {}
    yield from scene.lay_out()
    yield from scene.sample("steady", 7)
    document = scene.app.activeDocument()
    yield from scene.lay_out()
    said["new document"] = {
        "size": [document.width(), document.height()],
        "names": names_of(document),
        "bounds": bounds_of(document.activeNode()),
        "modified": document.modified(),
    }
    document.setModified(False)
    document = yield from scene.new_document(101, 80)
    group = document.createGroupLayer("group")
    document.rootNode().addChildNode(group, None)
    inner = document.createNode("inner", "paintlayer")
    group.addChildNode(inner, None)
    yield 0.3
    document.setActiveNode(inner)
    yield 0.3
    layer = yield from scene.sample("steady", 9)
    said["in a group"] = {
        "parent": layer.parentNode().name(),
        "names": names_of(document),
        "bounds": bounds_of(layer),
        "pixel": list(bytes(layer.pixelData(50, 40, 1, 1))),
    }
    said["nodes"] = len(nodes_of(document))
    yield from scene.trigger("edit_undo")
    said["nodes after undo"] = len(nodes_of(document))
    deep = yield from scene.new_document(64, 64, depth="U16", profile="sRGB-elle-V2-g10.icc")
    layer = yield from scene.sample("steady", 100)
    said["16 bits"] = {
        "bytes": len(layer.pixelData(32, 32, 1, 1)),
        "pixel": bytes(layer.pixelData(32, 32, 1, 1)).hex(),
        "names": names_of(deep),
    }
    return said


def first_of_all(scene: Scene) -> Steps:
    """What a new user has: no document, and no docker in sight. The picture comes by the menu."""
    said: dict[str, Any] = {"shown before": scene.docker.isVisible()}
    yield from scene.trigger("draggan_show_docker")
    said["shown by the menu"] = scene.docker.isVisible()
    scene.docker.setVisible(False)
    yield from scene.trigger("draggan_new_picture")
    yield from scene.wait_until(scene.app.activeDocument)
    yield 2
    said["shown after"] = scene.docker.isVisible()
    said["names"] = names_of(scene.app.activeDocument())
    yield from scene.shot("first")
    return said


def choosing(scene: Scene) -> Steps:
    """The list of models: opened, read, chosen from, and up to date when it is opened again."""
    yield from scene.new_document(64, 64)
    chooser = scene.part("model")
    said: dict[str, Any] = {"before": scene.model}

    def open_list() -> Steps:
        yield from scene.click(chooser)
        yield from scene.wait_until(chooser.view().isVisible)
        yield QApplication.doubleClickInterval() / 1000  # so long Qt takes no click in it

    def choose(name: str) -> Steps:
        view = chooser.view()
        place = view.visualRect(chooser.model().index(chooser.findText(name), 0)).center()
        yield from scene.click(screen_position(view.viewport(), place))

    yield from open_list()
    yield from scene.shot("models")
    rows = [chooser.model().item(row) for row in range(chooser.count())]
    said["listed"] = [[row.text(), row.isEnabled()] for row in rows if row.text()]
    colour = chooser.itemIcon(1).pixmap(40, 40).toImage().pixelColor(20, 20)
    said["colour"] = [colour.red(), colour.green(), colour.blue()]
    yield from choose("lions-512")
    yield 0.5
    said["after a grey one"] = scene.model
    if not chooser.view().isVisible():
        yield from open_list()
    yield from choose("endless")
    yield from scene.wait_until(lambda: not chooser.view().isVisible())
    said["chosen"] = scene.model
    yield from scene.shot("chosen")
    scene.docker.brain.sample.show_models(ModelList((ModelInfo("endless", "", 32, 32, "MIT"),)))
    said["of one"] = [chooser.count(), scene.model]
    yield from open_list()
    said["opened again"] = [chooser.count(), scene.model]
    yield from scene.key("Escape")
    return said


def previewing(scene: Scene) -> Steps:
    """Seeds looked through before one is taken: the shade of the preview and of the layer."""
    document = yield from scene.new_document(64, 64)
    said: dict[str, Any] = {"before": scene.part("new_picture").icon().isNull()}

    def shade() -> int:
        return scene.part("new_picture").icon().pixmap(72, 72).toImage().pixelColor(9, 9).red()

    # No list of models was opened: it is asked for, and the first model is taken.
    scene.part("seed").setValue(77)
    yield from scene.wait_until(lambda: shade() == 77)
    for seed in range(100, 120):
        scene.part("seed").setValue(seed)
        yield 0.02
    yield from scene.wait_until(lambda: shade() == 119)
    yield from scene.shot("preview")
    said["names"] = names_of(document)
    yield from scene.click(scene.part("new_picture"))
    yield from scene.wait_until(lambda: len(names_of(document)) > 1)
    yield 0.3
    said["taken"] = [
        names_of(document)[-1],
        bytes(document.activeNode().pixelData(32, 32, 1, 1))[2],
    ]
    return said


def transformed(scene: Scene) -> Steps:
    """Where the result of a drag lies after its layer was moved, scaled, turned, painted on."""
    said = {}

    def scaled(node: Any) -> None:
        node.scaleNode(QPointF(0, 0), 64, 64, "Bicubic")

    def turned(node: Any) -> None:
        node.rotateNode(0.5)

    def moved(node: Any) -> None:
        node.move(node.position().x() - 7, node.position().y() + 9)

    def painted(node: Any) -> None:
        node.setPixelData(QByteArray(b"\x01\x02\x03\xff" * 40), 1, 1, 40, 1)

    def cleared(node: Any) -> None:
        x, y, width, _ = bounds_of(node)
        node.setPixelData(QByteArray(bytes(4 * width * 10)), x, y, width, 10)

    for change in (scaled, turned, moved, painted, cleared):
        document = yield from scene.new_document(120, 100)
        layer = yield from scene.sample("steady")
        change(layer)
        document.waitForDone()
        yield 0.3
        before = bounds_of(layer)
        x, y = layer.position().x(), layer.position().y()
        scene.set_pairs([((60.0 - x, 50.0 - y), (63.0 - x, 52.0 - y))])
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 30)
        yield 0.3
        said[change.__name__] = {"before": before, "result": bounds_of(document.activeNode())}
    return said


def looks(scene: Scene) -> Steps:
    """A drag of a layer that is seen through masks, a mode and more, undone and redone; and one of
    a plain layer. Returns how source and result are seen, and what the docker says."""
    document = yield from scene.new_document(120, 100)
    source = yield from scene.sample("steady")
    source.setOpacity(102)
    source.setBlendingMode("multiply")
    source.setInheritAlpha(True)
    source.setAlphaLocked(True)
    source.setColorLabel(3)
    source.channels()[0].setVisible(False)
    selection = Selection()
    selection.select(0, 0, 60, 100, 255)
    mask = document.createTransparencyMask("half")
    mask.setSelection(selection.duplicate())
    source.addChildNode(mask, None)
    blur = document.createFilterMask("blur", scene.app.filter("blur"), selection.duplicate())
    source.addChildNode(blur, None)
    document.setActiveNode(source)
    yield 0.3
    before = _look(source)
    result = yield from _dragged(scene)
    said: dict[str, Any] = {
        "source": before,
        "result": _look(result),
        "names": names_of(document),
        "status": scene.status,
        "source visible": source.visible(),
        "result visible": result.visible(),
    }
    yield from scene.shot("masked-result")
    yield from scene.trigger("edit_undo")
    yield from scene.wait_until(source.visible)
    said["names undone"] = names_of(document)
    said["status undone"] = scene.status
    yield from scene.trigger("edit_redo")
    yield from scene.wait_until(lambda: not source.visible())
    said["names redone"] = names_of(document)
    said["status redone"] = scene.status
    document = yield from scene.new_document(120, 100)
    source = yield from scene.sample("steady")
    yield from _dragged(scene)
    said["plain source visible"] = source.visible()
    return said


def _look(node: Any) -> dict[str, Any]:
    return {
        "opacity": node.opacity(),
        "mode": node.blendingMode(),
        "inherits alpha": node.inheritAlpha(),
        "alpha locked": node.alphaLocked(),
        "label": node.colorLabel(),
        "channels": [channel.visible() for channel in node.channels()],
        "masks": [
            [mask.type(), mask.name(), bytes(mask.pixelData(59, 50, 2, 1)).hex()]
            for mask in node.childNodes()
        ],
    }


def _dragged(scene: Scene) -> Steps:
    """Drag the picture in the middle of a document of 120 x 100; returns the result's layer."""
    document = scene.app.activeDocument()
    before = names_of(document)
    scene.set_pairs([((60.0, 50.0), (63.0, 52.0))])
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: not scene.dragging, 30)
    yield 0.3
    assert len(names_of(document)) > len(before), scene.status
    return document.activeNode()


def sprite(scene: Scene) -> Steps:
    """A picture with transparent borders, dragged where it was put and again after a move."""
    said = []
    document = yield from scene.new_document(120, 100)
    layer = yield from scene.sample("sprite", 60)
    for move in ((0, 0), (5, -4)):
        layer.move(layer.position().x() + move[0], layer.position().y() + move[1])
        document.waitForDone()
        document.setActiveNode(layer)
        yield 0.3
        x, y = layer.position().x(), layer.position().y()
        scene.set_pairs([((60.0 - x, 50.0 - y), (63.0 - x, 52.0 - y))])
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 30)
        yield 0.3
        said.append({"before": bounds_of(layer), "result": bounds_of(document.activeNode())})
    return said


def colours(scene: Scene) -> Steps:
    """Pictures of gray models and of models with alpha, drawn and dragged; writes the bytes of
    both layers (blue, green, red, alpha) beside the result."""
    said: dict[str, Any] = {}
    side = scene.arguments["side"]
    for model in scene.arguments["models"]:
        document = yield from scene.new_document(120, 100)
        layer = yield from scene.sample(model, 0)
        x, y = (120 - side) // 2, (100 - side) // 2
        scene.set_pairs([((x + 16.0, y + 16.0), (x + 16.0, y + 24.0))])
        scene.choose_method("draggan")
        scene.part("max_steps").setValue(5)
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 60)
        yield 0.5
        yield from scene.shot(f"colours-{model}")
        result = document.activeNode()
        said[model] = {"status": scene.status, "names": names_of(document)}
        for name, node in (("source", layer), ("result", result)):
            path = scene.folder / f"{model}-{name}.bin"
            path.write_bytes(bytes(node.pixelData(x, y, side, side)))
            said[model][name] = str(path)
    return said


def in_colour_spaces(scene: Scene) -> Steps:
    """In each colour space: a picture with paint in it that 8 bits cannot hold, half of it
    selected, dragged. Returns whether the other half, and all other layers, are kept bit for
    bit."""
    found: dict[str, Any] = {}
    for model, depth, profile in scene.arguments["spaces"]:
        document = yield from scene.new_document(64, 64, depth, model, profile)
        below = scene.picture_layer(document, "below", 64, 64)
        _roughen(below, (0, 0, 64, 64), model)
        layer = yield from scene.sample("steady", 60)
        x, y, width, height = place = bounds_of(layer)
        _roughen(layer, place, model)
        before = bytes(layer.pixelData(*place))
        others = [_whole(node) for node in nodes_of(document)]
        selection = Selection()
        selection.select(x, y, width, height // 2, 255)
        document.setSelection(selection)
        scene.set_pairs([((x + 4.0, y + 4.0), (x + 9.0, y + 6.0))])
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 30)
        yield 0.5
        result = document.activeNode()
        after = bytes(result.pixelData(*place))
        half = len(before) // 2
        found[f"{model} {depth} {profile}"] = {
            "status": scene.status,
            "bounds": bounds_of(result),
            "bounds of the source": place,
            "space": _space(result),
            "document": _space(document),
            "others": len(others),
            "others kept": others == [_whole(node) for node in nodes_of(document)][: len(others)],
            "last half kept": after[half:] == before[half:],
            "first half changed": after[:half] != before[:half],
        }
    found["grown"] = yield from _grown_by_converting(document)
    return found


def _grown_by_converting(document: Any) -> Steps:
    """By how many bytes Krita grows while pictures of 1 MiB go into a document's colours and back,
    64 times."""
    from draggan_krita.colours import space_of

    space, side = space_of(document.topLevelNodes()[0]), 512
    rgba = bytes(4 * side * side)
    sizes = []
    for count in (4, 64):  # the first ones fill what is used again
        for _ in range(count):
            space.to_rgba8(space.from_rgba8(rgba, side, side), side, side)
        yield 0.5
        resident = int(Path("/proc/self/statm").read_text().split()[1])
        sizes.append(resident * os.sysconf("SC_PAGE_SIZE"))
    return sizes[1] - sizes[0]


def _space(thing: Any) -> list[str]:
    return [thing.colorModel(), thing.colorDepth(), thing.colorProfile()]


def _whole(node: Any) -> list[Any]:
    """A layer's name, colours and pixels."""
    return [node.name(), *_space(node), bytes(node.pixelData(0, 0, 64, 64)).hex()]


def _roughen(node: Any, place: tuple[int, int, int, int], model: str) -> None:
    """Noise in the lowest byte of each channel but alpha, the last."""
    noisy, channels = bytearray(bytes(node.pixelData(*place))), _CHANNELS[model]
    size, rng = len(noisy) // (place[2] * place[3] * channels), random.Random(5)
    for start in range(0, len(noisy), size):
        if start // size % channels != channels - 1:
            noisy[start] = rng.randrange(256)
    node.setPixelData(QByteArray(bytes(noisy)), *place)


def lions(scene: Scene) -> Steps:
    """A lion in each colour space, its chin pulled down. What the document shows before and after
    is written as sRGB bytes (blue, green, red, alpha)."""
    found: dict[str, Any] = {}
    for number, (model, depth, profile) in enumerate(scene.arguments["spaces"]):
        document = yield from scene.new_document(256, 256, depth, model, profile)
        layer = yield from scene.sample("toy-lion", 8)
        files = [_seen(scene, document, f"{number}-before")]
        place = bounds_of(layer)
        scene.set_pairs([((130.0, 188.0), (130.0, 204.0))])
        yield from scene.click(scene.part("start"))
        yield from scene.wait_until(lambda: not scene.dragging, 100)
        yield 0.5
        result = document.activeNode()
        files.append(_seen(scene, document, f"{number}-after"))
        yield from scene.shot(f"lion-{model}-{depth}")
        found[f"{model} {depth} {profile}"] = {
            "status": scene.status,
            "names": names_of(document),
            "space": _space(result),
            "same place": bounds_of(result) == place,
            "files": files,
        }
    return found


def _seen(scene: Scene, document: Any, name: str) -> str:
    copy, path = document.clone(), scene.folder / f"{name}.bin"
    copy.setColorSpace("RGBA", "U8", SRGB)
    copy.waitForDone()
    path.write_bytes(bytes(copy.pixelData(0, 0, copy.width(), copy.height())))
    copy.close()
    return str(path)
