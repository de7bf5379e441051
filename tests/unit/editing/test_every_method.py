"""What holds for every method: it repeats, its state can be kept at any step, no edge breaks it."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from draggan_server.editing import DragStep, drag
from draggan_server.editing.edit import DragRun, picture
from draggan_server.editing.methods import METHODS
from draggan_server.wire.drag_config import MASK_TERMS, drag_config, options_of
from draggan_server.wire.drag_config import METHODS as METHOD_NAMES
from draggan_server.wire.messages import StartDrag
from draggan_server.wire.state import EditState
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN, HANDLE, TARGET, below_the_eyes
from tests.unit.stylegan2.generators import random_generator

SMALL = Geometry(
    z_dim=4,
    w_dim=6,
    mapping_layers=1,
    img_resolution=(64, 32),
    channels=(5, 4, 3, 3, 3),
    conv_clamp=256.0,
)

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("method", METHODS)]


@functools.lru_cache
def small_generator(blocks: int = len(SMALL.channels)) -> Generator:
    """The first blocks of a small random one."""
    side = (4 << (blocks - 1), 2 << (blocks - 1))
    geometry = dataclasses.replace(SMALL, img_resolution=side, channels=SMALL.channels[:blocks])
    return random_generator(geometry, 3, dtype=torch.float32)


def first_steps(
    generator: Generator,
    method: str,
    handles: list[list[float]],
    targets: list[list[float]],
    mask: torch.Tensor | None = None,
    steps: int = 3,
    mask_term: str | None = None,
) -> list[DragStep]:
    """At most so many, each of them sound."""
    w_plus = generator.mapping(torch.ones(1, generator.z_dim), truncation_psi=0.5)
    terms = {} if mask_term is None else {"mask_term": mask_term}
    config = drag_config(method=method, max_steps=steps, **terms)
    handle_points, target_points = (torch.tensor(points) for points in (handles, targets))
    seen = list(drag(generator, w_plus, handle_points, target_points, mask, config))
    assert torch.equal(seen[0].w_plus, w_plus)
    height, width = generator.img_resolution
    last_pixel = torch.tensor([width - 1.0, height - 1.0])
    inside = target_points.clamp(min=torch.zeros(2), max=last_pixel)
    for number, step in enumerate(seen):
        assert step.step == number
        assert step.w_plus.isfinite().all()
        assert (step.handle_points >= 0).all()
        assert (step.handle_points <= last_pixel).all()
        distances = (step.handle_points - inside).norm(dim=1)
        assert step.distances == pytest.approx(distances.tolist(), abs=1e-4)
    return seen


@pytest.mark.parametrize("masked", [False, True])
def test_the_same_drag_gives_the_same_steps(
    lion: Generator, w_plus: torch.Tensor, method: str, masked: bool
) -> None:
    mask = below_the_eyes() if masked else None
    config = drag_config(method=method, max_steps=4)
    once, again = (drag(lion, w_plus, CHIN, DOWN, mask, config) for _ in range(2))
    count = 0
    for step, other in zip(once, again, strict=True):
        assert torch.equal(step.w_plus, other.w_plus)
        assert torch.equal(step.handle_points, other.handle_points)
        assert (step.loss, step.distances) == (other.loss, other.distances)
        count += 1
    assert count > 1


def test_a_point_that_is_at_its_target_is_held(
    lion: Generator, w_plus: torch.Tensor, method: str
) -> None:
    """Between the eyes, which go down with the chin otherwise."""
    pinned = torch.tensor([[118.0, 120.0]])

    def changed(*held: torch.Tensor) -> float:
        """Mean square of what the drag changes there."""
        handles, targets = (torch.cat((one, *held)) for one in (CHIN, DOWN))
        config = drag_config(method=method, max_steps=40)
        *_, last = drag(lion, w_plus, handles, targets, None, config)
        with torch.no_grad():
            before, after = (
                lion.synthesis(w)[0, :, 112:129, 110:127] for w in (w_plus, last.w_plus)
            )
        return float((after - before).square().mean())

    assert changed(pinned) < 0.2 * changed()


def test_the_state_of_any_step_can_be_kept(lion: Generator, state: EditState, method: str) -> None:
    request = StartDrag(
        "edit", 0, (HANDLE,), (TARGET,), config=drag_config(method=method, max_steps=3)
    )
    whole = DragRun(lion, state, request)
    kept = [(progress, whole.finish("test")) for progress in whole]
    assert len(kept) > 1
    for progress, outcome in kept:
        # As if the drag had been ended there.
        cut = DragRun(lion, state, request)
        *_, last = itertools.islice(cut, progress.step + 1)
        assert last == progress
        assert cut.finish("stopped") == outcome
        assert outcome.mean_distance == progress.mean_distance
        # And a document that keeps it shows the same tomorrow.
        opened = EditState.from_json(outcome.state.to_json())
        shown, expected = (
            np.frombuffer(p.data, np.uint8) for p in (picture(lion, opened), outcome.layer)
        )
        assert np.abs(shown.astype(int) - expected).max() <= 2


def test_a_preview_rendered_meanwhile_changes_nothing(
    lion: Generator, state: EditState, method: str
) -> None:
    request = StartDrag(
        "edit", 0, (HANDLE,), (TARGET,), config=drag_config(method=method, max_steps=3)
    )
    alone = DragRun(lion, state, request)
    expected = [(progress, alone.snapshot()()) for progress in alone]
    run, previews = DragRun(lion, state, request), []
    with ThreadPoolExecutor(1) as thread:
        seen = []
        for progress in run:
            seen.append(progress)
            previews.append(thread.submit(run.snapshot()))
    assert seen == [progress for progress, _ in expected]
    assert [preview.result() for preview in previews] == [preview for _, preview in expected]
    assert run.finish("test") == alone.finish("test")


@pytest.mark.parametrize("mask_term", ["no mask", *MASK_TERMS])
@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_a_model_of_any_size(method: str, blocks: int, mask_term: str) -> None:
    """Down to 4 x 2 pixels: fewer rows than are optimised, no block of 128."""
    generator = small_generator(blocks)
    side = generator.img_resolution
    mask = None
    if mask_term != "no mask":
        mask = torch.zeros(side)
        mask[side[0] // 2 :] = 1
    handles, targets = [[0.4, side[0] - 1.2]], [[side[1] - 1.0, 0.6]]
    chosen = mask_term if mask is not None and "mask_term" in options_of(method) else None
    seen = first_steps(generator, method, handles, targets, mask, mask_term=chosen)
    if not seen[-1].stalled:
        assert (seen[-1].w_plus != seen[0].w_plus).any()


EDGES = {
    "every corner": (
        [[0.0, 0.0], [31.0, 0.0], [0.0, 63.0], [31.0, 63.0]],
        [[9.0, 9.0], [20.0, 9.0], [9.0, 50.0], [20.0, 50.0]],
    ),
    "the border's very edge": ([[-0.5, -0.5], [31.5, 63.5]], [[31.5, -0.5], [-0.5, 63.5]]),
    "from corner to corner": ([[0.0, 0.0]], [[31.0, 63.0]]),
    "two on one pixel, apart": ([[15.0, 30.0], [15.0, 30.0]], [[5.0, 30.0], [25.0, 30.0]]),
    "two on one pixel, together": ([[15.0, 30.0], [15.0, 30.0]], [[5.0, 30.0], [5.0, 30.0]]),
    "two that change places": ([[10.0, 30.0], [20.0, 30.0]], [[20.0, 30.0], [10.0, 30.0]]),
    "one there already, nearly": ([[10.0, 30.0], [20.0, 30.0]], [[10.1, 30.0], [26.0, 40.0]]),
    "a hundred": (
        [[float(k % 10 * 3), float(k // 10 * 6)] for k in range(100)],
        [[float(k % 10 * 3 + 1), float(k // 10 * 6 + 3)] for k in range(100)],
    ),
}


@pytest.mark.parametrize("edge", EDGES)
def test_points_at_the_edge_of_what_can_be(method: str, edge: str) -> None:
    generator = small_generator()
    handles, targets = EDGES[edge]
    first_steps(generator, method, handles, targets)


def test_the_configuration_offers_it(method: str) -> None:
    assert method in METHOD_NAMES
    assert set(METHODS) == set(METHOD_NAMES)
