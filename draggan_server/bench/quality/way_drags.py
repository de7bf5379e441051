"""Drags by a given way: from where a lion has a landmark to where another setting of it has it.

Source and target differ in one parameter: the yaw that takes the nose from left to right, the mouth
that lowers the chin. So for every drag there is a picture that is right, and the model can make it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from draggan_server.bench.quality.changed_latent import changed_latent
from draggan_server.bench.quality.landmark_drags import STILL, LandmarkDrag, mask_about
from draggan_server.bench.quality.lions import Lions
from draggan_server.bench.quality.trial import Case
from stylegan2.toy_lion import landmarks, parameters, surface

REDRAWN = 3000  # lions
_HALVINGS = 30
_SEED = 6


@dataclass(frozen=True, slots=True)
class Subject:
    """What is dragged: one of these landmarks, by a parameter of `changes`.

    Where these move it less far than asked `farther` do, and for several points where these move it
    `alone`. "?" stands for the side, l or r, as in the landmark's name.
    """

    name: str
    landmarks: tuple[str, ...]
    changes: tuple[str, ...]
    farther: tuple[str, ...] = ("yaw", "pitch")
    alone: bool = False


SUBJECTS = (
    Subject("nose", ("nose",), ("yaw",)),
    Subject("chin", ("chin",), ("mouth",), alone=True),
    Subject("ears", ("ear_l", "ear_r"), ("ear_?",), alone=True),
    Subject("mane", tuple(n for n in landmarks.NAMES if n.startswith("mane")), ("mane",)),
    Subject("muzzle", ("lip_l", "lip_r"), ("yaw", "pitch")),
)


@dataclass(frozen=True, slots=True)
class Way:
    """A subject, the share of the side it goes, of how many points (None: all that move), masked
    or not.
    """

    subject: Subject
    share: float
    points: int | None
    masked: bool

    @property
    def course(self) -> str:
        """What the curves over the way are called."""
        count = {None: ", all points", 1: ""}.get(self.points, f", {self.points} points")
        return f"{self.subject.name}{count}{', masked' * self.masked}"

    @property
    def kind(self) -> str:
        return f"{self.course}, {100 * self.share:g}%"


@dataclass(frozen=True, slots=True)
class WayDrag:
    """A drag, and the latent z `[1, 18]` of the lion that it should end at."""

    drag: LandmarkDrag
    changed_z: torch.Tensor


def draw(lions: Lions, reliable: list[int], way: Way, number: int) -> WayDrag | None:
    """The drag of that number, or None where no lion's landmark goes so far.

    `reliable` are the landmarks that the reader finds. The same number gives the same drag.
    """
    tens = round(1000 * way.share)
    random = np.random.default_rng((_SEED, SUBJECTS.index(way.subject), tens, number))
    changed = [way.subject.changes, way.subject.farther]
    if way.points != 1 and way.subject.alone:
        changed = changed[1:]
    for changes in changed:
        for _ in range(REDRAWN):
            z = random.standard_normal((1, len(parameters.NAMES)), dtype=np.float32)
            name = way.subject.landmarks[random.integers(len(way.subject.landmarks))]
            change = changes[random.integers(len(changes))].replace("?", name[-1])
            up = bool(random.integers(2))
            found = _try(lions, reliable, way, z, name, change, up=up)
            if found is None:
                continue
            source, target, dragged = found
            chosen = _chosen(random, dragged, landmarks.NAMES.index(name), way.points)
            case = _case(lions, way, number, torch.from_numpy(z), source, target, chosen)
            k = parameters.index(change)
            drag = LandmarkDrag(case, source[0], target[0], chosen)
            return WayDrag(drag, changed_latent(z, k, target[0, k]))
    return None


def _try(
    lions: Lions,
    reliable: list[int],
    way: Way,
    z: NDArray[np.float32],
    name: str,
    change: str,
    *,
    up: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[int]] | None:
    """Source, target and the landmarks that move, or None where this lion cannot do the drag."""
    side = max(lions.generator.img_resolution)
    length, mark = way.share * side, landmarks.NAMES.index(name)
    likely = parameters.from_latent(z)  # what truncated lions are is read, which takes longer
    if not _goes(likely, _end(likely, change, up=up), mark, length, side, way.points):
        return None
    source = lions.rows(torch.from_numpy(z))
    end = _end(source, change, up=up)
    if not _goes(source, end, mark, length, side, way.points):
        return None
    target = _target(source, end, mark, length, side)
    here, there = (landmarks.find_landmarks(rows, side) for rows in (source, target))
    inside = (np.minimum(here.points, there.points) >= 0).all(axis=2)
    inside &= (np.maximum(here.points, there.points) <= side - 1).all(axis=2)
    far = np.linalg.norm(there.points - here.points, axis=2) >= STILL * side
    fit = (here.visible & there.visible & inside & far)[0]
    dragged = [k for k in reliable if fit[k] and _on_surface(source[0], here.points[0, k], side)]
    if mark not in dragged or len(dragged) < (way.points or 2):
        return None
    return source, target, dragged


def _on_surface(source: NDArray[np.float64], point: NDArray[np.float64], side: int) -> bool:
    """Whether a handle there, rounded as a drag's are, has the lion under it."""
    x, y = point.astype(np.float32).tolist()
    return surface.under(source, (x, y), side) is not None


def _end(source: NDArray[np.float64], change: str, *, up: bool) -> NDArray[np.float64]:
    """The row whose parameter is at an end of its range, a little inside: there z is infinite."""
    k = parameters.index(change)
    margin = 0.01 * (parameters.HIGH[k] - parameters.LOW[k])
    end = source.copy()
    end[0, k] = parameters.HIGH[k] - margin if up else parameters.LOW[k] + margin
    return end


def _goes(
    source: NDArray[np.float64],
    end: NDArray[np.float64],
    mark: int,
    length: float,
    side: int,
    points: int | None,
) -> bool:
    """Whether on the way to `end` the landmark goes `length` px, and as many others move."""
    gone = _gone(source, end, side)
    return bool(gone[mark] >= length and (gone >= STILL * side).sum() >= (points or 2))


def _gone(
    source: NDArray[np.float64], target: NDArray[np.float64], side: int
) -> NDArray[np.float64]:
    """[L]: how many px each landmark is away."""
    here, there = (landmarks.find_landmarks(rows, side).points[0] for rows in (source, target))
    distance: NDArray[np.float64] = np.linalg.norm(there - here, axis=1)
    return distance


def _target(
    source: NDArray[np.float64], end: NDArray[np.float64], mark: int, length: float, side: int
) -> NDArray[np.float64]:
    """The row between source and end whose landmark is `length` px away."""
    near, far = source, end
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        if _gone(source, middle, side)[mark] < length:
            near = middle
        else:
            far = middle
    return far


def _chosen(
    random: np.random.Generator, dragged: list[int], mark: int, points: int | None
) -> list[int]:
    """The landmark and, of the others that move, as many as asked."""
    others = [k for k in dragged if k != mark]
    if points is not None:
        others = sorted(random.choice(others, points - 1, replace=False).tolist())
    return [mark, *others]


def _case(
    lions: Lions,
    way: Way,
    number: int,
    z: torch.Tensor,
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    chosen: list[int],
) -> Case:
    side = max(lions.generator.img_resolution)
    handles, targets = (
        torch.from_numpy(landmarks.find_landmarks(rows, side).points[0, chosen]).float()
        for rows in (source, target)
    )
    return Case(
        kind=way.kind,
        number=number,
        w_plus=lions.latent(z),
        handle_points=handles,
        target_points=targets,
        movable_mask=mask_about(handles, targets, side) if way.masked else None,
    )
