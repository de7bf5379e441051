"""A window is the crop of the whole, and so is its gradient, wherever it lies."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegan2 import Geometry
from stylegan2.generator import Generator
from stylegan2.places import Windows, crop, cut, paste
from stylegan2.windows import WindowedFeatures
from tests.unit.stylegan2.generators import random_generator

GEOMETRIES = [
    Geometry(
        z_dim=2,
        w_dim=4,
        mapping_layers=1,
        img_resolution=size,
        channels=channels,
        conv_clamp=clamp,
        use_noise=noise,
        architecture=architecture,
    )
    for size, channels, clamp, noise, architecture in [
        ((64, 64), (5, 4, 3, 5, 2), None, True, "skip"),
        ((128, 64), (3, 4, 5, 3, 2, 3), 1.2, True, "skip"),
        ((48, 80), (4, 3, 5, 2, 3), 0.9, False, "skip"),
        ((40, 24), (3, 3, 4, 2), None, True, "orig"),
        ((48, 32), (3, 4, 2, 5), 1.1, True, "resnet"),
    ]
]


def normal(seed: int, *shape: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=random, dtype=torch.float64)


def whole_features(generator: Generator, w_plus: torch.Tensor, resolution: int) -> torch.Tensor:
    """[1, h, w, C]."""
    return generator.features(w_plus, resolution).permute(0, 2, 3, 1)


@given(data=st.data(), seed=st.integers(0, 1000))
@settings(max_examples=80, deadline=None)
def test_windows_are_the_crop_of_the_whole(data: st.DataObject, seed: int) -> None:
    geometry = data.draw(st.sampled_from(GEOMETRIES))
    generator = random_generator(geometry, seed)
    resolution = data.draw(st.sampled_from(geometry.resolutions[1:]))
    rows = data.draw(st.integers(1, geometry.num_ws))
    height, width = geometry.block_size(geometry.block_index(resolution))
    size = data.draw(st.tuples(st.integers(2, 13), st.integers(2, 13)))
    corner = st.tuples(
        st.integers(-size[0] - 1, height), st.integers(-size[1] - 1, width)
    )  # from wholly beyond one border to wholly beyond the other
    first = torch.tensor(data.draw(st.lists(corner, min_size=1, max_size=4)))
    hold = data.draw(st.booleans())
    w_plus = normal(seed, 1, geometry.num_ws, geometry.w_dim)

    features = WindowedFeatures(
        generator, resolution, w_plus, rows, size=size, count=len(first), hold=hold
    )
    free = normal(seed + 1, 1, rows, geometry.w_dim).requires_grad_(True)
    forward = features.forward(free.detach(), first)
    whole = whole_features(generator, torch.cat([free, w_plus[:, rows:]], dim=1), resolution)
    expected = cut(whole, Windows(first, size))
    torch.testing.assert_close(forward.values, expected, rtol=0, atol=1e-10)

    # The gradient may be asked for on a part of each window.
    inset = data.draw(st.tuples(st.integers(0, size[0] - 1), st.integers(0, size[1] - 1)))
    part = (size[0] - inset[0], size[1] - inset[1])
    shift = torch.tensor([data.draw(st.integers(0, inset[axis])) for axis in (0, 1)])
    inner = Windows(first + shift, part)
    cotangent = normal(seed + 2, len(first), *part, forward.values.shape[3])
    outputs, cotangents, of_held = [cut(whole, inner)], [cotangent], None
    if forward.held is not None:
        index = min(rows, len(generator.convolutions(resolution))) - 1
        block = geometry.resolutions[(index + 1) // 2]
        if index % 2 == 0:  # a conv1, whose output the generator can give
            held = whole_features(generator, torch.cat([free, w_plus[:, rows:]], dim=1), block)
            torch.testing.assert_close(forward.held, held, rtol=0, atol=1e-10)
            of_held = normal(seed + 3, *held.shape)
            outputs.append(held)
            cotangents.append(of_held)
    (gradient,) = torch.autograd.grad(outputs, [free], cotangents, retain_graph=True)
    products = features.vjp(forward, cotangent, inner.first, of_held)
    torch.testing.assert_close(products, gradient, rtol=1e-9, atol=1e-9)

    # The same apart: of each window twice, and of what is held.
    owner = torch.arange(len(first)).repeat(2)
    cotangents = [normal(seed + 4, 2 * len(first), *part, forward.values.shape[3])]
    products = features.vjp_each(forward, cotangents[0], inner.first[owner], owner)
    outputs = [cut(whole, inner)[owner]]
    if of_held is not None:
        outputs.append(held.expand(3, -1, -1, -1))
        cotangents.append(normal(seed + 5, 3, *held.shape[1:]))
        products = torch.cat([products, features.vjp_held(forward, cotangents[1])])
    gradients = [
        torch.autograd.grad(output[number], [free], cotangent[number], retain_graph=True)[0]
        for output, cotangent in zip(outputs, cotangents, strict=True)
        for number in range(len(cotangent))
    ]
    torch.testing.assert_close(products, torch.cat(gradients), rtol=1e-9, atol=1e-9)


@given(data=st.data(), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_the_whole_map_and_its_gradient(data: st.DataObject, seed: int) -> None:
    geometry = data.draw(st.sampled_from(GEOMETRIES))
    generator = random_generator(geometry, seed)
    resolution = data.draw(st.sampled_from(geometry.resolutions))
    rows = data.draw(st.integers(1, geometry.num_ws))
    w_plus = normal(seed, 1, geometry.num_ws, geometry.w_dim)
    features = WindowedFeatures(generator, resolution, w_plus, rows)
    free = normal(seed + 1, 1, rows, geometry.w_dim).requires_grad_(True)
    forward = features.forward(free.detach())
    whole = whole_features(generator, torch.cat([free, w_plus[:, rows:]], dim=1), resolution)
    torch.testing.assert_close(forward.values, whole, rtol=0, atol=1e-10)
    cotangent = normal(seed + 2, *whole.shape)
    (gradient,) = torch.autograd.grad(whole, [free], cotangent)
    torch.testing.assert_close(features.vjp(forward, cotangent), gradient, rtol=1e-9, atol=1e-9)


def test_a_few_points_are_computed_in_windows_and_many_as_a_map() -> None:
    generator = random_generator(GEOMETRIES[0])
    w_plus = normal(0, 1, 10, 4)

    def cells(count: int) -> int:
        """The most cells that any layer computed."""
        features = WindowedFeatures(generator, 64, w_plus, 6, size=(7, 7), count=count)
        forward = features.forward(w_plus[:, :6], torch.zeros(count, 2, dtype=torch.long))
        return max(tape.output[..., 0].numel() for tape in forward.tapes)

    assert cells(1) < 200
    assert cells(4) < 800
    assert cells(100) == 64 * 64


@given(
    first=st.tuples(st.integers(-9, 12), st.integers(-9, 12)),
    inset=st.tuples(st.integers(0, 2), st.integers(0, 3)),
    seed=st.integers(0, 1000),
)
def test_cutting_cropping_and_pasting_agree(
    first: tuple[int, int], inset: tuple[int, int], seed: int
) -> None:
    feature_map = normal(seed, 1, 9, 11, 2)
    windows = Windows(torch.tensor([first, (1, 2)]), (5, 6))
    inner = Windows(windows.first + torch.tensor(inset), (3, 3))
    outer = cut(feature_map, windows)
    assert torch.equal(crop(outer, windows, inner), cut(feature_map, inner))
    # <cut(x), y> = <x, paste(y)>
    other = normal(seed + 1, *outer.shape)
    left = (outer * other).sum()
    right = (feature_map * paste(other, windows, (9, 11))).sum()
    torch.testing.assert_close(left, right)


@pytest.mark.parametrize("place", [(-20, 0), (0, 70)])
def test_a_window_off_the_map_is_empty(place: tuple[int, int]) -> None:
    generator = random_generator(GEOMETRIES[0])
    w_plus = normal(0, 1, 10, 4)
    features = WindowedFeatures(generator, 64, w_plus, 6, size=(5, 5))
    assert (features.forward(w_plus[:, :6], torch.tensor([place])).values == 0).all()
