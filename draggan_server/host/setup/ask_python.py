"""Run by a Python that may be a candidate: says which one it is, and whether it is whole."""

from __future__ import annotations

import importlib.util
import json
import sys

if __name__ == "__main__":
    # Debian's python3 comes without what its python3-venv brings.
    whole = all(importlib.util.find_spec(name) for name in ("ensurepip", "venv"))
    answer = {"path": sys.executable, "version": list(sys.version_info[:2]), "whole": whole}
    print(json.dumps(answer))
