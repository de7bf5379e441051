"""How much nearer to the truth a photo's moved part is with its detail carried along."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from draggan_server.bench.carrying.cases import Case, make_cases
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.inversion import Inversion
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import prepared
from draggan_server.editing.picture_motion import picture_motion
from draggan_server.editing.rendering import render
from draggan_server.layer.compositing import Composite
from draggan_server.layer.motion import Motion
from draggan_server.layer.photo_placement import PhotoPlacement
from draggan_server.layer.pixels import with_alpha
from stylegan2.generator import Generator

TRUE = "true latent"
SHEET = 8
"""Cases that the sheet shows."""


@dataclass(frozen=True, slots=True)
class Record:
    """One case: PSNR in dB of the moved part against the truth.

    `plain` without carrying, `carried` with the motion that is found, `exact` with the true one;
    `off` and `off_flow` in pixels: the median error of the motion that is found, and of opencv's
    optical flow (DIS) between the two pictures.
    """

    case: str
    plain: float
    carried: float
    exact: float
    off: float
    off_flow: float


def measure(
    generator: Generator, case: Case, quality: str | None = None
) -> tuple[Record, torch.Tensor]:
    """The record, and for the sheet the photo, without, with carrying, and the truth in a row.

    With the true latents, or, where there is a `quality`, with what that finds in the photo; what
    moves the lion is added to it.
    """
    size = generator.img_resolution
    known = Explanation(torch.eye(3, dtype=torch.float64), Tone.none(3), case.before)
    found = known if quality is None else _found(generator, case, quality)
    moved = found.w_plus + case.after - case.before
    before, after = (
        (found.tone.apply(render(generator, w_plus) * 2 - 1) / 2 + 0.5).clamp(0, 1)
        for w_plus in (found.w_plus, moved)
    )
    placement = PhotoPlacement(found.matrix, size, size)
    layer = (with_alpha(case.photo) * 255).round().to(torch.uint8)
    composite = Composite(placement, layer, before, None)
    motion = picture_motion(generator, found.w_plus, moved)
    everywhere = torch.ones_like(case.judged)
    true = Motion(case.back, everywhere, everywhere, everywhere)
    plain, carried, exact = (
        composite.apply(after, by)[:, :3].float() / 255 for by in (None, motion, true)
    )
    judged = case.judged[0, 0] > 0

    def psnr(image: torch.Tensor) -> float:
        error = (image - case.truth)[0][:, judged].square().mean()
        return float(-10 * torch.log10(error.clamp(min=1e-10)))

    def off(back: torch.Tensor) -> float:
        return float((back - case.back)[0].norm(dim=0)[judged].median())

    record = Record(
        case.name,
        psnr(plain),
        psnr(carried),
        psnr(exact),
        off(motion.back),
        off(_optical_flow(after, before)),
    )
    return record, torch.cat([case.photo, plain, carried, case.truth], dim=3)


def _found(generator: Generator, case: Case, quality: str) -> Explanation:
    *_, (_, world) = prepared(generator)
    photo = Photo(with_alpha(case.photo), 3, generator.img_resolution)
    *_, last = Inversion(world, photo, quality)
    return last.explanation


def _optical_flow(after: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    gray = [(image[0].mean(dim=0) * 255).byte().numpy() for image in (after, before)]
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return torch.from_numpy(flow.calc(gray[0], gray[1], np.zeros((*gray[0].shape, 2), np.float32)))[
        None
    ].permute(0, 3, 1, 2)


def run_carrying(
    generator: Generator,
    count: int,
    seed: int,
    folder: Path,
    on_record: Callable[[str], None] = lambda what: None,
    quality: str | None = None,
) -> str:
    """Measure by the true latents, and where there is a `quality` by what that finds in the same
    photos, too; write carrying.json, carrying.md and carrying.png, which shows the latter, into
    `folder`; the table."""
    columns: dict[str, list[Record]] = {TRUE: []}
    if quality is not None:
        columns[quality] = []
    rows = []
    for case in make_cases(generator, count, seed):
        for name, records in columns.items():
            record, row = measure(generator, case, None if name == TRUE else name)
            records.append(record)
        rows.append(row)
        on_record(f"{record.case}: {record.carried - record.plain:+.1f} dB")
    document = {
        "count": count,
        "seed": seed,
        "records": {name: [asdict(one) for one in records] for name, records in columns.items()},
    }
    (folder / "carrying.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = table(columns)
    (folder / "carrying.md").write_text(text, encoding="utf-8")
    sheet = torch.cat(rows[:SHEET], dim=2)[0].permute(1, 2, 0)
    Image.fromarray((sheet * 255).byte().numpy()).save(folder / "carrying.png")
    return text


def table(columns: Mapping[str, Sequence[Record]]) -> str:
    """Means, and the least gain; a column of records for each way to find the latent."""
    figures = [_figures(records) for records in columns.values()]
    return "".join(
        "| " + " | ".join(row) + " |\n"
        for row in (
            ("detail, in the moved part, dB", *columns),
            ("---",) * (len(columns) + 1),
            *((name, *(f"{one[name]:.1f}" for one in figures)) for name in figures[0]),
        )
    )


def _figures(records: Sequence[Record]) -> dict[str, torch.Tensor]:
    plain, carried, exact, off, off_flow = (
        torch.tensor([getattr(record, name) for record in records])
        for name in ("plain", "carried", "exact", "off", "off_flow")
    )
    gain = carried - plain
    return {
        "not carried": plain.mean(),
        "carried": carried.mean(),
        "carried by the true motion": exact.mean(),
        "gain: mean": gain.mean(),
        "gain: least": gain.min(),
        "motion off by, px: median": off.median(),
        "likewise by opencv's DIS": off_flow.median(),
    }
