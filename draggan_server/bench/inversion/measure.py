"""How well photos are inverted: pictures, placements, latents and time, by method."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from draggan_server.bench.inversion.cases import Case, make_cases
from draggan_server.bench.inversion.dragging import DragCheck
from draggan_server.bench.inversion.marking import marked_way
from draggan_server.bench.inversion.projection import project
from draggan_server.bench.inversion.pti import tuned
from draggan_server.bench.inversion.record import Record
from draggan_server.bench.inversion.sheets import DIFFERENCES, LENGTH, Cell, cell
from draggan_server.bench.words import MARKED
from draggan_server.editing.inversion.explained import judge
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.inversion import Inversion
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import World, prepared
from draggan_server.layer import homography, warping
from draggan_server.wire.face import Face
from stylegan2.generator import Generator

PROJECTION, PTI = "projection", "pti"


@dataclass(frozen=True)
class Found:
    """What a method found, and the world whose generator shows it."""

    explanation: Explanation
    world: World


class InversionBench:
    """Measures `methods` on `count` cases of each of `kinds`; `face` is the model's, which methods
    by marks need.

    Keeps rows for sheets: `firsts` of each kind, with all methods, and `worst` of each method, with
    where it is off; the least PSNR first.
    """

    def __init__(
        self,
        world: World,
        kinds: Sequence[str],
        methods: Sequence[str],
        count: int,
        seed: int,
        face: Face | None = None,
    ) -> None:
        self._world = world
        self._face = face
        self._kinds = kinds
        self._methods = methods
        self._count = count
        self._seed = seed
        self._dragging = DragCheck(world.generator)
        self.firsts: dict[str, list[list[Cell]]] = {kind: [] for kind in kinds}
        self.worst: dict[str, list[tuple[Record, list[Cell]]]] = {name: [] for name in methods}

    def records(self) -> Iterator[Record]:
        """One after the other."""
        for kind in self._kinds:
            cases = make_cases(self._world.generator, kind, self._count, self._seed)
            for number, case in enumerate(cases):
                row = [cell(case.name, case.region)]
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
                    row.append(cell(f"{method}: {record.psnr:.1f} dB", shown))
                    self._keep_worst(record, case, shown)
                if len(self.firsts[kind]) < LENGTH:
                    row.append(cell("what is judged", case.clean * case.judged))
                    self.firsts[kind].append(row)

    def _keep_worst(self, record: Record, case: Case, shown: torch.Tensor) -> None:
        off = (shown - case.clean).abs() * case.judged * DIFFERENCES
        row = [
            cell(record.case, case.region),
            cell(f"{record.psnr:.1f} dB, {record.misplaced:.1f} px", shown),
            cell(f"off, {DIFFERENCES:.0f} times", off),
            cell("what is judged", case.clean * case.judged),
        ]
        kept = [*self.worst[record.method], (record, row)]
        self.worst[record.method] = sorted(kept, key=lambda one: one[0].psnr)[:LENGTH]

    def _photo(self, case: Case) -> Photo:
        geometry = self._world.generator.geometry
        opaque = torch.cat([case.region, torch.ones_like(case.region[:, :1])], dim=1)
        return Photo(opaque, geometry.img_channels, geometry.img_resolution)

    def _explain(self, case: Case, method: str) -> Found:
        world, photo = self._world, self._photo(case)
        if method not in (PROJECTION, PTI):
            way = None
            if method.endswith(MARKED):
                assert self._face is not None
                way = marked_way(case, self._face, world.generator.img_resolution[0])
            *_, last = Inversion(world, photo, method.removesuffix(MARKED), way=way)
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


def make_world(generator: Generator) -> World:
    """The generator, prepared."""
    *_, (_, world) = prepared(generator)
    return world
