"""A sheet of drags for a person to judge: before, the lion that was meant, after each variant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw

from draggan_server.bench.quality.example import Example
from draggan_server.bench.quality.landmark_drags import mean_distance
from draggan_server.files.annotation import draw_arrows
from stylegan2.toy_lion.renderer import render

_CELL = 256
_HEADER = 18
_TARGET = (255, 60, 60)
_FOUND = (255, 255, 255)


def write_sheet(examples: Sequence[Example], path: Path) -> None:
    """A row for each example: before with arrows, the renderer's target, after by each variant.

    Circles are targets, crosses where the reader sees the dragged landmarks.
    """
    columns = 2 + len(examples[0].after)
    size = (columns * _CELL, len(examples) * (_CELL + _HEADER))
    sheet = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for row, example in enumerate(examples):
        top = row * (_CELL + _HEADER)
        for column, (title, cell) in enumerate(_cells(example)):
            draw.text((column * _CELL + 4, top + 3), title, fill=(0, 0, 0))
            sheet.paste(cell, (column * _CELL, top + _HEADER))
    sheet.save(path)


def _cells(example: Example) -> Iterator[tuple[str, Image.Image]]:
    """The row's pictures with their titles."""
    case = example.drag.case
    scale = _CELL / example.before.shape[2]
    before = _image(example.before)
    arrows = draw_arrows(
        before.size, case.handle_points.tolist(), case.target_points.tolist(), scale
    )
    before.paste(arrows, mask=arrows.getchannel("A"))
    yield f"{case.number}: before", before
    meant = Image.fromarray(render(example.drag.target[None], _CELL)[0])
    _mark(meant, (case.target_points + 0.5) * scale)
    yield "meant (rendered)", meant
    for name, picture in example.after.items():
        after, found = _image(picture), example.found[name]
        _mark(after, (case.target_points + 0.5) * scale)
        _cross(after, (found + 0.5) * scale)
        yield f"{name}: {mean_distance(found, example.drag):.1f} px", after


def _mark(image: Image.Image, points: torch.Tensor) -> None:
    draw = ImageDraw.Draw(image)
    for x, y in points.tolist():
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), outline=_TARGET)


def _cross(image: Image.Image, points: torch.Tensor) -> None:
    draw = ImageDraw.Draw(image)
    for x, y in points.tolist():
        draw.line((x - 3, y - 3, x + 3, y + 3), fill=_FOUND)
        draw.line((x - 3, y + 3, x + 3, y - 3), fill=_FOUND)


def _image(picture: torch.Tensor) -> Image.Image:
    pixels = ((picture + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(pixels).resize((_CELL, _CELL), Image.Resampling.BICUBIC)
