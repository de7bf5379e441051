"""How long Krita takes for what is not ours, without us and beside us."""

from __future__ import annotations

import time
from typing import Any

from tests.hosts.krita.scenarios.paces import Beat
from tests.hosts.krita.scene import Scene, Steps

_WINDOW = 1000
_STROKE, _PAN = "a stroke", "a pan"
_CPU = "{}, CPU time of the main thread"
_MOVES, _MOVE_SECONDS = 100, "0.01"
_PAINT, _PULL = 1, 2  # buttons of the mouse


def rounds(scene: Scene) -> Steps:
    """Of `rounds` the seconds of each act, in a document of `side`: `without` us the docker is
    closed; `beside` us it is open with points on the canvas for a pan, and for a stroke on another
    layer, since on the canvas the mouse sets points while these are edited."""
    side = scene.arguments["side"]
    document = yield from scene.new_document(side, side)
    if side > _WINDOW:
        scene.window.activeView().canvas().setZoomLevel(1.0)
    lion = yield from scene.sample("toy-lion", 8)
    middle = lion.bounds().x() + 128, lion.bounds().y() + 128
    yield from scene.set_pair(middle, (middle[0], middle[1] + 40))
    scale = _scale(scene, middle)
    paper = document.createNode("paper", "paintlayer")
    document.rootNode().addChildNode(paper, None)
    took: dict[str, dict[str, list[float]]] = {
        how: {name: [] for act in (_STROKE, _PAN) for name in (act, _CPU.format(act))}
        for how in ("without", "beside")
    }
    for _ in range(scene.arguments["rounds"]):
        for how, acts in took.items():
            scene.docker.setVisible(how == "beside")
            yield from _edit(scene, document, paper, False)
            assert abs(_scale(scene, middle) - scale) <= 1, f"{how}: {_scale(scene, middle)}"
            yield from scene.trigger("KritaShape/KisToolBrush")
            before = bytes(paper.pixelData(middle[0] - 50, middle[1] - 50, 100, 100))
            yield from _act(scene, document, middle, _PAINT, acts, _STROKE)
            assert bytes(paper.pixelData(middle[0] - 50, middle[1] - 50, 100, 100)) != before
            yield from scene.key("ctrl+z")
            yield 0.5
            if how == "beside":
                yield from _edit(scene, document, lion, True)
            here = scene.on_screen(middle)
            there = yield from _act(scene, document, middle, _PULL, acts, _PAN)
            assert there != here, f"{how}: a pan has moved nothing; measure again"
    return took


def _scale(scene: Scene, place: tuple[int, int]) -> int:
    """How many pixels of the screen 100 of the document are."""
    (left, _), (right, _) = map(scene.on_screen, (place, (place[0] + 100, place[1])))
    return round(right - left)


def _edit(scene: Scene, document: Any, node: Any, on: bool) -> Steps:
    """Let a layer be active, and its points be edited or not."""
    document.setActiveNode(node)
    yield 0.5
    if scene.docker.isVisible() and scene.part("edit").isChecked() != on:
        yield from scene.click(scene.part("edit"))
        yield 0.5


def _act(
    scene: Scene,
    document: Any,
    place: tuple[int, int],
    button: int,
    acts: dict[str, list[float]],
    act: str,
) -> Steps:
    """Note for how many seconds Krita was busy while the mouse was pressed there, moved there and
    back, and let go, until its picture was complete; and how many its main thread computed.
    Returns where on the screen the place was half way."""
    x, y = scene.on_screen(place)
    yield from scene.command("xdotool", "mousemove", str(x), str(y))
    yield 0.5
    there, back = (
        ["mousemove_relative", "--", way, "0", "sleep", _MOVE_SECONDS] * (_MOVES // 2)
        for way in ("3", "-3")
    )
    beat, computed = Beat(), time.thread_time()
    yield from scene.command("xdotool", "mousedown", str(button), *there)
    half_way = scene.on_screen(place)
    yield from scene.command("xdotool", *back, "mouseup", str(button))
    began = time.monotonic()
    document.waitForDone()
    beat.end()
    acts[act].append(beat.busy + time.monotonic() - began)
    acts[_CPU.format(act)].append(time.thread_time() - computed)
    return half_way
