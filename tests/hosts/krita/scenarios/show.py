"""A live drag for people to look at."""

from __future__ import annotations

import time

from tests.hosts.hand import moves
from tests.hosts.krita.scene import Scene, Steps


def pull(scene: Scene) -> Steps:
    """Pull a lion's nose along the argument `way`, in the layer's pixels; returns when that began
    and when it ended, of `time.monotonic`."""
    yield from scene.new_document(256, 256)
    yield from scene.sample("toy-lion", scene.arguments["seed"])
    yield from scene.trigger("zoom_to_fit")
    yield from scene.click(scene.part("edit"))
    yield 1
    way = [scene.on_screen(tuple(point)) for point in scene.arguments["way"]]
    for last in (False, True):  # the model is prepared for its first drag
        begin = time.monotonic()
        yield from scene.command("xdotool", "mousemove", *map(str, way[0]))
        yield 0.4
        yield from scene.command("xdotool", "mousedown", "1", *moves(way))
        yield 1.5
        end = time.monotonic()
        if not last:
            yield from scene.key("Escape")
            yield from scene.let_go()
            yield 4
    yield from scene.shot("pulled")
    yield from scene.let_go()
    yield from scene.wait_until(lambda: not scene.dragging, 120)
    return begin, end
