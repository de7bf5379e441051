"""Another character than the lion, drawn at once: the one that the document shows as an example."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import stylegan2.toy_lion
from stylegan2.toy_lion.character import Character

_DOCUMENT = Path(stylegan2.toy_lion.__file__).parent / "README.md"


def documented_spot() -> Character:
    """An instance of the class in the document's first block of Python."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert block is not None
    exec(block[1], names)
    spot: Character = names["Spot"]()
    return spot
