"""The picture follows the hand: pressed, pulled and let go on the canvas."""

from __future__ import annotations

from typing import Any

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
    yield from scene.command("xdotool", "mouseup", "1")
    yield from scene.wait_until(lambda: not scene.dragging, 120)
    yield 1
    yield from scene.shot("2-let-go")
    said["frames"] = len(frames)
    said["sides"] = sorted(set(frames))
    said["kept"] = names_of(document)
    said["ended"] = scene.status
    said["pairs"] = scene.pairs
    x, y = scene.pairs[0].target
    yield from _pull_down(scene, (round(x), round(y)), -8, frames)
    yield from scene.key("Escape")
    yield 0.3
    said["escaped"] = scene.status
    yield from scene.command("xdotool", "mouseup", "1")
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
        yield from scene.command("xdotool", "mouseup", "1")
        yield 1
    return said


def _count_frames(scene: Scene) -> list[int]:
    """A list that gets the width of each frame that is shown."""
    sides: list[int] = []
    keeper = scene.docker._overlay_keeper
    show_frame = keeper.show_frame

    def counted(frame: Any) -> None:
        sides.append(frame.width)
        show_frame(frame)

    keeper.show_frame = counted
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
