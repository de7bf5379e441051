"""Learning all that drags and photos need to know of a model, in one go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from draggan_server.editing import preparation
from draggan_server.editing.inversion import encoder_training, encoders
from draggan_server.editing.preparation.survey import PART as DRAGS
from draggan_server.models import surveys
from draggan_server.models.loading import load_generator

Part = Literal["drags", "photos"]


@dataclass(frozen=True, slots=True)
class Learned:
    """How much of a part is known, 0 to 1. What is kept so far lies in `files`, the part's last."""

    part: Part
    share: float
    files: tuple[Path, ...] = ()


def prepare(name: str, *, folder: Path | None = None, anew: bool = False) -> Iterator[Learned]:
    """Learn what there is to know of the model of that name, and keep it in `folder`, by default
    the user's cache.

    What was learned stays where it is left early, unless the next one is to begin `anew`. Raises as
    `load_generator` does, and `OSError` where nothing can be kept.
    """
    folder = folder or surveys.cache_folder()
    generator = load_generator(name)
    if anew:
        preparation.forget(generator)
    share = 0.0
    while share < 1:
        share = preparation.learn(generator)
        yield Learned("drags", share)
    survey = preparation.survey_of(generator)
    first = folder / DRAGS.file_name(generator.sha256)
    surveys.save(survey.stored(), first)
    for share, learned in encoder_training.learn(generator, anew=anew):
        encoder = learned
        yield Learned("photos", share)
    second = folder / encoders.PART.file_name(generator.sha256)
    surveys.save(encoder.stored(), second)
    yield Learned("photos", 1.0, (first, second))
