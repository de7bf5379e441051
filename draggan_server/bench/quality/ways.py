"""A drag over a given way, done by every variant and judged on the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from draggan_server.bench.quality.example import Example
from draggan_server.bench.quality.landmark_drags import LandmarkDrag, mean_distance, read_landmarks
from draggan_server.bench.quality.likeness import colour_drift, likeness
from draggan_server.bench.quality.lions import Lions
from draggan_server.bench.quality.record import NO_EDIT, OWN, Record
from draggan_server.bench.quality.trial import change, elsewhere, picture_of, run
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.quality.way_drags import Way, draw
from draggan_server.bench.reader.close_reading import read_closely
from draggan_server.bench.reader.reader import Reader
from stylegan2.toy_lion import surface

ASTRAY = 20 / 256
"""Part of the picture's side. A drag that says it has arrived while a landmark is so far from its
target has told the user something wrong."""


class WayJudge:
    """Judges pictures that a drag has led to. `before` [3, H, W] is what it began with."""

    def __init__(self, reader: Reader, drag: LandmarkDrag, before: torch.Tensor) -> None:
        self._reader = reader
        self._drag = drag
        self._before = before
        self._side = side = before.shape[1]
        self._likeness = likeness(reader, before)
        self._away = elsewhere(drag.case, side, side)
        self._spots = [
            spot
            for x, y in drag.case.handle_points.tolist()
            if (spot := surface.under(drag.source, (x, y), side)) is not None
        ]

    def judge(self, picture: torch.Tensor) -> dict[str, float]:
        """See `record.MEASURES`."""
        case = self._drag.case
        way = case.target_points - case.handle_points
        return {
            "way": float(way[0].norm()),
            "distance": mean_distance(
                read_landmarks(self._reader, picture, self._drag), self._drag
            ),
            "surface": self._surface_distance(picture),
            "likeness": likeness(self._reader, picture) - self._likeness,
            "elsewhere": change(self._before, picture, self._away),
            "drift": colour_drift(self._reader, self._before, picture),
        }

    def is_astray(self, picture: torch.Tensor) -> bool:
        """Whether some landmark is far from where it should be."""
        found = read_landmarks(self._reader, picture, self._drag)
        far = (found - self._drag.case.target_points).norm(dim=1).max()
        return float(far) > ASTRAY * self._side

    def _surface_distance(self, picture: torch.Tensor) -> float:
        """Mean distance to the targets of the spots that were seen at the handles."""
        read = read_closely(self._reader, picture)
        pixels = [surface.project(read, spot, self._side)[0] for spot in self._spots]
        return float((torch.tensor(pixels) - self._drag.case.target_points).norm(dim=1).mean())


def way_records(
    lions: Lions,
    reader: Reader,
    variants: Sequence[Variant],
    way: Way,
    number: int,
    on_drag: Callable[[str], None],
) -> tuple[list[Record], Example] | None:
    """Do the drag of that number by every variant; first no drag, and the model's own picture.

    None where the subject cannot go so far.
    """
    generator = lions.generator
    drawn = draw(lions, reader.reliable(), way, number)
    if drawn is None:
        return None
    case = drawn.drag.case
    before = picture_of(generator, case.w_plus)
    judge = WayJudge(reader, drawn.drag, before)
    own = picture_of(generator, lions.latent(drawn.changed_z))
    records = [
        Record(way.kind, number, NO_EDIT, judge.judge(before)),
        Record(way.kind, number, OWN, judge.judge(own)),
    ]
    example = Example(drawn.drag, before)
    for variant in variants:
        trial = run(generator, case, variant)
        after = trial.picture
        example.after[variant.name] = after
        example.found[variant.name] = read_landmarks(reader, after, drawn.drag)
        astray = trial.arrived and judge.is_astray(after)
        values = {**judge.judge(after), **trial.course(), "astray": float(astray)}
        records.append(Record(way.kind, number, variant.name, values))
        on_drag(f"{way.kind}, {variant.name}")
    return records, example
