"""Do the drags that are asked for most work? Six edit tasks, judged on the picture.

A lion is drawn, and of it a picture in which one parameter is another: its mouth is opened, an ear
lifted, an eye closed. The points that show the change are dragged from where the first lion has
them to where the second one has. Then the parameter is read from the picture: the edit task
succeeds if at least half of the change is there, whatever the tracker says. Since the reader errs,
too, it is also shown the model's own picture of the second lion: more successes than it sees there
cannot be expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from draggan_server.bench.quality.changed_latent import changed_latent
from draggan_server.bench.quality.record import OWN, Record
from draggan_server.bench.quality.trial import Case, picture_of, run
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.reader.reader import Reader
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, outlines, parameters
from stylegan2.toy_lion.landmarks import Landmarks

ENOUGH = 0.5
"""This share of the change, read from the picture, is a success."""

_LEAST = 0.03  # of the picture's side: a drag that moves every point by less is drawn anew
_STILL = 1 / 128  # likewise: what moves less is not dragged
_REDRAWN = 1000  # times
_RANGES = parameters.HIGH - parameters.LOW
_OTHERS_LEFT_OUT = ("smile", "gaze_x")  # the reader cannot read them


@dataclass(frozen=True, slots=True)
class EditTask:
    """`changes` are parameters, of which one is drawn, with the share of their range that it is
    changed by; `points` are landmarks, lids or cheeks by name, of which those that are seen are
    dragged. In the names "?" stands for the side, l or r, as it does in the parameter's.
    """

    name: str
    changes: tuple[tuple[str, float], ...]
    points: tuple[str, ...]


TASKS = (
    EditTask("open the mouth", (("mouth", 0.45),), ("chin",)),
    EditTask("lift an ear", (("ear_l", -0.35), ("ear_r", -0.35)), ("ear_?",)),
    EditTask("close an eye", (("eye_l", -0.7), ("eye_r", -0.7)), ("lid_?",)),
    EditTask("turn the head", (("yaw", 0.2), ("yaw", -0.2)), ("nose",)),
    EditTask("grow the mane", (("mane", 0.4),), ("mane_top", "mane_l2", "mane_r2")),
    EditTask("slim the face", (("face_w", -0.5),), ("cheek_l", "cheek_r")),
)


@dataclass(frozen=True, slots=True)
class TaskDrag:
    """A case, the row of the parameter that should change, by how much, and z of the changed."""

    case: Case
    parameter: int
    change: float
    changed_z: torch.Tensor


def draw(generator: Generator, task: EditTask, number: int) -> TaskDrag:
    """The drag of that task and number: a lion that leaves room for the change and shows it."""
    random = np.random.default_rng((5, TASKS.index(task), number))
    side = max(generator.img_resolution)
    for _ in range(_REDRAWN):
        name, share = task.changes[random.integers(len(task.changes))]
        z = random.standard_normal((1, len(parameters.NAMES)), dtype=np.float32)
        source = parameters.from_latent(z)
        k = parameters.index(name)
        target = source.copy()
        target[0, k] += share * _RANGES[k]
        if not parameters.LOW[k] < target[0, k] < parameters.HIGH[k]:
            continue
        here, there = (_points(rows, side, task, name) for rows in (source, target))
        way = np.linalg.norm(there.points - here.points, axis=2)[0]
        seen = (here.visible & there.visible)[0] & (way >= _STILL * side)
        if not seen.any() or way[seen].max() < _LEAST * side:
            continue
        case = Case(
            kind=task.name,
            number=number,
            w_plus=generator.mapping(torch.from_numpy(z)),
            handle_points=torch.from_numpy(here.points[0, seen]).float(),
            target_points=torch.from_numpy(there.points[0, seen]).float(),
        )
        change = float(target[0, k] - source[0, k])
        return TaskDrag(case, k, change, changed_latent(z, k, target[0, k]))
    raise RuntimeError(f"No lion in {_REDRAWN} could {task.name}.")


def records(
    generator: Generator,
    reader: Reader,
    variants: Sequence[Variant],
    task: EditTask,
    number: int,
    on_drag: Callable[[str], None],
) -> Iterator[Record]:
    """Do one drag of a task by every variant; first what the model itself makes of the task."""
    task_drag = draw(generator, task, number)
    before = picture_of(generator, task_drag.case.w_plus)
    own = picture_of(generator, generator.mapping(task_drag.changed_z))
    yield Record(task.name, number, OWN, judge(reader, before, own, task_drag))
    for variant in variants:
        trial = run(generator, task_drag.case, variant)
        after = trial.picture
        on_drag(f"{task.name}, {variant.name}")
        values = {**judge(reader, before, after, task_drag), **trial.course()}
        yield Record(task.name, number, variant.name, values)


def judge(
    reader: Reader, before: torch.Tensor, after: torch.Tensor, task_drag: TaskDrag
) -> dict[str, float]:
    """What the reader says of two pictures [3, H, W]: see `record.MEASURES`."""
    read = reader.read(torch.stack([before, after])).parameters.double().numpy()
    made = float(read[1, task_drag.parameter] - read[0, task_drag.parameter]) / task_drag.change
    others = [
        k
        for k, name in enumerate(parameters.NAMES)
        if k != task_drag.parameter and name not in _OTHERS_LEFT_OUT
    ]
    off = np.abs(read[1] - read[0]) / _RANGES
    return {
        "succeeded": float(made >= ENOUGH),
        "made": 100 * made,
        "others": 100 * float(off[others].mean()),
    }


def _points(rows: NDArray[np.float64], side: int, task: EditTask, parameter: str) -> Landmarks:
    """The task's points in pictures of `rows`, in the order that it names them."""
    sides = {"l": 0, "r": 1}
    points, visible = [], []
    for name in (name.replace("?", parameter[-1]) for name in task.points):
        if name.startswith("lid"):
            found, k = outlines.find_lids(rows, side), sides[name[-1]]
        elif name.startswith("cheek"):
            found, k = outlines.find_cheeks(rows, side), sides[name[-1]]
        else:
            found, k = landmarks.find_landmarks(rows, side), landmarks.NAMES.index(name)
        points.append(found.points[:, k])
        visible.append(found.visible[:, k])
    return Landmarks(np.stack(points, 1), np.stack(visible, 1))
