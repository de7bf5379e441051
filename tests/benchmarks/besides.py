"""How much slower an editor is for what is not ours while our part of it is open."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from tests.benchmarks.figure import Figure

ROUNDS = 15
"""Each has all acts without us, then with us, so that other work of the machine meets both."""
MOST = 1.1
"""As responsive as without us: so much longer at most, at the median of the rounds."""


def besides(
    host: str, without: Mapping[str, Sequence[float]], beside: Mapping[str, Sequence[float]]
) -> list[Figure]:
    """Of each act how much longer the editor took: `without` us and `beside` us are its seconds of
    each round."""
    figures = []
    for act, seconds in without.items():
        median = statistics.median(seconds)
        ratio = statistics.median(b / a for a, b in zip(seconds, beside[act], strict=True))
        what = f"{act}, beside us over without us ({1000 * median:.3g} ms)"
        figures.append(Figure(host, what, ratio, "", MOST))
    return figures
