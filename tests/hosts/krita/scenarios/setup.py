"""The daemon set up from within the docker, and removed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.hosts.krita.faults_seen import faults
from tests.hosts.krita.scenarios.screens import lay_out_narrow
from tests.hosts.krita.scene import Scene, Steps

_BUTTONS = ("set_up", "setup_pause", "setup_folder", "setup_remove")


def sets_up(scene: Scene) -> Steps:
    """Press what there is to be pressed, one after the other."""
    yield from scene.new_document(256, 256)
    yield from lay_out_narrow(scene)
    record = Path.home() / ".config/draggan/daemon.json"
    said: dict[str, Any] = {"before": record.exists(), "faults": []}
    yield from _shot(scene, said, "1-offer")
    yield from _press(scene, "set_up")
    yield from scene.wait_until(lambda: _visible(scene) == ["setup_pause"])
    said["buttons meanwhile"] = _visible(scene)
    yield from _shot(scene, said, "2-preparing")
    yield from scene.wait_until(lambda: "set_up" in _visible(scene), 120)
    said["question"] = scene.part("setup_said").text()
    yield from _shot(scene, said, "3-question")
    yield from _press(scene, "set_up")
    bar = scene.part("setup_fetched")
    yield from scene.wait_until(lambda: bar.maximum() > 0 and bar.value() > 0, 60)
    said["fraction"] = bar.value() / bar.maximum()
    yield from scene.wait_until(record.exists, 120)
    yield 1.0
    yield from _shot(scene, said, "4-done")
    said["command"] = json.loads(record.read_text())["command"]
    said["buttons when done"] = _visible(scene)
    yield from _press(scene, "setup_remove")
    yield from scene.wait_until(lambda: not record.exists(), 60)
    yield 0.5
    data = Path.home() / ".local/share/draggan"
    said["left"] = [str(path) for path in data.rglob("*")] if data.exists() else []
    said["buttons when removed"] = _visible(scene)
    return said


def _visible(scene: Scene) -> list[str]:
    return [key for key in _BUTTONS if scene.part(key).isVisible()]


def _press(scene: Scene, key: str) -> Steps:
    yield from scene.click(scene.part(key))


def _shot(scene: Scene, said: dict[str, Any], name: str) -> Steps:
    yield 0.3
    yield from scene.comes(lambda: not faults(scene.docker), 5)  # a new sentence is laid out later
    said["faults"] += [f"{name}: {fault}" for fault in faults(scene.docker)]
    yield from scene.shot(f"{name}-{scene.arguments['language']}")
