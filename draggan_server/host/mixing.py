"""Pictures between those of seeds: more like one of them, and from one to another."""

from __future__ import annotations

from collections.abc import Mapping

from draggan_server.host.sentences import refusals, said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import BlendSource, Sample, SampleSource
from draggan_server.wire.sample_record import MAX_PARTS

_LEAST = 1e-3
"""A part of less weight is not seen."""


def mixed(one: Sample, other: Sample, share: float) -> Sample:
    """What lies between two samples of a model: `share` 0 is the one, 1 the other.

    Its truncation is that of the one.
    """
    weights: dict[int, float] = {}
    for sample, part in ((one, 1 - share), (other, share)):
        for seed, weight in parts_of(sample).items():
            weights[seed] = weights.get(seed, 0.0) + part * weight
    return _of(one, weights)


def parts_of(sample: Sample) -> dict[int, float]:
    """The seeds that a sample lies between, with their weights."""
    return dict(sample.parts) if isinstance(sample, BlendSource) else {sample.seed: 1.0}


def main_seed(sample: Sample) -> int:
    """The seed of the greatest weight."""
    weights = parts_of(sample)
    return max(weights, key=weights.__getitem__)


def words_of(sample: Sample) -> str:
    """Which sample it is: its seed, or that of which most is in it."""
    weights = parts_of(sample)
    seed = main_seed(sample)
    if len(weights) == 1:
        return tr(said.OF_SEED, seed=seed)
    return tr(said.OF_SEEDS, percent=round(100 * weights[seed]), seed=seed, others=len(weights) - 1)


def format_mixture(sample: Sample) -> str:
    """The seeds and weights that `sample_of` reads back to an equal sample; empty for one seed."""
    if not isinstance(sample, BlendSource):
        return ""
    return ", ".join(f"{seed}:{weight!r}" for seed, weight in sample.parts)


def sample_of(model: str, seed: int, truncation_psi: float, mixture: str) -> Sample:
    """The sample of a mixture such as ``8:0.65, 33:0.35``, or where that is empty of a seed.

    Raises `BadInput`.
    """
    if not mixture.strip():
        return SampleSource(model, seed, truncation_psi)
    try:
        pairs = [part.split(":") for part in mixture.split(",")]
        parts = tuple((int(one), float(weight)) for one, weight in pairs)
    except ValueError:
        raise BadInput(refusals.NO_MIXTURE, mixture=f"{mixture:.60}") from None
    return BlendSource(model, parts, truncation_psi)


def _of(like: Sample, weights: Mapping[int, float]) -> Sample:
    heaviest = sorted(weights, key=weights.__getitem__, reverse=True)[:MAX_PARTS]
    kept = [seed for seed in heaviest if weights[seed] >= _LEAST]
    if len(kept) == 1:
        return SampleSource(like.model, kept[0], like.truncation_psi)
    whole = sum(weights[seed] for seed in kept)
    parts = tuple((seed, weights[seed] / whole) for seed in kept)
    return BlendSource(like.model, parts, like.truncation_psi)
