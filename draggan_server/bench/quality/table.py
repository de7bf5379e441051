"""Records as tables: means with 95% intervals, and each variant against the first, drag by drag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from draggan_server.bench.quality.record import MEASURES, NO_EDIT, OWN, RIGHT, Record
from draggan_server.bench.quality.statistics import Estimate, estimate

Summary = dict[str, dict[str, dict[str, Estimate]]]
"""kind -> variant -> measure -> its mean over the drags."""

_COMPARED = (
    "distance",
    "surface",
    "likeness",
    "succeeded",
    "made",
    "unlike",
    "mse",
    "lpips",
    "steps",
    "seconds",
    "elsewhere",
)


def summarise(records: Sequence[Record]) -> Summary:
    """Means of every measure."""
    values: dict[str, dict[str, dict[str, list[float]]]] = {}
    for record in records:
        of_variant = values.setdefault(record.kind, {}).setdefault(record.variant, {})
        for measure, value in record.values.items():
            of_variant.setdefault(measure, []).append(value)
    return {
        kind: {
            variant: {measure: estimate(some) for measure, some in measures.items()}
            for variant, measures in variants.items()
        }
        for kind, variants in values.items()
    }


def compare(records: Sequence[Record], first: str) -> Summary:
    """Mean differences to the variant `first` over the same drags, for the other variants."""
    found = {(record.kind, record.number, record.variant): record.values for record in records}
    values: dict[str, dict[str, dict[str, list[float]]]] = {}
    for record in records:
        base = found.get((record.kind, record.number, first))
        if base is None or record.variant in (first, NO_EDIT, OWN, RIGHT):
            continue
        of_variant = values.setdefault(record.kind, {}).setdefault(record.variant, {})
        for measure in _COMPARED:
            if measure in record.values and measure in base:
                of_variant.setdefault(measure, []).append(record.values[measure] - base[measure])
    return {
        kind: {
            variant: {measure: estimate(some) for measure, some in measures.items()}
            for variant, measures in variants.items()
        }
        for kind, variants in values.items()
    }


def markdown(summary: Summary) -> str:
    """A table for each kind: variants down, measures across."""
    return "\n\n".join(
        f"### {kind[0].upper()}{kind[1:]}\n\n{_table(variants)}"
        for kind, variants in summary.items()
        if variants
    )


def legend(measures: Iterable[str]) -> str:
    """What the columns mean."""
    return "\n".join(f"- {MEASURES[name].title}: {MEASURES[name].meaning}" for name in measures)


def used(summary: Summary) -> list[str]:
    """The measures that a summary has, in the order of `MEASURES`."""
    present = {
        measure
        for variants in summary.values()
        for measures in variants.values()
        for measure in measures
    }
    return [name for name in MEASURES if name in present]


def _table(variants: dict[str, dict[str, Estimate]]) -> str:
    columns = [name for name in MEASURES if any(name in values for values in variants.values())]
    rows = [["", *(MEASURES[name].title for name in columns)], ["---"] * (len(columns) + 1)]
    for variant, values in variants.items():
        rows.append([variant, *(_cell(name, values.get(name)) for name in columns)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(measure: str, value: Estimate | None) -> str:
    if value is None:
        return ""
    # A few drags that never arrive run to the cap: the mean alone would hide how most go.
    return f"{value}, median {value.median:.0f}" if measure == "steps" else str(value)
