"""One look at the finest block shows the coarser ones, and pulls gradients of all of them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from draggan_server.editing.features import MapField
from draggan_server.editing.features.pyramid import Block, PyramidSource
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.unit.stylegan2.generators import random_generator

GEOMETRIES = [
    Geometry(
        z_dim=2,
        w_dim=4,
        mapping_layers=1,
        img_resolution=size,
        channels=channels,
        architecture=architecture,
    )
    for size, channels, architecture in [
        ((64, 64), (3, 4, 3, 5, 2), "skip"),
        ((128, 64), (3, 4, 5, 3, 2, 3), "skip"),
        ((48, 32), (3, 4, 2, 5), "resnet"),
    ]
]


def maps(generator: Generator, w_plus: torch.Tensor, blocks: list[Block]) -> list[MapField]:
    """The whole of each block."""
    return [
        MapField(
            generator.features(w_plus, block.resolution).permute(0, 2, 3, 1),
            generator.img_resolution,
        )
        for block in blocks
    ]


@given(data=st.data(), seed=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_blocks_and_gradients_are_those_of_the_whole_maps(data: st.DataObject, seed: int) -> None:
    geometry = data.draw(st.sampled_from(GEOMETRIES))
    generator = random_generator(geometry, seed)
    last = data.draw(st.integers(1, len(geometry.resolutions) - 1))
    many = data.draw(st.integers(1, min(3, last)))
    cell = 2 ** (len(geometry.resolutions) - 1 - last)  # pixels of the finest block's
    reaches = st.integers(1, 6 * cell)
    searched = data.draw(st.integers(0, 6 * cell))
    blocks = [
        Block(resolution, searched + reach, reach)
        for resolution in geometry.resolutions[last - many + 1 : last + 1]
        for reach in [data.draw(reaches)]
    ]
    rows = data.draw(st.integers(1, geometry.num_ws))
    height, width = geometry.img_resolution
    x, y = st.floats(0, width - 1), st.floats(0, height - 1)
    places = data.draw(st.lists(st.tuples(x, y), min_size=1, max_size=3))
    points = torch.tensor(places, dtype=torch.float64)
    w_plus = generator.draw(1, torch.Generator().manual_seed(seed))
    source = PyramidSource(generator, blocks, w_plus, rows, len(points))
    free = w_plus[:, :rows].clone().requires_grad_(True)
    view = source.at(free.detach(), points)
    whole = maps(generator, torch.cat([free, w_plus[:, rows:]], dim=1), blocks)
    random = torch.Generator().manual_seed(seed)

    def around(points: torch.Tensor, reach: int) -> tuple[torch.Tensor, torch.Tensor]:
        steps = torch.tensor([-1.0, -0.31, 0.0, 1.0], dtype=torch.float64) * reach
        across, down = points[:, :1] + steps, points[:, 1:] + steps
        return across.clamp(0, width - 1), down.clamp(0, height - 1)

    for block, field, wanted in zip(blocks, view.fields, whole, strict=True):
        where = around(points, block.track_reach)
        torch.testing.assert_close(field.read(*where), wanted.read(*where), rtol=0, atol=1e-9)

    away = 2 * torch.rand(points.shape, generator=random, dtype=torch.float64) - 1
    last_pixel = torch.tensor([width - 1, height - 1], dtype=torch.float64)
    found_at = (points + searched * away).clamp(torch.zeros(2, dtype=torch.float64), last_pixel)
    near, values, expected = view.near(found_at, torch.arange(len(points))), [], []
    for block, field, wanted in zip(blocks, near, whole, strict=True):
        where = around(found_at, block.push_reach)
        shown, known = field.read(*where), wanted.read(*where)
        weights = torch.randn(2, *shown.shape, generator=random, dtype=torch.float64)
        values.append(torch.einsum("kpabc,pabc->pk", weights, shown))
        expected.append(torch.einsum("kpabc,pabc->pk", weights, known))
    found = view.gradients(values)
    total = torch.stack(expected).sum(dim=0)
    for number, _ in enumerate(places):
        for kind in range(2):
            (gradient,) = torch.autograd.grad(total[number, kind], [free], retain_graph=True)
            torch.testing.assert_close(found[number, kind], gradient[0], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("resolution", [32, 64])
def test_many_functions_are_pulled_in_parts(
    resolution: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = random_generator(GEOMETRIES[0], 3)
    blocks = [Block(resolution // 2, 9, 4), Block(resolution, 7, 3)]
    w_plus = generator.draw(1, torch.Generator().manual_seed(1))
    points = 6.0 + 9 * torch.arange(6, dtype=torch.float64)[:, None].expand(-1, 2)
    source = PyramidSource(generator, blocks, w_plus, 5, len(points))

    def pulled(some: torch.Tensor) -> torch.Tensor:
        view = source.at(w_plus[:, :5], points)
        x, y = points[some, :1], points[some, 1:]
        values = [field.read(x, y)[:, 0, 0, :2] for field in view.near(points[some], some)]
        return view.gradients(values)

    every, some = torch.arange(len(points)), torch.tensor([1, 4])
    at_once = pulled(every)
    torch.testing.assert_close(pulled(some), at_once[some])
    monkeypatch.setattr("draggan_server.editing.features.pyramid.FUNCTIONS_AT_ONCE", 5)
    torch.testing.assert_close(pulled(every), at_once)
