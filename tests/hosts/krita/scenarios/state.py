"""The window about the state of things: it says what the daemon does, looks for faults, starts
the daemon again, and lets another machine compute."""

from __future__ import annotations

import json
import os
from pathlib import Path
from signal import SIGTERM
from typing import Any
from urllib.parse import unquote, urlsplit

from PyQt5.QtWidgets import QApplication

from tests.hosts.krita.scene import Scene, Seen, Steps


def all_in_turn(scene: Scene) -> Steps:
    yield from scene.lay_out()
    language = scene.arguments["language"]
    scene.app.action("draggan_state").trigger()
    yield 0.5
    window = _window()
    part = window.view.widgets
    yield from scene.wait_until(lambda: part["workers"].isVisible())
    yield 0.5
    said: dict[str, Any] = {
        "title": window.windowTitle(),
        "daemon": part["daemon"].text(),
        "workers": part["workers"].text(),
    }
    yield from scene.shot(f"state-1-{language}")
    part["examine"].click()
    said["examine enabled"] = part["examine"].isEnabled()
    yield 1
    yield from scene.shot(f"state-2-{language}")
    yield from scene.wait_until(lambda: part["examine"].isEnabled(), 60)
    said["found"] = part["found"].text()
    yield 0.5
    yield from scene.shot(f"state-3-{language}")
    enabled = Seen(part["examine"].isEnabled)
    yield from scene.click(part["mend"])
    yield from scene.wait_until(
        lambda: part["examine"].isEnabled() and part["found"].text() != said["found"], 60
    )
    enabled.end()
    said["mended"], said["mend disabled it"] = part["found"].text(), False in enabled
    yield from scene.shot(f"state-3-mended-{language}")
    part["restart_daemon"].click()
    yield from scene.wait_until(lambda: not part["workers"].isVisible(), 30)
    yield from scene.wait_until(lambda: part["workers"].isVisible(), 30)
    yield from scene.wait_until(lambda: "starts" not in part["workers"].text(), 30)
    yield 2
    said["daemon again"] = part["daemon"].text()
    said["workers again"] = part["workers"].text()
    yield from scene.shot(f"state-4-{language}")
    yield from _go_over(scene, part, scene.arguments["line"])
    said["used elsewhere"] = part["used"].text()
    yield from scene.shot(f"state-5-{language}")
    yield from _go_over(scene, part, scene.arguments["taken back"])
    said["refused"] = part["used"].text()
    said["line stays"] = part["invitation"].text()
    yield from scene.shot(f"state-6-{language}")
    part["this_machine"].click()
    yield from scene.wait_until(lambda: not part["this_machine"].isVisible(), 30)
    yield from scene.wait_until(lambda: part["workers"].isVisible(), 30)
    yield from scene.shot(f"state-7-{language}")
    said["used here"] = part["used"].text()
    yield from scene.click(part["log"])
    opened = Path(scene.arguments["opened"])
    yield from scene.wait_until(opened.exists)
    said["log"] = opened.read_text().strip()
    said["log there"] = Path(unquote(urlsplit(said["log"]).path)).is_file()
    os.kill(json.loads(Path(os.environ["DRAGGAN_CONNECTION_FILE"]).read_text())["pid"], SIGTERM)
    yield from scene.wait_until(
        lambda: part["start_daemon"].isVisible() and part["start_daemon"].isEnabled(), 60
    )
    said["ended"] = part["daemon"].text()
    yield from scene.shot(f"state-8-{language}")
    yield from scene.click(part["start_daemon"])
    yield from scene.wait_until(lambda: part["restart_daemon"].isVisible(), 60)
    yield from scene.wait_until(lambda: part["workers"].isVisible(), 60)
    said["started"] = part["daemon"].text()
    yield from scene.click(part["close"])
    said["closed by its button"] = yield from scene.comes(lambda: _windows() == [])
    scene.part("state").click()
    yield 0.5
    said["from the docker"] = _window().windowTitle()
    _window().close()
    return said


def _go_over(scene: Scene, part: Any, line: str) -> Steps:
    """Use an invitation, until it is used or refused."""
    part["invitation"].setText(line)
    yield 0.2
    enabled = Seen(part["invitation"].isEnabled)
    part["use_invitation"].click()
    yield from scene.wait_until(lambda: False in enabled, 5)
    yield from scene.wait_until(lambda: part["invitation"].isEnabled(), 30)
    enabled.end()
    yield from scene.wait_until(lambda: part["workers"].isVisible(), 30)
    yield 1


def _windows() -> list[Any]:
    return [
        w
        for w in QApplication.topLevelWidgets()
        if type(w).__name__ == "FormWindow" and w.isVisible()
    ]


def _window() -> Any:
    (window,) = _windows()
    return window
