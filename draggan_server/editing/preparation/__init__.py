"""What the editor knows of each model, and how it comes to know it: see `survey`.

A drag begins after `FIRST` samples of the model. The rest are taken one by one while nobody drags,
and what was learned is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from weakref import WeakKeyDictionary

import torch

from draggan_server.editing.preparation.feature_statistics import FeatureStatistics
from draggan_server.editing.preparation.survey import PART, Survey
from draggan_server.models import surveys
from stylegan2.generator import Generator

SAMPLES = 256
"""In a whole survey. With 96 instead, drags of the toy lion change 15% more elsewhere."""
FIRST = 16
"""Samples without which no drag begins."""
KEPT_EVERY = 8
"""Samples after which what was learned is written to the cache."""

_KNOWN: WeakKeyDictionary[Generator, Survey] = WeakKeyDictionary()


def picture_metric(generator: Generator) -> torch.Tensor:
    """U [K, num_ws, w_dim], see `PictureMetric.factor`, of `FIRST` samples at the least."""
    return _prepared(generator).metric.factor


def feature_statistics(generator: Generator, block: int) -> FeatureStatistics:
    """The statistics of block b{block}, of `FIRST` samples at the least."""
    survey = _prepared(generator)
    if block not in survey.sums:
        survey.look_at(generator, block)
    return survey.sums[block].statistics(like=generator.w_avg)


def prepare(generator: Generator) -> Iterator[float]:
    """Learn what a first drag needs, yielding after each sample how much of that is done, 0 to 1.

    Nothing is yielded where it is known: in this process, in the user's cache folder, or, for the
    default model, in the program.
    """
    while survey_of(generator).count < FIRST:
        learn(generator)
        yield survey_of(generator).count / FIRST


def learn(generator: Generator) -> float:
    """Learn from one more sample, where some are left; how much of the survey is done, 0 to 1."""
    survey = survey_of(generator)
    if not is_whole(generator):
        survey.take(generator)
        if survey.count % KEPT_EVERY == 0:
            surveys.keep(generator.sha256, PART, survey.stored())
    return survey.count / SAMPLES


def is_whole(generator: Generator) -> bool:
    """Whether nothing is left to learn."""
    return survey_of(generator).count >= SAMPLES


def survey_of(generator: Generator) -> Survey:
    """What is known of a generator so far."""
    if generator not in _KNOWN:
        kept = surveys.find(generator.sha256, PART, partial(Survey.of_stored, generator=generator))
        _KNOWN[generator] = kept or Survey.of_nothing(generator)
    return _KNOWN[generator]


def forget(generator: Generator) -> None:
    """Begin the survey of a generator anew, in this process."""
    remember(generator, Survey.of_nothing(generator))


def remember(generator: Generator, survey: Survey) -> None:
    """Take `survey` for this generator's, in this process."""
    _KNOWN[generator] = survey


def _prepared(generator: Generator) -> Survey:
    for _ in prepare(generator):
        pass
    return survey_of(generator)
