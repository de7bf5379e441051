"""Variants, estimates, tables and what is measured of a picture: without a model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from draggan_server.bench.quality import table
from draggan_server.bench.quality.reconstruction import PAIRS, matching_points
from draggan_server.bench.quality.record import NO_EDIT, Record
from draggan_server.bench.quality.statistics import estimate
from draggan_server.bench.quality.trial import Case, change, elsewhere, mean_square
from draggan_server.bench.quality.variant import parse_variant
from draggan_server.bench.reader.reader import CELL, cell_centres, peaks
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput


def test_a_variant_is_a_method_or_options() -> None:
    base = drag_config("draggan", max_steps=50)
    assert parse_variant("draggan", base).config == base
    slow = parse_variant("slow:learning_rate=0.001,optimised_rows=4", base)
    assert slow.name == "slow"
    assert slow.config == drag_config(
        "draggan", max_steps=50, learning_rate=0.001, optimised_rows=4
    )
    free = parse_variant("free:method=freedrag,r1=4", base)
    assert free.config == drag_config("freedrag", max_steps=50, r1=4)
    assert parse_variant("newton", base).config == drag_config(max_steps=50)
    assert slow.capped(10).config.max_steps == 10
    assert slow.capped(100).config.max_steps == 50


@pytest.mark.parametrize(
    "text", ["nothing", "x:speed=3", "x:learning_rate", "x:max_steps=many", "x:r2=3"]
)
def test_a_variant_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"\w"):
        parse_variant(text, drag_config())


def test_an_interval_holds_the_mean_and_narrows_with_the_sample() -> None:
    random = np.random.default_rng(0)
    few, many = estimate(random.normal(5, 2, 20)), estimate(random.normal(5, 2, 2000))
    assert few.low < few.mean < few.high
    assert many.high - many.low < 0.3 * (few.high - few.low)
    # 95% of a normal mean: 1.96 standard errors on each side
    assert many.high - many.low == pytest.approx(2 * 1.96 * 2 / 2000**0.5, rel=0.1)
    assert estimate([3.0]) == estimate([3.0, 3.0])
    assert estimate([1.0, 2.0, 300.0]).median == 2


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(1)
    covered = [
        found.low <= 0 <= found.high
        for found in (estimate(random.normal(0, 1, 30)) for _ in range(200))
    ]
    assert 0.87 < np.mean(covered) < 0.99


def test_no_values_have_no_mean() -> None:
    with pytest.raises(ValueError, match="at least one"):
        estimate([])


def _records() -> list[Record]:
    return [
        Record("1 landmark", number, variant, {"distance": value + number, "steps": 10 * value})
        for number in range(3)
        for variant, value in ((NO_EDIT, 9.0), ("draggan", 2.0), ("other", 1.5))
    ]


def test_a_table_has_a_row_for_each_variant() -> None:
    text = table.markdown(table.summarise(_records()))
    rows = [line.split(" | ")[0].strip("| ") for line in text.splitlines() if "|" in line]
    assert rows == ["", "---", NO_EDIT, "draggan", "other"]
    assert "3.00 (2.00 to 4.00)" in text


def test_variants_are_compared_on_the_same_drags() -> None:
    compared = table.compare(_records(), "draggan")
    assert list(compared["1 landmark"]) == ["other"]
    difference = compared["1 landmark"]["other"]["distance"]
    # The drags differ by whole pixels, the variants by half a one on each of them.
    assert (difference.low, difference.mean, difference.high) == (-0.5, -0.5, -0.5)


def _case(mask: torch.Tensor | None = None) -> Case:
    point = torch.tensor([[10.0, 20.0]])
    return Case("test", 0, torch.zeros(1, 2, 3), point, point + torch.tensor([8.0, 0.0]), mask)


def test_elsewhere_is_far_from_handles_and_targets() -> None:
    where = elsewhere(_case(), 100, 100)
    assert not where[20, 10]
    assert not where[20, 18]
    assert not where[20, 29]  # 11 from the target
    assert where[20, 31]
    assert where[33, 10]


def test_elsewhere_is_outside_the_mask() -> None:
    mask = torch.zeros(100, 100)
    mask[:50] = 1
    torch.testing.assert_close(elsewhere(_case(mask), 100, 100), mask == 0)


def test_change_counts_only_elsewhere() -> None:
    before, after = torch.zeros(3, 4, 4), torch.zeros(3, 4, 4)
    after[:, 0] = 1
    where = torch.zeros(4, 4, dtype=torch.bool)
    assert change(before, after, where) == 0
    where[1:] = True
    assert change(before, after, where) == 0
    where[0, :3] = True
    assert change(before, after, where) == pytest.approx(127.5 * 3 / 15)


def test_mean_square_is_of_values_from_0_to_1() -> None:
    assert mean_square(torch.ones(3, 2, 2), -torch.ones(3, 2, 2)) == 1


def test_the_peak_of_a_heat_map_is_found_between_its_cells() -> None:
    at = cell_centres(32)
    wanted = torch.tensor([[50.3, 71.9], [3.0, 126.0]])
    logits = -((at - wanted[:, 0, None, None]) ** 2 + (at[:, None] - wanted[:, 1, None, None]) ** 2)
    found = peaks((logits / (2 * CELL**2))[None])
    torch.testing.assert_close(found[0, 0], wanted[0], atol=0.1, rtol=0)
    # At the border the window is cut off, which pulls inwards.
    torch.testing.assert_close(found[0, 1], wanted[1], atol=3, rtol=0)


def test_matching_points_follow_a_shift() -> None:
    random = np.random.default_rng(0)
    coarse = torch.from_numpy(random.random((1, 3, 12, 12)).astype(np.float32)) * 2 - 1
    large = torch.nn.functional.interpolate(coarse, (110, 110), mode="bicubic").clamp(-1, 1)[0]
    before, after = large[:, 5:101, 5:101], large[:, 3:99, 1:97]
    handles, targets = matching_points(before, after, random)
    assert handles.shape == (PAIRS, 2)
    assert len({tuple(handle) for handle in handles}) == PAIRS
    np.testing.assert_allclose(np.median(targets - handles, axis=0), (4, 2), atol=0.1)
    assert (np.abs(targets - handles - (4, 2)) < 0.5).mean() > 0.9


def test_pictures_without_motion_give_no_points() -> None:
    picture = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with pytest.raises(RuntimeError, match="Only 0 points"):
        matching_points(picture, picture, np.random.default_rng(0))
