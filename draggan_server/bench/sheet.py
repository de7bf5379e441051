"""A sheet of drags for a person to judge: before, the lion that was meant, after each variant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw

from draggan_server.bench.quality import Example
from draggan_server.files.annotation import draw_arrows
from stylegan2.toy_lion.renderer import render

_CELL = 256
_HEADER = 18
_TARGET = (255, 60, 60)


def write_sheet(examples: Sequence[Example], path: Path) -> None:
    """A row for each example: before with arrows, the renderer's target, after by each variant."""
    columns = ["before", "meant (rendered)", *examples[0].after]
    sheet = Image.new(
        "RGB", (len(columns) * _CELL, len(examples) * (_CELL + _HEADER)), (255, 255, 255)
    )
    draw = ImageDraw.Draw(sheet)
    for row, example in enumerate(examples):
        top = row * (_CELL + _HEADER)
        for column, (title, cell) in enumerate(zip(columns, _cells(example), strict=True)):
            text = title if row == 0 or title in example.distance else ""
            if title in example.distance:
                text = f"{title}: {example.distance[title]:.1f} px"
            elif column == 0:
                text = f"{example.drag.case.number}: {title}"
            draw.text((column * _CELL + 4, top + 3), text, fill=(0, 0, 0))
            sheet.paste(cell, (column * _CELL, top + _HEADER))
    sheet.save(path)


def _cells(example: Example) -> list[Image.Image]:
    case = example.drag.case
    side = example.before.shape[2]
    scale = _CELL / side

    before = _image(example.before)
    arrows = draw_arrows(
        before.size, case.handle_points.tolist(), case.target_points.tolist(), scale
    )
    before.paste(arrows, mask=arrows.getchannel("A"))
    meant = Image.fromarray(render(example.drag.target[None], _CELL)[0])
    cells = [before, meant, *map(_image, example.after.values())]
    for cell in cells[1:]:
        marks = ImageDraw.Draw(cell)
        for x, y in ((case.target_points + 0.5) * scale).tolist():
            marks.ellipse((x - 4, y - 4, x + 4, y + 4), outline=_TARGET)
    return cells


def _image(picture: torch.Tensor) -> Image.Image:
    pixels = ((picture + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(pixels).resize((_CELL, _CELL), Image.Resampling.BICUBIC)
