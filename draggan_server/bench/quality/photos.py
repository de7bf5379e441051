"""Photos in and out of a model's world, dragged as a user drags them: looked at first, then as
layers, with what the model does not show carried along.

Renderings of the lion that no model saw; the same in colours that no lion has; drawn cats. Of each
the right picture is known, and where its nose is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from draggan_server.bench.quality import drawn_cat
from draggan_server.bench.quality.lions import Lions
from draggan_server.bench.quality.quality import Plan
from draggan_server.bench.quality.record import NO_EDIT, RIGHT, Record
from draggan_server.bench.quality.trial import Case, change, elsewhere, mean_square
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.quality.way_drags import SUBJECTS, Way, draw
from draggan_server.bench.quality.ways import ASTRAY, WayJudge
from draggan_server.bench.reader.reader import Reader
from draggan_server.layer import pixels
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import PhotoSource, Pixels, StartDrag
from draggan_server.wire.state import EditState
from draggan_server.worker.engine import EditingEngine
from stylegan2.toy_lion.renderer import render

EXCHANGED = [1, 2, 0]
"""Where each colour of a lion in other colours is taken from: gold becomes violet."""


@dataclass(frozen=True, slots=True)
class Photo:
    """Pictures [3, H, W] in [-1, 1]: the photo, and the right one. Points are [1, 2].

    `judge` measures a picture; `distance` is among what it tells.
    """

    kind: str
    number: int
    before: torch.Tensor
    right: torch.Tensor
    handle_points: torch.Tensor
    target_points: torch.Tensor
    judge: Callable[[torch.Tensor], dict[str, float]]


def draw_photos(lions: Lions, reader: Reader, share: float, number: int) -> Iterator[Photo]:
    """One of each kind, whose nose goes by a `share` of the side. The same for the same number."""
    way = Way(SUBJECTS[0], share, 1, masked=False)
    drawn = draw(lions, reader.reliable(), way, number)
    if drawn is not None:
        drag = drawn.drag
        side = max(lions.generator.img_resolution)
        before, right = (_rendered(row, side) for row in (drag.source, drag.target))
        judge = WayJudge(reader, drag, before).judge
        points = drag.case.handle_points, drag.case.target_points
        kinds = (("a lion", [0, 1, 2]), ("a lion in other colours", EXCHANGED))
        for name, colours in kinds:
            back = [colours.index(colour) for colour in range(3)]
            yield Photo(
                f"{name}, {100 * share:g}%",
                number,
                before[colours],
                right[colours],
                *points,
                lambda picture, back=back: judge(picture[back]),  # type: ignore[misc]
            )
    if share <= drawn_cat.MOST:
        yield _cat(max(lions.generator.img_resolution), share, number)


def _cat(side: int, share: float, number: int) -> Photo:
    cats = drawn_cat.draw_cats(number, share)
    before, right = (cat.picture(side) for cat in cats)
    handle, target = (cat.nose_at(side) for cat in cats)
    away = elsewhere(Case("", 0, before, handle, target), side, side)

    def judge(picture: torch.Tensor) -> dict[str, float]:
        found = drawn_cat.find_nose(picture, right, target)
        return {
            "way": float((target - handle).norm()),
            "distance": float((found - target).norm()),
            "elsewhere": change(before, picture, away),
        }

    return Photo(f"a drawn cat, {100 * share:g}%", number, before, right, handle, target, judge)


class Photos:
    """Runs the photos of a plan. `names` says of each variant what model it drags by. `examples`
    are the photo, the right picture, and what became of it by each variant."""

    def __init__(
        self,
        lions: Lions,
        plan: Plan,
        reader: Reader,
        names: dict[str, str],
        on_drag: Callable[[str], None] = lambda what: None,
    ) -> None:
        self._lions = lions
        self._plan = plan
        self._reader = reader
        self._names = names
        self._on_drag = on_drag
        self._engine = EditingEngine()
        self.examples: list[list[tuple[str, torch.Tensor]]] = []

    def records(self) -> Iterator[Record]:
        """One record after another, as they are measured."""
        for number in self._plan.numbers:
            for share in self._plan.photos:
                for photo in draw_photos(self._lions, self._reader, share, number):
                    yield from self._dragged(photo)

    def _dragged(self, photo: Photo) -> Iterator[Record]:
        row = [(f"{photo.kind}, {photo.number}", photo.before), ("right", photo.right)]
        for name, picture in ((NO_EDIT, photo.before), (RIGHT, photo.right)):
            yield Record(photo.kind, photo.number, name, _judged(photo, picture))
        layer = pixels.from_tensor(pixels.with_alpha((photo.before[None] + 1) / 2))
        opened: dict[str, tuple[EditState, float]] = {}  # by model
        for variant in self._plan.variants:
            name = self._names[variant.name]
            if name not in opened:
                opened[name] = self._looked_at(layer, name)
            state, seconds = opened[name]
            after, course = self._drag(photo, state, layer, variant)
            values = {**_judged(photo, after), **course, "looked": seconds}
            far = values["distance"] > ASTRAY * photo.before.shape[1]
            values["astray"] = float(far and bool(values["arrived"]))
            row.append((f"{variant.name}: {values['distance']:.1f} px", after))
            self._on_drag(f"{photo.kind}, {variant.name}")
            yield Record(photo.kind, photo.number, variant.name, values)
        self.examples.append(row)

    def _looked_at(self, layer: Pixels, model: str) -> tuple[EditState, float]:
        """The state of the photo as that model shows it, and the CPU seconds that took."""
        begun = time.process_time()
        opening = self._engine.open_photo(PhotoSource(model, layer))
        for _ in opening.run():
            pass
        state = opening.finish()
        seconds = time.process_time() - begun
        while self._engine.learn() is not None:  # of a generator, once; it is no drag's
            pass
        return state, seconds

    def _drag(
        self, photo: Photo, state: EditState, layer: Pixels, variant: Variant
    ) -> tuple[torch.Tensor, dict[str, float]]:
        """The layer as a picture [3, H, W] in [-1, 1], and what the drag itself tells.

        One that is refused leaves the photo as it is.
        """
        assert state.photo is not None
        course = {"outside": float(not state.photo.in_the_world)}
        begun = time.process_time()
        handles, targets = _pairs(photo.handle_points), _pairs(photo.target_points)
        asked = StartDrag("", 0, handles, targets, variant.config, layer=layer)
        try:
            run = self._engine.drag(state, asked)
        except BadInput:  # where the model sees its picture in another part of the photo
            return photo.before, {**course, "arrived": 0.0, "refused": 1.0}
        *_, last = run
        reason = run.reason
        outcome = run.finish(reason)
        off = torch.tensor(outcome.handle_points) - photo.target_points
        course |= {
            "tracked": float(off.norm(dim=1).mean()),
            "arrived": float(reason == "arrived"),
            "steps": float(last.step),
            "seconds": time.process_time() - begun,
            "refused": 0.0,
        }
        return pixels.to_tensor(outcome.layer, photo.before)[0, :3] * 2 - 1, course


def _judged(photo: Photo, picture: torch.Tensor) -> dict[str, float]:
    return {**photo.judge(picture), "mse": 100 * mean_square(picture, photo.right)}


def _pairs(points: torch.Tensor) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points.tolist())


def _rendered(row: NDArray[np.float64], side: int) -> torch.Tensor:
    made = torch.from_numpy(render(row[None], side))
    return made[0].permute(2, 0, 1).float() / 127.5 - 1
