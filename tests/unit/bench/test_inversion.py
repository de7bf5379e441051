"""The bench of inversions: its cases, and a small run of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from draggan_server.bench.inversion.cases import (
    LONG,
    LONG_SIDE,
    PHOTO_SIDE,
    SMALL,
    SMALL_SIDE,
    make_cases,
)
from draggan_server.bench.inversion.measure import make_world
from draggan_server.bench.inversion.projection import project
from draggan_server.bench.inversion.pti import tuned
from draggan_server.bench.inversion.record import Record
from draggan_server.bench.inversion.report import run_inversion, table
from draggan_server.bench.words import INVERSIONS, PHOTO_KINDS
from draggan_server.cli.bench import bench
from draggan_server.editing.inversion.photo import Photo
from draggan_server.layer import homography, warping
from draggan_server.models import zoo
from draggan_server.models.loading import load_generator
from stylegan2.generator import Generator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lion() -> Generator:
    return load_generator("toy-lion")


def test_cases_are_the_same_for_the_same_seed(lion: Generator) -> None:
    for kind in PHOTO_KINDS:
        (one,), (same,), (other,) = (list(make_cases(lion, kind, 1, seed)) for seed in (0, 0, 1))
        assert torch.equal(one.region, same.region)
        assert not torch.equal(one.region, other.region)


def test_a_photo_has_what_its_kind_says_and_nothing_else(lion: Generator) -> None:
    """Against the bare rendering of the same lion: what changes, and where."""
    kinds = ("grain", "jpeg", "tint", "vignette", "blur", "placed", "hat", "background")
    cases = {kind: next(iter(make_cases(lion, kind, 1, 3))) for kind in kinds}
    bare = cases["grain"].clean
    inner = (slice(None), slice(None), slice(8, -8), slice(8, -8))

    def off(image: torch.Tensor) -> float:
        return float((image - bare)[inner].abs().mean())

    for kind in ("grain", "jpeg"):
        assert torch.equal(cases[kind].clean, bare)
        assert 0.002 < off(cases[kind].region) < 0.03
    for kind in ("tint", "vignette", "blur"):
        assert torch.equal(cases[kind].clean, cases[kind].region)
        assert 0.001 < off(cases[kind].clean) < 0.15
    tinted = cases["tint"].clean
    for channel in range(3):
        seen = (bare[0, channel] > 0.2) & (tinted[0, channel] < 1)
        ratio = tinted[0, channel][seen] / bare[0, channel][seen]
        assert float(ratio.std()) < 1e-3
    for kind in kinds:
        moved = not torch.equal(cases[kind].matrix, cases["grain"].matrix)
        assert moved == (kind in ("placed", "hat", "background"))
    judged = {kind: float(case.judged.mean()) for kind, case in cases.items()}
    assert judged["background"] < 0.7 < judged["hat"] < judged["grain"]


def test_a_photo_lies_where_it_says(lion: Generator) -> None:
    """A photo without hat or other background is the model's picture there, but for its tone."""
    case = list(make_cases(lion, "photo", 2))[1]
    assert case.region.shape == (1, 3, PHOTO_SIDE, PHOTO_SIDE)
    with torch.no_grad():
        picture = (lion.synthesis(case.w_plus) + 1) / 2
    size = (PHOTO_SIDE, PHOTO_SIDE)
    shown = warping.warp(picture, torch.linalg.inv(case.matrix), size)

    def error(image: torch.Tensor) -> float:
        gray = [part.mean(dim=1)[case.judged[:, 0] > 0] for part in (image, case.clean)]
        return float(1 - torch.corrcoef(torch.stack(gray))[0, 1])

    assert error(shown) < 0.1
    assert error(shown) < 0.25 * error(shown.roll(16, dims=3))


def test_small_subjects_those_in_long_photos_and_seen_from_aside_lie_as_they_say(
    lion: Generator,
) -> None:
    for number, case in enumerate(make_cases(lion, "small", len(SMALL))):
        assert f"{SMALL[number]:.0%}" in case.name
        corners = torch.tensor([(0.0, 0), (255, 0), (0, 255), (255, 255)], dtype=torch.float64)
        at = homography.apply(case.matrix, corners)
        wide = (at[1] - at[0]).norm() / (SMALL_SIDE * 255 / 256)
        assert float(wide) == pytest.approx(SMALL[number], abs=1e-6)
        assert case.region.shape == (1, 3, SMALL_SIDE, SMALL_SIDE)
        assert 0.1 * SMALL[number] ** 2 < float(case.judged.mean()) < SMALL[number] ** 2
    for number, case in enumerate(make_cases(lion, "long", len(LONG))):
        height, width = case.region.shape[2:]
        sides = (width, height) if number % 2 == 0 else (height, width)
        assert sides == (round(LONG_SIDE * LONG[number]), LONG_SIDE)
        middle = homography.apply(case.matrix, torch.tensor([[127.5, 127.5]], dtype=torch.float64))
        assert (middle > 0).all()
        assert (middle < torch.tensor([[width, height]])).all()
        assert 0.02 / LONG[number] < float(case.judged.mean()) < 1 / LONG[number]
    for case in make_cases(lion, "perspective", 3):
        tilt = homography.normalised(case.matrix)[2, :2] * PHOTO_SIDE
        assert 0.01 < float(tilt.norm()) < 0.5


def test_a_run_writes_figures_and_sheets(lion: Generator, tmp_path: Path) -> None:
    text = run_inversion(make_world(lion), ("own",), ("fast",), 1, 0, tmp_path)
    (record,) = json.loads((tmp_path / "inversion.json").read_text())["records"]
    assert (record["kind"], record["method"]) == ("own", "fast")
    assert record["psnr"] > 15
    assert 0 <= record["explained"] <= 1
    assert 0 < record["left_true"] < 20
    assert 0 < record["left"] < 60
    assert f"{record['left_true']:.2f}" in text
    assert f"{record['psnr']:.1f}" in text
    assert f"| {int(record['misplaced'] > 1)} of 1 |" in text
    assert f"own-0 {record['psnr']:.1f} | own-0 {record['misplaced']:.2f} |" in text
    for name in ("inversion-own.png", "inversion-worst-fast.png", "inversion.png"):
        with Image.open(tmp_path / name) as image:
            assert len(set(image.convert("L").get_flattened_data())) > 50


def test_the_table_counts_far_drags_and_mirrored_pictures() -> None:
    one = Record("own-0", "own", "fast", 30.0, 0.5, 0.2, 0.9, False, 1.5, 1.2, 1.0)
    far, near = replace(one, left=1.4), replace(one, left=0.7)
    mirrored = replace(one, mirrored=True, misplaced=2.0, left=None, left_true=None)
    (row,) = table([one, far, near, mirrored]).splitlines()[2:]
    head = table([one]).splitlines()[0]
    cells = dict(zip(head.split(" | "), row.split(" | "), strict=True))
    assert cells["beyond 1 px"] == "1 of 4"
    assert cells["beyond 1.3 times"] == "1 of 3"
    assert cells["true ones beyond that"] == "1 of 3"
    assert cells["said to be mirrored"] == "1 of 4"


def test_marks_say_where_a_small_subject_is(lion: Generator, tmp_path: Path) -> None:
    """In a third of the side of 640 px; clicked marks are the same whenever they are asked for."""
    face, methods = zoo.find("toy-lion").face, ("fast-marked", "fast-marked")
    run_inversion(make_world(lion), ("small",), methods, 2, 77, tmp_path, face=face)
    records = json.loads((tmp_path / "inversion.json").read_text())["records"]
    assert all(record["misplaced"] < 10 for record in records)
    first, again = records[0], records[1]
    assert first["misplaced"] == again["misplaced"]


def test_projection_comes_nearer_with_more_steps(lion: Generator) -> None:
    (case,) = make_cases(lion, "own", 1)
    photo = Photo(torch.cat([case.region, torch.ones_like(case.region[:, :1])], 1), 3, (256, 256))

    def error(steps: int) -> float:
        w_plus = project(make_world(lion), photo, steps).w_plus
        with torch.no_grad():
            shown = lion.synthesis(w_plus)
        return float(((shown + 1) / 2 - case.region).square().mean())

    assert error(16) < 0.7 * error(1)


def test_tuned_weights_show_what_the_pivot_does_not_and_the_model_s_stay(lion: Generator) -> None:
    (case,) = make_cases(lion, "unseen", 1)
    photo = Photo(torch.cat([case.region, torch.ones_like(case.region[:, :1])], 1), 3, (256, 256))
    pivot = project(make_world(lion), photo, 8)

    def error(generator: Generator) -> float:
        with torch.no_grad():
            shown = generator.synthesis(pivot.w_plus)
        return float(((shown + 1) / 2 - case.region).square().mean())

    before = error(lion)
    assert error(tuned(lion, photo, pivot, 12)) < 0.7 * before
    assert error(lion) == before
    assert not any(weight.requires_grad for weight in lion.parameters())


@pytest.mark.parametrize(("option", "known"), [("--methods", INVERSIONS), ("--kinds", PHOTO_KINDS)])
def test_what_is_not_known_is_refused(option: str, known: tuple[str, ...], tmp_path: Path) -> None:
    done = CliRunner().invoke(bench, ["inversion", option, "cats", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert all(word in done.stderr for word in known)
