"""Eyes that a fit leaves half shut are opened by a leap; a photo of another thing stays one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from draggan_server.editing.inversion import inversion
from draggan_server.editing.inversion.explained import judge
from draggan_server.editing.inversion.joint_fit import Estimate, JointFit
from draggan_server.editing.inversion.leap import leaps
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.start import covering
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import World, prepared
from draggan_server.layer import homography
from draggan_server.layer.homography import Size
from draggan_server.wire.photo_record import in_the_world
from stylegan2.generator import Generator
from stylegan2.toy_lion.parameters import index

pytestmark = pytest.mark.slow

SIZE: Size = (256, 256)
SCALE = 0.3
DIRECTIONS = 3
OPEN, SHUT = 1.2, -2.5


@pytest.fixture(scope="module")
def world(lion: Generator) -> World:
    *_, (_, world) = prepared(lion)
    return world


def coordinates(world: World, eye: float) -> torch.Tensor:
    """Of a lion whose right eye is as open as that."""
    z = np.random.default_rng(2).standard_normal((1, world.generator.z_dim)).astype(np.float32)
    z[0, index("eye_r")] = eye
    with torch.no_grad():
        return world.coordinates_of(world.generator.mapping(torch.from_numpy(z))[:, 0])[0]


def photo_of(world: World, coordinates: torch.Tensor) -> Photo:
    with torch.no_grad():
        picture = world.generator.synthesis(world.w_plus(coordinates[None]))
    region = torch.cat([(picture.clamp(-1, 1) + 1) / 2, torch.ones(1, 1, *SIZE)], dim=1)
    return Photo(region, 3, SIZE)


def estimate(coordinates: torch.Tensor) -> Estimate:
    return Estimate(coordinates, covering(SIZE, SIZE), Tone.none(3))


def test_an_eye_that_small_steps_leave_half_shut_is_opened(world: World) -> None:
    photo, block = photo_of(world, coordinates(world, OPEN)), world.block_of(64)
    fit = JointFit(world, photo, block)
    stuck = fit.run(estimate(coordinates(world, SHUT)), 4, (SCALE, SCALE))
    tried = list(leaps(fit, stuck, SCALE, DIRECTIONS))
    assert 1 <= len(tried) <= DIRECTIONS
    left = [fit.unlike(one, SCALE) for one in (*tried, stuck)]
    assert left == sorted(left)
    change = (fit.look(tried[0]).picture - fit.look(stuck).picture).square().mean(dim=0)
    down, right = divmod(int(change.argmax()), change.shape[1])
    eye = change[down - 4 : down + 5, right - 6 : right + 7]
    assert float(eye.sum()) > 0.7 * float(change.sum())
    landed, on = (fit.run(begun, 2, (SCALE, SCALE)) for begun in (tried[0], stuck))
    assert fit.unlike(landed, SCALE) < 0.93 * fit.unlike(on, SCALE)


def test_where_all_is_met_a_leap_leads_back(world: World) -> None:
    """To the open eye, while one that is half shut is far from that."""
    fit = JointFit(world, photo_of(world, coordinates(world, OPEN)), world.block_of(64))
    met = fit.run(estimate(coordinates(world, OPEN)), 4, (SCALE, SCALE))

    def far(other: Estimate) -> float:
        return float((fit.look(other).picture - fit.look(met).picture).square().mean())

    landed = [fit.run(tried, 2, (SCALE, SCALE)) for tried in list(leaps(fit, met, SCALE, 3))]
    shut = far(estimate(coordinates(world, SHUT)))
    assert all(far(one) < 0.1 * shut for one in landed)


def test_where_a_fit_has_ended_is_not_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photo_of(world, coordinates(world, OPEN))
    fit = JointFit(world, photo, world.block_of(64))
    ended = fit.run(estimate(coordinates(world, SHUT)), 2, (SCALE, SCALE))
    left = JointFit(world, photo, world.block_of(64)).unlike(ended, SCALE)
    monkeypatch.setattr(World, "picture", None)  # none can be made any more
    assert fit.unlike(ended, SCALE) == left


@pytest.fixture(scope="module")
def waves() -> Photo:
    """A photo of another thing."""
    y, x = np.mgrid[:60, :90]
    waves = np.stack([np.sin(x / 9), np.cos(y / 8), np.sin((x + y) / 7)])
    region = torch.from_numpy(0.5 + 0.35 * waves).float()[None]
    return Photo(torch.cat([region, torch.ones_like(region[:, :1])], dim=1), 3, SIZE)


@pytest.mark.parametrize("quality", ["fast", "normal"])
def test_the_picture_does_not_shrink_until_it_meets_another_thing(
    world: World, waves: Photo, quality: str
) -> None:
    begins, *_, ends = inversion.Inversion(world, waves, quality)
    scales = [homography.scale_at(one.explanation.matrix, (128, 128)) for one in (begins, ends)]
    assert scales[1] > 0.6 * scales[0]
    judged = judge(world, waves, ends.explanation)
    assert not in_the_world(judged.share, judged.likeness)


def test_a_photo_of_another_thing_is_not_leapt_at(
    world: World, waves: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def none(fit: JointFit, start: Estimate, scale: float, directions: int) -> list[Estimate]:
        asked.append(fit.unlike(start, scale))
        return []

    monkeypatch.setattr(inversion, "leaps", none)
    monkeypatch.setattr(inversion, "MOSTLY", 0.0)  # as if it were the model's
    list(inversion.Inversion(world, waves, "fast"))
    assert not asked
    monkeypatch.setattr(inversion, "OTHER", 1.0)
    list(inversion.Inversion(world, waves, "fast"))
    assert asked[0] > 0.2
