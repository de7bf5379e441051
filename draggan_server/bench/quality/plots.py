"""Figures of the bench: what each variant reaches, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from draggan_server.bench.quality.record import MEASURES, NO_EDIT, Record
from draggan_server.bench.quality.table import Summary

_BARS = (("distance", "lpips", "mse"), ("steps",), ("seconds",), ("elsewhere",), ("drift",))
"""A panel each: the first of these measures that a kind of drag has."""


def plot_means(summary: Summary, path: Path) -> None:
    """A row of bars with their intervals for each kind of drag, one picture for all."""
    kinds = list(summary)
    figure = Figure(figsize=(3 * len(_BARS), 2.2 * len(kinds)), layout="constrained")
    panels = figure.subplots(len(kinds), len(_BARS), squeeze=False)
    for kind, row in zip(kinds, panels, strict=True):
        row[0].set_ylabel(kind)
        for measures, axes in zip(_BARS, row, strict=True):
            _bars(axes, summary, kind, measures)
    figure.savefig(path)


def plot_distances(records: Sequence[Record], path: Path) -> None:
    """How many drags end within how many pixels, for each kind of landmark drag."""
    kinds = list(dict.fromkeys(r.kind for r in records if "distance" in r.values))
    if not kinds:
        return
    figure = Figure(figsize=(4.5 * len(kinds), 3.2), layout="constrained")
    panels = figure.subplots(1, len(kinds), squeeze=False)[0]
    for kind, axes in zip(kinds, panels, strict=True):
        variants = list(dict.fromkeys(r.variant for r in records if r.kind == kind))
        for variant in variants:
            distances = np.sort(
                [r.values["distance"] for r in records if (r.kind, r.variant) == (kind, variant)]
            )
            distances = np.concatenate([[0.0], distances])
            share = 100 * np.arange(len(distances)) / (len(distances) - 1)
            dashes = ":" if variant == NO_EDIT else "-"
            axes.step(distances, share, where="post", label=variant, linestyle=dashes)
        axes.set(title=kind, xlabel=MEASURES["distance"].title, ylabel="% of drags", ylim=(0, 100))
        axes.set_xlim(left=0)
        axes.grid(alpha=0.3)
    panels[0].legend()
    figure.savefig(path)


def _bars(axes: Axes, summary: Summary, kind: str, measures: Sequence[str]) -> None:
    variants = summary[kind]
    had = [name for name in measures if any(name in values for values in variants.values())]
    if not had:
        axes.set_axis_off()
        return
    measure = had[0]
    found = {name: values[measure] for name, values in variants.items() if measure in values}
    means = [value.mean for value in found.values()]
    errors = [
        [value.mean - value.low for value in found.values()],
        [value.high - value.mean for value in found.values()],
    ]
    colours = ["0.75" if name == NO_EDIT else "C0" for name in found]
    axes.barh(list(found), means, xerr=errors, color=colours, ecolor="0.2", capsize=2)
    axes.invert_yaxis()
    axes.set_title(MEASURES[measure].title, fontsize=9)
    axes.tick_params(labelsize=8)
