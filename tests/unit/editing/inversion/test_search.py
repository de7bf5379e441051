"""Where a subject is found that does not fill its region."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from draggan_server.bench.inversion.cases import SMALL, Case, make_cases
from draggan_server.editing.inversion.photo import CLOSEST, FINER, Photo
from draggan_server.editing.inversion.search import FOUND, Search
from draggan_server.editing.inversion.start import covering
from draggan_server.editing.inversion.world import Interrupted, World, prepared
from draggan_server.layer import homography, warping
from stylegan2.generator import Generator

pytestmark = pytest.mark.slow

SIZE = (256, 256)


@pytest.fixture(scope="module")
def world(lion: Generator) -> World:
    *_, (_, world) = prepared(lion)
    return world


def photo_of(case: Case) -> Photo:
    return Photo(torch.cat([case.region, torch.ones_like(case.region[:, :1])], dim=1), 3, SIZE)


def search(world: World, photo: Photo) -> tuple[torch.Tensor, bool]:
    """The placement, and whether it is the plain one."""
    assert world.encoder is not None
    plain = covering(SIZE, photo.size)
    found = Search(world, world.encoder, photo).placed(plain)
    return found, found is plain


def misplaced(found: torch.Tensor, case: Case) -> float:
    """At the corners of the middle half, in the picture's pixels."""
    points = torch.tensor([[64.0, 64], [191, 64], [64, 191], [191, 191]], dtype=torch.float64)
    apart = homography.apply(found, points) - homography.apply(case.matrix, points)
    return float(apart.norm(dim=1).mean()) / homography.scale_at(case.matrix, (128, 128))


@pytest.fixture(scope="module")
def small(lion: Generator) -> list[Case]:
    """In a quarter to 60% of the side."""
    return list(make_cases(lion, "small", len(SMALL), 5))


@pytest.mark.parametrize("number", range(len(SMALL)))
def test_a_small_subject_is_found(world: World, small: list[Case], number: int) -> None:
    found, plain = search(world, photo_of(small[number]))
    assert not plain
    assert misplaced(found, small[number]) < 12
    assert misplaced(covering(SIZE, small[number].region.shape[2:]), small[number]) > 40


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_subject_in_a_long_region_is_found(
    world: World, small: list[Case], number: int, upright: bool
) -> None:
    """Of 640 pixels, which the subject fills the other way, wherever it lies."""
    case = small[number]
    axis = 0 if upright else 1
    side = homography.scale_at(case.matrix, (128, 128)) * SIZE[0]
    middle = homography.apply(case.matrix, torch.tensor([[127.5, 127.5]], dtype=torch.float64))[0]
    first = max(0, round(float(middle[axis]) - 0.55 * side))
    part = case.region.narrow(3 - axis, first, min(round(1.1 * side), 640 - first))
    move = torch.eye(3, dtype=torch.float64)
    move[axis, 2] = -first
    cut = replace(case, region=part, matrix=move @ case.matrix)
    assert max(part.shape[2:]) > 2.4 * min(part.shape[2:])
    found, plain = search(world, photo_of(cut))
    assert not plain
    assert misplaced(found, cut) < 16  # before any fit


@pytest.mark.parametrize("number", [0, 1, 2])
def test_lines_tell_a_subject_from_what_is_about_it(
    world: World, small: list[Case], number: int
) -> None:
    """Where it lies, and beside it."""
    case = small[number]
    assert world.encoder is not None
    looked = Search(world, world.encoder, photo_of(case))
    side = 1.2 * homography.scale_at(case.matrix, (128, 128)) * SIZE[0]
    ways = [case.matrix]
    for across, down in itertools.product((-side, 0, side), repeat=2):
        move = torch.eye(3, dtype=torch.float64)
        move[0, 2], move[1, 2] = across, down
        middle = homography.apply(move @ case.matrix, torch.tensor([[128.0, 128]]).double())[0]
        if (across or down) and bool(((middle > 60) & (middle < 580)).all()):
            ways.append(move @ case.matrix)
    with torch.no_grad():
        alike = looked._finely_alike(looked._look(ways), ways)
    assert len(ways) > 1
    assert float(alike[0]) > FOUND > float(alike[1:].max())


def test_nothing_is_found_in_waves(world: World) -> None:
    y, x = np.mgrid[:300, :400] / 2.5
    waves = np.stack([np.sin(x / 9), np.cos(y / 8), np.sin((x + y) / 7)])
    region = torch.from_numpy(0.5 + 0.35 * waves).float()[None]
    photo = Photo(torch.cat([region, torch.ones_like(region[:, :1])], dim=1), 3, SIZE)
    assert search(world, photo)[1]


@pytest.mark.parametrize("kind", ["unseen", "background", "hat", "perspective"])
def test_a_subject_that_fills_the_region_is_not_looked_for(
    world: World, lion: Generator, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked(*_: object) -> None:
        pytest.fail("looked for in windows")

    monkeypatch.setattr(Search, "_windows", looked)
    for case in make_cases(lion, kind, 3, 2):
        assert search(world, photo_of(case))[1]


def test_a_search_that_is_interrupted_ends(world: World, small: list[Case]) -> None:
    for last in (1, 3, 8):
        asked = 0

        def interrupted(last: int = last) -> bool:
            nonlocal asked
            asked += 1
            return asked >= last

        with pytest.raises(Interrupted):
            search(world.interruptible(interrupted), photo_of(small[0]))
        assert asked == last


def test_a_photo_looked_at_closer_is_the_same_and_finer() -> None:
    """A region 8 times as large as the picture, of which that covers a quarter of the side."""
    side = 8 * SIZE[0] // 4
    picture = (SIZE[0] // 4, SIZE[1] // 4)
    wave = (torch.arange(side) / 3).sin() / 2 + 0.5
    region = (wave[:, None] * wave[None, :]).expand(1, 3, side, side)
    photo = Photo(torch.cat([region, torch.ones(1, 1, side, side)], dim=1), 3, picture)
    move = homography.similarity(angle=0.2, scale=0.25, shift=(0.3, -0.4))
    back = torch.linalg.inv(homography.unit_frame((side, side)))
    matrix = back @ move @ homography.unit_frame(picture)
    truth = warping.warp(region * 2 - 1, matrix, picture)[0]
    closer = photo.closer(matrix, picture)
    (colours, seen), (coarse, _) = (one.seen(matrix, picture) for one in (closer, photo))
    assert float(seen.min()) > 0.999

    def error(image: torch.Tensor) -> float:
        return float((image - truth).square().mean())

    assert error(colours) < 0.1 * error(coarse)
    within = homography.similarity(scale=0.5) @ homography.unit_frame((8, 8))
    place = matrix @ torch.linalg.inv(homography.unit_frame(picture)) @ within
    share = closer.of_which(torch.zeros(8, 8), place)
    _, counts = share.seen(matrix, picture)
    assert float(counts[24:40, 24:40].max()) < 0.05
    assert float(counts[:8].min()) > 0.95


def test_no_more_of_a_large_region_is_kept_than_a_search_may_ask_for() -> None:
    photo = Photo(torch.ones(1, 4, 900, 30), 3, (16, 16))
    matrix = homography.resized((16, 16), (900, 30))
    closer = photo.closer(matrix, (16, 16))
    for one in (photo, closer):
        colours, seen = one.seen(matrix, (16, 16))
        torch.testing.assert_close(colours, torch.ones(3, 16, 16))
        assert float(seen.min()) > 0.999
    rows, columns = photo._closest.shape[2:]
    assert rows * columns <= (CLOSEST * FINER * 16) ** 2 < (rows + 6) * (columns + 1)
