"""Drags over ways as curves: what is left, what is lost and what it costs, over how far they go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from draggan_server.bench.published import figures as published_figures
from draggan_server.bench.quality.record import MEASURES, NO_EDIT, OWN, Record
from draggan_server.bench.quality.statistics import Estimate, estimate
from draggan_server.bench.quality.way_drags import Way

_PANELS = ("distance", "surface", "likeness", "elsewhere", "steps", "seconds")
_COLUMNS = (
    ("distance", "mean"),
    ("distance", "median"),
    ("surface", "mean"),
    ("likeness", "mean"),
    ("likeness", "least"),
    ("elsewhere", "mean"),
    ("arrived", "mean"),
    ("astray", "sum"),
    ("steps", "median"),
    ("seconds", "median"),
)
_MARKS = {"DragGAN": "x", "FreeDrag": "+"}


def plot_ways(ways: Sequence[Way], records: Sequence[Record], path: Path) -> None:
    """A row of panels for each course, a curve for each variant, shaded its 95% interval."""
    courses = list(dict.fromkeys(way.course for way in ways))
    size = (3.1 * len(_PANELS), 2.4 * len(courses))
    figure = Figure(figsize=size, layout="constrained")
    rows = figure.subplots(len(courses), len(_PANELS), squeeze=False)
    for course, panels in zip(courses, rows, strict=True):
        some = [way for way in ways if way.course == course]
        for measure, axes in zip(_PANELS, panels, strict=True):
            _curves(axes, some, records, measure)
            axes.set_title(MEASURES[measure].title, fontsize=9)
        panels[0].set_ylabel(course)
        if some[0].subject.name == "nose" and not some[0].masked:
            _mark_published(panels[0], some[0].points)
        panels[0].legend(fontsize=6)
    for axes in rows[-1]:
        axes.set_xlabel("way, % of the side")
    figure.savefig(path)


def way_table(ways: Sequence[Way], records: Sequence[Record]) -> str:
    """A row for each way and variant."""
    titles = [
        MEASURES[measure].title + ("" if what == "mean" else f", {what}")
        for measure, what in _COLUMNS
    ]
    lines = [
        f"| | | drags | {' | '.join(titles)} |",
        f"| {' | '.join(['---'] * (len(titles) + 3))} |",
    ]
    for way in ways:
        of_way = [record for record in records if record.kind == way.kind]
        for variant in dict.fromkeys(record.variant for record in of_way):
            some = [record.values for record in of_way if record.variant == variant]
            cells = [_cell([v[m] for v in some if m in v], what) for m, what in _COLUMNS]
            lines.append(f"| {way.kind} | {variant} | {len(some)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: list[float], what: str) -> str:
    if not values:
        return ""
    if what == "sum":
        return f"{sum(values):.0f}"
    if what == "least":
        return f"{min(values):.2f}"
    found = estimate(values)
    return f"{found.mean if what == 'mean' else found.median:.2f}"


def _curves(axes: Axes, ways: Sequence[Way], records: Sequence[Record], measure: str) -> None:
    curves: dict[str, list[tuple[float, Estimate]]] = {}
    for way in ways:
        of_way = [r for r in records if r.kind == way.kind and measure in r.values]
        for variant in dict.fromkeys(record.variant for record in of_way):
            values = [r.values[measure] for r in of_way if r.variant == variant]
            curves.setdefault(variant, []).append((100 * way.share, estimate(values)))
    known = [r.variant for r in records if r.variant not in (NO_EDIT, OWN)]
    looks = {variant: (f"C{i}", "-") for i, variant in enumerate(dict.fromkeys(known))}
    looks[OWN] = ("0.5", ":")
    for variant, points in curves.items():
        if variant == NO_EDIT:
            continue
        x = [share for share, _ in points]
        colour, style = looks[variant]
        means = [value.mean for _, value in points]
        axes.plot(x, means, style, marker=".", label=variant, color=colour)
        low, high = [value.low for _, value in points], [value.high for _, value in points]
        axes.fill_between(x, low, high, alpha=0.15, color=colour)
    axes.grid(alpha=0.3)
    if measure != "likeness":
        axes.set_ylim(bottom=0)


def _mark_published(axes: Axes, points: int | None) -> None:
    for code, mark in _MARKS.items():
        some = [f for f in published_figures.FIGURES if (f.code, f.points) == (code, points)]
        if some:
            shares = [100 * figure.way / published_figures.SIDE for figure in some]
            left = [figure.left for figure in some]
            axes.plot(shares, left, mark, color="0.2", label=f"published {code}")
