"""What the docker shows of its last use, and a use of it."""

from __future__ import annotations

from typing import Any

from tests.hosts.krita.scene import Scene, Steps


def shown(scene: Scene) -> Steps:
    """What the docker's fields say in the beginning, and once the models are listed."""
    panel = scene.docker.panel
    said: dict[str, Any] = {
        "model": panel.models.currentText(),
        "truncation": panel.truncation.value(),
        "method": panel.options.method.currentData(),
        "steps": panel.options.steps.value(),
    }
    scene.docker.samples.list_models()
    yield from scene.wait_until(panel.models.name)
    said["listed model"] = panel.models.name()
    return said


def used(scene: Scene) -> Steps:
    """Draw a picture and begin a drag, with settings that are no defaults; then look as `shown`."""
    panel = scene.docker.panel
    document = yield from scene.new_document(64, 64)
    panel.truncation.setValue(0.35)
    yield from scene.sample("endless")
    scene.choose_method("draggan")
    panel.options.steps.setValue(77)
    scene.set_pairs([((20.0, 20.0), (30.0, 30.0))])
    yield from scene.click(panel.start)
    yield from scene.wait_until(lambda: panel.progress.value() > 0)
    scene.docker.session.cancel()
    yield from scene.wait_until(lambda: not scene.dragging)
    document.setModified(False)
    return (yield from shown(scene))
