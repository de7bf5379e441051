"""Reading at picture coordinates equals reading the upsampled map that is never built."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from draggan_server.editing.features import MapField
from draggan_server.editing.trackers.point_tracking import PointTracker


def random_map(seed: int, *shape: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(1, *shape, 3, generator=random, dtype=torch.float64)


@given(
    cells=st.tuples(st.integers(4, 9), st.integers(4, 9)),
    scale=st.sampled_from([1, 2, 3, 4, 8]),
    seed=st.integers(0, 1000),
    data=st.data(),
)
@settings(max_examples=100, deadline=None)
def test_reading_equals_the_upsampled_map(
    cells: tuple[int, int], scale: int, seed: int, data: st.DataObject
) -> None:
    feature_map = random_map(seed, *cells)
    height, width = cells[0] * scale, cells[1] * scale
    # Half a pixel beyond the border is where reading fades to nothing.
    x = data.draw(st.lists(st.floats(-1.5, width + 0.5), min_size=1, max_size=4))
    y = data.draw(st.lists(st.floats(-1.5, height + 0.5), min_size=1, max_size=4))
    xs, ys = (torch.tensor([v], dtype=torch.float64) for v in (x, y))
    upsampled = functional.interpolate(
        feature_map.permute(0, 3, 1, 2), (height, width), mode="bilinear", align_corners=False
    )
    grid = torch.stack(
        [
            (xs / (width - 1) * 2 - 1).expand(len(y), -1),
            (ys / (height - 1) * 2 - 1).T.expand(-1, len(x)),
        ],
        dim=2,
    )
    expected = functional.grid_sample(upsampled, grid[None], align_corners=True)
    got = MapField(feature_map, (height, width)).read(xs, ys)
    torch.testing.assert_close(got, expected.permute(0, 2, 3, 1), rtol=0, atol=1e-10)


def test_each_handle_reads_its_own_grid() -> None:
    field = MapField(random_map(0, 6, 6), (12, 12))
    x = torch.tensor([[1.0, 2.5], [10.0, 11.0]], dtype=torch.float64)
    y = torch.tensor([[3.0, 4.0], [0.5, 1.0]], dtype=torch.float64)
    both = field.read(x, y)
    assert torch.equal(both[:1], field.read(x[:1], y[:1]))
    torch.testing.assert_close(both[1:], field.read(x[1:], y[1:]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-4, 4), (4, 0)])
def test_tracking_finds_a_shifted_map(shift: tuple[int, int]) -> None:
    start = random_map(1, 24, 24)
    handles = torch.tensor([[10.25, 12.0], [8.0, 9.75]], dtype=torch.float64)
    tracker = PointTracker(MapField(start, (24, 24)), handles, r2=4)
    moved = MapField(start.roll((shift[1], shift[0]), dims=(1, 2)), (24, 24))
    found = tracker.find(moved, handles)
    assert torch.equal(found.points, handles + torch.tensor(shift))
    inside = found.misfit.abs() < 1e-9
    assert bool(inside.all())


def test_tracking_stays_inside_the_picture() -> None:
    start = random_map(2, 8, 8)
    handles = torch.tensor([[0.0, 7.0]], dtype=torch.float64)
    tracker = PointTracker(MapField(start, (8, 8)), handles, r2=3)
    # Nothing looks like the handle; a place outside reads as zeros, which would be nearest.
    moved = MapField(start + 100 * start[:, 7:, :1].sign(), (8, 8))
    x, y = tracker.find(moved, handles).points[0].tolist()
    assert 0 <= x <= 3
    assert 4 <= y <= 7
