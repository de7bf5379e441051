"""A picture picked from the grid of samples in the docker."""

from __future__ import annotations

import json

from PyQt5.QtWidgets import QToolButton

from tests.hosts.krita.scene import ANNOTATION, Scene, Steps, names_of, node_id, screen_position

_WIDE = (1100, 600)


def picking(scene: Scene) -> Steps:
    """Unfold, scroll for more, pick one, ask for more like it, pick one of those, draw it."""
    document = yield from scene.new_document(256, 256)
    yield from scene.lay_out()
    grid, said = scene.part("samples"), {}
    yield from scene.click(scene.part("pick").findChild(QToolButton))
    yield from scene.wait_until(lambda: grid.count() == 12, 60)
    yield 0.5
    yield from scene.shot("1-seeds")
    said["first"] = [grid.item(place).toolTip() for place in range(12)]
    yield from scene.click_item(grid, 5)
    said["seed"] = scene.part("seed").value()
    bar = grid.verticalScrollBar()
    bar.setValue(bar.maximum())
    yield from scene.wait_until(lambda: grid.count() == 24, 60)
    said["scrolled to"] = [bar.value() > 0, bar.maximum() > bar.value()]
    yield from scene.click(scene.part("like"))
    yield from scene.wait_until(lambda: grid.count() == 12, 60)
    said["like"] = [grid.item(place).toolTip() for place in range(12)]
    yield from scene.click_item(grid, 2)
    yield 0.5
    yield from scene.shot("2-like")
    yield from scene.click(scene.part("seeds"))
    yield from scene.wait_until(lambda: grid.count() == 12 and grid.item(2).toolTip() == "Seed 2")
    yield from scene.click_item(grid, 2)
    yield from scene.click_item(grid, 5)
    yield from scene.click(scene.part("between"))

    def between() -> list[str]:
        return [grid.item(place).toolTip() for place in range(grid.count())]

    yield from scene.wait_until(lambda: between()[-1:] == ["Seed 5"] and "%" in between()[1], 60)
    said["between"] = between()
    yield from scene.shot("2b-between")
    for number, place in enumerate((4, grid.count() - 1), 2):
        yield from scene.click_item(grid, place)
        yield from scene.click(scene.part("new_picture"))
        yield from scene.wait_until(lambda count=number: len(names_of(document)) == count, 60)
    said["names"] = names_of(document)
    notes = json.loads(bytes(document.annotation(ANNOTATION)))["layers"]
    mixed = document.topLevelNodes()[1]
    said["mixed"] = notes[node_id(mixed)]["state"]
    yield from scene.shot("3-picked")
    yield from scene.float_docker(*_WIDE)
    yield from scene.click(scene.part("seeds"))
    yield from scene.wait_until(lambda: grid.count() == 12 and grid.item(1).toolTip() == "Seed 1")
    said["all in sight"] = bar.maximum() == 0
    middle = screen_position(grid.viewport(), grid.visualItemRect(grid.item(0)).center())
    yield from scene.click(middle, button=5)  # the wheel
    yield from scene.wait_until(lambda: grid.count() == 24, 60)
    return said
