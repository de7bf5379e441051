"""What the docker shows of its last use, and a use of it."""

from __future__ import annotations

from typing import Any

from PyQt5.QtWidgets import QApplication

from tests.hosts.krita.scene import Scene, Steps


def shown(scene: Scene) -> Steps:
    """What the docker's fields say in the beginning, and once the models are listed."""
    said: dict[str, Any] = {
        "model": scene.part("model").currentText(),
        "truncation": scene.part("truncation").value(),
        "method": scene.part("method").currentData(),
        "steps": scene.part("max_steps").value(),
    }
    scene.docker.brain.sample.samples.list_models()
    yield from scene.wait_until(lambda: scene.model)
    said["listed model"] = scene.model
    return said


def used(scene: Scene) -> Steps:
    """Draw a picture and begin a drag, with settings that are no defaults; then look as `shown`."""
    document = yield from scene.new_document(64, 64)
    scene.part("truncation").setValue(0.35)
    yield from scene.sample("endless")
    scene.choose_method("draggan")
    scene.part("max_steps").setValue(77)
    scene.set_pairs([((20.0, 20.0), (30.0, 30.0))])
    yield from scene.click(scene.part("start"))
    yield from scene.wait_until(lambda: scene.part("progress").value() > 0)
    scene.docker.brain.session.cancel()
    yield from scene.wait_until(lambda: not scene.dragging)
    document.setModified(False)
    sizes = []
    for size in ((610, 570), None):
        scene.docker.brain.show_models()
        yield 0.3
        (window,) = (w for w in QApplication.topLevelWidgets() if type(w).__name__ == "FormWindow")
        if size is not None:
            window.resize(*size)
            yield 0.3
        sizes.append([window.width(), window.height()])
        window.close()
        yield 0.3
    said = {**(yield from shown(scene)), "sizes of the models": sizes}
    scene.part("reset").click()
    said["reset"] = [scene.part("method").currentData(), scene.part("max_steps").value()]
    return said
