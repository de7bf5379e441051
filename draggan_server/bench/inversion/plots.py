"""What methods reach on each kind of picture, as curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from draggan_server.bench.inversion.record import Record

_PANELS: tuple[tuple[str, Callable[[Record], float | None]], ...] = (
    ("PSNR, dB", lambda record: record.psnr),
    ("px misplaced", lambda record: record.misplaced),
    ("latent distance", lambda record: record.latent_distance),
    ("px left of a drag", lambda record: record.left),
    ("CPU s", lambda record: record.cpu_seconds),
)
_TRUE = "true latent"


def plot_shares(records: Sequence[Record], path: Path) -> None:
    """A row of panels for each kind: the share of pictures up to a value, a curve a method."""
    kinds = list(dict.fromkeys(record.kind for record in records))
    size = (3.1 * len(_PANELS), 2.4 * len(kinds))
    figure = Figure(figsize=size, layout="constrained")
    rows = figure.subplots(len(kinds), len(_PANELS), squeeze=False)
    for kind, panels in zip(kinds, rows, strict=True):
        some = [record for record in records if record.kind == kind]
        methods = list(dict.fromkeys(record.method for record in some))
        for (title, value), axes in zip(_PANELS, panels, strict=True):
            for method in methods:
                _curve(axes, [value(r) for r in some if r.method == method], method)
            axes.set_title(title, fontsize=9)
            axes.grid(alpha=0.3)
        of_first = [record.left_true for record in some if record.method == methods[0]]
        _curve(panels[3], of_first, _TRUE)
        panels[3].legend(fontsize=6)
        panels[0].set_ylabel(f"{kind}: % of pictures")
    figure.savefig(path)


def _curve(axes: Axes, values: Sequence[float | None], label: str) -> None:
    known = np.sort([value for value in values if value is not None])
    if len(known):
        share = 100 * np.arange(1, len(known) + 1) / len(known)
        dashes = ":" if label == _TRUE else "-"
        axes.step(known, share, where="post", label=label, linestyle=dashes, marker=".")
        axes.set_ylim(0, 103)
