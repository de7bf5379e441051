"""What all trackers have in common."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from draggan_server.editing.features import MapField
from draggan_server.editing.features.levels import near_levels
from draggan_server.editing.methods.newton import handle_tracker
from draggan_server.editing.methods.newton.handle_tracker import HandleTracker
from draggan_server.editing.problem import DragProblem
from draggan_server.editing.trackers import Tracker
from draggan_server.editing.trackers.point_tracking import PointTracker
from draggan_server.wire.drag_config import drag_config
from stylegan2 import Geometry
from tests.unit.stylegan2.generators import random_generator

HANDLES = torch.tensor([[30.0, 34.0], [17.0, 20.0]], dtype=torch.float64)
GEOMETRY = Geometry(
    z_dim=3, w_dim=4, mapping_layers=1, img_resolution=(64, 64), channels=(6, 6, 5, 5, 4)
)


@pytest.mark.parametrize("kind", [PointTracker, HandleTracker])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (1.0, -2.0)])
def test_handles_are_found_where_they_were_and_unlike_by_nothing(
    kind: type, shift: tuple[float, float]
) -> None:
    generator = random_generator(GEOMETRY, 1)
    w_plus = generator.draw(1, torch.Generator().manual_seed(1))
    expected = HANDLES + torch.tensor(shift, dtype=torch.float64)
    tracker: Tracker[Any]
    seen: Any
    if kind is PointTracker:
        features = generator.features(w_plus, 32).permute(0, 2, 3, 1)
        seen = MapField(features, (64, 64))
        tracker = PointTracker(seen, HANDLES, r2=3)
    else:
        config = drag_config(feature_resolution=16)
        problem = DragProblem.check(generator, w_plus, HANDLES, HANDLES + 5, None, config)
        every = near_levels(generator, config)
        sight = handle_tracker.sight(problem, every, rows=problem.rows)
        rows = w_plus[:, : problem.rows]
        tracker = HandleTracker(problem, every, sight.at(rows, HANDLES))
        seen = sight.at(rows, expected)
    found = tracker.find(seen, expected)
    torch.testing.assert_close(found.points, HANDLES, rtol=0, atol=0.1)
    torch.testing.assert_close(found.misfit, torch.zeros_like(found.misfit), rtol=0, atol=1e-3)
