"""What of a photo counts as the model's."""

from __future__ import annotations

import pytest
import torch

from draggan_server.bench.inversion.cases import Case, make_cases
from draggan_server.editing.inversion import inversion
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.inversion import EFFORTS, Effort, Inversion
from draggan_server.editing.inversion.ownership import LEAST, Ownership
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import World, prepared
from draggan_server.layer import homography
from stylegan2.generator import Generator

pytestmark = pytest.mark.slow

SIZE = (256, 256)
ODDS = (32, 32)
SAME = torch.eye(3, dtype=torch.float64)
ENCODER = homography.resized(ODDS, SIZE)


@pytest.fixture(scope="module")
def world(lion: Generator) -> World:
    *_, (_, world) = prepared(lion)
    return world


@pytest.fixture(scope="module")
def w_plus(world: World) -> torch.Tensor:
    return world.generator.draw(1, torch.Generator().manual_seed(77))


@pytest.fixture(scope="module")
def photo(world: World, w_plus: torch.Tensor) -> Photo:
    """The model's picture; its right quarter is in colours that are far from it."""
    with torch.no_grad():
        picture = (world.generator.synthesis(w_plus).clamp(-1, 1) + 1) / 2
    picture[..., 192:] = (picture[..., 192:] + 0.5) % 1
    return Photo(torch.cat([picture, torch.ones(1, 1, *SIZE)], dim=1), 3, SIZE)


def counts(photo: Photo) -> torch.Tensor:
    return photo.seen(SAME, SIZE)[1]


def everywhere(odds: float) -> torch.Tensor:
    return torch.full(ODDS, odds)


def test_what_is_doubtful_counts_by_half_or_hardly(photo: Photo) -> None:
    for odds, likely, sure in ((0.0, 0.5, 0.02), (2.0, 0.88, 0.5), (6.0, 1.0, 1.0)):
        own = Ownership(photo, everywhere(odds), ENCODER)
        assert float(counts(own.likely()).mean()) == pytest.approx(likely, abs=0.01)
        assert float(counts(own.sure()).mean()) == pytest.approx(sure, abs=0.01)
    none = Ownership(photo, everywhere(-50), ENCODER)
    assert float(counts(none.likely()).mean()) == pytest.approx(LEAST, abs=1e-3)
    assert none.share == pytest.approx(0, abs=1e-6)
    assert Ownership(photo, everywhere(2.0), ENCODER).share == pytest.approx(0.88, abs=0.01)


@pytest.mark.parametrize(
    ("odds", "met", "unmet"),
    [(0.0, (0.95, 1), (0, 0.1)), (8.0, (0.99, 1), (0.9, 1)), (-8.0, (0, 0.1), (0, 0.03))],
    ids=["open", "the model's", "another's"],
)
def test_what_a_picture_meets_decides_where_the_encoder_does_not(
    world: World,
    photo: Photo,
    w_plus: torch.Tensor,
    odds: float,
    met: tuple[float, float],
    unmet: tuple[float, float],
) -> None:
    own = Ownership(photo, everywhere(odds), ENCODER)
    shown = Explanation(SAME, Tone.none(3), w_plus)
    found = counts(own.after(world, shown, world.block_of(128), sure=False))
    assert met[0] <= float(found[20:-20, 20:170].mean()) <= met[1]
    assert unmet[0] <= float(found[20:-20, 210:-20].mean()) <= unmet[1]


@pytest.mark.parametrize(
    ("wide", "odds", "least", "most"),
    [(24, 1.5, 0.75, 0.85), (24, -3.0, 0, 0.1), (96, 1.5, 0, 0.4)],
    ids=["narrow", "narrow, another's", "wide"],
)
def test_a_narrow_gap_in_what_is_met_is_as_the_encoder_says_in_the_end(
    world: World, w_plus: torch.Tensor, wide: int, odds: float, least: float, most: float
) -> None:
    with torch.no_grad():
        picture = (world.generator.synthesis(w_plus).clamp(-1, 1) + 1) / 2
    gap = (slice(None), slice(None), slice(80, 80 + wide), slice(80, 80 + wide))
    picture[gap] = (picture[gap] + 0.5) % 1
    photo = Photo(torch.cat([picture, torch.ones(1, 1, *SIZE)], dim=1), 3, SIZE)
    own = Ownership(photo, everywhere(odds), ENCODER)
    shown = Explanation(SAME, Tone.none(3), w_plus)
    block = world.block_of(128)
    middle = (slice(80 + wide // 3, 80 + 2 * wide // 3),) * 2
    found = counts(own.after(world, shown, block, sure=False))[middle]
    assert least <= float(found.mean()) <= most
    assert float(counts(own.after(world, shown, block, sure=True))[middle].mean()) < 0.1


def test_what_the_encoder_did_not_see_is_open(
    world: World, photo: Photo, w_plus: torch.Tensor
) -> None:
    """It looked at the upper half only, and took that for another's."""
    upper = homography.resized((16, 32), (128, 256))
    own = Ownership(photo, torch.full((16, 32), -20.0), upper)
    shown = Explanation(SAME, Tone.none(3), w_plus)
    found = counts(own.after(world, shown, world.block_of(128), sure=False))
    assert float(found[:120, 20:170].max()) < 0.1
    assert float(found[140:, 20:170].mean()) > 0.95


def test_a_picture_that_lies_elsewhere_meets_nothing(
    world: World, photo: Photo, w_plus: torch.Tensor
) -> None:
    own = Ownership(photo, everywhere(0.0), ENCODER)
    frame = homography.unit_frame(SIZE)
    turned = torch.linalg.inv(frame) @ homography.similarity(angle=1.5) @ frame
    block = world.block_of(128)
    found = [
        counts(own.after(world, Explanation(m, Tone.none(3), w_plus), block, sure=True))
        for m in (SAME, turned)
    ]
    assert float(found[1].mean()) < 0.7 * float(found[0].mean())


@pytest.mark.parametrize("wary", [False, True])
def test_a_wary_fit_looks_again_after_each_part_and_lets_all_that_is_likely_count_in_the_end(
    world: World, photo: Photo, wary: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    after = Ownership.after

    def watched(
        self: Ownership, world: World, explanation: Explanation, block: int, *, sure: bool
    ) -> Photo:
        looks.append((world.size(block)[0], sure))
        return after(self, world, explanation, block, sure=sure)

    monkeypatch.setattr(Ownership, "after", watched)
    effort = Effort(1, 1, 1, 1, (1, 1), ((64, 1),), ((128, 1),), coarse=32, middle=32, wary=wary)
    monkeypatch.setitem(EFFORTS, "normal", effort)
    *_, last = Inversion(world, photo, "normal")
    assert last.share == pytest.approx(1)
    assert looks == ([(32, True), (32, True), (64, False)] if wary else [])


def case_of(world: World, kind: str) -> tuple[Case, Photo]:
    *_, case = make_cases(world.generator, kind, 2, 750001)
    region = torch.cat([case.region, torch.ones_like(case.region[:, :1])], dim=1)
    return case, Photo(region, 3, SIZE)


def test_before_another_background_fast_is_wary_and_places_to_a_pixel(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1.9 pixels off where it is not."""
    case, photo = case_of(world, "background")
    off = []
    for mostly in (inversion.MOSTLY, 0.0):
        monkeypatch.setattr(inversion, "MOSTLY", mostly)
        *_, last = Inversion(world, photo, "fast")
        assert last.share == pytest.approx(1)
        at = torch.tensor([[64, 64], [64, 192], [192, 64], [192, 192]], dtype=torch.float64)
        ways = (last.explanation.matrix, case.matrix)
        found, truth = (homography.apply(way, at) for way in ways)
        off.append(float((found - truth).norm(dim=1).mean()))
    assert off[0] < 1 < off[1]


def test_a_photo_with_a_hat_is_not_taken_for_one_before_another_background(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    monkeypatch.setattr(Ownership, "after", lambda *_, **__: looks.append(1))
    list(Inversion(world, case_of(world, "hat")[1], "fast"))
    assert not looks
