"""Sheets of pictures, for a person to judge how photos were inverted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image, ImageDraw
from torch.nn import functional

LENGTH = 8
"""Rows of a sheet."""
DIFFERENCES = 4.0
"""Differences are shown so many times as large."""
_CELL = 160
_HEADER = 14


class Cell(NamedTuple):
    """`pixels` [3, 160, 160] of uint8, and what stands above it."""

    title: str
    pixels: torch.Tensor


def cell(title: str, picture: torch.Tensor) -> Cell:
    """picture [1, 3, H, W] in [0, 1]."""
    small = functional.interpolate(picture, (_CELL, _CELL), mode="area")[0].clamp(0, 1)
    return Cell(title, (small * 255).round().byte())


def write_sheet(rows: Sequence[Sequence[Cell]], path: Path) -> None:
    """A row of cells each; nothing where there is none."""
    if not rows:
        return
    height = _CELL + _HEADER
    size = (max(map(len, rows)) * _CELL, len(rows) * height)
    sheet = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for number, row in enumerate(rows):
        for column, (title, pixels) in enumerate(row):
            at = (column * _CELL, number * height)
            draw.text((at[0] + 3, at[1] + 1), title, fill=(0, 0, 0))
            image = Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
            sheet.paste(image, (at[0], at[1] + _HEADER))
    sheet.save(path)
