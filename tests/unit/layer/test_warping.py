from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from draggan_server.layer import homography, warping


@pytest.fixture
def smooth() -> torch.Tensor:
    coarse = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    return functional.interpolate(coarse, (96, 96), mode="bicubic", align_corners=False)


def test_the_identity_changes_nothing(smooth: torch.Tensor) -> None:
    same = warping.warp(smooth, torch.eye(3, dtype=torch.float64), (96, 96))
    torch.testing.assert_close(same, smooth, rtol=0, atol=1e-5)


def test_an_image_turned_there_and_back_is_the_same(smooth: torch.Tensor) -> None:
    frame = homography.unit_frame((96, 96))
    turn = torch.linalg.inv(frame) @ homography.similarity(angle=math.radians(9)) @ frame
    there = warping.warp(smooth, turn, (96, 96), "bicubic")
    back = warping.warp(there, torch.linalg.inv(turn), (96, 96), "bicubic")
    middle = (..., slice(20, 76), slice(20, 76))
    assert float((back - smooth)[middle].abs().max()) < 0.01


def test_fine_stripes_seen_small_are_gray_not_aliased() -> None:
    stripes = (torch.arange(400) % 2).float().expand(1, 1, 400, 400)
    matrix = homography.resized((97, 97), (400, 400))
    seen = warping.warp(stripes, matrix, (97, 97))
    assert float((seen - 0.5).abs().max()) < 0.2
    assert abs(float(seen.mean()) - 0.5) < 0.01


def test_what_lies_beyond_the_image_is_said() -> None:
    matrix = torch.eye(3, dtype=torch.float64)
    matrix[0, 2] = 10
    inside = warping.inside(matrix, (20, 30), (20, 30))
    assert float(inside[..., :20].min()) == 1
    assert float(inside[..., 20:].max()) == 0
