"""Runs inside GIMP's Python: all cases of a module, or questions from outside, one by one."""

from __future__ import annotations

import importlib
import json
import os
import time
import traceback
from pathlib import Path

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")


def run_cases(module: str, results: str) -> None:
    """Call every `case_...` function in the order they stand; write the outcomes as JSON."""
    cases = dict(vars(importlib.import_module(module)))  # running one may add names
    outcomes = {}
    for name, case in cases.items():
        if name.startswith("case_"):
            try:
                case()
                outcomes[name] = ""
            except Exception:  # noqa: BLE001  reported from outside
                outcomes[name] = traceback.format_exc()
    Path(results).write_text(json.dumps(outcomes))


def serve(folder: str) -> None:
    """Answer expressions written into a folder, as long as GIMP runs."""
    gimp = os.getppid()
    names = vars(importlib.import_module("document"))
    names = {**names, "paces": importlib.import_module("paces")}
    number = 0
    while True:
        number += 1
        question = Path(folder) / f"{number}.question"
        while not question.exists():
            if os.getppid() != gimp:
                return
            time.sleep(0.02)
        try:
            outcome = {"value": eval(question.read_text(), dict(names))}
        except Exception:  # noqa: BLE001  reported from outside
            outcome = {"error": traceback.format_exc()}
        unfinished = question.with_suffix(".part")
        unfinished.write_text(json.dumps(outcome))
        unfinished.rename(question.with_suffix(".answer"))
