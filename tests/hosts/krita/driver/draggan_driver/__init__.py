"""Runs one scenario inside Krita, writes what it returned as JSON, and ends the process.

A scenario is a generator function of one argument, the `Scene`; each `yield seconds` lets Krita's
event loop run that long, and longer on a busy machine. What it returns is the result; an exception
anywhere, also in a slot of Krita's or of the plug-in, is written as the error.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import sys
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import Any

from krita import Extension, Krita
from PyQt5.QtCore import QTimer

_SETTLE_MS = 1500  # after windowCreated Krita still lays its dockers out
_EXIT_FAILED = 3


class Driver(Extension):
    """Starts the scenario of the environment when the first window is there."""

    def __init__(self, parent: Any, order: dict[str, Any]) -> None:
        super().__init__(parent)
        self._order = order
        self._scenario: Generator[float, None, Any] | None = None
        self._slot_errors: list[str] = []

    def setup(self) -> None:
        faulthandler.enable()
        faulthandler.dump_traceback_later(self._order["seconds"], exit=True)
        sys.excepthook = self._note_error
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.windowCreated.connect(lambda: QTimer.singleShot(_SETTLE_MS, self._begin))

    def createActions(self, window: Any) -> None:
        pass

    def _note_error(self, kind: Any, error: Any, trace: Any) -> None:
        self._slot_errors.append("".join(traceback.format_exception(kind, error, trace)))

    def _begin(self) -> None:
        if self._scenario is not None:
            return  # a second window of the scenario's own
        sys.path.insert(0, self._order["repository"])
        module = importlib.import_module(self._order["module"])
        scene_module = importlib.import_module("tests.hosts.krita.scene")
        self._pace = importlib.import_module("tests.hosts.pace")
        scene = scene_module.Scene(Path(self._order["folder"]), self._order["arguments"])
        self._scenario = getattr(module, self._order["function"])(scene)
        self._advance()

    def _advance(self) -> None:
        assert self._scenario is not None
        try:
            seconds = next(self._scenario)
        except StopIteration as end:
            self._leave({"result": end.value})
        except BaseException:  # noqa: BLE001 - KeyboardInterrupt and asserts too: all is told
            self._leave({"error": traceback.format_exc()})
        else:
            if seconds >= self._pace.SHORTEST_PAUSE:
                seconds = self._pace.stretched(seconds)
            QTimer.singleShot(int(1000 * seconds), self._advance)

    def _leave(self, outcome: dict[str, Any]) -> None:
        if self._slot_errors:
            outcome = {"error": "\n".join([outcome.get("error", ""), *self._slot_errors])}
        path = Path(self._order["folder"]) / "result.json"
        path.with_suffix(".unfinished").write_text(json.dumps(outcome))
        path.with_suffix(".unfinished").rename(path)
        # QApplication.exit would crash Krita, and quitting would save settings and ask questions.
        os._exit(_EXIT_FAILED if "error" in outcome else 0)


if "DRAGGAN_SCENARIO" in os.environ:
    _app = Krita.instance()
    _app.addExtension(Driver(_app, json.loads(os.environ["DRAGGAN_SCENARIO"])))
