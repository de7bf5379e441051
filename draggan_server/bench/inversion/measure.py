"""How well photos are inverted: pictures, placements, latents and time, by method."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from PIL import Image
from torch.nn import functional

from draggan_server.bench.inversion.cases import Case, make_cases
from draggan_server.bench.inversion.dragging import DragCheck
from draggan_server.bench.inversion.projection import project
from draggan_server.bench.inversion.pti import tuned
from draggan_server.editing.inversion.explained import judge
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.inversion import Inversion
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import World, prepared
from draggan_server.layer import homography, warping
from stylegan2.generator import Generator

PROJECTION, PTI = "projection", "pti"
SHEET = 8
"""Pictures of a kind that its sheet shows."""
_CELL = 160


@dataclass(frozen=True, slots=True)
class Record:
    """One case by one method.

    `psnr` in dB against the picture without grain, where the model can explain it. `misplaced`:
    mean distance at the corners of the picture's middle, in the model's pixels. `latent_distance`:
    root mean square over w+, in units of W's spread. `explained` as the user sees it. `left` and
    `left_true`: pixels of the model between a landmark and where it was dragged to, with what was
    found and with the true latent; None where the lion has no such landmark.
    """

    case: str
    kind: str
    method: str
    psnr: float
    misplaced: float
    latent_distance: float
    explained: float
    mirrored: bool
    cpu_seconds: float
    left: float | None
    left_true: float | None


@dataclass(frozen=True)
class Found:
    """What a method found, and the world whose generator shows it."""

    explanation: Explanation
    world: World


class InversionBench:
    """Measures `methods` on `count` cases of each of `kinds`; keeps pictures for the sheets."""

    def __init__(
        self,
        world: World,
        kinds: Sequence[str],
        methods: Sequence[str],
        count: int,
        seed: int,
    ) -> None:
        self._world = world
        self._kinds = kinds
        self._methods = methods
        self._count = count
        self._seed = seed
        self._dragging = DragCheck(world.generator)
        self.rows: dict[str, list[list[torch.Tensor]]] = {kind: [] for kind in kinds}

    def records(self) -> Iterator[Record]:
        """One after the other."""
        for kind in self._kinds:
            cases = make_cases(self._world.generator, kind, self._count, self._seed)
            for number, case in enumerate(cases):
                row = [case.region]
                drag = self._dragging.drag_of(case, number)
                left_true = None if drag is None else self._dragging.true_distance(drag)
                for method in self._methods:
                    began = time.process_time()
                    found = self._explain(case, method)
                    seconds = time.process_time() - began
                    shown = self._shown(found, case)
                    record = self._measure(case, kind, method, found, shown, seconds)
                    if drag is not None:
                        left = self._dragging.distance(
                            drag, case, found.explanation, found.world.generator
                        )
                        record = replace(record, left=left, left_true=left_true)
                    yield record
                    row.append(shown)
                if len(self.rows[kind]) < SHEET:
                    self.rows[kind].append([*row, case.clean * case.judged])

    def _photo(self, case: Case) -> Photo:
        geometry = self._world.generator.geometry
        opaque = torch.cat([case.region, torch.ones_like(case.region[:, :1])], dim=1)
        return Photo(opaque, geometry.img_channels, geometry.img_resolution)

    def _explain(self, case: Case, method: str) -> Found:
        world, photo = self._world, self._photo(case)
        if method not in (PROJECTION, PTI):
            *_, last = Inversion(world, photo, method)
            return Found(last.explanation, world)
        pivot = project(world, photo)
        if method == PTI:
            world = world.with_weights(tuned(world.generator, photo, pivot))
        return Found(pivot, world)

    @torch.no_grad()
    def _shown(self, found: Found, case: Case) -> torch.Tensor:
        """What is explained, in the region: [1, 3, H, W] in [0, 1]."""
        explanation = found.explanation
        picture = explanation.tone.apply(found.world.generator.synthesis(explanation.w_plus))
        back = torch.linalg.inv(explanation.matrix)
        size = (case.region.shape[2], case.region.shape[3])
        return ((warping.warp(picture, back, size, "bicubic") + 1) / 2).clamp(0, 1)

    def _measure(
        self,
        case: Case,
        kind: str,
        method: str,
        found: Found,
        shown: torch.Tensor,
        seconds: float,
    ) -> Record:
        world, explanation = found.world, found.explanation
        size = (case.region.shape[2], case.region.shape[3])
        whole = world.generator.img_resolution
        covered = warping.inside(torch.linalg.inv(explanation.matrix), size, whole)
        weight = case.judged * covered
        square = ((shown - case.clean).square() * weight).sum() / (3 * weight.sum()).clamp(min=1)
        quarter = torch.tensor(
            [[x * whole[1], y * whole[0]] for x in (0.25, 0.75) for y in (0.25, 0.75)],
            dtype=torch.float64,
        )
        placed, truth = (homography.apply(m, quarter) for m in (explanation.matrix, case.matrix))
        scale = homography.scale_at(case.matrix, (whole[1] / 2, whole[0] / 2))
        spread = world.generator.w_spread()
        return Record(
            case=case.name,
            kind=kind,
            method=method,
            psnr=float(-10 * torch.log10(square.clamp(min=1e-10))),
            misplaced=float((placed - truth).norm(dim=1).mean()) / scale,
            latent_distance=float(
                (explanation.w_plus - case.w_plus).square().mean().sqrt() / spread
            ),
            explained=judge(world, self._photo(case), explanation).share,
            mirrored=homography.mirrors(explanation.matrix),
            cpu_seconds=seconds,
            left=None,
            left_true=None,
        )


def run_inversion(
    world: World,
    kinds: Sequence[str],
    methods: Sequence[str],
    count: int,
    seed: int,
    folder: Path,
    on_record: Callable[[str], None] = lambda what: None,
) -> str:
    """Measure, write inversion.json, inversion.md and a sheet a kind into `folder`; the table."""
    bench = InversionBench(world, kinds, methods, count, seed)
    records = []
    for record in bench.records():
        records.append(record)
        on_record(f"{record.case}, {record.method}: {record.psnr:.1f} dB")
    document = {"count": count, "seed": seed, "records": [asdict(record) for record in records]}
    (folder / "inversion.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = table(records)
    (folder / "inversion.md").write_text(text, encoding="utf-8")
    for kind, rows in bench.rows.items():
        write_sheet(rows, folder / f"inversion-{kind}.png")
    return text


def table(records: Sequence[Record]) -> str:
    """Means and the worst, a row for each kind and method."""
    lines = [
        "| kind | method | PSNR, dB: mean | worst | px misplaced: median | worst | "
        "latent distance | explained | px left of a drag | with the true latent | CPU s |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, method in dict.fromkeys((record.kind, record.method) for record in records):
        some = [r for r in records if (r.kind, r.method) == (kind, method)]
        psnr = torch.tensor([r.psnr for r in some])
        misplaced = torch.tensor([r.misplaced for r in some])
        distance, explained, seconds = (
            sum(values) / len(some)
            for values in (
                [r.latent_distance for r in some],
                [r.explained for r in some],
                [r.cpu_seconds for r in some],
            )
        )
        lines.append(
            f"| {kind} | {method} | {psnr.mean():.1f} | {psnr.min():.1f} | "
            f"{misplaced.median():.2f} | {misplaced.max():.2f} | {distance:.2f} | "
            f"{explained:.2f} | {_mean([r.left for r in some])} | "
            f"{_mean([r.left_true for r in some])} | {seconds:.1f} |"
        )
    return "\n".join(lines) + "\n"


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.2f}" if known else "-"


def write_sheet(rows: Sequence[Sequence[torch.Tensor]], path: Path) -> None:
    """Each row: what is given, what each method shows, and what can be judged."""
    if not rows:
        return
    cells = [
        torch.cat([functional.interpolate(cell, (_CELL, _CELL), mode="area")[0] for cell in row], 2)
        for row in rows
    ]
    sheet = (torch.cat(cells, dim=1) * 255).round().byte().permute(1, 2, 0).contiguous()
    Image.fromarray(sheet.numpy()).save(path)


def make_world(generator: Generator) -> World:
    """The generator, prepared."""
    *_, (_, world) = prepared(generator)
    return world
