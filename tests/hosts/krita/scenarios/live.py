"""The picture follows the hand: pressed, pulled and let go on the canvas."""

from __future__ import annotations

from typing import Any

from krita import Selection
from PyQt5.QtGui import QImage

from tests.hosts.krita.scene import Scene, Steps, names_of

_CHIN = (130, 188)
_BACKGROUND = (14, 14)


def gesture(scene: Scene) -> Steps:
    """Pull the lion's chin down on the canvas; pull again and take it back by Escape; undo; with
    Shift held only set a point; press where nothing can be held, and pull out of the picture."""
    document = yield from scene.new_document(256, 256)
    yield from scene.sample("toy-lion", 8)
    before = names_of(document)
    yield from scene.click(scene.part("edit"))
    yield 0.5
    said: dict[str, Any] = {"before": before, "editing": scene.part("edit").isChecked()}
    frames = _count_frames(scene)
    yield from _pull_down(scene, _CHIN, 16, frames)
    said["while pulled"] = scene.status
    said["words"] = scene.part("progress").text()
    said["names while pulled"] = names_of(document)
    yield from scene.shot("1-pulled")
    yield from scene.let_go()
    yield from scene.wait_until(lambda: not scene.dragging, 120)
    yield 1
    yield from scene.shot("2-let-go")
    said["frames"] = len(frames)
    said["sides"] = sorted(set(frames))
    said["kept"] = names_of(document)
    said["ended"] = scene.status
    said["pairs"] = scene.pairs
    _, (x, y) = scene.pairs[0]
    yield from _pull_down(scene, (round(x), round(y)), -8, frames)
    yield from scene.key("Escape")
    yield 0.3
    said["escaped"] = scene.status
    yield from scene.let_go()
    yield 1
    said["after escape"] = names_of(document)
    said["pairs after escape"] = scene.pairs
    yield from scene.trigger("edit_undo")
    yield 1
    said["undone"] = names_of(document)
    said["said of it"] = scene.status
    yield from scene.command("xdotool", "keydown", "shift")
    seen = len(frames)
    yield from scene.drag_mouse(*(scene.on_screen((90, 90 + dy)) for dy in (0, 8, 16)))
    yield from scene.command("xdotool", "keyup", "shift")
    yield 1
    said["pairs with Shift"] = scene.pairs
    said["frames with Shift"] = len(frames) - seen
    scene.set_pairs([])
    for which, start, way in (("flat", _BACKGROUND, 6), ("outside", _CHIN, 110)):
        yield from scene.command("xdotool", "mousemove", *map(str, scene.on_screen(start)))
        yield from scene.command("xdotool", "mousedown", "1")
        for dy in (2, way):
            seen = len(frames)
            place = scene.on_screen((start[0], start[1] + dy))
            yield from scene.command("xdotool", "mousemove", *map(str, place))
            yield from scene.wait_until(lambda seen=seen: len(frames) > seen, 60)
        yield 1
        said[f"words while {which}"] = scene.part("progress").text()
        said[f"pair while {which}"] = scene.pairs[-1]
        yield from scene.shot(f"3-{which}")
        yield from scene.key("Escape")
        yield from scene.let_go()
        yield 1
    return said


def veil(scene: Scene) -> Steps:
    """With a part selected: before a drag, after it, and once another point is set or another part
    selected."""
    document = yield from scene.new_document(256, 256)
    yield from scene.sample("toy-lion", 8)
    _select(document, 120)
    yield from scene.click(scene.part("edit"))
    said: dict[str, Any] = {}

    def dragged() -> int:
        return sum(name.startswith("Dragged") for name in names_of(document))

    def note(name: str) -> Steps:
        yield 1
        path = yield from scene.shot(f"veil-{name}")
        colour = QImage(str(path)).pixelColor(*scene.on_screen(_BACKGROUND))
        said[name] = scene.veil is not None, max(colour.getRgb()[:3])

    yield from note("before")
    yield from scene.drag_mouse(*(scene.on_screen((130, 188 + dy)) for dy in (0, 6, 12)))
    yield from scene.wait_until(lambda: dragged() == 1 and not scene.dragging, 120)
    yield from note("after")
    _select(document, 128)
    yield from note("another part")
    yield from scene.drag_mouse(*(scene.on_screen((130, 200 + dy)) for dy in (0, 6, 12)))
    yield from scene.wait_until(lambda: dragged() == 2 and not scene.dragging, 120)
    yield from note("again")
    scene.only_set_points()
    yield from scene.set_pair((90, 200), (90, 210))
    yield from note("another point")
    return said


def _select(document: Any, top: int) -> None:
    """What lies below `top` may move."""
    selection = Selection()
    selection.select(0, top, 256, 256 - top, 255)
    document.setSelection(selection)


def _count_frames(scene: Scene) -> list[int]:
    """A list that gets the width of each frame that is shown."""
    sides: list[int] = []
    editor = scene.docker.brain.editor
    show_frame = editor.show_frame

    def counted(layer: Any, frame: Any) -> None:
        sides.append(frame.width)
        show_frame(layer, frame)

    editor.show_frame = counted
    return sides


def _pull_down(scene: Scene, start: tuple[int, int], way: int, frames: list[int]) -> Steps:
    """Press, and pull by two pixels at a time, each after another frame."""
    yield from scene.command("xdotool", "mousemove", *map(str, scene.on_screen(start)))
    yield from scene.command("xdotool", "mousedown", "1")
    step = 2 if way > 0 else -2
    for dy in range(step, way + step, step):
        seen = len(frames)
        place = scene.on_screen((start[0], start[1] + dy))
        yield from scene.command("xdotool", "mousemove", *map(str, place))
        yield from scene.wait_until(lambda seen=seen: len(frames) > seen, 60)
