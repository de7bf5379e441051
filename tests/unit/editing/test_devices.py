"""What a step must not do so that a device can run it: wait for the host, or leave its types.

None of this needs a device. A step of which the host asks nothing can be captured as a CUDA graph;
one without double precision runs on MPS; half precision is exercised on the CPU.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from draggan_server.editing.methods.draggan.objective import Objective
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import drag_config
from stylegan2 import Geometry, places
from stylegan2.generator import Generator
from stylegan2.windows import WindowedFeatures
from tests.unit.stylegan2.generators import random_generator

GEOMETRY = Geometry(
    z_dim=4,
    w_dim=16,
    mapping_layers=2,
    img_resolution=(128, 64),
    channels=(16, 12, 12, 8, 6, 4),
    conv_clamp=256.0,
)
HALF = {torch.bfloat16: 2**-8, torch.float16: 2**-11}
"""Half the distance from 1 to the next number."""

SYNCHRONISING = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "is_nonzero", "equal")
HOST_READS = ("tolist", "item", "numpy", "cpu", "__bool__", "__int__", "__float__")


class Watch(TorchDispatchMode):
    """Notes the operations that a device would have to be waited for, and types that it lacks."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name in SYNCHRONISING:
            self.seen.append(name)
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else [result]:
            if isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float64:
                self.seen.append(f"{name} in double precision")
        self.count += 1
        return result


def problem_of(generator: Generator, masked: bool) -> DragProblem:
    w_plus = generator.mapping(torch.ones(1, generator.z_dim), truncation_psi=0.5)
    handles = torch.tensor([[20.0, 40.0], [0.0, 127.0], [50.0, 90.0]], dtype=torch.float64)
    mask = None
    if masked:
        mask = torch.zeros(generator.img_resolution)
        mask[30:] = 1
    config = drag_config("draggan", mask_term="layer")
    return DragProblem.check(generator, w_plus, handles, handles.roll(1, 0), mask, config)


@pytest.mark.parametrize("masked", [False, True])
def test_the_host_asks_nothing_of_a_step(masked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(random_generator(GEOMETRY, dtype=torch.float32), masked)
    objective = Objective(problem)
    free, handles = problem.w_plus[:, : problem.rows], problem.handle_points
    expected = objective.evaluate(free, handles, track=True)
    # On the CPU alone, where asking is cheap, windows are asked whether they lie on the map.
    monkeypatch.setattr(places.Windows, "_within", lambda windows, size: False)
    asked: list[str] = []
    for name in HOST_READS:
        monkeypatch.setattr(torch.Tensor, name, lambda *_, name=name: asked.append(name))
    with Watch() as watch:
        seen = objective.evaluate(free, handles, track=True)
    monkeypatch.undo()
    assert watch.count > 100
    assert watch.seen == []
    assert asked == []
    assert torch.equal(seen.handle_points, expected.handle_points)
    torch.testing.assert_close(seen.gradient, expected.gradient)


def test_a_state_is_one_transfer(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(random_generator(GEOMETRY, dtype=torch.float32), masked=False)
    reads: list[str] = []
    tolist = torch.Tensor.tolist
    monkeypatch.setattr(
        torch.Tensor, "tolist", lambda tensor: (reads.append("tolist"), tolist(tensor))[1]
    )
    with Watch() as watch:
        problem.state(0, problem.w_plus[:, :6], problem.handle_points, torch.tensor(1.0))
    assert watch.seen == []
    assert reads == ["tolist"]


@pytest.mark.parametrize("dtype", HALF)
def test_pictures_are_right_in_half_precision(dtype: torch.dtype) -> None:
    w_plus = random_generator(GEOMETRY).mapping(torch.ones(1, 4).double(), truncation_psi=0.5)
    exact = random_generator(GEOMETRY).synthesis(w_plus)
    half = random_generator(GEOMETRY).to(dtype).synthesis(w_plus.to(dtype))
    assert half.dtype == dtype
    # Errors of each of a dozen layers, of the size of rounding.
    assert (half.double() - exact).norm() < 12 * HALF[dtype] * exact.norm()


@pytest.mark.parametrize("dtype", HALF)
def test_windows_and_gradients_in_half_precision(dtype: torch.dtype) -> None:
    w_plus = random_generator(GEOMETRY).mapping(torch.ones(1, 4).double(), truncation_psi=0.5)
    first = torch.tensor([[20, 10], [-3, 50]])
    results = []
    for precision in (torch.float64, dtype):
        generator = random_generator(GEOMETRY).to(precision)
        latent = w_plus.to(precision)
        features = WindowedFeatures(generator, 128, latent, 6, size=(9, 9), count=2)
        forward = features.forward(latent[:, :6], first)
        gradient = features.vjp(forward, forward.values, first)
        assert forward.values.dtype == gradient.dtype == precision
        results.append((forward.values.double(), gradient.double()))
    for exact, half in zip(*results, strict=True):
        assert (half - exact).norm() < 30 * HALF[dtype] * exact.norm()


@pytest.mark.parametrize("dtype", HALF)
def test_the_clamp_holds_in_half_precision(dtype: torch.dtype) -> None:
    """It is what keeps float16 from overflowing."""
    geometry = dataclasses.replace(GEOMETRY, conv_clamp=0.5)
    generator = random_generator(geometry, dtype=dtype)
    w_plus = 100 * generator.mapping(torch.ones(1, 4, dtype=dtype))
    for resolution in geometry.resolutions:
        features = generator.features(w_plus, resolution)
        assert features.abs().max() == 0.5
    windows = WindowedFeatures(generator, 128, w_plus, 6, size=(9, 9))
    assert windows.forward(w_plus[:, :6], torch.tensor([[20, 10]])).values.abs().max() == 0.5
