"""What was measured: one record a drag and variant, and what the figures in it are called."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

NO_EDIT = "no edit"
"""Stands for a variant where nothing was done: what the drag starts from."""

OWN = "the model's own"
"""Stands for a variant: the model's picture of z with the edit task's change, without a drag."""

RIGHT = "the right picture"
"""Stands for a variant: what a photo should become."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of the tables: its heading and what it means. More is better
    of `arrived`, `succeeded`, `likeness` and, up to 100, `made` alone."""

    title: str
    meaning: str


MEASURES = {
    "distance": Measure(
        "distance, px", "of the dragged landmarks to their targets, read from the picture"
    ),
    "way": Measure("way, px", "from the first handle to its target"),
    "surface": Measure(
        "surface, px",
        "of the spots of the lion's surface that were seen under the handles to the targets, by "
        "the parameters read from the picture",
    ),
    "likeness": Measure(
        "likeness, dB",
        "what is read of the picture, rendered again, against the picture (PSNR after averaging "
        "4 x 4 pixels), minus the same of the picture that the drag began with",
    ),
    "unlike": Measure(
        "unlike, %",
        "mean difference of pose, mouth and ears from the target lion's, read from the picture, "
        "in % of their ranges (a single landmark does not say all of them)",
    ),
    "succeeded": Measure(
        "succeeded", "share of drags after which at least half of the change is in the picture"
    ),
    "made": Measure("made, %", "of the change of the parameter, read from the picture"),
    "others": Measure(
        "others, %", "mean change of the other parameters, read from the picture, of their ranges"
    ),
    "tracked": Measure(
        "tracked, px",
        "the distance to the targets by the method's own tracker, for comparison",
    ),
    "arrived": Measure("arrived", "share of drags that the method says arrived"),
    "astray": Measure(
        "astray", "share of drags that say they arrived, with a landmark 20 px of 256 off"
    ),
    "steps": Measure("steps", "updates of the latent"),
    "seconds": Measure("CPU s", "CPU time of the drag, all threads"),
    "elsewhere": Measure(
        "elsewhere", "mean change, in levels of 255, far from all points or outside the mask"
    ),
    "drift": Measure(
        "drift", "mean change of colours and light, read from the picture, in % of their ranges"
    ),
    "looked": Measure(
        "look, CPU s", "CPU time until the model shows the photo, before anything is dragged"
    ),
    "outside": Measure(
        "told outside", "share of photos of which is said that they are none of the model's"
    ),
    "refused": Measure(
        "refused", "share of drags whose points lie beside what the model shows of the photo"
    ),
    "mse": Measure("MSE x 100", "of the picture to the one it should be, values 0 to 1"),
    "lpips": Measure("LPIPS x 10", "of the picture to the one it should be, AlexNet"),
}


@dataclass(frozen=True, slots=True)
class Record:
    """One drag of a `kind`, by a variant. `values` has some of `MEASURES`."""

    kind: str
    number: int
    variant: str
    values: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        return asdict(self)
