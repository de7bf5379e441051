"""What a model file says about itself, written without touching its weights."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stylegan2.checkpoints.safetensors_header import read_header


def copy_with_card(source: Path, destination: Path, card: Mapping[str, Any]) -> None:
    """Copy one of our model files, with the entries of `card` added to its own model card.

    Raises `CheckpointError` for a file that is none of ours, and `OSError`.
    """
    header = read_header(source)
    own = replace(header, card={**header.card, **card})
    with source.open("rb") as file, destination.open("wb") as copy:
        (length,) = struct.unpack("<Q", file.read(8))
        document = json.loads(file.read(length))
        document["__metadata__"] |= own.metadata()
        text = json.dumps(document, separators=(",", ":")).encode()
        # The weights keep their alignment, so that they can be mapped into memory.
        text += b" " * (-len(text) % 8)
        copy.write(struct.pack("<Q", len(text)) + text)
        shutil.copyfileobj(file, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
