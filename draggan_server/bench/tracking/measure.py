"""How well each tracker follows spots of the lion through pictures that move as drags do.

Films of lions, whose every spot is known in every picture since the model is fitted to z. A tracker
sees one picture after the other, as in a drag, and is not told where the spot was. Errors are in
pixels of a 256-pixel picture, by how far the spot had gone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from draggan_server.bench.folder import make_folder
from draggan_server.bench.progress import Bar
from draggan_server.bench.toy_lion import load_lion
from draggan_server.bench.tracking.films import Film, draw_film
from draggan_server.editing.features import source_of
from draggan_server.editing.problem import DragProblem
from draggan_server.editing.trackers.choice import chosen_tracker, track_reach
from draggan_server.editing.trackers.look import Look
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator

WAYS = (5, 10, 20, 35, 60)
"""Pixels of 256: errors are told for spots that have gone about so far."""
ABOUT = 0.2
"""How much nearer or farther they may be, as a share."""
LOST = 10.0
"""Pixels of 256: a spot is lost where it is so far off."""
NO_MOTION = "no motion"


@dataclass(frozen=True, slots=True)
class Errors:
    """How far off the spots were that had gone about `way` px, and how many were `lost`."""

    way: int
    count: int
    median: float
    p90: float
    lost: float


@dataclass(frozen=True, slots=True)
class Followed:
    """Of one tracker: its errors, and CPU seconds a picture."""

    errors: tuple[Errors, ...]
    seconds: float


@torch.no_grad()
def follow(generator: Generator, film: Film, tracker: str) -> tuple[torch.Tensor, float]:
    """[F, S, 2]: where it says that the spots are, and CPU seconds a picture."""
    config = drag_config("draggan", tracker=tracker, optimised_rows=generator.num_ws)
    latents = [generator.mapping(z[None]) for z in film.z]
    start = film.points[0].float()
    target = start + start.new_tensor([1.0, 0.0])
    problem = DragProblem.check(generator, latents[0], start, target, None, config, live=True)
    source = source_of(problem, track_reach=track_reach(problem), push_reach=1)
    chosen = chosen_tracker(problem, Look(source, problem.w_plus))
    found = [problem.handle_points]
    begin = time.process_time()
    for latent in latents[1:]:
        found.append(chosen.find(Look(source, latent), found[-1]).points)
    seconds = (time.process_time() - begin) / max(len(latents) - 1, 1)
    return torch.stack(found), seconds


def study(
    generator: Generator, trackers: Sequence[str], films: Sequence[Film], bar: Bar
) -> dict[str, Followed]:
    """Tracker -> how well it followed the spots of the films; first, none."""
    scale = 256 / max(generator.img_resolution)
    kept = [film.seen & (torch.arange(len(film.z)) > 0)[:, None] for film in films]
    ways = [scale * (film.points - film.points[0]).norm(dim=2) for film in films]
    gone = torch.cat([way[keep] for way, keep in zip(ways, kept, strict=True)])
    table = {NO_MOTION: Followed(_by_way(gone, gone), 0.0)}
    for tracker in trackers:
        off, seconds = [], []
        for film, keep in zip(films, kept, strict=True):
            found, taken = follow(generator, film, tracker)
            off.append(scale * (found - film.points).norm(dim=2)[keep])
            seconds.append(taken)
            bar.advance(f"Films, {tracker}")
        table[tracker] = Followed(_by_way(torch.cat(off), gone), sum(seconds) / len(seconds))
    return table


def _by_way(off: torch.Tensor, gone: torch.Tensor) -> tuple[Errors, ...]:
    errors = []
    for way in WAYS:
        some = off[(gone - way).abs() <= ABOUT * way].double()
        if len(some):
            lost = float((some > LOST).double().mean())
            median, p90 = (float(some.quantile(share)) for share in (0.5, 0.9))
            errors.append(Errors(way, len(some), median, p90, lost))
    return tuple(errors)


def run_tracking(
    name: str, trackers: Sequence[str], films: int, first: int, folder: Path, *, threads: int
) -> str:
    """Study the toy lion of that name, write tracking.json and tracking.md, return the table.

    Raises `BadInput` for a model that is no toy lion, or a folder that cannot be written.
    """
    make_folder(folder)
    torch.set_num_threads(threads)
    model, generator = load_lion(name)
    side = max(generator.img_resolution)
    drawn = [draw_film(number, side) for number in range(first, first + films)]
    with Bar(films * len(trackers), "Films") as bar:
        table = study(generator, trackers, drawn, bar)
    document = {
        "model": {"name": model.name, "sha256": model.sha256},
        "films": [first, films],
        "trackers": {tracker: asdict(followed) for tracker, followed in table.items()},
    }
    (folder / "tracking.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = _markdown(table)
    (folder / "tracking.md").write_text(text + "\n", encoding="utf-8")
    return text


def _markdown(table: dict[str, Followed]) -> str:
    ways = [errors.way for errors in table[NO_MOTION].errors]
    lines = [
        "| tracker | " + " | ".join(f"{way} px" for way in ways) + " | CPU s a picture |",
        "| --- |" + " --- |" * (len(ways) + 1),
    ]
    for tracker, followed in table.items():
        cells = [f"{e.median:.1f}, {e.p90:.1f}, {100 * e.lost:.0f}%" for e in followed.errors]
        lines.append(f"| {tracker} | " + " | ".join(cells) + f" | {followed.seconds:.3f} |")
    counts = ", ".join(str(errors.count) for errors in table[NO_MOTION].errors)
    lines.append("")
    lines.append(
        f"Median, 90%, and share off by more than {LOST:g} px, of {counts} places of spots."
    )
    return "\n".join(lines)
