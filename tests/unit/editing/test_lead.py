"""How much ahead of what looks like it a spot of the surface is."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from draggan_server.editing.features.levels import levels, near_levels
from draggan_server.editing.methods.newton import handle_tracker, patches
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.handle_tracker import HandleTracker
from draggan_server.editing.methods.newton.lead import (
    DETAILED,
    FARTHER,
    LITTLE,
    MOST,
    SHARE,
    STEEP,
    Lead,
    by_coarse,
    drift,
)
from draggan_server.editing.methods.newton.moves import Moves
from draggan_server.editing.preparation.feature_statistics import FeatureStatistics
from draggan_server.editing.problem import DragProblem
from draggan_server.wire.drag_config import drag_config
from stylegan2 import Geometry
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters
from tests.unit.editing.lion import CHIN, DOWN
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

STARTS = torch.tensor([[20.0, 30.0], [40.0, 50.0]])
STILL = torch.zeros(2, 2)


def random_problem(size: tuple[int, int], layers: int, masked: bool) -> DragProblem:
    scale = 1 << (layers - 1)
    geometry = Geometry(
        z_dim=3,
        w_dim=4,
        mapping_layers=1,
        img_resolution=(size[0] * scale, size[1] * scale),
        channels=(6, 5, 4)[:layers],
    )
    generator = random_generator(geometry, 1)
    start = torch.tensor([[0.5, 0.5]], dtype=torch.float64)
    problem = DragProblem.check(
        generator,
        generator.draw(1, torch.Generator().manual_seed(1)),
        start,
        start + 0.5,
        None,
        drag_config(),
    )
    if masked:
        mask = torch.zeros(generator.img_resolution, dtype=torch.float64)
        problem = dataclasses.replace(problem, movable_mask=mask, rows=2)
    return problem


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size", [(4, 4), (8, 4)])
def test_the_picture_moves_by_what_fits_its_change_best(
    size: tuple[int, int], masked: bool
) -> None:
    problem = random_problem(size, 3, masked)
    generator, moves = problem.generator, Moves(problem)
    random = torch.Generator().manual_seed(2)
    x = 1e-5 * torch.randn(moves.size, generator=random, dtype=torch.float64)

    def cells(x: torch.Tensor) -> torch.Tensor:
        w_plus = torch.cat([moves.apply(x), problem.w_plus[:, moves.rows :]], dim=1)
        return generator.features(w_plus, generator.geometry.resolutions[1])[0]

    here, change = cells(torch.zeros_like(x)), cells(x) - cells(-x)
    down, across = torch.gradient(here, dim=(1, 2))
    # f(p - t) = f(p) - slope t, on the cells that have neighbours on all sides.
    slope = torch.stack([across, down], dim=-1)[:, 1:-1, 1:-1].reshape(-1, 2)
    moved = torch.linalg.lstsq(slope, -change[:, 1:-1, 1:-1].reshape(-1, 1) / 2).solution[:, 0]
    scale = max(generator.img_resolution) / max(here.shape[1:])
    # The tolerance is the ridge's share.
    torch.testing.assert_close(drift(problem, moves) @ x, moved * scale, rtol=0.05, atol=1e-9)


@pytest.mark.parametrize(("size", "layers"), [((2, 4), 1), ((4, 4), 1), ((2, 4), 2)])
def test_small_pictures_have_a_drift(size: tuple[int, int], layers: int) -> None:
    problem = random_problem(size, layers, masked=False)
    assert bool(drift(problem, Moves(problem)).isfinite().all())


def test_what_goes_with_the_front_is_ahead_and_what_goes_against_it_behind() -> None:
    moved = torch.tensor([[10.0, 0.0], [-10.0, 0.0]])
    lead = Lead.of_moves(STARTS, moved, torch.tensor([2.0, 3.0]), STILL)
    torch.testing.assert_close(lead.over, SHARE * torch.tensor([0.2, -0.2]))
    spots = lead.spots(STARTS + moved)
    assert bool(((spots - STARTS).norm(dim=1) > 10).tolist() == [True, False])
    torch.testing.assert_close(lead.seen(spots), STARTS + moved)
    torch.testing.assert_close(lead.spots(STARTS), STARTS)


def test_it_is_a_small_part_of_the_way() -> None:
    moved = torch.tensor([[0.1, 0.0], [0.0, 0.0]])
    lead = Lead.of_moves(STARTS, moved, torch.tensor([20.0, 0.0]), STILL)
    assert lead.over.tolist() == [pytest.approx(MOST), 0.0]
    nothing = Lead.of_nothing(STARTS)
    torch.testing.assert_close(nothing.spots(STARTS + 5), STARTS + 5)


@pytest.mark.parametrize(
    ("way", "more"),
    [(38, 1.0), (39, FARTHER), (51.2, FARTHER), (64, (1 + FARTHER) / 2), (76.8, 1.0), (150, 1.0)],
)
def test_what_just_goes_far_is_farther_ahead(
    lion: Generator, w_plus: torch.Tensor, way: float, more: float
) -> None:
    handles = torch.tensor([[40.0, 120.0], [60.0, 60.0]])
    targets = handles + torch.tensor([[way, 0.0], [0.0, 5.0]])
    problem = DragProblem.check(lion, w_plus, handles, targets, None, drag_config())
    assert by_coarse(problem) == pytest.approx(more, abs=1e-3)
    moved, front = torch.tensor([[10.0, 0.0], [-10.0, 0.0]]), torch.tensor([2.0, 0.0])
    near = Lead.of_moves(STARTS, moved, front, STILL)
    torch.testing.assert_close(
        Lead.of_moves(STARTS, moved, front, STILL, more).over, more * near.over
    )


def test_what_shows_much_is_where_it_is_seen() -> None:
    moved, front = torch.tensor([[10.0, 0.0], [-10.0, 0.0]]), torch.tensor([2.0, 0.0])
    before, behind = Lead.of_moves(STARTS, moved, front, STILL).over.tolist()
    for detail, share in ((0.0, 1.0), (DETAILED, 0.5), (2 * DETAILED, 1 / (1 + 2**STEEP))):
        shown = torch.full((2,), detail)
        lead = Lead.of_moves(STARTS, moved, front, STILL, detail=shown)
        torch.testing.assert_close(lead.over, torch.tensor([LITTLE * share * before, behind]))


def test_detail_is_what_changes_along_the_way(lion: Generator, w_plus: torch.Tensor) -> None:
    handles = torch.cat([CHIN, CHIN - 60])
    problem = DragProblem.check(lion, w_plus, handles, handles + 5, None, drag_config())
    every = near_levels(lion, problem.config)
    view = handle_tracker.sight(problem, every, rows=lion.num_ws).at(w_plus, handles)
    tracker = HandleTracker(problem, every, view)
    cell = 256 / every[-1].resolution
    for way in (torch.tensor([3.0, 0.0]), torch.tensor([0.0, -7.0]), torch.tensor([2.0, 2.0])):
        aside = cell / 4 * way / way.norm()
        unlike = sum(tracker.misfit(view, handles + sign * aside) for sign in (-1, 1)) / 2
        detail = tracker.detail(way.expand(2, 2))
        assert detail is not None
        torch.testing.assert_close(detail, 16 * len(every) * unlike, rtol=0.3, atol=0)
    still = tracker.detail(torch.zeros(2, 2))
    assert still is not None
    assert still.tolist() == [0.0, 0.0]


def test_an_eye_is_less_ahead_than_the_nose_in_a_near_drag(lion: Generator) -> None:
    z = torch.randn(1, lion.z_dim, generator=torch.Generator().manual_seed(6))
    marks = [landmarks.NAMES.index(name) for name in ("nose", "eye_l_outer", "eye_r_outer")]
    found = landmarks.find_landmarks(parameters.from_latent(z), 256).points[0, marks]
    handles = torch.from_numpy(found).float()
    targets = handles + torch.tensor([10.0, 0.0])
    near, usual = [], []
    for k in range(3):
        problem = DragProblem.check(
            lion, lion.mapping(z), handles[[k]], targets[[k]], None, drag_config()
        )
        for over, every in ((near, near_levels), (usual, levels)):
            search = Approach(problem, 0.75, every(lion, problem.config))
            search.look_ahead()
            over.append(float(search._lead.over))
    assert near[0] > MOST / 2
    assert max(near[1:]) < 0.6 * near[0]
    assert min(usual) > MOST / 2


def search_of(lion: Generator, w_plus: torch.Tensor, handles: torch.Tensor) -> Approach:
    problem = DragProblem.check(lion, w_plus, handles, handles, None, drag_config(), live=True)
    return Approach(problem, 0.2, levels(lion, problem.config))


@pytest.mark.parametrize("seed", [4, 5])
@pytest.mark.parametrize("turn", [-1.0, 1.0])
@pytest.mark.parametrize("nod", [-1.5, 1.5])
def test_a_turn_takes_what_is_before_the_axis_and_what_is_behind_it_apart(
    lion: Generator, seed: int, turn: float, nod: float
) -> None:
    """The spike over the forehead is behind the axis where the lion looks up, before it where it
    looks down."""
    z = torch.randn(1, lion.z_dim, generator=torch.Generator().manual_seed(seed))
    values = {"yaw": turn, "pitch": nod, "mane": 1.5}
    z[0, [parameters.index(name) for name in values]] = torch.tensor(list(values.values()))
    turned = z.clone()
    turned[0, parameters.index("yaw")] = -turn
    for name, before in (("nose", True), ("mane_top", nod > 0)):
        handle, target = (
            torch.from_numpy(
                landmarks.find_landmarks(parameters.from_latent(each), 256).points
            ).float()[0, [landmarks.NAMES.index(name)]]
            for each in (z, turned)
        )
        search = search_of(lion, lion.mapping(z), handle)
        search.aim(target)
        search.look_ahead()
        over = float(search._lead.over)
        assert over > MOST / 2 if before else over < -MOST / 2


def test_the_lead_is_of_the_way_to_the_targets_of_now(
    lion: Generator, w_plus: torch.Tensor
) -> None:
    straight, round_about = (search_of(lion, w_plus, CHIN) for _ in range(2))
    round_about.aim(CHIN + torch.tensor([[30.0, -10.0]]))
    round_about.advance()
    aside = round_about._lead.over
    for search in (straight, round_about):
        search.aim(DOWN)
        search.look_ahead()
    assert torch.equal(straight._lead.over, round_about._lead.over)
    assert not torch.equal(aside, round_about._lead.over)


def test_handles_kept_are_as_much_ahead_as_before(lion: Generator, w_plus: torch.Tensor) -> None:
    search = search_of(lion, w_plus, CHIN)
    search.aim(DOWN)
    for _ in range(3):
        search.advance()
    before, lead = search.standing, search._lead.over
    assert float(lead.abs()) > 0
    search.regrip([0, None], torch.cat([CHIN, CHIN - 60]))
    torch.testing.assert_close(search.standing.handle_points[:1], before.handle_points)
    torch.testing.assert_close(search._lead.over, torch.cat([lead, torch.zeros(1)]))


def test_along_an_edge_a_handle_is_where_it_is_expected(
    lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_known(generator: Generator, block: int) -> FeatureStatistics:
        channels = generator.geometry.channels[generator.geometry.block_index(block)]
        return FeatureStatistics(torch.zeros(1, block, block, channels), torch.ones(channels))

    monkeypatch.setattr(patches, "feature_statistics", nothing_known)
    problem = DragProblem.check(lion, w_plus, CHIN, DOWN, None, drag_config())
    every = levels(lion, problem.config)
    view = handle_tracker.sight(problem, every, rows=lion.num_ws).at(w_plus, CHIN)
    # Nothing changes from left to right.
    view.fields = [
        field.of(field.values.mean(dim=2, keepdim=True).expand_as(field.values))
        for field in view.fields
    ]
    expected = CHIN + torch.tensor([[6.0, 2.0]])
    found, _ = HandleTracker(problem, every, view).find(view, expected)
    torch.testing.assert_close(found[:, 0], expected[:, 0], rtol=0, atol=0.5)
    torch.testing.assert_close(found[:, 1], CHIN[:, 1], rtol=0, atol=0.5)
