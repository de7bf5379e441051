"""Which source of features a drag needs."""

from __future__ import annotations

from draggan_server.editing.features.maps import MapSource
from draggan_server.editing.features.view import FeatureSource
from draggan_server.editing.features.windows import WindowSource
from draggan_server.editing.problem import DragProblem


def source_of(problem: DragProblem, *, track_reach: int, push_reach: int) -> FeatureSource:
    """The source for a drag, as cheap as its mask allows; the reaches are `WindowSource`'s."""
    masked = problem.movable_mask is not None
    what = problem.generator, problem.feature_resolution, problem.w_plus, problem.rows
    if masked and problem.holds_exactly:
        return MapSource(*what)
    return WindowSource(
        *what,
        len(problem.handle_points),
        track_reach=track_reach,
        push_reach=push_reach,
        hold=masked,
    )
